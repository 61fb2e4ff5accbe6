// The words of the contract of `EcsPort`: what a world for it must offer, and the account that its cases are about.

import { expect } from 'vitest';
import {
  clusterKey,
  type ObservedCluster,
  type ObservedEcs,
  type ObservedService,
  type ObservedTask,
  type ServicePlace,
  tasksOf,
} from '../../src/domain/ecs.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { EcsPort } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';

export interface SeededDefinition {
  readonly family: string;
  /** Name or ARN. */
  readonly taskRole?: string;
  readonly executionRole?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly readonlyRootFilesystem?: boolean;
    /** Names of variables, and of secrets. */
    readonly environment?: readonly string[];
    readonly secrets?: readonly string[];
    /** Of the log driver `awslogs`. */
    readonly logGroup?: string;
    readonly logRegion?: string;
  }[];
  readonly networkMode?: string;
  readonly pidMode?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SeededService {
  readonly cluster: string;
  readonly service: string;
  readonly definitionArn: string;
  readonly desiredCount?: number;
  readonly controller?: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  readonly enableExecuteCommand?: boolean;
  readonly propagateTags?: 'SERVICE' | 'TASK_DEFINITION' | 'NONE';
  readonly tags?: Readonly<Record<string, string>>;
  readonly launchType?: 'FARGATE' | 'EC2';
  readonly rollsBack?: boolean;
  readonly shortArns?: true;
}

export interface SeededTask {
  readonly cluster: string;
  readonly definitionArn: string;
  /** Name or ARN. */
  readonly taskRole?: string;
}

export interface SeededExec {
  readonly logging?: 'NONE' | 'DEFAULT' | 'OVERRIDE';
  /** Id, alias or ARN of either. */
  readonly kmsKey?: string;
  readonly logGroup?: string;
  readonly s3Bucket?: string;
}

export interface EcsHarness {
  readonly account: Account;
  readonly port: EcsPort;
  readonly taskStartMs: number;
  /** The port of the same account, in which ECS may not be written. */
  readonly readOnlyPort: EcsPort;
  seedCluster(cluster: string, exec?: SeededExec): void;
  /** Answers the ARN. */
  seedDefinition(definition: SeededDefinition): string;
  /** Steady, with its tasks running. */
  seedService(service: SeededService): void;
  seedTask(task: SeededTask): void;
  /** From now on, tasks of the revision die instead of running. */
  failDeploymentsOf(definitionArn: string): void;
  /** Registers a revision with this role, and deploys it; answers its ARN. */
  pipelineDeploys(cluster: string, service: string, taskRole: string): string;
  drainService(cluster: string, service: string): void;
  deleteService(cluster: string, service: string): void;
  deleteCluster(cluster: string): void;
  deregister(definitionArn: string): void;
  advance(ms: number): void;
  stop(): Promise<void>;
}

export const signal = new AbortController().signal;
export const region = 'eu-west-1';
export const payments: ServicePlace = { region, cluster: 'payments', service: 'payments-api' };

export const valueOf = <T>(reading: Reading<T> | undefined): T => {
  if (reading?.state === 'present') return reading.value;
  throw new Error(reading?.state === 'unreadable' ? reading.problem.message : (reading?.state ?? 'unasked'));
};

export const refusal = (kind: string, code: string) =>
  expect.objectContaining({ name: 'AppError', kind, code });

/** The world of the case that runs, and what the cases say of it again and again. */
export const contractWorld = (current: () => EcsHarness) => {
  const arn = (resource: string): string =>
    `arn:aws:ecs:${region}:${current().account.accountId}:${resource}`;
  const seedRevision = (more: Partial<SeededDefinition> = {}): string =>
    current().seedDefinition({
      family: 'payments-api',
      taskRole: 'old-role',
      containers: [{ name: 'app', image: 'api:1' }],
      ...more,
    });
  const seedService = (more: Partial<SeededService> = {}): void =>
    current().seedService({
      cluster: payments.cluster,
      service: payments.service,
      definitionArn: arn('task-definition/payments-api:1'),
      ...more,
    });
  /** The cluster with one service of one task. */
  const seedPayments = (more: Partial<SeededService> = {}): void => {
    current().seedCluster(payments.cluster);
    seedRevision();
    seedService(more);
  };
  const observe = (...services: readonly ServicePlace[]): Promise<ObservedEcs> =>
    current().port.observe(services.length === 0 ? [payments] : services, signal);
  const clusterIn = (observed: ObservedEcs, place: ServicePlace = payments): ObservedCluster =>
    valueOf(observed.clusters.get(clusterKey(place)));
  const observeService = async (place: ServicePlace = payments): Promise<ObservedService> =>
    valueOf(clusterIn(await observe(place), place).services.get(place.service));
  const observeTasks = async (): Promise<readonly ObservedTask[]> =>
    tasksOf(clusterIn(await observe()), payments.service);
  return {
    get harness() {
      return current();
    },
    get ecs() {
      return current().port;
    },
    get accountId() {
      return current().account.accountId;
    },
    arn,
    role: (name: string): string => `arn:aws:iam::${current().account.accountId}:role/${name}`,
    seedRevision,
    seedService,
    seedPayments,
    observe,
    clusterIn,
    observeService,
    observeTasks,
    /** Until every deployment that can end has ended. */
    settle: (): void => current().advance(current().taskStartMs * 4),
  };
};

export type ContractWorld = ReturnType<typeof contractWorld>;
