// The network side: loopback HTTP in, the Query protocol or JSON out, with the scripted misfortunes on the way.

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ServedRequest } from '../world.ts';
import { type FaultScript, type FaultSubject, type Misfortune, faultError, noMisfortune } from './faults.ts';
import { isJsonRequest, understandJson } from './json-request.ts';
import { understandQuery } from './query-request.ts';
import type { Services } from './service.ts';
import type { ServiceError } from './service-error.ts';
import type { IncomingRequest } from './sigv4.ts';
import { type Understood, toServiceError } from './understood.ts';
import type { WriteThrottle } from './write-throttle.ts';

export interface HttpSide {
  readonly services: Services;
  readonly faults: FaultScript;
  readonly throttle: WriteThrottle;
  readonly latencyMs: () => number;
  readonly served: (request: ServedRequest) => void;
}

const throttled: Misfortune = {
  delayMs: 0,
  effect: { kind: 'error', status: 400, code: 'Throttling' },
};

/** A request of nobody is refused before it meets anything. */
const misfortuneOf = ({ faults, throttle }: HttpSide, { subject, refusal }: Understood): Misfortune => {
  if (refusal !== undefined) return noMisfortune;
  return throttle.refuses(subject) ? throttled : faults.meet(subject);
};

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly retryAfterSeconds?: number | undefined;
}

const readBody = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const understand = (services: Services, request: IncomingRequest): Understood =>
  isJsonRequest(request) ? understandJson(services, request) : understandQuery(services, request);

const refused = (understood: Understood, refusal: ServiceError, requestId: string): Reply => ({
  status: refusal.status,
  body: understood.renderError(refusal, requestId),
  contentType: understood.contentType,
});

/** undefined: the request is never performed. */
const replyTo = (understood: Understood, misfortune: Misfortune, requestId: string): Reply | undefined => {
  const { effect } = misfortune;
  if (understood.refusal !== undefined) return refused(understood, understood.refusal, requestId);
  if (effect?.kind === 'hang' || effect?.kind === 'dropConnection') return undefined;
  try {
    if (effect?.kind === 'error') throw faultError(effect, understood.subject, understood.callerArn);
    return { status: 200, body: understood.perform(requestId), contentType: understood.contentType };
  } catch (error) {
    const retryAfterSeconds = effect?.kind === 'error' ? effect.retryAfterSeconds : undefined;
    return { ...refused(understood, toServiceError(error), requestId), retryAfterSeconds };
  }
};

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What becomes of a request that was performed, if it was: after a while an answer, a broken connection, or nothing at all. */
export interface Delivery {
  readonly delayMs: number;
  readonly answer: HttpAnswer | 'dropConnection' | 'hang';
}

const answerOf = (reply: Reply, requestId: string): HttpAnswer => {
  const body = Buffer.from(reply.body, 'utf8');
  return {
    status: reply.status,
    headers: {
      'Content-Type': reply.contentType,
      'Content-Length': String(body.length),
      'x-amzn-RequestId': requestId,
      ...(reply.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(reply.retryAfterSeconds) }),
    },
    body,
  };
};

const half = (reply: Reply): Reply => ({ ...reply, body: reply.body.slice(0, reply.body.length / 2) });

/** The answer, or what the misfortune leaves of it. */
const deliveredOf = (
  reply: Reply | undefined,
  misfortune: Misfortune,
  requestId: string,
): Delivery['answer'] => {
  const kind = misfortune.effect?.kind;
  if (kind === 'hang') return 'hang';
  if (reply === undefined || kind === 'applyThenDrop') return 'dropConnection';
  return answerOf(kind === 'truncateBody' ? half(reply) : reply, requestId);
};

/** Performs a request at once, whatever becomes of its answer: no network here. */
export const answerRequest = (side: HttpSide, request: IncomingRequest): Delivery => {
  const atMs = side.services.clock();
  const requestId = randomUUID();
  const understood = understand(side.services, request);
  const misfortune = misfortuneOf(side, understood);
  const reply = replyTo(understood, misfortune, requestId);
  side.served({ ...servedRequest(understood.subject), status: reply?.status ?? 0, atMs });
  return {
    delayMs: side.latencyMs() + misfortune.delayMs,
    answer: deliveredOf(reply, misfortune, requestId),
  };
};

/** `nowMs`: by the clock of the cloud, which clients set theirs by. */
const send = (response: ServerResponse, answer: Delivery['answer'], nowMs: number): void => {
  if (answer === 'hang') return;
  if (answer === 'dropConnection') response.destroy();
  else
    response
      .writeHead(answer.status, { ...answer.headers, Date: new Date(nowMs).toUTCString() })
      .end(answer.body);
};

/** Performs a request on arrival and answers late: a caller that gives up meanwhile does not know what became of its write. */
const serve = async (
  side: HttpSide,
  message: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> => {
  const request: IncomingRequest = {
    method: message.method ?? 'POST',
    target: message.url ?? '/',
    headers: message.headers,
    body: await readBody(message),
  };
  const { delayMs, answer } = answerRequest(side, request);
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: stopping });
  send(response, answer, side.services.clock());
};

const servedRequest = (subject: FaultSubject): Omit<ServedRequest, 'status' | 'atMs'> => ({
  service: subject.service,
  operation: subject.operation,
  ...(subject.accountId === undefined ? {} : { accountId: subject.accountId }),
  ...(subject.resource === undefined ? {} : { resource: subject.resource }),
});

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Listens on loopback only; port 0 takes a free one. */
export const startHttpServer = async (side: HttpSide, port: number): Promise<RunningServer> => {
  const stopping = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const server = createServer((message, response) => {
    const work = serve(side, message, response, stopping.signal)
      .catch(() => void response.destroy())
      .finally(() => inFlight.delete(work));
    inFlight.add(work);
  });
  // SDK clients keep connections for long; closing them first would race with their next request.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      stopping.abort();
      await closeServer(server);
      await Promise.all(inFlight);
    },
  };
};
