// The life of a task: starting one, stopping one, and what its times make of it at a given moment.

import type { JsonObject } from '../../../domain/statement.ts';
import { ecsArn, shortArn } from './arns.ts';
import type { Cluster, EcsRegion, Service, Tags, Task, TaskDefinition, Timing } from './ecs-store.ts';
import { objectList, optionalText } from '../json-protocol.ts';

export interface NewTask {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly service: Service | undefined;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly launchType: string;
  readonly platformVersion: string | undefined;
  readonly hasShortArn: boolean;
  readonly enableExecuteCommand: boolean;
  readonly overrides: JsonObject;
  readonly tags: Tags;
}

const failedToStart = 'TaskFailedToStart';

export const startTask = (region: EcsRegion, timing: Timing, nowMs: number, task: NewTask): Task => {
  const { hasShortArn, ...rest } = task;
  const id = region.newId().slice(0, 32);
  const key = ecsArn(region, `task/${task.cluster.name}/${id}`);
  const startsAtMs = nowMs + timing.taskStartMs;
  const dies = timing.failing.has(task.definition.arn);
  const started: Task = {
    ...rest,
    id,
    key,
    arn: hasShortArn ? shortArn(region, 'task', id) : key,
    createdAtMs: nowMs,
    startsAtMs,
    agentAtMs: startsAtMs + timing.taskStartMs / 2,
    stop: dies
      ? {
          askedAtMs: startsAtMs,
          stoppedAtMs: startsAtMs,
          code: failedToStart,
          reason: 'Essential container in task exited',
        }
      : undefined,
    isFailureCounted: false,
  };
  region.tasks.set(key, started);
  task.service?.tasks.add(started);
  return started;
};

export const isStopping = (task: Task, nowMs: number): boolean =>
  task.stop !== undefined && nowMs >= task.stop.askedAtMs;

export const isStopped = (task: Task, nowMs: number): boolean =>
  task.stop !== undefined && nowMs >= task.stop.stoppedAtMs;

export const isRunning = (task: Task, nowMs: number): boolean =>
  nowMs >= task.startsAtMs && !isStopping(task, nowMs);

/** Whether it died instead of running. */
export const hasFailed = (task: Task, nowMs: number): boolean =>
  isStopped(task, nowMs) && task.stop?.code === failedToStart;

export const isAgentConnected = (task: Task, nowMs: number): boolean =>
  task.enableExecuteCommand && nowMs >= task.agentAtMs && !isStopping(task, nowMs);

export const lastStatus = (task: Task, nowMs: number): string => {
  if (isStopped(task, nowMs)) return 'STOPPED';
  if (isStopping(task, nowMs)) return 'STOPPING';
  return isRunning(task, nowMs) ? 'RUNNING' : 'PENDING';
};

export const stopTask = (task: Task, timing: Timing, nowMs: number, code: string, reason: string): void => {
  if (isStopping(task, nowMs)) return;
  task.stop = { askedAtMs: nowMs, stoppedAtMs: nowMs + timing.taskStartMs / 2, code, reason };
};

/** As if it had stopped long ago: nobody is told of it any more. */
export const forgetTask = (region: EcsRegion, task: Task, nowMs: number): void => {
  task.stop = { askedAtMs: nowMs, stoppedAtMs: nowMs, code: 'UserInitiated', reason: 'Task stopped by user' };
  region.tasks.delete(task.key);
  task.service?.tasks.delete(task);
};

const rememberedMs = 3_600_000;

/** ECS tells of a stopped task for about an hour. */
export const forgetStopped = (region: EcsRegion, nowMs: number): void => {
  for (const task of region.tasks.values()) {
    if (!isStopped(task, nowMs - rememberedMs)) continue;
    region.tasks.delete(task.key);
    task.service?.tasks.delete(task);
  }
};

export const containerNames = (task: Task): readonly string[] =>
  containersOf(task.definition).map((one) => optionalText(one, 'name') ?? '');

export const containersOf = (definition: TaskDefinition): readonly JsonObject[] =>
  objectList(definition.content, 'containerDefinitions');
