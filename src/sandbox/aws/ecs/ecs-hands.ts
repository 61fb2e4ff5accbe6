// The ways around the ECS API, for tests and demos: making what seems to have been there always, scripting failures,
// and looking at the truth.

import type { JsonObject } from '../../../domain/statement.ts';
import { clusterNameOf } from './arns.ts';
import { addCluster } from './clusters.ts';
import { type Moment, deploy, schedule, settle, startServiceTask } from './deployments.ts';
import type {
  Cluster,
  ControllerType,
  EcsRegion,
  EcsStore,
  RolloutState,
  Service,
  Tags,
  Task,
  TaskDefinition,
} from './ecs-store.ts';
import { optionalText } from './json-protocol.ts';
import { countsOf } from './service-json.ts';
import { addService } from './service-writes.ts';
import { addTaskDefinition, findTaskDefinition, taskDefinitionJson } from './task-definition-state.ts';
import { isAgentConnected, lastStatus } from './task-state.ts';

export interface EcsPlace {
  readonly accountId: string;
  /** `eu-west-1`. */
  readonly region: string;
}

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
  /** Further fields of `CreateService`, as `DescribeServices` shows them. */
  readonly more?: JsonObject;
}

export interface SandboxEcsDeployment {
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly taskDefinitionArn: string;
  readonly rolloutState: RolloutState;
  readonly rolloutStateReason: string;
  readonly failedTasks: number;
}

export interface SandboxEcsService {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly controller: ControllerType;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly enableExecuteCommand: boolean;
  readonly enableEcsManagedTags: boolean;
  readonly propagateTags: string;
  readonly tags: Tags;
  /** The newest first. */
  readonly deployments: readonly SandboxEcsDeployment[];
}

export interface SandboxEcsTask {
  readonly arn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly lastStatus: string;
  readonly enableExecuteCommand: boolean;
  readonly isAgentConnected: boolean;
  readonly tags: Tags;
  readonly createdAtMs: number;
}

export interface EcsHands {
  /** Answers the ARN. */
  seedCluster(place: EcsPlace, seed: SeedCluster): string;
  /** Takes what `RegisterTaskDefinition` takes, unchecked and without tags; answers the ARN. */
  seedTaskDefinition(place: EcsPlace, content: JsonObject, tags?: Tags): string;
  /** A service that is already steady, with its tasks running; answers the ARN. Throws when cluster or task definition are missing. */
  seedService(place: EcsPlace, seed: SeedService): string;
  /** From now on, tasks of this task definition (ARN) die instead of running. Returns how to make them run again. */
  failDeploymentsOf(taskDefinitionArn: string): () => void;
  /**
   * How long tasks started from now on take to run, in ms of the sandbox's clock; their execute command agent takes half
   * of it more, and stopping a task half of it. 0: everything happens at once.
   */
  setTaskStartMs(ms: number): void;
  services(place: EcsPlace): readonly SandboxEcsService[];
  /** Stopped ones too, for an hour. */
  tasks(place: EcsPlace): readonly SandboxEcsTask[];
  /** As `DescribeTaskDefinition` shows them, all revisions of all families, unknown fields included. */
  taskDefinitions(place: EcsPlace): readonly JsonObject[];
}

const deploymentsView = (service: Service): readonly SandboxEcsDeployment[] =>
  service.deployments.map((deployment, index) => ({
    id: deployment.id,
    status: index === 0 ? 'PRIMARY' : 'ACTIVE',
    taskDefinitionArn: deployment.definition.arn,
    rolloutState: deployment.state,
    rolloutStateReason: deployment.reason,
    failedTasks: deployment.failedTasks,
  }));

const serviceView = ({ nowMs }: Moment, service: Service): SandboxEcsService => {
  const { running, pending } = countsOf([...service.tasks], nowMs);
  return {
    arn: service.arn,
    name: service.name,
    clusterArn: service.cluster.arn,
    controller: service.controller,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    enableExecuteCommand: service.enableExecuteCommand,
    enableEcsManagedTags: service.enableEcsManagedTags,
    propagateTags: service.propagateTags,
    tags: service.tags,
    deployments: deploymentsView(service),
  };
};

const taskView = ({ nowMs }: Moment, task: Task): SandboxEcsTask => ({
  arn: task.arn,
  clusterArn: task.cluster.arn,
  taskDefinitionArn: task.definition.arn,
  group: task.group,
  lastStatus: lastStatus(task, nowMs),
  enableExecuteCommand: task.enableExecuteCommand,
  isAgentConnected: isAgentConnected(task, nowMs),
  tags: task.tags,
  createdAtMs: task.createdAtMs,
});

const clusterFor = (region: EcsRegion, seed: SeedService): Cluster => {
  const name = clusterNameOf(seed.cluster);
  const cluster = region.clusters.get(name);
  if (cluster === undefined) throw new Error(`the sandbox has no cluster ${name} in ${region.region}`);
  return cluster;
};

const definitionFor = (region: EcsRegion, seed: SeedService): TaskDefinition => {
  const definition = findTaskDefinition(region, seed.taskDefinition);
  if (definition === undefined) {
    throw new Error(`the sandbox has no task definition ${seed.taskDefinition} in ${region.region}`);
  }
  return definition;
};

/** Seeded services began this long ago, so that their tasks run already. */
const sinceMs = 3_600_000;

const seedService = (now: Moment, seed: SeedService): Service => {
  const { region } = now;
  const long = { ...now, nowMs: now.nowMs - sinceMs, timing: { taskStartMs: 0, failing: new Set<string>() } };
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
      more: { launchType: 'FARGATE', platformVersion: 'LATEST', ...seed.more },
      tags: seed.tags ?? {},
    },
    long.nowMs,
  );
  const deployment = deploy(long, service, definition);
  for (let count = 0; count < service.desiredCount; count += 1) startServiceTask(long, service, deployment);
  schedule(now, service);
  return service;
};

export const createEcsHands = (store: EcsStore, clock: () => number): EcsHands => {
  const momentAt = (place: EcsPlace): Moment => {
    const region = store.region(place.accountId, place.region);
    const moment = { region, timing: store.timing, nowMs: clock() };
    settle(moment);
    return moment;
  };
  return {
    seedCluster: (place, seed) => addCluster(momentAt(place).region, seed).arn,
    seedTaskDefinition(place, content, tags = {}) {
      const { region, nowMs } = momentAt(place);
      const family = optionalText(content, 'family') ?? '';
      const registeredBy = `arn:aws:iam::${place.accountId}:user/administrator`;
      return addTaskDefinition(region, { sent: content, family, tags, registeredBy, nowMs }).arn;
    },
    seedService: (place, seed) => seedService(momentAt(place), seed).arn,
    failDeploymentsOf(arn) {
      store.timing.failing.add(arn);
      return () => store.timing.failing.delete(arn);
    },
    setTaskStartMs: (ms) => void (store.timing.taskStartMs = ms),
    services(place) {
      const moment = momentAt(place);
      return [...moment.region.services.values()].map((service) => serviceView(moment, service));
    },
    tasks(place) {
      const moment = momentAt(place);
      return [...moment.region.tasks.values()].map((task) => taskView(moment, task));
    },
    taskDefinitions: (place) => [...momentAt(place).region.families.values()].flat().map(taskDefinitionJson),
  };
};
