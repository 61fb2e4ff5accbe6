// Everything that ECS holds, per account and region, and how long its tasks take.

import { createHash } from 'node:crypto';

import type { JsonObject } from '../../../domain/statement.ts';

export type Tags = Readonly<Record<string, string>>;

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  /** INACTIVE: deleted, and still shown for a while. */
  status: 'ACTIVE' | 'INACTIVE';
  tags: Tags;
  configuration: JsonObject | undefined;
  readonly settings: readonly JsonObject[];
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  /** Everything that was sent, with ECS's defaults, and without the tags. */
  readonly content: JsonObject;
  readonly registeredAtMs: number;
  readonly registeredBy: string;
  deregisteredAtMs: number | undefined;
  /** DELETE_IN_PROGRESS, for as long as the sandbox lasts. */
  isBeingDeleted: boolean;
  tags: Tags;
}

export interface Task {
  readonly id: string;
  /** The ARN with the cluster, by which it is found. */
  readonly key: string;
  readonly arn: string;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  /** undefined: run alone. */
  readonly service: Service | undefined;
  /** `service:payments` or `family:payments`. */
  readonly group: string;
  /** The deployment, or what `RunTask` said. */
  readonly startedBy: string | undefined;
  readonly launchType: string;
  /** As it was asked for: `LATEST`; undefined outside of Fargate. */
  readonly platformVersion: string | undefined;
  readonly enableExecuteCommand: boolean;
  readonly overrides: JsonObject;
  readonly createdAtMs: number;
  readonly startsAtMs: number;
  /** When its execute command agent is connected. */
  readonly agentAtMs: number;
  /** May lie ahead: a task that will die instead of running knows it from the start. */
  stop: Stop | undefined;
  /** Whether its deployment has counted its failure. */
  isFailureCounted: boolean;
  tags: Tags;
}

export interface Stop {
  readonly askedAtMs: number;
  readonly stoppedAtMs: number;
  readonly code: string;
  readonly reason: string;
}

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

export interface Deployment {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly createdAtMs: number;
  updatedAtMs: number;
  state: RolloutState;
  reason: string;
  failedTasks: number;
  /** After failures, no task is started before this. */
  retryAtMs: number;
  /** How often tasks failed, together or one by one; each time the next try comes later. */
  failedRounds: number;
  readonly isRollback: boolean;
}

export type ControllerType = 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';

export interface Service {
  /** The ARN with the cluster, by which it is found. */
  readonly key: string;
  readonly arn: string;
  /** It and its tasks have ARNs that do not name the cluster. */
  readonly hasShortArns: boolean;
  readonly name: string;
  /** DRAINING: deleted, and its tasks stop. INACTIVE: they have. */
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly cluster: Cluster;
  readonly controller: ControllerType;
  readonly createdAtMs: number;
  readonly createdBy: string;
  desiredCount: number;
  enableExecuteCommand: boolean;
  enableEcsManagedTags: boolean;
  propagateTags: string;
  deploymentConfiguration: JsonObject;
  /** What was sent besides: network, load balancers and the like. */
  more: JsonObject;
  tags: Tags;
  /** The newest first; that one is PRIMARY. Empty for EXTERNAL services without a task set. */
  deployments: readonly Deployment[];
  lastCompleted: TaskDefinition | undefined;
  /** Of all its deployments, stopped ones too as long as ECS tells of them. */
  readonly tasks: Set<Task>;
  /** The newest first. */
  events: readonly { readonly id: string; readonly atMs: number; readonly message: string }[];
}

export interface EcsRegion {
  readonly accountId: string;
  readonly region: string;
  readonly clusters: Map<string, Cluster>;
  /** Revisions in ascending order, by family. */
  readonly families: Map<string, TaskDefinition[]>;
  /** By the ARN with the cluster. */
  readonly services: Map<string, Service>;
  /** By the ARN with the cluster. */
  readonly tasks: Map<string, Task>;
  /** The moment up to which everything has happened. */
  settledAtMs: number;
  /** Hexadecimal digits, never the same twice. */
  newId(): string;
}

/** How long tasks take; all of it follows from the time to start. */
export interface Timing {
  taskStartMs: number;
  /** ARNs of the task definitions whose tasks die instead of running. */
  readonly failing: Set<string>;
}

export interface EcsStore {
  readonly timing: Timing;
  region(accountId: string, region: string): EcsRegion;
}

const defaultTaskStartMs = 4_000;

const createRegion = (accountId: string, region: string): EcsRegion => {
  let ids = 0;
  return {
    accountId,
    region,
    clusters: new Map(),
    families: new Map(),
    services: new Map(),
    tasks: new Map(),
    settledAtMs: Number.NEGATIVE_INFINITY,
    newId: () =>
      createHash('sha256')
        .update(`${accountId}/${region}/${(ids += 1)}`)
        .digest('hex'),
  };
};

export const createEcsStore = (): EcsStore => {
  const regions = new Map<string, EcsRegion>();
  return {
    timing: { taskStartMs: defaultTaskStartMs, failing: new Set() },
    region(accountId, region) {
      const key = `${accountId}/${region}`;
      const known = regions.get(key) ?? createRegion(accountId, region);
      regions.set(key, known);
      return known;
    },
  };
};
