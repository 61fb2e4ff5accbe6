// The account as experiments see it: clients of the services, signed as us or as somebody whose credentials they hold.

import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';

export type Credentials = NonNullable<STSClientConfig['credentials']>;

export interface Clients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly ecs: ECSClient;
  readonly ssm: SSMClient;
}

export interface AwsSide extends Clients {
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  /** Signed by others than us. */
  readonly as: (credentials: Credentials) => Clients;
  /** For undoing: they go on after an interruption. */
  readonly steadfast: Clients;
}

export interface AwsOptions {
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Absent: the real services. */
  readonly endpoint?: string | undefined;
  readonly maxAttempts?: number;
  readonly signal: AbortSignal;
}

type Settings = Pick<AwsOptions, 'region' | 'credentials' | 'endpoint' | 'maxAttempts'>;

const requestMs = 30_000;

type Next = (args: object) => Promise<unknown>;

/** The stacks of all clients are the same but for the types of their operations. */
interface Stack {
  add(middleware: (next: Next) => Next, where: { readonly step: 'initialize'; readonly name: string }): void;
}

/** No request begins once the run was interrupted. */
const stopWhenAborted = (client: { readonly middlewareStack: unknown }, signal: AbortSignal): void => {
  const guard =
    (next: Next): Next =>
    async (args) => {
      signal.throwIfAborted();
      return await next(args);
    };
  (client.middlewareStack as Stack).add(guard, { step: 'initialize', name: 'untilInterrupted' });
};

const clients = (
  { region, credentials, endpoint, maxAttempts = 4 }: Settings,
  signal?: AbortSignal,
): Clients => {
  const settings = {
    region,
    credentials,
    maxAttempts,
    requestHandler: { requestTimeout: requestMs, throwOnRequestTimeout: true },
    ...(endpoint === undefined ? {} : { endpoint }),
  };
  const made = {
    iam: new IAMClient(settings),
    sts: new STSClient(settings),
    ecs: new ECSClient(settings),
    ssm: new SSMClient(settings),
  };
  if (signal !== undefined) for (const client of Object.values(made)) stopWhenAborted(client, signal);
  return made;
};

export const openAws = ({ signal, ...options }: AwsOptions): AwsSide => ({
  accountId: options.accountId,
  partition: options.partition,
  region: options.region,
  ...clients(options, signal),
  as: (credentials) => clients({ ...options, credentials }, signal),
  steadfast: clients(options),
});
