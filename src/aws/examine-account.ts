// Looks at one account as doctor does: everything that the controller will ask for is asked for once, and what cannot be
// asked for without doing it is read. Changes nothing.

import type { STSClient } from '@aws-sdk/client-sts';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { AppError } from '../domain/errors.ts';
import type { AccountExamination, AccountQuestions, CallerIdentity } from '../domain/examination.ts';
import type { Account } from '../domain/policy.ts';
import type { IamPort } from '../domain/ports.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { classifyError } from './classify-error.ts';
import type { EcsRegion, EcsRegionOptions } from './ecs-region.ts';
import {
  type IamCalls,
  iamTrials,
  ownPermissions,
  providerTrials,
  readOidcProvider,
  readSamlProvider,
  roleArnOf,
  tryCreation,
} from './examine-iam.ts';
import { ecsTrials, firstInRegions, regionAnswers, ssmTrial } from './examine-regions.ts';

export interface ExaminedParts {
  readonly account: Account;
  readonly calls: IamCalls;
  readonly iam: Pick<IamPort, 'observe' | 'readManagedPolicy'>;
  /** With the credentials that the account is worked with. */
  readonly sts: STSClient;
  readonly regional: EcsRegionOptions;
  readonly ecsRegion: (region: string) => EcsRegion;
}

export const callerIdentity = async (
  sts: STSClient,
  resource: string,
  signal: AbortSignal,
): Promise<Reading<CallerIdentity>> => {
  try {
    const { Arn: arn, Account: accountId } = await sts.send(new GetCallerIdentityCommand({}), {
      abortSignal: signal,
    });
    return arn === undefined || accountId === undefined ? absent : present({ arn, accountId });
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(classifyError(error, { action: 'sts:GetCallerIdentity', resource }));
  }
};

/** By credentials that were checked to be the account's. */
const enter = async (
  { account, sts, regional }: ExaminedParts,
  signal: AbortSignal,
): Promise<Reading<CallerIdentity>> => {
  const resource = `account ${account.meta.name}`;
  try {
    await regional.checkAccount(signal);
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(classifyError(error, { action: 'sts:GetCallerIdentity', resource }));
  }
  return callerIdentity(sts, resource, signal);
};

const notEntered = (identity: Reading<CallerIdentity>): AccountExamination => {
  const nothing = unreadable(new AppError('transient', 'the account was not entered'));
  return {
    identity,
    observed: nothing,
    own: nothing,
    trials: [],
    regions: new Map(),
    boundaries: new Map(),
    samlProviders: new Map(),
    oidcProviders: new Map(),
    creation: undefined,
    clockSkewMs: undefined,
  };
};

const readEach = async <T>(
  keys: readonly string[],
  read: (key: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> =>
  new Map(await Promise.all(keys.map(async (key) => [key, await read(key)] as const)));

/** Throws only when `signal` aborts. */
export const examineAccount = async (
  parts: ExaminedParts,
  questions: AccountQuestions,
  signal: AbortSignal,
): Promise<AccountExamination> => {
  const { account, calls, iam, regional } = parts;
  const identity = await enter(parts, signal);
  if (identity.state !== 'present') return notEntered(identity);
  const roleArn = roleArnOf(account, identity.value.arn);
  const interest = { roleArns: new Set(roleArn === undefined ? [] : [roleArn]), actions: [] };
  const places = firstInRegions(questions.services, account);
  const [observed, regions, boundaries, samlProviders, oidcProviders, creation, ...tried] = await Promise.all(
    [
      iam.observe(signal, interest),
      readEach(account.regions, (region) => regionAnswers(region, regional, signal)),
      readEach(questions.boundaries, (arn) => iam.readManagedPolicy(arn, signal)),
      readEach(questions.samlProviders, (arn) => readSamlProvider(calls, arn, signal)),
      readEach(questions.oidcProviders, (arn) => readOidcProvider(calls, arn, signal)),
      tryCreation(calls, account, questions, signal),
      ...iamTrials(calls, account, questions, signal),
      ...places.flatMap((place) => ecsTrials(parts.ecsRegion(place.region), place, signal)),
      ...(questions.writes ? account.regions.map((region) => ssmTrial(region, regional, signal)) : []),
    ],
  );
  return {
    identity,
    observed,
    regions,
    boundaries,
    samlProviders,
    oidcProviders,
    creation,
    own: await ownPermissions(observed, roleArn, (...asked) => iam.readManagedPolicy(...asked), signal),
    trials: [...tried, ...providerTrials(samlProviders.values(), oidcProviders.values())],
    clockSkewMs: regional.settings.skew.skewMs(),
  };
};
