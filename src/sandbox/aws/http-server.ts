// The network side: loopback HTTP in, the Query protocol out, with the scripted misfortunes on the way.

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ServedRequest } from '../world.ts';
import type { Caller } from './credentials.ts';
import { type FaultScript, type FaultSubject, type Misfortune, faultError, noMisfortune } from './faults.ts';
import {
  type Params,
  type ServiceName,
  parseForm,
  renderAnswer,
  renderError,
  serviceOfVersion,
} from './query-protocol.ts';
import { type Services, accountIdOf, answer, isUnsigned, resourceOf } from './service.ts';
import { ServiceError } from './service-error.ts';
import type { IncomingRequest } from './sigv4.ts';

export interface HttpSide {
  readonly services: Services;
  readonly faults: FaultScript;
  readonly latencyMs: () => number;
  readonly served: (request: ServedRequest) => void;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds?: number | undefined;
}

const readBody = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const toServiceError = (error: unknown): ServiceError =>
  error instanceof ServiceError
    ? error
    : new ServiceError(500, 'InternalFailure', error instanceof Error ? error.message : String(error));

interface Known {
  readonly service: ServiceName;
  readonly action: string;
  readonly params: Params;
  readonly caller: Caller | undefined;
  readonly subject: FaultSubject;
}

const subjectOf = (request: Omit<Known, 'subject'>): FaultSubject => ({
  service: request.service,
  operation: request.action,
  accountId: accountIdOf(request),
  resource: resourceOf(request.params),
});

/** Who asks for what. A caller that cannot be established is an error reply, but still a request that was served. */
const understand = (
  side: HttpSide,
  request: IncomingRequest,
): { readonly known: Known; readonly refusal: ServiceError | undefined } => {
  const params = parseForm(request.method === 'GET' ? (request.target.split('?')[1] ?? '') : request.body);
  const service = serviceOfVersion(params.get('Version'));
  const action = params.get('Action') ?? '';
  const base = { service: service ?? 'iam', action, params, caller: undefined };
  const refused = (refusal: ServiceError) => ({ known: { ...base, subject: subjectOf(base) }, refusal });
  if (service === undefined) {
    return refused(new ServiceError(400, 'InvalidAction', `Could not find operation ${action}`));
  }
  if (isUnsigned(service, action))
    return { known: { ...base, subject: subjectOf(base) }, refusal: undefined };
  try {
    const caller = side.services.credentials.authenticate(request, side.services.clock());
    const known = { ...base, caller };
    return { known: { ...known, subject: subjectOf(known) }, refusal: undefined };
  } catch (error) {
    return refused(toServiceError(error));
  }
};

/** undefined: the request is never performed. */
const replyTo = (
  side: HttpSide,
  known: Known,
  misfortune: Misfortune,
  requestId: string,
): Reply | undefined => {
  const { effect } = misfortune;
  if (effect?.kind === 'hang' || effect?.kind === 'dropConnection') return undefined;
  try {
    if (effect?.kind === 'error') throw faultError(effect, known.subject, known.caller?.arn);
    const result = answer(side.services, known);
    return { status: 200, body: renderAnswer(known.service, known.action, result, requestId) };
  } catch (error) {
    const refusal = toServiceError(error);
    const retryAfterSeconds = effect?.kind === 'error' ? effect.retryAfterSeconds : undefined;
    const body = renderError(known.service, refusal, requestId);
    return { status: refusal.status, body, retryAfterSeconds };
  }
};

const send = (response: ServerResponse, reply: Reply, requestId: string): void => {
  const body = Buffer.from(reply.body, 'utf8');
  response.writeHead(reply.status, {
    'Content-Type': 'text/xml',
    'Content-Length': body.length,
    'x-amzn-RequestId': requestId,
    ...(reply.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(reply.retryAfterSeconds) }),
  });
  response.end(body);
};

const half = (reply: Reply): Reply => ({ ...reply, body: reply.body.slice(0, reply.body.length / 2) });

/** The answer, or what the misfortune leaves of it. */
const deliver = (
  response: ServerResponse,
  reply: Reply | undefined,
  misfortune: Misfortune,
  requestId: string,
): void => {
  const kind = misfortune.effect?.kind;
  if (kind === 'hang') return;
  if (reply === undefined || kind === 'applyThenDrop') response.destroy();
  else send(response, kind === 'truncateBody' ? half(reply) : reply, requestId);
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
  const atMs = side.services.clock();
  const requestId = randomUUID();
  const { known, refusal } = understand(side, request);
  const misfortune = refusal === undefined ? side.faults.meet(known.subject) : noMisfortune;
  const reply =
    refusal === undefined
      ? replyTo(side, known, misfortune, requestId)
      : { status: refusal.status, body: renderError(known.service, refusal, requestId) };
  side.served({ ...servedRequest(known.subject), status: reply?.status ?? 0, atMs });
  const delayMs = side.latencyMs() + misfortune.delayMs;
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: stopping });
  deliver(response, reply, misfortune, requestId);
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
