// The truth about services and tasks, as tests and demos look at it.

import type { Moment } from './deployments.ts';
import type { ControllerType, RolloutState, Service, Tags, Task } from './ecs-store.ts';
import { countsOf } from './service-json.ts';
import { isAgentConnected, isStopping, lastStatus } from './task-state.ts';

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
  readonly status: Service['status'];
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
  /** undefined: nobody stopped it. */
  readonly stoppedReason: string | undefined;
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

export const serviceView = ({ nowMs }: Moment, service: Service): SandboxEcsService => {
  const { running, pending } = countsOf([...service.tasks], nowMs);
  return {
    arn: service.arn,
    name: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
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

export const taskView = ({ nowMs }: Moment, task: Task): SandboxEcsTask => ({
  arn: task.arn,
  clusterArn: task.cluster.arn,
  taskDefinitionArn: task.definition.arn,
  group: task.group,
  lastStatus: lastStatus(task, nowMs),
  enableExecuteCommand: task.enableExecuteCommand,
  isAgentConnected: isAgentConnected(task, nowMs),
  tags: task.tags,
  createdAtMs: task.createdAtMs,
  stoppedReason: isStopping(task, nowMs) ? task.stop?.reason : undefined,
});
