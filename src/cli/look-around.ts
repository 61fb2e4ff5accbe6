// Everything that doctor looks at, side by side where it can be: what fails on one side stops no other.

import { relative } from 'node:path';
import pMap from 'p-map';
import { readOwnIdentity } from '../aws/own-side.ts';
import { webIdentityToken } from '../aws/web-identity-token.ts';
import { accountChecks } from '../doctor/check-account.ts';
import { brokenConfig, configChecks } from '../doctor/check-config.ts';
import { entraChecks, type EntraReadings } from '../doctor/check-entra.ts';
import { federationChecks } from '../doctor/check-federation.ts';
import { ownSideChecks } from '../doctor/check-own-side.ts';
import { accountNeeds, entraNeeds, questionsFor } from '../doctor/needs.ts';
import { servicesToObserve } from '../desired/resolve-services.ts';
import type { Check } from '../domain/check.ts';
import { AppError, toAppError } from '../domain/errors.ts';
import type {
  EnterpriseApplication,
  EntraExaminer,
  ExamineAccount,
  TableExamination,
} from '../domain/examination.ts';
import type { Account, ControllerConfig, PolicySet } from '../domain/policy.ts';
import type { DirectoryPort } from '../domain/ports.ts';
import { present, type Reading, unreadable } from '../domain/reading.ts';
import { exchangeAudience } from '../entra/credential.ts';
import { openDynamoLeases } from '../lease/dynamo-leases.ts';
import { leaseTimes } from '../lease/times.ts';
import { readConfig } from '../policy/read-config.ts';
import { counted } from '../report/words.ts';
import { tokenFor } from './api-token.ts';
import type { Terminal } from './output.ts';
import { openAws, openDirectory, openSource, ownStsOptions, systemClock } from './wiring.ts';

export interface LookAroundOptions {
  readonly file: string;
  /** Only these, by name; undefined: all. */
  readonly accounts: readonly string[] | undefined;
  readonly terminal: Terminal;
  readonly progress: (text: string) => void;
}

interface Surroundings extends LookAroundOptions {
  readonly config: ControllerConfig;
  readonly signal: AbortSignal;
}

const accountsAtOnce = 8;

/** What fails is a reading too; only the signal ends everything. */
const attempted = async <T>(
  what: string,
  signal: AbortSignal,
  work: () => Promise<Reading<T>>,
): Promise<Reading<T>> => {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(toAppError(error, what));
  }
};

const whyNot = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return toAppError(error, 'spec.api').message;
  }
};

const lookAtTable = async ({ config, signal }: Surroundings): Promise<TableExamination | undefined> => {
  if (config.replicas === undefined) return undefined;
  const { table, region, durationMs } = config.replicas.lease;
  const { requestTimeoutMs } = leaseTimes(durationMs);
  const leases = await openDynamoLeases({
    instance: config.instance,
    table,
    region,
    requestTimeoutMs,
    onRequest: () => undefined,
  });
  try {
    return await leases.examine(signal);
  } finally {
    leases.close();
  }
};

const lookAtOwnSide = async (around: Surroundings): Promise<readonly Check[]> => {
  const { config, terminal, signal } = around;
  const options = ownStsOptions(config, terminal);
  const vouch = async (): Promise<Reading<true>> => {
    await webIdentityToken(options, exchangeAudience[config.entra.cloud]);
    return present(true);
  };
  const [identity, vouching, table] = await Promise.all([
    attempted('asking STS who we are', signal, () => readOwnIdentity(options, signal)),
    config.entra.credential === 'awsRole'
      ? attempted('asking STS for a token', signal, vouch)
      : Promise.resolve(undefined),
    lookAtTable(around),
  ]);
  return ownSideChecks(config, { identity, vouching, table });
};

/** Nobody has it, so that users are asked for first and deleted users after that. */
const nobody = '00000000-0000-4000-8000-000000000000';

interface EntraLook {
  readonly readings: EntraReadings;
  readonly applications: ReadonlyMap<string, Reading<EnterpriseApplication>>;
}

const nothingOfEntra = (token: EntraReadings['token']): EntraLook => ({
  readings: {
    token,
    groups: new Map(),
    servicePrincipals: new Map(),
    assignments: new Map(),
    standing: undefined,
    skewMs: undefined,
  },
  applications: new Map(),
});

const readEntra = async (
  directory: DirectoryPort & EntraExaminer,
  policies: PolicySet,
  signal: AbortSignal,
): Promise<EntraLook> => {
  const token = await directory.readToken(signal);
  if (token.state === 'unreadable') return nothingOfEntra(token);
  const needs = entraNeeds(policies);
  const pim = needs.groups.filter((one) => one.pim).map(({ id }) => id);
  const appIds = policies.federations.flatMap(({ saml }) => saml?.applicationId ?? []);
  const [groups, servicePrincipals, assignments, standings, applications] = await Promise.all([
    directory.readGroups(
      needs.groups.map(({ query }) => query),
      signal,
    ),
    directory.readServicePrincipals(
      needs.servicePrincipals.map(({ id }) => id),
      signal,
    ),
    directory.readAssignments(pim, signal),
    directory.readStandings([nobody], signal),
    directory.readApplications(appIds, signal),
  ]);
  const skewMs = directory.clockSkewMs();
  return {
    readings: { token, groups, servicePrincipals, assignments, standing: standings.get(nobody), skewMs },
    applications,
  };
};

const lookAtEntra = async (
  { config, terminal, signal }: Surroundings,
  policies: PolicySet,
): Promise<EntraLook> => {
  try {
    return await readEntra(openDirectory(config, terminal), policies, signal);
  } catch (error) {
    signal.throwIfAborted();
    return nothingOfEntra(unreadable(toAppError(error, 'asking Entra')));
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
  let done = 0;
  const look = async (account: Account): Promise<readonly Check[]> => {
    const checks = await lookAtAccount(account, aws.examine, around, known);
    done += 1;
    around.progress(`looked at ${account.meta.name} (${done} of ${counted(accounts.length, 'account')})`);
    return checks;
  };
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
  const { file, terminal, progress } = options;
  const { config, problems } = await readConfig(file);
  if (config === undefined) return [brokenConfig(file, problems)];
  const signal = terminal.stopped;
  const around: Surroundings = { ...options, config, signal };
  progress('looking at policies, Entra and AWS …');
  const policies = await attempted('loading policies', signal, () =>
    openSource(config, terminal).load(signal),
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
