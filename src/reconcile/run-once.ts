// The controller's work done once, for pipelines: load, poll, one sweep of every account side by side. With `dryRun`
// it stops before acting, which is what `plan` does.

import pMap from 'p-map';
import { servicesToObserve } from '../desired/resolve-services.ts';
import { AppError } from '../domain/errors.ts';
import type { ExplainQuestion, Explanation } from '../domain/explanation.ts';
import { type Plan, bothHalves } from '../domain/plan.ts';
import type { Account } from '../domain/policy.ts';
import { type ControllerOptions } from './controller.ts';
import { createDirectoryBook } from './directory-book.ts';
import { createContestBook } from './contest-book.ts';
import { createShellMemory } from './end-shells.ts';
import { createEcsBook } from './ecs-book.ts';
import { accountNamed, answer } from './explain.ts';
import { createManagedPolicyBook } from './managed-policy-book.ts';
import { createOthersBook } from './others-book.ts';
import { createPolicyBook } from './policy-book.ts';
import { type OnProgress, countAccounts } from './progress.ts';
import { createRevocationBook } from './revocation-book.ts';
import { type SweepContext, decide, sweep } from './sweep.ts';
import type { PoliciesReport, PollReport, SweepReport } from './sweep-report.ts';
import { type ServicesContext, decideServices, sweepServices } from './sweep-services.ts';
import { createWriteMemory } from './write-memory.ts';

export type OnceOptions = Pick<
  ControllerOptions,
  'config' | 'source' | 'directory' | 'openAccount' | 'clock'
> & {
  readonly signal: AbortSignal;
  /** Only these accounts, by name; undefined: all. */
  readonly accounts?: readonly string[];
  readonly onProgress?: OnProgress;
};

export interface Loaded {
  readonly policies: PoliciesReport;
  readonly poll: PollReport;
}

const prepare = async (options: OnceOptions) => {
  const { clock, config, signal, onProgress } = options;
  const policyBook = createPolicyBook(options.source, clock);
  const directory = createDirectoryBook(options.directory, clock);
  onProgress?.({ step: 'policies' });
  const { report } = await policyBook.load(signal);
  const policies = policyBook.current();
  if (policies === undefined) throw new AppError('invalid', report.messages.join('\n'));
  const accounts =
    options.accounts === undefined
      ? policies.accounts
      : [...new Set(options.accounts)].map((name) => accountNamed(name, policies.accounts));
  onProgress?.({ step: 'entra' });
  const { report: poll } = await directory.poll(policies, signal);
  const contextFor = (account: Account): ServicesContext & SweepContext => {
    const aws = options.openAccount(account);
    const { iam, ecs } = aws;
    return {
      config,
      policies,
      account,
      iam,
      ecs,
      shells: aws.shells,
      shellMemory: createShellMemory(),
      contestBook: createContestBook(),
      othersBook: createOthersBook(),
      revocationBook: createRevocationBook(),
      clockSkewMs: () => aws.clockSkewMs(),
      ecsBook: createEcsBook(),
      managedPolicies: createManagedPolicyBook(iam, clock),
      directory,
      policyBook,
      memory: createWriteMemory(),
      clock,
      signal,
      stopping: signal,
    };
  };
  return { loaded: { policies: report, poll }, policies, directory, accounts, contextFor };
};

const accountsAtOnce = 8;

/** ECS is read first: permissions hang on what runs there. */
const planAccount = async (context: ServicesContext & SweepContext): Promise<Plan> => {
  const services = await decideServices(context);
  const access = await decide(context);
  return bothHalves(access.plan, services.plan);
};

/** What `run` would do now, account by account. Changes nothing. */
export const planOnce = async (
  options: OnceOptions,
): Promise<{ readonly loaded: Loaded; readonly plans: readonly Plan[] }> => {
  const { loaded, accounts, contextFor } = await prepare(options);
  const count = countAccounts(accounts.length, options.onProgress);
  const plans = await pMap(
    accounts,
    (account) => count(account.meta.name, () => planAccount(contextFor(account))),
    { concurrency: accountsAtOnce },
  );
  return { loaded, plans };
};

/** Why somebody can or cannot enter, from what everything says now. Changes nothing. */
export const explainOnce = async (
  options: Omit<OnceOptions, 'accounts'>,
  question: ExplainQuestion,
): Promise<{ readonly loaded: Loaded; readonly explanations: readonly Explanation[] }> => {
  const { loaded, policies, directory, contextFor } = await prepare(options);
  const explanations = await answer(question, {
    policies,
    directory,
    clock: options.clock,
    stopping: options.signal,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    look: async (account) => {
      const context = contextFor(account);
      const { plan } = await decideServices(context);
      return { context, execReadiness: plan.execReadiness };
    },
  });
  return { loaded, explanations };
};

const sweepAccount = async (context: ServicesContext & SweepContext): Promise<readonly SweepReport[]> => {
  const services = servicesToObserve(context.policies, context.account);
  if (services.length === 0) return [await sweep('start', context)];
  context.ecsBook.publish(await context.ecs.observe(services, context.stopping));
  // Who has to leave leaves before anything is deployed.
  const access = await sweep('start', context);
  return [access, await sweepServices('start', { ...context, memory: createWriteMemory() })];
};

/** One sweep of every account. */
export const sweepOnce = async (
  options: OnceOptions,
): Promise<{ readonly loaded: Loaded; readonly reports: readonly SweepReport[] }> => {
  const { loaded, accounts, contextFor } = await prepare(options);
  const count = countAccounts(accounts.length, options.onProgress);
  const reports = await pMap(
    accounts,
    (account) => count(account.meta.name, () => sweepAccount(contextFor(account))),
    { concurrency: accountsAtOnce },
  );
  return { loaded, reports: reports.flat() };
};
