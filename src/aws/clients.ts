// SDK clients as Rolewarden wants them: shared sockets, a time limit on every HTTP attempt, our retries, every
// attempt counted, and the date of every answer read.

import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { AppError } from '../domain/errors.ts';
import type { Clock, WritePermit } from '../domain/ports.ts';
import { readRolesApart } from './bulk-pages.ts';
import type { SkewMeter } from './clock-skew.ts';
import { maxAttempts, retryStrategy } from './retry.ts';
import { sdkFacts } from './sdk-error.ts';
import type { Sockets } from './sockets.ts';
import type { Sleep } from './sleep.ts';

/** One HTTP attempt. `operation` is the API action; `code` the HTTP status, or the AWS error code. */
export interface RequestSeen {
  readonly service: string;
  readonly operation: string;
  readonly code: string;
}

export type Credentials = NonNullable<IAMClientConfig['credentials']>;
/** Carries requests to AWS in the place of Node's HTTP. */
export type RequestHandler = NonNullable<IAMClientConfig['requestHandler']>;

export interface ClientSettings {
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly closing: AbortSignal;
  /** Absent: the SDK's own settings (`AWS_ENDPOINT_URL`, …) or the real service. */
  readonly endpoint: string | undefined;
  readonly sockets: Sockets;
  /** Called once for each client; absent: HTTP over those sockets. */
  readonly requestHandler?: (() => RequestHandler) | undefined;
  /** `throttled`: AWS asked to slow down. */
  readonly onAttempt: (request: RequestSeen, throttled: boolean) => void;
  readonly skew: SkewMeter;
  readonly permit: WritePermit;
}

/** The settings, with somebody told of each request that AWS asked to slow down for. */
export const whenThrottled = (
  settings: ClientSettings,
  tell: (request: RequestSeen) => void,
): ClientSettings => ({
  ...settings,
  onAttempt: (request, throttled) => {
    settings.onAttempt(request, throttled);
    if (throttled) tell(request);
  },
});

type Client = Pick<IAMClient | STSClient | ECSClient | SSMClient, 'config' | 'middlewareStack'>;

/**
 * The SDK's `abortSignal` ends a call with all its attempts, and its `requestTimeout` does not cover the body. A limit on
 * each attempt has to stand around the handler; aborting destroys the socket, so it covers the body as well.
 */
const limitAttempts = (client: Client, ms: number): void => {
  const handler = client.config.requestHandler;
  const handle = handler.handle.bind(handler);
  handler.handle = async (request, options: { readonly abortSignal?: unknown } = {}) => {
    const deadline = AbortSignal.timeout(ms);
    const caller = options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined;
    const abortSignal = caller === undefined ? deadline : AbortSignal.any([caller, deadline]);
    try {
      return await handle(request, { ...options, abortSignal });
    } catch (error) {
      if (!deadline.aborted || caller?.aborted === true) throw error;
      throw Object.assign(new Error(`no answer within ${ms} ms`), { name: 'TimeoutError' });
    }
  };
};

/** What changes nothing in the account; of whatever is not known to be so, leave is asked. */
export const isRead = (operation: string): boolean => /^(?:Get|List|Describe|AssumeRole)/.test(operation);

const operationOf = (commandName: string | undefined): string =>
  (commandName ?? 'Unknown').replace(/Command$/, '');

/** The stacks of all clients are the same but for the types of their operations. */
const stackOf = (client: Client): IAMClient['middlewareStack'] =>
  client.middlewareStack as IAMClient['middlewareStack'];

/**
 * Sits as far inside as there is: behind the budget, the retries, the credentials and the signature, each of which may take
 * its time, and the process may be stopped in any of them.
 */
const askPermit = (client: Client, permit: WritePermit): void => {
  stackOf(client).add(
    (next, context) => async (args) => {
      if (!isRead(operationOf(context.commandName))) permit();
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'rolewardenAskPermit' },
  );
};

/** Sits outside the deserializer, where an answer already has its AWS error code, and inside the retries. */
const countAttempts = (client: Client, service: string, onAttempt: ClientSettings['onAttempt']): void => {
  stackOf(client).add(
    (next, context) => async (args) => {
      const operation = operationOf(context.commandName);
      try {
        const result = await next(args);
        onAttempt(
          { service, operation, code: String(result.output?.$metadata.httpStatusCode ?? 200) },
          false,
        );
        return result;
      } catch (error) {
        // A refusal of ours: nothing was sent.
        if (error instanceof AppError) throw error;
        const { code, fault } = sdkFacts(error);
        onAttempt({ service, operation, code }, fault === 'throttled');
        throw error;
      }
    },
    { step: 'deserialize', priority: 'high', name: 'rolewardenCountAttempts' },
  );
};

export const configOf = (settings: ClientSettings, region: string, credentials: Credentials) => ({
  region,
  credentials,
  customUserAgent: 'rolewarden',
  maxAttempts,
  retryStrategy: retryStrategy(settings),
  requestHandler: settings.requestHandler?.() ?? {
    connectionTimeout: settings.requestTimeoutMs,
    httpAgent: settings.sockets.http,
    httpsAgent: settings.sockets.https,
  },
  ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
});

/** The client, with everything that its config cannot say. */
export const watched = <C extends Client>(client: C, service: string, settings: ClientSettings): C => {
  settings.skew.watch(client);
  limitAttempts(client, settings.requestTimeoutMs);
  countAttempts(client, service, settings.onAttempt);
  askPermit(client, settings.permit);
  return client;
};

export const iamClient = (settings: ClientSettings, region: string, credentials: Credentials): IAMClient => {
  const client = watched(new IAMClient(configOf(settings, region, credentials)), 'iam', settings);
  readRolesApart(client);
  return client;
};

export const stsClient = (settings: ClientSettings, region: string, credentials: Credentials): STSClient =>
  watched(new STSClient(configOf(settings, region, credentials)), 'sts', settings);

export const ecsClient = (settings: ClientSettings, region: string, credentials: Credentials): ECSClient =>
  watched(new ECSClient(configOf(settings, region, credentials)), 'ecs', settings);
