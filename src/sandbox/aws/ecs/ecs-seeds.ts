// Making what seems to have been there always: services that are steady, with their tasks running.

import type { JsonObject } from '../../../domain/statement.ts';
import { clusterNameOf } from './arns.ts';
import { type Moment, deploy, schedule, startServiceTask } from './deployments.ts';
import type { Cluster, ControllerType, EcsRegion, Service, Tags, Task, TaskDefinition } from './ecs-store.ts';
import { addService } from './service-writes.ts';
import { findTaskDefinition } from './task-definition-state.ts';
import { startTask } from './task-state.ts';

export interface SeedCluster {
  readonly name: string;
  readonly tags?: Tags;
  /** As in `CreateCluster`. */
  readonly configuration?: JsonObject;
}

export interface SeedService {
  readonly name: string;
  /** Name or ARN; `default` unless given. */
  readonly cluster?: string;
  /** Family, family and revision, or ARN. */
  readonly taskDefinition: string;
  /** 1 unless given; as many tasks run already. */
  readonly desiredCount?: number;
  /** ECS unless given. The others run their tasks in a task set. */
  readonly controller?: ControllerType;
  readonly enableExecuteCommand?: boolean;
  readonly enableEcsManagedTags?: boolean;
  readonly propagateTags?: 'SERVICE' | 'TASK_DEFINITION' | 'NONE';
  readonly deploymentConfiguration?: JsonObject;
  readonly tags?: Tags;
  /** It and its tasks have ARNs of the form of before 2018, which do not name the cluster. */
  readonly shortArns?: true;
  /** Further fields of `CreateService`, as `DescribeServices` shows them. */
  readonly more?: JsonObject;
}

/** A task that somebody ran alone, and that runs. */
export interface SeedTask {
  /** Name or ARN; `default` unless given. */
  readonly cluster?: string;
  /** Family, family and revision, or ARN. */
  readonly taskDefinition: string;
  /** `family:…` unless given. */
  readonly group?: string;
  /** FARGATE unless given. */
  readonly launchType?: string;
  /** As in `RunTask`. */
  readonly overrides?: JsonObject;
  readonly enableExecuteCommand?: boolean;
  readonly tags?: Tags;
  readonly shortArn?: true;
}

type Place = { readonly cluster?: string; readonly taskDefinition: string };

const clusterFor = (region: EcsRegion, seed: Place): Cluster => {
  const name = clusterNameOf(seed.cluster);
  const cluster = region.clusters.get(name);
  if (cluster === undefined) throw new Error(`the sandbox has no cluster ${name} in ${region.region}`);
  return cluster;
};

const definitionFor = (region: EcsRegion, seed: Place): TaskDefinition => {
  const definition = findTaskDefinition(region, seed.taskDefinition);
  if (definition === undefined) {
    throw new Error(`the sandbox has no task definition ${seed.taskDefinition} in ${region.region}`);
  }
  return definition;
};

/** What is seeded began this long ago, so that its tasks run already. */
const sinceMs = 3_600_000;

const longAgo = (now: Moment): Moment => ({
  ...now,
  nowMs: now.nowMs - sinceMs,
  timing: { taskStartMs: 0, failing: new Set<string>() },
});

const platform = (more: JsonObject | undefined): JsonObject => {
  const launchType = more?.['launchType'] ?? 'FARGATE';
  return launchType === 'FARGATE' ? { launchType, platformVersion: 'LATEST' } : { launchType };
};

export const seedService = (now: Moment, seed: SeedService): Service => {
  const { region } = now;
  const long = longAgo(now);
  const definition = definitionFor(region, seed);
  const service = addService(
    region,
    {
      name: seed.name,
      cluster: clusterFor(region, seed),
      controller: seed.controller ?? 'ECS',
      createdBy: `arn:aws:iam::${region.accountId}:user/administrator`,
      desiredCount: seed.desiredCount ?? 1,
      enableExecuteCommand: seed.enableExecuteCommand ?? false,
      enableEcsManagedTags: seed.enableEcsManagedTags ?? false,
      propagateTags: seed.propagateTags ?? 'NONE',
      deploymentConfiguration: seed.deploymentConfiguration ?? {},
      more: { ...platform(seed.more), ...seed.more },
      tags: seed.tags ?? {},
      hasShortArns: seed.shortArns ?? false,
    },
    long.nowMs,
  );
  const deployment = deploy(long, service, definition);
  for (let count = 0; count < service.desiredCount; count += 1) startServiceTask(long, service, deployment);
  schedule(now, service);
  return service;
};

export const seedTask = (now: Moment, seed: SeedTask): Task => {
  const { region, timing, nowMs } = longAgo(now);
  const definition = definitionFor(region, seed);
  const launchType = seed.launchType ?? 'FARGATE';
  return startTask(region, timing, nowMs, {
    cluster: clusterFor(region, seed),
    definition,
    service: undefined,
    group: seed.group ?? `family:${definition.family}`,
    startedBy: undefined,
    launchType,
    platformVersion: launchType === 'FARGATE' ? 'LATEST' : undefined,
    hasShortArn: seed.shortArn ?? false,
    enableExecuteCommand: seed.enableExecuteCommand ?? false,
    overrides: seed.overrides ?? {},
    tags: seed.tags ?? {},
  });
};
