// Opens IAM, ECS and the Session Manager of each account with clients, credentials and budgets of its own, so that a throttled or broken account
// delays no other.

import type { IAMClient } from '@aws-sdk/client-iam';
import type { STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { AccountExamination, AccountQuestions, ExamineAccount } from '../domain/examination.ts';
import type { Account, AwsSettings } from '../domain/policy.ts';
import type { AwsAccount, Clock, IamPort, OpenAccount, WritePermit } from '../domain/ports.ts';
import { present, unreadable } from '../domain/reading.ts';
import { type AccountCalls, accountCalls } from './account-calls.ts';
import { classifyError } from './classify-error.ts';
import { skewMeter } from './clock-skew.ts';
import {
  type ClientSettings,
  iamClient,
  isRead,
  type RequestHandler,
  type RequestSeen,
  stsClient,
  whenThrottled,
} from './clients.ts';
import { accountCheck, assumedRole, type CredentialSource } from './credentials.ts';
import { openEcs } from './ecs-port.ts';
import { examineAccount } from './examine-account.ts';
import { iamReads } from './iam-reads.ts';
import { iamWrites } from './iam-writes.ts';
import { lentClient } from './lent-client.ts';
import { bulkReads, observeAccount } from './observe-account.ts';
import { iamRegion, stsRegion } from './partition.ts';
import { openShells } from './shells/shells-port.ts';
import { realSleep, type Sleep } from './sleep.ts';
import { sharedSockets } from './sockets.ts';
import { type WriteBudget, writeBudget } from './write-budget.ts';

export interface OpenAccountsOptions {
  readonly settings: AwsSettings;
  readonly clock: Clock;
  /** Called once for every HTTP attempt, retries and credentials included. */
  readonly onRequest?: (request: RequestSeen) => void;
  /** One endpoint for all services. Absent: the SDK's own settings (`AWS_ENDPOINT_URL`, profile), or the real service. */
  readonly endpoint?: string;
  /** Carries requests in the place of Node's HTTP; called once for each client. */
  readonly requestHandler?: () => RequestHandler;
  /** Our own credentials. Absent: the SDK's default chain (environment, profile, container, instance). */
  readonly ownCredentials?: CredentialSource;
  readonly sleep?: Sleep;
  /** For the jitter of retries; 0 ≤ x < 1. */
  readonly random?: () => number;
}

interface Opened {
  readonly spec: string;
  readonly aws: AwsAccount;
  readonly examine: (questions: AccountQuestions, signal: AbortSignal) => Promise<AccountExamination>;
}

/** Calls of whoever had the account open before have all ended when another opens it, so that one permit is in force. */
interface Gate {
  permit: WritePermit;
}

const always: WritePermit = () => undefined;

/** What the ports depend on: with any of it changed, an account is opened anew. */
const specOf = (account: Account): string =>
  JSON.stringify([
    account.accountId,
    account.partition,
    account.regions,
    account.spokeRole?.arn,
    account.spokeRole?.externalId,
    account.permissionsBoundary,
    account.taskRoleBoundaries,
    account.ecsWrites,
  ]);

/**
 * The SDK would keep what a function gives by the wall clock; `memoized` tells it that the function looks after expiry
 * itself.
 */
const memoized = (source: CredentialSource): CredentialSource =>
  Object.assign(() => source(), { memoized: true });

const observing =
  (calls: AccountCalls<IAMClient>, account: Account, clock: Clock): IamPort['observe'] =>
  async (signal, interest) => {
    const resource = `account ${account.meta.name}`;
    const reads = bulkReads((action, abort, send) => calls.call({ action, resource }, abort, send));
    try {
      return present(await observeAccount(reads, clock.now(), signal, interest));
    } catch (error) {
      signal.throwIfAborted();
      return unreadable(classifyError(error, { action: 'iam:GetAccountAuthorizationDetails', resource }));
    }
  };

interface OpenOptions {
  readonly own: CredentialSource;
  readonly settings: ClientSettings;
  readonly budget: WriteBudget;
}

/** Throttled writes slow down the writes that follow. */
const slowingDown = ({ settings, budget }: OpenOptions): ClientSettings =>
  whenThrottled(settings, ({ service, operation }) => {
    if (service === 'iam' && !isRead(operation)) budget.throttled();
  });

/** Clients and ports of one account. */
const open = (account: Account, options: OpenOptions): Opened => {
  const { own, budget } = options;
  const settings = slowingDown(options);
  const { clock, closing } = settings;
  const region = stsRegion(account);
  const spoke =
    account.spokeRole === undefined
      ? undefined
      : assumedRole(() => stsClient(settings, region, own), account.spokeRole, clock, closing);
  const source = spoke === undefined ? own : memoized(spoke.credentials);
  const openSts = (): STSClient => stsClient(settings, region, source);
  const client = lentClient(() => iamClient(settings, iamRegion(account.partition), source));
  const checkAccount = accountCheck(openSts, account, source, closing);
  const onBadCredentials = (): void => spoke?.forget();
  const calls = accountCalls({
    client,
    checkAccount,
    onBadCredentials,
    absentCodes: ['NoSuchEntity'],
    beforeWrite: (signal) => budget.take(signal),
  });
  const regional = { settings, credentials: source, checkAccount, onBadCredentials };
  const ecs = openEcs(account, regional);
  const shells = openShells(account, ecs.region, regional);
  const iam = { observe: observing(calls, account, clock), ...iamReads(calls), ...iamWrites(calls, account) };
  return {
    spec: specOf(account),
    aws: {
      iam,
      ecs: ecs.port,
      shells,
      clockSkewMs: () => settings.skew.skewMs(),
    },
    examine: (questions, signal) =>
      examineAccount(
        { account, calls, iam, sts: openSts(), regional, ecsRegion: ecs.region },
        questions,
        signal,
      ),
  };
};

/**
 * The same account (name and spec) gives the same ports. Opening asks nothing of anyone; the first call finds out whether
 * the credentials are there and are the account's. `close` ends back-offs and connections of all of them.
 */
export const openAccounts = (
  options: OpenAccountsOptions,
): OpenAccount & { examine: ExamineAccount; close(): void } => {
  const { settings, clock, sleep = realSleep, random = Math.random, onRequest = () => {} } = options;
  const closing = new AbortController();
  const sockets = sharedSockets();
  const own =
    options.ownCredentials === undefined ? fromNodeProviderChain() : memoized(options.ownCredentials);
  const current = new Map<string, Opened & { readonly gate: Gate }>();

  const opening = (account: Account, permit: WritePermit): Opened => {
    const known = current.get(account.meta.name);
    if (known?.spec === specOf(account)) {
      known.gate.permit = permit;
      return known;
    }
    const gate = { permit };
    const budget = writeBudget({
      ratePerSecond: settings.writesPerSecond,
      burst: settings.writeBurst,
      clock,
      sleep,
    });
    const shared: ClientSettings = {
      requestTimeoutMs: settings.requestTimeoutMs,
      clock,
      sleep,
      random,
      closing: closing.signal,
      endpoint: options.endpoint,
      requestHandler: options.requestHandler,
      sockets,
      onAttempt: onRequest,
      skew: skewMeter(clock),
      permit: () => gate.permit(),
    };
    const opened = open(account, { own, settings: shared, budget });
    // The one it replaces may still be in the middle of a sweep, and goes on with what it has.
    current.set(account.meta.name, { ...opened, gate });
    return opened;
  };
  const openAccount: OpenAccount = (account, permit = always) => opening(account, permit).aws;
  return Object.assign(openAccount, {
    examine: (account: Account, questions: AccountQuestions, signal: AbortSignal) =>
      opening(account, always).examine(questions, signal),
    close: () => {
      closing.abort(new Error('the AWS clients are closed'));
      sockets.close();
    },
  });
};
