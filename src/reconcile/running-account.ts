// One account under the controller's care: two loops, one for the roles that people and workloads enter, one for task
// roles and ECS services. Neither waits for the other: a slow ECS keeps nobody inside who should be out.

import { observedPermissions, servicesToObserve } from '../desired/resolve-services.ts';
import type { Account, ControllerConfig, PolicySet } from '../domain/policy.ts';
import type { AwsAccount, Clock } from '../domain/ports.ts';
import type { ExecReadiness } from '../domain/service-findings.ts';
import { type AccountLoop, createAccountLoop } from './account-loop.ts';
import type { AccountMemory } from './account-memory.ts';
import type { DirectoryBook } from './directory-book.ts';
import { createManagedPolicyBook } from './managed-policy-book.ts';
import type { PolicyBook } from './policy-book.ts';
import { type SweepContext, sweep } from './sweep.ts';
import type { SweepReport, SweepTrigger } from './sweep-report.ts';
import { sweepServices } from './sweep-services.ts';
import type { Timers } from './timers.ts';

/** What the newest sweeps of an account found and did. */
export interface LastSweeps {
  readonly access: SweepReport;
  /** undefined: there is nothing of ECS to look at. */
  readonly services: SweepReport | undefined;
}

export interface RunningAccount {
  readonly account: Account;
  readonly memory: AccountMemory;
  /** Asks both loops for a sweep. */
  trigger(trigger: SweepTrigger): void;
  /** Asks for a sweep of what people and workloads enter. */
  triggerAccess(trigger: SweepTrigger): void;
  lastAccessReport(): SweepReport | undefined;
  /** undefined until every loop of the account that has something to look at has ended a sweep. */
  lastSweeps(): LastSweeps | undefined;
  /** What a look at the account from outside of its loops needs: it reads anew, and writes nothing. */
  look(): { readonly context: SweepContext; readonly execReadiness: readonly ExecReadiness[] };
  /** The longest time that a sweep under way has run, milliseconds; 0 while idle. */
  longestSweepMs(): number;
  /** Starts nothing any more, and waits for what is under way. */
  stop(): Promise<void>;
}

export interface RunningAccountOptions {
  readonly account: Account;
  readonly memory: AccountMemory;
  readonly aws: AwsAccount;
  readonly config: ControllerConfig;
  readonly directory: DirectoryBook;
  readonly policyBook: PolicyBook;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly onReport: (report: SweepReport) => void;
  readonly onDefect: (error: Error) => void;
  /** Ends writes that are under way; the last resort. */
  readonly signal: AbortSignal;
  /** Ends reads at once, and lets no further write begin. */
  readonly stopping: AbortSignal;
}

export const startAccount = (options: RunningAccountOptions): RunningAccount => {
  const { account, aws, clock, policyBook, memory } = options;
  const { writes, ...books } = memory;
  const { ecsBook } = books;
  const managedPolicies = createManagedPolicyBook(aws.iam, clock);
  const loopParts = {
    // Reads that end because we stop end a sweep wherever it is.
    onDefect: (error: Error) => {
      if (!options.stopping.aborted) options.onDefect(error);
    },
    now: () => clock.now(),
    timers: options.timers,
    random: options.random,
  };
  let lastAccessReport: SweepReport | undefined;
  let lastServicesReport: SweepReport | undefined;
  /** Whether there is anything of ECS to look at, or was at the last look: then what was said of it has to go. */
  let hasServices = false;

  const policiesInForce = (): PolicySet => {
    const policies = policyBook.current();
    if (policies === undefined) throw new Error('a sweep was asked for before any policy was loaded');
    return policies;
  };
  const shared = () => ({
    ...options,
    policies: policiesInForce(),
    iam: aws.iam,
    clockSkewMs: () => aws.clockSkewMs(),
    shells: aws.shells,
    ...books,
  });

  const access: AccountLoop = createAccountLoop({
    ...loopParts,
    sweep: (trigger) => sweep(trigger, { ...shared(), memory: writes.access }),
    onReport: (report) => {
      lastAccessReport = report;
      options.onReport(report);
    },
  });

  const services: AccountLoop = createAccountLoop({
    ...loopParts,
    sweep: async (trigger) => {
      const policies = policiesInForce();
      const before = observedPermissions(policies, account, ecsBook.current());
      const report = await sweepServices(trigger, {
        ...shared(),
        policies,
        memory: writes.services,
        ecs: aws.ecs,
        managedPolicies,
      });
      if (observedPermissions(policies, account, ecsBook.current()) !== before) access.trigger('services');
      return report;
    },
    onReport: (report) => {
      lastServicesReport = report;
      options.onReport(report);
    },
  });

  const triggerServices = (trigger: SweepTrigger): void => {
    const hadServices = hasServices;
    hasServices = servicesToObserve(policiesInForce(), account).length > 0;
    if (hasServices || hadServices) services.trigger(trigger);
  };

  return {
    account,
    memory,
    trigger: (trigger) => {
      access.trigger(trigger);
      triggerServices(trigger);
    },
    triggerAccess: (trigger) => {
      access.trigger(trigger);
    },
    lastAccessReport: () => lastAccessReport,
    lastSweeps: () => {
      if (lastAccessReport === undefined) return undefined;
      if (!hasServices) return { access: lastAccessReport, services: undefined };
      return lastServicesReport && { access: lastAccessReport, services: lastServicesReport };
    },
    look: () => ({
      context: { ...shared(), memory: writes.access },
      execReadiness: lastServicesReport?.plan.execReadiness ?? [],
    }),
    longestSweepMs: () =>
      Math.max(...[access, services].map((loop) => clock.now() - (loop.busySinceMs() ?? clock.now()))),
    stop: async () => {
      await Promise.all([access.stop(), services.stop()]);
    },
  };
};
