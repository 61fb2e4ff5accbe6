// Everything that doctor looks at, side by side where it can be: what fails on one side stops no other.

import { relative } from 'node:path';
import pMap from 'p-map';
import { accountChecks } from '../doctor/check-account.ts';
import { brokenConfig, configChecks } from '../doctor/check-config.ts';
import { entraChecks } from '../doctor/check-entra.ts';
import { federationChecks } from '../doctor/check-federation.ts';
import { accountNeeds, entraNeeds, questionsFor } from '../doctor/needs.ts';
import { servicesToObserve } from '../desired/resolve-services.ts';
import type { Check } from '../domain/check.ts';
import { AppError, toAppError } from '../domain/errors.ts';
import type { ExamineAccount } from '../domain/examination.ts';
import type { Account, ControllerConfig, PolicySet } from '../domain/policy.ts';
import { readConfig } from '../policy/read-config.ts';
import { countAccounts } from '../reconcile/progress.ts';
import { tokenFor } from './api-token.ts';
import { type EntraLook, lookAtEntra } from './look-at-entra.ts';
import { lookAtOwnSide } from './look-at-own-side.ts';
import { attempted, type LookAroundOptions, type Surroundings } from './surroundings.ts';
import { openAws, openSource, systemClock } from './wiring.ts';

const accountsAtOnce = 8;

const whyNot = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return toAppError(error, 'spec.api').message;
  }
};

interface Known {
  readonly policies: PolicySet;
  readonly entra: EntraLook;
}

const lookAtAccount = async (
  account: Account,
  examine: ExamineAccount,
  { config, signal }: Surroundings,
  { policies, entra }: Known,
): Promise<readonly Check[]> => {
  const nowMs = systemClock.now();
  const services = servicesToObserve(policies, account);
  const needs = accountNeeds({ config, policies, account, services, nowMs });
  const examination = await examine(account, questionsFor(needs), signal);
  return accountChecks(needs, examination, entra.readings, nowMs);
};

const chosenAccounts = (
  { accounts: chosen }: LookAroundOptions,
  { accounts }: PolicySet,
): readonly Account[] => {
  const unknown = (chosen ?? []).filter((name) => !accounts.some(({ meta }) => meta.name === name));
  if (unknown.length > 0)
    throw new AppError(
      'invalid',
      `no account is called ${unknown.join(', ')}; there are ${accounts.map(({ meta }) => meta.name).join(', ')}`,
    );
  return accounts.filter(({ meta }) => chosen?.includes(meta.name) ?? true);
};

const lookAtAccounts = async (around: Surroundings, known: Known): Promise<readonly Check[]> => {
  const accounts = chosenAccounts(around, known.policies);
  const aws = openAws(around.config);
  const count = countAccounts(accounts.length, around.onProgress);
  const look = (account: Account): Promise<readonly Check[]> =>
    count(account.meta.name, () => lookAtAccount(account, aws.examine, around, known));
  try {
    return (await pMap(accounts, look, { concurrency: accountsAtOnce })).flat();
  } finally {
    aws.close();
  }
};

const lookBeyond = async (around: Surroundings, policies: PolicySet): Promise<readonly Check[]> => {
  const { config } = around;
  // Before anybody is asked: a name that is wrong is told at once.
  chosenAccounts(around, policies);
  around.onProgress({ step: 'entra' });
  const [ownSide, entra] = await Promise.all([lookAtOwnSide(around), lookAtEntra(around, policies)]);
  const { readings, applications } = entra;
  const accounts = await lookAtAccounts(around, { policies, entra });
  return [
    ...entraChecks(entraNeeds(policies), readings, config),
    ...policies.federations.flatMap((one) =>
      federationChecks(one, policies, readings.token, applications.get(one.saml?.applicationId ?? '')),
    ),
    ...ownSide,
    ...accounts,
  ];
};

const sourceOf = ({ policyOrigin: origin }: ControllerConfig): string =>
  origin.kind === 'git' ? `${origin.url} ${origin.ref}` : relative('', origin.path) || '.';

/** Everything that there is to say, in the order in which it is best read. */
export const lookAround = async (options: LookAroundOptions): Promise<readonly Check[]> => {
  const { file, terminal, onProgress } = options;
  const { config, problems } = await readConfig(file);
  if (config === undefined) return [brokenConfig(file, problems)];
  const signal = terminal.stopped;
  const around: Surroundings = { ...options, config, signal };
  onProgress({ step: 'policies' });
  const policies = await attempted('loading policies', signal, () =>
    openSource(config, terminal, systemClock).load(signal),
  );
  const apiProblem = whyNot(() => tokenFor(config.apiListener, terminal.env));
  const first = configChecks({
    file,
    config,
    problems,
    env: terminal.env,
    apiProblem,
    policies,
    source: sourceOf(config),
  });
  return policies.state === 'present'
    ? [...first, ...(await lookBeyond(around, policies.value))]
    : [...first, ...(await lookAtOwnSide(around))];
};
