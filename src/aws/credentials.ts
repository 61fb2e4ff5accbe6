// Whose credentials an account is worked with: our own, or those of the spoke role. Before they are used, STS is asked
// which account they really belong to, because a wrong id in a file would otherwise write into the wrong account.

import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { AppError } from '../domain/errors.ts';
import type { Account } from '../domain/policy.ts';
import type { Clock } from '../domain/ports.ts';
import { classifyError } from './classify-error.ts';
import { accountOfArn } from './partition.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialSource = () => Promise<AwsCredentials>;

type SpokeRole = NonNullable<Account['spokeRole']>;

/** Role chaining caps a session at one hour. [reference aws.md §7] */
const sessionSeconds = 3_600;
const sessionName = 'rolewarden';
const refreshBeforeMs = 5 * 60_000;
/** Credentials with less than this left are not started on, even while STS does not answer. */
const usableMs = 60_000;

/** One call at a time; whoever comes meanwhile gets the same answer. A failure is not kept. */
const singleFlight = <T>(run: () => Promise<T>): (() => Promise<T>) => {
  let underway: Promise<T> | undefined;
  return () => {
    underway ??= run().finally(() => {
      underway = undefined;
    });
    return underway;
  };
};

/** A new client for each question: STS is asked about once an hour, and a client of each account would take memory all that time. */
export type OpenSts = () => STSClient;

const assume = async (sts: STSClient, role: SpokeRole, closing: AbortSignal): Promise<AwsCredentials> => {
  const command = new AssumeRoleCommand({
    RoleArn: role.arn,
    RoleSessionName: sessionName,
    DurationSeconds: sessionSeconds,
    ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
  });
  const { Credentials: given } = await sts.send(command, { abortSignal: closing });
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration) {
    throw new AppError('transient', `STS answered without credentials for ${role.arn}: it is asked again`, {
      resource: role.arn,
      code: 'IncompleteAnswer',
    });
  }
  return {
    accessKeyId: given.AccessKeyId,
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.SessionToken,
    expiration: given.Expiration,
  };
};

const assumeError = (thrown: unknown, role: SpokeRole): AppError => {
  const error = classifyError(thrown, { action: 'sts:AssumeRole', resource: role.arn });
  if (error.kind !== 'denied' || error.code?.startsWith('AccessDenied') !== true) return error;
  return new AppError(
    'denied',
    `cannot assume ${role.arn}: check the role's trust policy and external id, and that our own role may call sts:AssumeRole on it`,
    { resource: role.arn, code: error.code, cause: error.cause },
  );
};

export interface AssumedRole {
  /** Kept until five minutes before they expire. */
  readonly credentials: CredentialSource;
  /** AWS no longer accepts them (session revoked, role made anew): the next call assumes the role again. */
  readonly forget: () => void;
}

export const assumedRole = (
  openSts: OpenSts,
  role: SpokeRole,
  clock: Clock,
  closing: AbortSignal,
): AssumedRole => {
  let current: AwsCredentials | undefined;
  const leftMs = (): number => (current?.expiration?.getTime() ?? 0) - clock.now();

  const refresh = singleFlight(async () => {
    try {
      current = await assume(openSts(), role, closing);
      return current;
    } catch (thrown) {
      const error = assumeError(thrown, role);
      // An STS that is down for minutes must not stop sweeps whose credentials are still good.
      if (error.kind === 'transient' && current !== undefined && leftMs() > usableMs) return current;
      throw error;
    }
  });
  return {
    credentials: async () => (current !== undefined && leftMs() > refreshBeforeMs ? current : refresh()),
    forget: () => {
      current = undefined;
    },
  };
};

/** For an `Account` whose spoke role stands in another account than it says: found without asking anyone. */
export const checkSpokeRole = (account: Account): void => {
  const owner = account.spokeRole === undefined ? undefined : accountOfArn(account.spokeRole.arn);
  if (account.spokeRole === undefined || owner === account.accountId) return;
  throw new AppError(
    'invalid',
    `spoke role ${account.spokeRole.arn} is in account ${owner ?? '(none)'}, but account ${account.meta.name} has the id ${account.accountId}: correct one of them`,
    { resource: `account ${account.meta.name}`, code: 'WrongAccount' },
  );
};

const verify = async (sts: STSClient, account: Account, closing: AbortSignal): Promise<void> => {
  const resource = `account ${account.meta.name}`;
  let actual: string | undefined;
  try {
    actual = (await sts.send(new GetCallerIdentityCommand({}), { abortSignal: closing })).Account;
  } catch (error) {
    throw classifyError(error, { action: 'sts:GetCallerIdentity', resource });
  }
  if (actual === account.accountId) return;
  if (actual === undefined) {
    throw new AppError(
      'transient',
      `STS does not say whose credentials we use for ${resource}: it is asked again`,
      {
        resource,
        code: 'IncompleteAnswer',
      },
    );
  }
  throw new AppError(
    'invalid',
    `the credentials for ${resource} belong to account ${actual}, not to ${account.accountId}: correct the account id, or give a spokeRole in ${account.accountId}`,
    { resource, code: 'WrongAccount' },
  );
};

/**
 * Rejects unless the credentials are the account's. Asked once for each access key, so new credentials of a changed
 * profile are looked at again.
 */
export const accountCheck = (
  openSts: OpenSts,
  account: Account,
  source: CredentialSource,
  closing: AbortSignal,
): ((signal: AbortSignal) => Promise<void>) => {
  let verifiedKeyId: string | undefined;
  const check = singleFlight(async () => {
    checkSpokeRole(account);
    const { accessKeyId } = await source().catch((error: unknown) => {
      throw classifyError(error, {
        action: 'sts:GetCallerIdentity',
        resource: `account ${account.meta.name}`,
      });
    });
    if (accessKeyId === verifiedKeyId) return;
    await verify(openSts(), account, closing);
    verifiedKeyId = accessKeyId;
  });
  return (signal) => unlessAborted(check(), signal);
};
