// What others do to services and clusters behind the controller's back: a pipeline that deploys, a person at the console.
// Nothing is checked, as whoever does it may do everything; throws for what is not there.

import type { JsonObject } from '../../../domain/statement.ts';
import { arnWithin } from './arns.ts';
import { type Moment, addEvent, deploy, schedule } from './deployments.ts';
import type { Cluster, Service, Tags, TaskDefinition } from './ecs-store.ts';
import { drain } from './service-deletion.ts';
import { addTaskDefinition, findTaskDefinition } from './task-definition-state.ts';
import { forgetTask } from './task-state.ts';

/** What a pipeline changes; everything that is not given stays as it is. */
export interface ServiceChange {
  /** Registers what this makes of the newest revision of the family that runs, and deploys it. */
  readonly revision?: (newest: JsonObject) => JsonObject;
  /** Deploys this revision: family and revision, or ARN. */
  readonly taskDefinition?: string;
  readonly forceNewDeployment?: true;
  readonly desiredCount?: number;
  readonly enableExecuteCommand?: boolean;
  readonly propagateTags?: 'SERVICE' | 'TASK_DEFINITION' | 'NONE';
  /** In the place of all that it has. */
  readonly tags?: Tags;
}

const clusterOf = ({ region }: Moment, name: string): Cluster => {
  const cluster = region.clusters.get(name);
  if (cluster === undefined) throw new Error(`the sandbox has no cluster ${name} in ${region.region}`);
  return cluster;
};

const serviceOf = ({ region }: Moment, cluster: string, name: string): Service => {
  const service = region.services.get(arnWithin(region, 'service', cluster, name));
  if (service === undefined)
    throw new Error(`the sandbox has no service ${name} in the cluster ${cluster} of ${region.region}`);
  return service;
};

const definitionOf = ({ region }: Moment, reference: string): TaskDefinition => {
  const definition = findTaskDefinition(region, reference);
  if (definition === undefined)
    throw new Error(`the sandbox has no task definition ${reference} in ${region.region}`);
  return definition;
};

const registerNext = (
  { region, nowMs }: Moment,
  service: Service,
  edit: (newest: JsonObject) => JsonObject,
): TaskDefinition => {
  const family = service.deployments[0]?.definition.family ?? '';
  const newest = region.families.get(family)?.at(-1);
  return addTaskDefinition(region, {
    sent: edit(newest?.content ?? {}),
    family,
    tags: newest?.tags ?? {},
    registeredBy: `arn:aws:sts::${region.accountId}:assumed-role/pipeline/deploy`,
    nowMs,
  });
};

/** The revision to deploy; undefined: the tasks stay. */
const nextDefinition = (
  moment: Moment,
  service: Service,
  change: ServiceChange,
): TaskDefinition | undefined => {
  if (change.revision !== undefined) return registerNext(moment, service, change.revision);
  if (change.taskDefinition !== undefined) return definitionOf(moment, change.taskDefinition);
  return change.forceNewDeployment === true ? service.deployments[0]?.definition : undefined;
};

/** Answers the ARN of the revision that the service runs, or is about to. */
const updateService = (
  moment: Moment,
  cluster: string,
  name: string,
  change: ServiceChange,
): string | undefined => {
  const service = serviceOf(moment, cluster, name);
  service.desiredCount = change.desiredCount ?? service.desiredCount;
  service.enableExecuteCommand = change.enableExecuteCommand ?? service.enableExecuteCommand;
  service.propagateTags = change.propagateTags ?? service.propagateTags;
  service.tags = change.tags ?? service.tags;
  const definition = nextDefinition(moment, service, change);
  if (definition !== undefined) deploy(moment, service, definition);
  schedule(moment, service);
  return service.deployments[0]?.definition.arn;
};

/** As `StopServiceDeployment` does it. */
const rollBack = (moment: Moment, cluster: string, name: string): void => {
  const service = serviceOf(moment, cluster, name);
  const [primary] = service.deployments;
  if (primary === undefined || service.lastCompleted === undefined)
    throw new Error(`the service ${name} of the sandbox has nothing to go back to`);
  primary.state = 'FAILED';
  primary.reason = 'ECS deployment stopped.';
  const back = deploy(moment, service, service.lastCompleted, true);
  addEvent(moment, service, `rolling back to deployment ${back.id}.`);
  schedule(moment, service);
};

export interface EcsEdits {
  updateService(cluster: string, name: string, change: ServiceChange): string | undefined;
  rollBack(cluster: string, name: string): void;
  drainService(cluster: string, name: string): void;
  deleteService(cluster: string, name: string): void;
  configureCluster(name: string, configuration: JsonObject | undefined): void;
  deleteCluster(name: string): void;
  deregister(taskDefinition: string): void;
}

export const ecsEdits = (moment: Moment): EcsEdits => ({
  updateService: (cluster, name, change) => updateService(moment, cluster, name, change),
  rollBack: (cluster, name) => rollBack(moment, cluster, name),
  drainService: (cluster, name) => drain(moment, serviceOf(moment, cluster, name)),
  deleteService(cluster, name) {
    const service = serviceOf(moment, cluster, name);
    for (const task of service.tasks) forgetTask(moment.region, task, moment.nowMs);
    moment.region.services.delete(service.key);
  },
  configureCluster(name, configuration) {
    clusterOf(moment, name).configuration = configuration;
  },
  deleteCluster(name) {
    const cluster = clusterOf(moment, name);
    const { services, tasks, clusters } = moment.region;
    for (const [key, service] of services) if (service.cluster === cluster) services.delete(key);
    for (const task of tasks.values())
      if (task.cluster === cluster) forgetTask(moment.region, task, moment.nowMs);
    clusters.delete(name);
  },
  deregister(taskDefinition) {
    definitionOf(moment, taskDefinition).deregisteredAtMs ??= moment.nowMs;
  },
});
