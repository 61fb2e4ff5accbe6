// The wire between one process of the controller and the clouds: requests go to the sandbox without sockets, so that time
// can stand still, and so that a process can be cut off before or after any of them.

import type { TokenCredential } from '@azure/identity';
import type { RequestHandler } from '../../src/aws/clients.ts';
import type { Sleep } from '../../src/aws/sleep.ts';
import type { GraphAnswer, SendToGraph } from '../../src/entra/https.ts';
import { Readable } from 'node:stream';
import type { AwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { tenantId } from '../builders.ts';
import type { Clouds } from './clouds.ts';
import type { Place } from './model.ts';
import { application, ownKey } from './scene.ts';
import type { Timeline } from './timeline.ts';

/** A request as it sets out. */
export interface Setting {
  /** Where it comes from. */
  readonly lane: string;
  /** `roleRead`: the look at one role, or at one policy of it, that comes right before it is written. */
  readonly kind: 'write' | 'roleRead' | 'other';
  /** The role that a request to IAM is about. */
  readonly place: Place | undefined;
}

/** One request as it went over the wire. */
export interface Crossing {
  /** `iam UpdateAssumeRolePolicy payments-debug`. */
  readonly what: string;
  readonly accountId: string | undefined;
  /** `200`, `dropConnection`; perhaps with what became of the process. */
  readonly outcome: string;
}

/** A request as it is told by whoever served it. */
type Told = Pick<Crossing, 'what' | 'accountId'>;

export interface Wire {
  readonly requestHandler: () => RequestHandler;
  readonly sleep: Sleep;
  readonly credential: TokenCredential;
  readonly sendToGraph: SendToGraph;
}

export interface WireOptions {
  readonly clouds: Clouds;
  readonly timeline: Timeline;
  /** Aborts when the process dies. */
  readonly life: AbortSignal;
  readonly origin: string;
  readonly requestTimeoutMs: number;
  /** The process's own idea of the time. */
  readonly now: () => number;
  /** Called as a request sets out, and again once it was performed; each may end the life. */
  readonly onRequest: (moment: 'before' | 'after', setting: Setting) => void;
  readonly onCrossing: (crossing: Crossing) => void;
  /** Told the bodies of each exchange with Entra that is answered whole, with 200. */
  readonly onEntraAnswer: (request: string, response: string) => void;
}

/** As the SDK's handler sees requests. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const toEntra: Setting = { lane: 'entra', kind: 'other', place: undefined };

const settingOf = (awsBody: string, authorization: string): Setting => {
  const form = new URLSearchParams(awsBody);
  const action = form.get('Action') ?? '';
  const roleName = form.get('RoleName');
  const account = authorization.includes(ownKey.accessKeyId) ? 'dev' : 'prod';
  const isRoleRead = action === 'GetRole' || action === 'GetRolePolicy';
  return {
    lane: account,
    kind: isRoleRead ? 'roleRead' : /^(?:Get|List|Assume)/.test(action) ? 'other' : 'write',
    place: roleName === null ? undefined : { account, roleName },
  };
};

const reset = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const timeUp = (ms: number): Error =>
  Object.assign(new Error(`no answer within ${ms} ms`), { name: 'TimeoutError' });

const bodyText = (body: unknown): string =>
  typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';

const lowerCaseNames = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** What the sandbox noted of the request that it has just served: of a batch, all that was in it. */
const lastOf = (requests: AwsCloud['requests']): Told => {
  const served = requests.list();
  requests.clear();
  const what = served.map(({ service, operation, resource, inBatch, status }) => {
    const inner = inBatch === true && status !== 200 ? ` (${status})` : '';
    return `${inBatch === true ? '' : `${service} `}${operation}${resource === undefined ? '' : ` ${resource}`}${inner}`;
  });
  return { what: what.toReversed().join(', '), accountId: served[0]?.accountId };
};

interface Delivered<T> {
  readonly told: Told;
  readonly delayMs: number;
  readonly answer: T | 'dropConnection' | 'hang';
  readonly outcome: string;
}

export const openWire = (options: WireOptions): Wire => {
  const { clouds, timeline, life, origin, requestTimeoutMs } = options;

  /** Answers tell the time by the clouds' clock. */
  const date = (): string => new Date(clouds.now()).toUTCString();

  /** Every request of the process comes by here, once. */
  const cross = async <T>(
    caller: AbortSignal | undefined,
    setting: Setting,
    perform: () => Delivered<T>,
  ): Promise<T> => {
    timeline.expected();
    await timeline.turn(setting.lane);
    life.throwIfAborted();
    caller?.throwIfAborted();
    options.onRequest('before', setting);
    life.throwIfAborted();
    const { told, delayMs, answer, outcome } = perform();
    options.onRequest('after', setting);
    options.onCrossing({
      ...told,
      outcome: life.aborted ? `${outcome}, after which the process was killed` : outcome,
    });
    life.throwIfAborted();
    const signal = caller === undefined ? life : AbortSignal.any([life, caller]);
    if (answer === 'hang' || delayMs >= requestTimeoutMs) {
      await timeline.wait(requestTimeoutMs, signal);
      throw timeUp(requestTimeoutMs);
    }
    if (delayMs > 0) await timeline.wait(delayMs, signal);
    timeline.note();
    if (answer === 'dropConnection') throw reset();
    return answer;
  };

  const sendToAws = async (request: SdkRequest, signal: AbortSignal | undefined) => {
    const headers = lowerCaseNames(request.headers);
    const body = bodyText(request.body);
    const answer = await cross(signal, settingOf(body, headers['authorization'] ?? ''), () => {
      const incoming = { method: request.method, target: request.path, headers, body };
      const delivery = clouds.aws.answer(incoming);
      const told = lastOf(clouds.aws.requests);
      if (typeof delivery.answer === 'string')
        return { ...delivery, answer: delivery.answer, outcome: delivery.answer, told };
      const outcome = String(delivery.answer.status);
      return { ...delivery, answer: { ...delivery.answer, date: date() }, outcome, told };
    });
    return {
      response: {
        statusCode: answer.status,
        headers: { ...lowerCaseNames(answer.headers), date: answer.date },
        body: Readable.from([answer.body]),
      },
    };
  };

  const requestHandler = (): RequestHandler => ({
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) =>
      await sendToAws(request, abortSignal),
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  });

  const sendToEntra = async (
    path: string,
    method: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal | undefined,
  ): Promise<GraphAnswer> => {
    const {
      status,
      headers: answered,
      text,
      answeredAt,
    } = await cross(signal, toEntra, () => {
      const { transport, ...answer } = clouds.entra.handle({ method, url: path, headers, body });
      const { fate, delayMs } = transport;
      if (fate === 'answer' && answer.status === 200) options.onEntraAnswer(body, answer.body);
      const text = fate === 'truncateBody' ? answer.body.slice(0, answer.body.length / 2) : answer.body;
      return {
        told: lastOf(clouds.entra.requests),
        delayMs,
        outcome: fate === 'answer' ? String(answer.status) : fate,
        answer: fate === 'hang' || fate === 'dropConnection' ? fate : { ...answer, text, answeredAt: date() },
      };
    });
    return {
      status,
      headers: { ...lowerCaseNames(answered), date: answeredAt },
      readText: async () => text,
    };
  };

  const sendToGraph: SendToGraph = async ({ url, method, headers, body, signal }) => {
    const { pathname, search, host } = new URL(url);
    return await sendToEntra(
      `${pathname}${search}`,
      method,
      { ...lowerCaseNames(headers), host },
      body,
      signal,
    );
  };

  const credential: TokenCredential = {
    getToken: async (scopes, { abortSignal } = {}) => {
      const scope = typeof scopes === 'string' ? scopes : scopes.join(' ');
      const form = new URLSearchParams({ grant_type: 'client_credentials', scope, ...application });
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const host = new URL(origin).host;
      const path = `/${tenantId}/oauth2/v2.0/token`;
      const answer = await sendToEntra(path, 'POST', { host }, form.toString(), signal);
      if (answer.status !== 200) throw new Error(`the token endpoint answered ${answer.status}`);
      const body = JSON.parse(await answer.readText()) as {
        readonly access_token: string;
        readonly expires_in: number;
      };
      return { token: body.access_token, expiresOnTimestamp: options.now() + body.expires_in * 1_000 };
    },
  };

  return {
    requestHandler,
    credential,
    sendToGraph,
    sleep: async (ms, signal) => {
      timeline.expected();
      await timeline.wait(ms, AbortSignal.any([life, signal]));
      // A repeated request follows, after a timer of the SDK's own.
      timeline.expect();
    },
  };
};
