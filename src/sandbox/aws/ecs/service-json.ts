// Services as ECS shows them: with deployments, or with task sets where something else deploys.

import type { Json, JsonObject } from '../../../domain/statement.ts';
import { ecsArn } from './arns.ts';
import type { Deployment, EcsRegion, Service, Task } from './ecs-store.ts';
import { present, seconds } from '../json-protocol.ts';
import { tagsJson } from './tags.ts';
import { isRunning, isStopping } from './task-state.ts';

export interface Counts {
  readonly running: number;
  readonly pending: number;
}

export const countsOf = (tasks: readonly Task[], nowMs: number): Counts => {
  const running = tasks.filter((task) => isRunning(task, nowMs)).length;
  return { running, pending: tasks.filter((task) => !isStopping(task, nowMs)).length - running };
};

interface View {
  readonly region: EcsRegion;
  readonly service: Service;
  readonly tasks: readonly Task[];
  readonly nowMs: number;
}

const sharedFields = [
  'launchType',
  'capacityProviderStrategy',
  'platformVersion',
  'platformFamily',
  'networkConfiguration',
];

const shared = (service: Service): JsonObject =>
  present(Object.fromEntries(sharedFields.map((field) => [field, service.more[field]])));

const ofDeployment = ({ tasks, nowMs }: View, deployment: Deployment): Counts =>
  countsOf(
    tasks.filter((task) => task.startedBy === deployment.id),
    nowMs,
  );

const deploymentJson = (view: View, deployment: Deployment, index: number): Json => {
  const { running, pending } = ofDeployment(view, deployment);
  return {
    id: deployment.id,
    status: index === 0 ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: deployment.definition.arn,
    desiredCount: deployment.state === 'FAILED' ? 0 : view.service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAtMs),
    updatedAt: seconds(deployment.updatedAtMs),
    ...shared(view.service),
    rolloutState: deployment.state,
    rolloutStateReason: deployment.reason,
  };
};

const taskSetJson = (view: View, deployment: Deployment, index: number): Json => {
  const { service, region } = view;
  const { running, pending } = ofDeployment(view, deployment);
  const id = deployment.id.replace('/', '-');
  return {
    id,
    taskSetArn: ecsArn(region, `task-set/${service.cluster.name}/${service.name}/${id}`),
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    status: index === 0 ? 'PRIMARY' : 'ACTIVE',
    ...(service.controller === 'CODE_DEPLOY' ? { startedBy: 'CODE_DEPLOY' } : {}),
    taskDefinition: deployment.definition.arn,
    computedDesiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    createdAt: seconds(deployment.createdAtMs),
    updatedAt: seconds(deployment.updatedAtMs),
    ...shared(service),
    scale: { value: 100, unit: 'PERCENT' },
    stabilityStatus: deployment.state === 'COMPLETED' ? 'STEADY_STATE' : 'STABILIZING',
  };
};

/** Who deploys, and what: services of the ECS controller have no task sets, the others no deployments. */
const deploymentsJson = (view: View): JsonObject => {
  const { service } = view;
  const each = (render: typeof deploymentJson): readonly Json[] =>
    service.deployments.map((deployment, index) => render(view, deployment, index));
  if (service.status === 'INACTIVE') return { deployments: [] };
  if (service.controller === 'ECS') return { deployments: each(deploymentJson) };
  return {
    deploymentController: { type: service.controller },
    deployments: [],
    taskSets: each(taskSetJson),
  };
};

export const serviceJson = (
  region: EcsRegion,
  service: Service,
  nowMs: number,
  withTags: boolean,
): JsonObject => {
  const tasks = [...service.tasks];
  const { running, pending } = countsOf(tasks, nowMs);
  const definition = service.controller === 'EXTERNAL' ? undefined : service.deployments[0]?.definition;
  return present({
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    schedulingStrategy: 'REPLICA',
    ...service.more,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    taskDefinition: definition?.arn,
    deploymentConfiguration: service.deploymentConfiguration,
    ...deploymentsJson({ region, service, tasks, nowMs }),
    events: service.events.map(({ id, atMs, message }) => ({ id, createdAt: seconds(atMs), message })),
    createdAt: seconds(service.createdAtMs),
    createdBy: service.createdBy,
    enableECSManagedTags: service.enableEcsManagedTags,
    enableExecuteCommand: service.enableExecuteCommand,
    propagateTags: service.propagateTags,
    tags: withTags ? tagsJson(service.tags) : undefined,
  });
};
