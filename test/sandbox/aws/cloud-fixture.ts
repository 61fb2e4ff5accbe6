// A sandbox cloud with a clock that tests turn, and the official clients pointed at it.

import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { type AwsCloud, startAwsCloud } from '../../../src/sandbox/aws/aws-cloud.ts';
import type { SandboxAccount } from '../../../src/sandbox/world.ts';

export const hubId = '111122223333';
export const spokeId = '222233334444';
export const issuer = 'https://sts.windows.net/7f1c2a4e-0000-4000-8000-000000000001/';
export const oidcIssuer = 'login.microsoftonline.com/7f1c2a4e-0000-4000-8000-000000000001/v2.0';
export const samlProviderArn = `arn:aws:iam::${hubId}:saml-provider/EntraID`;
export const oidcProviderArn = `arn:aws:iam::${hubId}:oidc-provider/${oidcIssuer}`;
export const boundaryArn = `arn:aws:iam::${hubId}:policy/rolewarden-boundary`;
export const audience = 'https://signin.aws.amazon.com/saml';

export const hubKey = { accessKeyId: 'AKIAHUBHUBHUBHUBHUB1', secretAccessKey: 'hub/secret+1' };
export const spokeKey = { accessKeyId: 'AKIASPOKESPOKESPOKE1', secretAccessKey: 'spoke/secret+1' };

export const permissions = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
export const allowEcs = { Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' };

export const trustOf = (...statements: readonly object[]): string => permissions(...statements);

/** The statement by which the controller admits people. */
export const admits = (...nameIds: readonly string[]) => ({
  Effect: 'Allow',
  Principal: { Federated: samlProviderArn },
  Action: 'sts:AssumeRoleWithSAML',
  Condition: { StringEquals: { 'saml:aud': audience, 'saml:sub': nameIds } },
});

const account = (
  accountId: string,
  key: typeof hubKey,
  more: Partial<SandboxAccount> = {},
): SandboxAccount => ({
  accountId,
  ...key,
  samlProviders: ['EntraID'],
  oidcProviders: [oidcIssuer],
  managedPolicies: { 'rolewarden-boundary': permissions({ ...allowEcs, Action: '*' }) },
  spokeRoles: [],
  ...more,
});

export interface Rig {
  readonly cloud: AwsCloud;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  /** Milliseconds; tests move it. */
  readonly clock: { nowMs: number };
  /** Clients that call once and never retry, closed with the rig. */
  iamAs(credentials: Credentials): IAMClient;
  stsAs(credentials: Credentials): STSClient;
  stop(): Promise<void>;
}

type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export const startMs = Date.parse('2026-11-23T09:00:00Z');

export const startRig = async (hub: Partial<SandboxAccount> = {}): Promise<Rig> => {
  const clock = { nowMs: startMs };
  const spokeRoles = [{ name: 'spoke', trustedAccountId: hubId, externalId: 'hub-to-spoke' }];
  const cloud = await startAwsCloud({
    accounts: [account(hubId, hubKey, hub), account(spokeId, spokeKey, { spokeRoles })],
    clock: () => clock.nowMs,
    issuer,
  });
  const clients: { destroy(): void }[] = [];
  const settings = { endpoint: cloud.url, region: 'us-east-1', maxAttempts: 1 };
  const opened = <T extends { destroy(): void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  const iamAs = (credentials: Credentials) => opened(new IAMClient({ ...settings, credentials }));
  const stsAs = (credentials: Credentials) => opened(new STSClient({ ...settings, credentials }));
  return {
    cloud,
    clock,
    iamAs,
    stsAs,
    iam: iamAs(hubKey),
    sts: stsAs(hubKey),
    async stop() {
      for (const client of clients) client.destroy();
      await cloud.stop();
    },
  };
};

/** What the service refused with, as `409 LimitExceeded: message`; `accepted` when it did not refuse. */
export const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    const known = error as Error & {
      Code?: string;
      Error?: { Code?: string };
      $metadata?: { httpStatusCode?: number };
    };
    const code = known.Error?.Code ?? known.Code ?? known.name;
    return `${known.$metadata?.httpStatusCode ?? '-'} ${code}: ${known.message}`;
  }
};

/** The document in an answer, decoded as a client has to. */
export const decoded = (document: string | undefined): unknown =>
  JSON.parse(decodeURIComponent(document ?? '')) as unknown;
