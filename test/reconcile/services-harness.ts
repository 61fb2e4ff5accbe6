// One account with services, the real loop over in-memory IAM and ECS: for tests that follow task roles and deployments
// through many sweeps.

import type { ServicePlace } from '../../src/domain/ecs.ts';
import type { Account, ControllerConfig, PolicySet, TaskRoleBinding } from '../../src/domain/policy.ts';
import type { EcsPort } from '../../src/domain/ports.ts';
import { present } from '../../src/domain/reading.ts';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { inMemoryShells } from '../aws/in-memory-shells.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createManagedPolicyBook } from '../../src/reconcile/managed-policy-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { sweepServices } from '../../src/reconcile/sweep-services.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { type InMemoryEcs, inMemoryEcs } from '../aws/in-memory-ecs.ts';
import { type InMemoryIam, inMemoryIam } from '../aws/in-memory-iam.ts';
import { type ManualClock, manualClock } from '../aws/manual-clock.ts';
import { account, controllerConfig, policySet, servicePlace, taskRoleBinding } from '../builders.ts';

export const digestImage = `contoso/api@sha256:${'0'.repeat(64)}`;
export const madeRoleArn = 'arn:aws:iam::111122223333:role/rolewarden/payments-api-task';
export const oldRoleArn = 'arn:aws:iam::111122223333:role/old-task';
export const tasksTrust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
export const container = {
  name: 'api',
  image: digestImage,
  readonlyRootFilesystem: false,
  awsVariables: [],
  logGroup: undefined,
} as const;

export interface ServicesHarness {
  readonly clock: ManualClock;
  readonly iam: InMemoryIam;
  readonly ecs: InMemoryEcs;
  /** What the policies say from now on. */
  setPolicies(policies: Partial<PolicySet>): void;
  sweep(signal?: AbortSignal): Promise<SweepReport>;
  /** Sweeps again and again, with this much time in between, until `isDone` or 40 sweeps have passed. */
  sweepUntil(isDone: (report: SweepReport) => boolean, pauseMs?: number): Promise<SweepReport>;
  /** Forgets all that the process knew. */
  restart(): void;
}

export interface ServicesHarnessOptions {
  readonly bindings?: readonly TaskRoleBinding[];
  readonly account?: Partial<Account>;
  readonly config?: ControllerConfig;
  readonly taskStartMs?: number;
  /** Between the loop and ECS: a place to look at calls, and to do something in between. */
  readonly through?: (ecs: InMemoryEcs) => EcsPort;
}

const neverAborted = new AbortController().signal;

/** The service `api` runs two tasks of api:1 with the role `old-task`, its image named by digest. */
export const seedService = (ecs: InMemoryEcs, place: ServicePlace = servicePlace): string => {
  ecs.seedCluster(place);
  const definitionArn = ecs.seedDefinition(place.region, {
    family: place.service,
    taskRoleArn: 'old-task',
    executionRoleArn: 'ecs-execution',
    containers: [container],
  });
  ecs.seedService(place, { definitionArn, desiredCount: 2, rollsBack: true });
  return definitionArn;
};

export const startServicesHarness = (options: ServicesHarnessOptions = {}): ServicesHarness => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const config = options.config ?? controllerConfig();
  const own = account({ ecsWrites: true, ...options.account });
  const iam = inMemoryIam({ account: own, clock });
  iam.seedRole({ name: 'old-task', arn: oldRoleArn, path: '/', trustDocument: tasksTrust });
  const ecs = inMemoryEcs({ account: own, clock, taskStartMs: options.taskStartMs ?? 10_000 });
  const port = options.through?.(ecs) ?? ecs;
  let policies = policySet({
    configs: [config],
    accounts: [own],
    policies: [],
    bindings: options.bindings ?? [taskRoleBinding({ rollout: 'deploy' })],
  });
  const begin = () => ({
    policyBook: createPolicyBook(
      { load: async () => present(policies), watch: () => () => undefined },
      clock,
    ),
    memory: createWriteMemory(),
    ecsBook: createEcsBook(),
    managedPolicies: createManagedPolicyBook(iam, clock),
  });
  let process = begin();
  const sweep = async (signal = neverAborted): Promise<SweepReport> => {
    await process.policyBook.load(signal);
    const current = process.policyBook.current() ?? policies;
    return sweepServices('schedule', {
      config,
      policies: current,
      account: own,
      iam,
      ecs: port,
      clockSkewMs: () => 0,
      shells: inMemoryShells({ account: own, clock }),
      shellMemory: createShellMemory(),
      contestBook: createContestBook(),
      othersBook: createOthersBook(),
      revocationBook: createRevocationBook(),
      ...process,
      clock,
      signal,
      stopping: signal,
    });
  };
  return {
    clock,
    iam,
    ecs,
    setPolicies: (next) => {
      policies = policySet({ configs: [config], accounts: [own], policies: [], ...next });
    },
    sweep,
    sweepUntil: async (isDone, pauseMs = 10_000) => {
      for (let count = 0; count < 40; count += 1) {
        const report = await sweep();
        if (isDone(report)) return report;
        clock.advance(pauseMs);
      }
      throw new Error('nothing of that happened within 40 sweeps');
    },
    restart: () => {
      process = begin();
    },
  };
};

/** Calls that change something, in order, since the calls were last emptied. */
export const ecsWritesOf = ({ ecs }: ServicesHarness): readonly string[] =>
  ecs.calls
    .map(({ operation }) => operation)
    .filter((operation) => operation !== 'observe' && operation !== 'readService');

export const holdsIn = ({ plan }: SweepReport): readonly string[] =>
  plan.services.flatMap(({ held }) => held.map(({ change, hold }) => `${change.detail.kind} ${hold.reason}`));

export const isCalm = ({ plan }: SweepReport): boolean =>
  plan.services.every(({ state }) => state === 'inSync') &&
  plan.roles.every(({ state }) => state === 'inSync');
