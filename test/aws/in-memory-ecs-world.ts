// Everything that the in-memory ECS of one account holds, and the hands of everyone but the controller: seeding, a pipeline
// that deploys, a person at the console.

import { placeOfArn, roleArnFrom } from '../../src/aws/partition.ts';
import {
  type ClusterKey,
  clusterKey,
  type ClusterPlace,
  type ExecSettings,
  familyOf,
  serviceKey,
  type ServicePlace,
  type TaskDefinition,
} from '../../src/domain/ecs.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { Clock } from '../../src/domain/ports.ts';
import {
  deploy,
  drain,
  type MemoryService,
  type MemoryTask,
  settle,
  type Surroundings,
} from './in-memory-ecs-services.ts';

export interface LoneTask extends MemoryTask {
  readonly cluster: ClusterKey;
}

export type ServiceEdit = Partial<
  Pick<
    MemoryService,
    'desiredCount' | 'enableExecuteCommand' | 'propagateTags' | 'tags' | 'rollsBack' | 'failedAtMs'
  >
>;

export interface ServiceSeed extends ServiceEdit {
  readonly definitionArn: string;
  readonly controller?: MemoryService['controller'];
  readonly launchType?: MemoryService['launchType'];
  readonly shortArns?: true;
}

export interface EcsWorld {
  readonly clusters: Map<ClusterKey, ExecSettings>;
  readonly definitions: Map<string, TaskDefinition>;
  readonly inactive: Set<string>;
  readonly loneTasks: LoneTask[];
  readonly around: () => Surroundings;
  readonly clusterArn: (place: ClusterPlace) => string;
  /** As it is now: what is due by now has happened. */
  readonly service: (place: ServicePlace) => MemoryService | undefined;
  readonly register: (definition: TaskDefinition) => TaskDefinition;
}

export interface EcsWorldHands {
  seedCluster(place: ClusterPlace, exec?: Partial<ExecSettings>): void;
  /** A revision of one container, unless more is said; answers its ARN. */
  seedDefinition(region: string, seed: Partial<TaskDefinition> & { readonly family: string }): string;
  /** Steady, with its tasks running. */
  seedService(place: ServicePlace, seed: ServiceSeed): void;
  /** A task that somebody ran alone. */
  seedTask(place: ClusterPlace, definitionArn: string, taskRoleOverride?: string): void;
  /** As at the console: no task is replaced. Fails if there is no such service. */
  editService(place: ServicePlace, edit: ServiceEdit): void;
  /** Registers the newest revision of its family with this change, and deploys it; answers its ARN. */
  pipelineDeploys(place: ServicePlace, change: Partial<TaskDefinition>): string;
  /** From now on, tasks of the revision die instead of running. Returns how to make them run again. */
  failDeploymentsOf(definitionArn: string): () => void;
  drainService(place: ServicePlace): void;
  deleteService(place: ServicePlace): void;
  deleteCluster(place: ClusterPlace): void;
  deregister(definitionArn: string): void;
}

const noExec: ExecSettings = {
  logging: 'DEFAULT',
  kmsKeyArn: undefined,
  logGroup: undefined,
  s3Bucket: undefined,
};

const blank: Omit<TaskDefinition, 'arn' | 'family' | 'revision'> = {
  taskRoleArn: undefined,
  executionRoleArn: undefined,
  networkMode: 'awsvpc',
  pidMode: undefined,
  containers: [
    { name: 'app', image: 'app:1', readonlyRootFilesystem: false, awsVariables: [], logGroup: undefined },
  ],
  tags: {},
  registeredBy: undefined,
};

export const ecsWorld = (
  account: Account,
  clock: Clock,
  taskStartMs: number,
): { readonly world: EcsWorld; readonly hands: EcsWorldHands } => {
  const clusters = new Map<ClusterKey, ExecSettings>();
  const services = new Map<string, MemoryService>();
  const definitions = new Map<string, TaskDefinition>();
  const inactive = new Set<string>();
  const failing = new Set<string>();
  const loneTasks: LoneTask[] = [];
  let ids = 0;

  const arn = (region: string, resource: string): string =>
    `arn:${account.partition}:ecs:${region}:${account.accountId}:${resource}`;
  const newId = (): string => String((ids += 1)).padStart(32, '0');
  const around = (): Surroundings => ({
    nowMs: clock.now(),
    taskStartMs,
    isFailing: (definitionArn) => failing.has(definitionArn),
    tagsOf: (definitionArn) => definitions.get(definitionArn)?.tags ?? {},
    newId,
  });
  const service = (place: ServicePlace): MemoryService | undefined => {
    const found = clusters.has(clusterKey(place)) ? services.get(serviceKey(place)) : undefined;
    if (found !== undefined) settle(found, around());
    return found;
  };
  const mustFind = (place: ServicePlace): MemoryService => {
    const found = service(place);
    if (found === undefined) throw new Error(`there is no service ${serviceKey(place)}`);
    return found;
  };
  const newestRevision = (start: string): number =>
    Math.max(
      0,
      ...[...definitions.values()].filter((one) => one.arn.startsWith(start)).map((one) => one.revision),
    );

  /** As the next revision of its family. */
  const register = (definition: TaskDefinition): TaskDefinition => {
    const place = placeOfArn(definition.arn);
    const start = arn(place?.region ?? '', `task-definition/${definition.family}:`);
    const revision = newestRevision(start) + 1;
    const made = { ...definition, arn: `${start}${revision}`, revision };
    definitions.set(made.arn, made);
    return made;
  };

  const hands: EcsWorldHands = {
    seedCluster: (place, exec) => void clusters.set(clusterKey(place), { ...noExec, ...exec }),
    seedDefinition: (region, seed) => {
      const roles = {
        taskRoleArn: roleArnFrom(account, seed.taskRoleArn),
        executionRoleArn: roleArnFrom(account, seed.executionRoleArn),
      };
      const frame = { arn: arn(region, 'task-definition/'), revision: 0 };
      return register({ ...blank, ...frame, ...seed, ...roles }).arn;
    },
    seedService: (place, { definitionArn, shortArns, ...seed }) => {
      const name = shortArns === true ? place.service : `${place.cluster}/${place.service}`;
      const made: MemoryService = {
        place,
        arn: arn(place.region, `service/${name}`),
        controller: 'ECS',
        launchType: 'FARGATE',
        hasShortArns: shortArns ?? false,
        rollsBack: false,
        status: 'ACTIVE',
        drainedAtMs: Number.POSITIVE_INFINITY,
        desiredCount: 1,
        enableExecuteCommand: false,
        propagateTags: 'NONE',
        tags: {},
        deployments: [],
        lastCompletedArn: definitionArn,
        tasks: [],
        failedAtMs: [],
        ...seed,
      };
      const longAgo = { ...around(), nowMs: clock.now() - 3_600_000 - taskStartMs };
      deploy(made, definitionArn, longAgo);
      settle(made, { ...around(), isFailing: () => false });
      services.set(serviceKey(place), made);
    },
    seedTask: (place, definitionArn, taskRoleOverride) =>
      void loneTasks.push({
        cluster: clusterKey(place),
        arn: arn(place.region, `task/${place.cluster}/${newId()}`),
        definitionArn,
        group: `family:${familyOf(definitionArn)}`,
        deploymentId: undefined,
        startsAtMs: clock.now(),
        taskRoleOverride: roleArnFrom(account, taskRoleOverride),
        enableExecuteCommand: false,
        tags: {},
        isFargate: true,
      }),
    editService: (place, edit) => void Object.assign(mustFind(place), edit),
    pipelineDeploys: (place, change) => {
      const found = mustFind(place);
      const running = found.deployments[0]?.definitionArn ?? '';
      const newest = [...definitions.values()].findLast((one) => one.family === familyOf(running));
      if (newest === undefined) throw new Error(`there is no revision of ${familyOf(running)}`);
      const taskRoleArn = roleArnFrom(account, change.taskRoleArn ?? newest.taskRoleArn);
      const next = register({ ...newest, ...change, taskRoleArn });
      deploy(found, next.arn, around());
      return next.arn;
    },
    failDeploymentsOf: (definitionArn) => {
      failing.add(definitionArn);
      return () => failing.delete(definitionArn);
    },
    drainService: (place) => drain(mustFind(place), around()),
    deleteService: (place) => void services.delete(serviceKey(place)),
    deleteCluster: (place) => void clusters.delete(clusterKey(place)),
    deregister: (definitionArn) => void inactive.add(definitionArn),
  };
  const clusterArn = ({ region, cluster }: ClusterPlace): string => arn(region, `cluster/${cluster}`);
  const world = { clusters, definitions, inactive, loneTasks, around, clusterArn, service, register };
  return { world, hands };
};
