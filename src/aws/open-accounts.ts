// Opens the IAM of each account with clients, credentials and a write budget of its own, so that a throttled or broken
// account delays no other.

import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { Account, AwsSettings } from '../domain/policy.ts';
import type { Clock, IamPort, OpenAccount } from '../domain/ports.ts';
import { present, unreadable } from '../domain/reading.ts';
import { classifyError } from './classify-error.ts';
import { type ClientSettings, iamClient, type RequestSeen, stsClient } from './clients.ts';
import { accountCheck, assumedRole, type CredentialSource } from './credentials.ts';
import { type IamCalls, iamCalls } from './iam-calls.ts';
import { iamReads } from './iam-reads.ts';
import { iamWrites } from './iam-writes.ts';
import { bulkReads, observeAccount } from './observe-account.ts';
import { iamRegion, stsRegion } from './partition.ts';
import { realSleep, type Sleep } from './sleep.ts';
import { type WriteBudget, writeBudget } from './write-budget.ts';

export interface OpenAccountsOptions {
  readonly settings: AwsSettings;
  readonly clock: Clock;
  /** Called once for every HTTP attempt, retries and credentials included. */
  readonly onRequest?: (request: RequestSeen) => void;
  /** One endpoint for IAM and STS. Absent: the SDK's own settings (`AWS_ENDPOINT_URL`, profile), or the real service. */
  readonly endpoint?: string;
  /** Our own credentials. Absent: the SDK's default chain (environment, profile, container, instance). */
  readonly ownCredentials?: CredentialSource;
  readonly sleep?: Sleep;
  /** For the jitter of retries; 0 ≤ x < 1. */
  readonly random?: () => number;
}

interface Opened {
  readonly spec: string;
  readonly port: IamPort;
  readonly destroy: () => void;
}

/** What the port depends on: with any of it changed, an account is opened anew. */
const specOf = (account: Account): string =>
  JSON.stringify([
    account.accountId,
    account.partition,
    account.regions[0],
    account.spokeRole?.arn,
    account.spokeRole?.externalId,
    account.permissionsBoundary,
  ]);

const isRead = /^(?:Get|List)/;

/**
 * The SDK would keep what a function gives by the wall clock; `memoized` tells it that the function looks after expiry
 * itself.
 */
const memoized = (source: CredentialSource): CredentialSource =>
  Object.assign(() => source(), { memoized: true });

const observing =
  (calls: IamCalls, account: Account, clock: Clock): IamPort['observe'] =>
  async (signal) => {
    const resource = `account ${account.meta.name}`;
    const reads = bulkReads((action, abort, send) => calls.call({ action, resource }, abort, send));
    try {
      return present(await observeAccount(reads, clock.now(), signal));
    } catch (error) {
      signal.throwIfAborted();
      return unreadable(classifyError(error, { action: 'iam:GetAccountAuthorizationDetails', resource }));
    }
  };

/** Clients and port of one account. */
const open = (
  account: Account,
  own: CredentialSource,
  settings: Omit<ClientSettings, 'onAttempt'>,
  onRequest: (request: RequestSeen) => void,
  budget: WriteBudget,
): Opened => {
  const seen: ClientSettings = {
    ...settings,
    onAttempt: (request, throttled) => {
      onRequest(request);
      if (throttled && request.service === 'iam' && !isRead.test(request.operation)) budget.throttled();
    },
  };
  const { clock, closing } = settings;
  const region = stsRegion(account);
  const ownSts = stsClient(seen, region, own);
  const spoke =
    account.spokeRole === undefined ? undefined : assumedRole(ownSts, account.spokeRole, clock, closing);
  const source = spoke === undefined ? own : memoized(spoke.credentials);
  const sts = spoke === undefined ? ownSts : stsClient(seen, region, source);
  const client = iamClient(seen, iamRegion(account.partition), source);
  const calls = iamCalls({
    client,
    budget,
    checkAccount: accountCheck(sts, account, source, closing),
    onBadCredentials: () => spoke?.forget(),
  });
  return {
    spec: specOf(account),
    port: {
      observe: observing(calls, account, clock),
      ...iamReads(calls),
      ...iamWrites(calls, account),
    },
    destroy: () => {
      for (const each of new Set([client, sts, ownSts])) each.destroy();
    },
  };
};

/**
 * The same account (name and spec) gives the same port. Opening asks nothing of anyone; the first call finds out whether
 * the credentials are there and are the account's. `close` ends back-offs and connections of all of them.
 */
export const openAccounts = (options: OpenAccountsOptions): OpenAccount & { close(): void } => {
  const { settings, clock, sleep = realSleep, random = Math.random, onRequest = () => {} } = options;
  const closing = new AbortController();
  const own =
    options.ownCredentials === undefined ? fromNodeProviderChain() : memoized(options.ownCredentials);
  const current = new Map<string, Opened>();
  const all: Opened[] = [];

  const openAccount: OpenAccount = (account) => {
    const known = current.get(account.meta.name);
    if (known?.spec === specOf(account)) return known.port;
    const budget = writeBudget({
      ratePerSecond: settings.writesPerSecond,
      burst: settings.writeBurst,
      clock,
      sleep,
    });
    const shared = {
      requestTimeoutMs: settings.requestTimeoutMs,
      clock,
      sleep,
      random,
      closing: closing.signal,
      endpoint: options.endpoint,
    };
    const opened = open(account, own, shared, onRequest, budget);
    // The one it replaces may still be in the middle of a sweep, so its clients live until all are closed.
    current.set(account.meta.name, opened);
    all.push(opened);
    return opened.port;
  };
  return Object.assign(openAccount, {
    close: () => {
      closing.abort(new Error('the AWS clients are closed'));
      for (const opened of all) opened.destroy();
    },
  });
};
