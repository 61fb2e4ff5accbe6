// Services of the in-memory ECS, and what becomes of their deployments over time. A deployment is decided `taskStartMs`
// after it began, all its tasks at once:
//
// | its tasks      | the service        | then                                                              |
// |----------------|--------------------|-------------------------------------------------------------------|
// | run            |                    | COMPLETED; tasks of older deployments are gone                     |
// | die            | rolls back         | FAILED; the last revision that completed is deployed again         |
// | die            | does not           | IN_PROGRESS for ever, with failed tasks; older tasks go on         |

import {
  type Deployment,
  type ObservedService,
  type ObservedTask,
  serviceGroup,
  type ServicePlace,
} from '../../src/domain/ecs.ts';

export interface MemoryTask {
  readonly arn: string;
  readonly definitionArn: string;
  readonly group: string;
  readonly deploymentId: string | undefined;
  readonly startsAtMs: number;
  readonly taskRoleOverride: string | undefined;
  readonly enableExecuteCommand: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly isFargate: boolean;
}

export interface MemoryDeployment {
  readonly id: string;
  readonly definitionArn: string;
  readonly createdAtMs: number;
  rollout: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  rolloutReason: string;
  failedTasks: number;
}

/** What may be edited as if at the console. */
export interface MemoryService {
  readonly place: ServicePlace;
  readonly arn: string;
  readonly controller: ObservedService['controller'];
  readonly launchType: ObservedService['launchType'];
  readonly hasShortArns: boolean;
  rollsBack: boolean;
  status: ObservedService['status'];
  /** When it is INACTIVE, once it drains. */
  drainedAtMs: number;
  desiredCount: number;
  enableExecuteCommand: boolean;
  propagateTags: ObservedService['propagateTags'];
  tags: Readonly<Record<string, string>>;
  /** The newest first. */
  deployments: readonly MemoryDeployment[];
  lastCompletedArn: string;
  tasks: readonly MemoryTask[];
  failedAtMs: readonly number[];
}

/** What the services need of the world around them. */
export interface Surroundings {
  readonly nowMs: number;
  readonly taskStartMs: number;
  readonly isFailing: (definitionArn: string) => boolean;
  readonly tagsOf: (definitionArn: string) => Readonly<Record<string, string>>;
  readonly newId: () => string;
}

const arnOfTask = ({ arn, place, hasShortArns }: MemoryService, id: string): string =>
  `${arn.slice(0, arn.lastIndexOf(':'))}:task/${hasShortArns ? '' : `${place.cluster}/`}${id}`;

const propagated = (service: MemoryService, definitionArn: string, around: Surroundings) => {
  if (service.propagateTags === 'SERVICE') return service.tags;
  return service.propagateTags === 'TASK_DEFINITION' ? around.tagsOf(definitionArn) : {};
};

/** Starts a deployment with its tasks. */
export const deploy = (service: MemoryService, definitionArn: string, around: Surroundings): void => {
  const id = `ecs-svc/${around.newId()}`;
  const { nowMs: createdAtMs, taskStartMs } = around;
  const rolloutReason = `ECS deployment ${id} in progress.`;
  service.deployments = [
    { id, definitionArn, createdAtMs, rollout: 'IN_PROGRESS', rolloutReason, failedTasks: 0 },
    ...service.deployments,
  ];
  const tasks = Array.from({ length: service.desiredCount }, () => ({
    arn: arnOfTask(service, around.newId()),
    definitionArn,
    group: serviceGroup(service.place.service),
    deploymentId: id,
    startsAtMs: createdAtMs + taskStartMs,
    taskRoleOverride: undefined,
    enableExecuteCommand: service.enableExecuteCommand,
    tags: propagated(service, definitionArn, around),
    isFargate: service.launchType === 'FARGATE',
  }));
  service.tasks = [...tasks, ...service.tasks];
};

const succeed = (service: MemoryService, primary: MemoryDeployment): void => {
  primary.rollout = 'COMPLETED';
  primary.rolloutReason = `ECS deployment ${primary.id} completed.`;
  service.deployments = [primary];
  service.lastCompletedArn = primary.definitionArn;
  service.tasks = service.tasks.filter((task) => task.deploymentId === primary.id);
};

const fail = (service: MemoryService, primary: MemoryDeployment, around: Surroundings): void => {
  primary.failedTasks = Math.max(3, service.desiredCount);
  service.tasks = service.tasks.filter((task) => task.deploymentId !== primary.id);
  if (!service.rollsBack) return;
  primary.rollout = 'FAILED';
  primary.rolloutReason = 'ECS deployment circuit breaker: tasks failed to start.';
  service.failedAtMs = [around.nowMs, ...service.failedAtMs];
  deploy(service, service.lastCompletedArn, around);
};

export const drain = (service: MemoryService, { nowMs, taskStartMs }: Surroundings): void => {
  service.status = 'DRAINING';
  service.desiredCount = 0;
  service.drainedAtMs = nowMs + taskStartMs / 2;
};

const end = (service: MemoryService): void => {
  service.status = 'INACTIVE';
  service.deployments = [];
  service.tasks = [];
};

/** Lets everything happen that is due by now, each thing at its own time. */
export const settle = (service: MemoryService, around: Surroundings): void => {
  if (service.status === 'DRAINING' && service.drainedAtMs <= around.nowMs) end(service);
  for (;;) {
    const [primary] = service.deployments;
    if (primary === undefined) return;
    const dueAtMs = primary.createdAtMs + around.taskStartMs;
    if (dueAtMs > around.nowMs) return;
    const then = { ...around, nowMs: dueAtMs };
    if (primary.rollout !== 'IN_PROGRESS' || primary.failedTasks > 0) return;
    else if (around.isFailing(primary.definitionArn)) fail(service, primary, then);
    else succeed(service, primary);
  }
};

export const observedTask = (
  task: MemoryTask,
  nowMs: number,
  containers: readonly string[],
): ObservedTask => {
  const isRunning = task.startsAtMs <= nowMs;
  const agent = isRunning ? 'RUNNING' : 'PENDING';
  return {
    arn: task.arn,
    taskDefinitionArn: task.definitionArn,
    group: task.group,
    taskRoleOverride: task.taskRoleOverride,
    isRunning,
    enableExecuteCommand: task.enableExecuteCommand,
    agents: task.enableExecuteCommand ? Object.fromEntries(containers.map((name) => [name, agent])) : {},
    tags: task.tags,
    platformVersion: task.isFargate ? '1.4.0' : undefined,
    platformFamily: task.isFargate ? 'Linux' : undefined,
  };
};

const runningOf = (tasks: readonly MemoryTask[], nowMs: number): number =>
  tasks.filter(({ startsAtMs }) => startsAtMs <= nowMs).length;

const observedDeployment = (
  service: MemoryService,
  deployment: MemoryDeployment,
  nowMs: number,
): Deployment => {
  const tasks = service.tasks.filter((task) => task.deploymentId === deployment.id);
  const runningCount = runningOf(tasks, nowMs);
  const { id, definitionArn, createdAtMs, rollout, rolloutReason, failedTasks } = deployment;
  return {
    id,
    taskDefinitionArn: definitionArn,
    rollout,
    rolloutReason,
    createdAtMs,
    desiredCount: rollout === 'FAILED' ? 0 : service.desiredCount,
    runningCount,
    pendingCount: tasks.length - runningCount,
    failedTasks,
  };
};

export const observedService = (service: MemoryService, nowMs: number): ObservedService => {
  const { place, arn, status, controller, desiredCount, enableExecuteCommand, propagateTags } = service;
  const isOwn = controller === 'ECS';
  return {
    place,
    arn,
    status,
    controller,
    taskDefinitionArn:
      controller === 'EXTERNAL'
        ? undefined
        : (service.deployments[0]?.definitionArn ?? service.lastCompletedArn),
    desiredCount,
    runningCount: runningOf(service.tasks, nowMs),
    enableExecuteCommand,
    propagateTags,
    tags: service.tags,
    launchType: service.launchType,
    platformVersion: service.launchType === 'FARGATE' ? 'LATEST' : undefined,
    rollsBack: service.rollsBack,
    deployments: isOwn
      ? service.deployments.map((deployment) => observedDeployment(service, deployment, nowMs))
      : [],
    failedAtMs: service.failedAtMs,
  };
};
