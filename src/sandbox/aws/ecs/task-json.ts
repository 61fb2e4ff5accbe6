// Tasks as ECS shows them, with their containers and the agent that ECS Exec needs.

import { createHash } from 'node:crypto';

import type { Json, JsonObject } from '../../../domain/statement.ts';
import { ecsArn } from './arns.ts';
import type { EcsRegion, Task } from './ecs-store.ts';
import { optionalObject, optionalText, present, seconds } from '../json-protocol.ts';
import { tagsJson } from './tags.ts';
import {
  containersOf,
  isAgentConnected,
  isRunning,
  isStopping,
  isStopped,
  lastStatus,
} from './task-state.ts';

const uuidOf = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
};

/** A task with a short ARN has containers with short ones. */
export const containerArn = (region: EcsRegion, task: Task, name: string): string => {
  const place = task.arn === task.key ? `${task.cluster.name}/${task.id}/` : '';
  return ecsArn(region, `container/${place}${uuidOf(`${task.id}/${name}`)}`);
};

/** What a tag led to when the task started; an image named by its digest has that one. */
const digestOf = (image: string): string =>
  /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? `sha256:${createHash('sha256').update(image).digest('hex')}`;

/** `id-number`, as Fargate names them. */
export const runtimeIdOf = (task: Task, index: number): string => `${task.id}-${1_000_000_000 + index}`;

const agentsOf = (task: Task, nowMs: number): readonly Json[] => {
  const isConnected = isAgentConnected(task, nowMs);
  const status = isStopping(task, nowMs) ? 'STOPPED' : isConnected ? 'RUNNING' : 'PENDING';
  const started = nowMs >= task.agentAtMs ? { lastStartedAt: seconds(task.agentAtMs) } : {};
  return [{ name: 'ExecuteCommandAgent', lastStatus: status, ...started }];
};

const containerJson = (
  region: EcsRegion,
  task: Task,
  nowMs: number,
  container: JsonObject,
  index: number,
): Json => {
  const name = optionalText(container, 'name') ?? '';
  return present({
    containerArn: containerArn(region, task, name),
    taskArn: task.arn,
    name,
    image: container['image'],
    imageDigest: digestOf(optionalText(container, 'image') ?? ''),
    runtimeId: runtimeIdOf(task, index),
    lastStatus: lastStatus(task, nowMs),
    networkBindings: [],
    networkInterfaces: [],
    healthStatus: 'UNKNOWN',
    managedAgents: task.enableExecuteCommand ? agentsOf(task, nowMs) : undefined,
    exitCode: isStopped(task, nowMs) ? 1 : undefined,
  });
};

const overridesJson = (task: Task): JsonObject => ({
  containerOverrides: containersOf(task.definition).map((one) => ({ name: one['name'] ?? '' })),
  inferenceAcceleratorOverrides: [],
  ...task.overrides,
});

const windows = /^WINDOWS_SERVER_(\w+)_(CORE|FULL)$/;

/** Fargate tells which platform it gave: `LATEST` is a number by then, and `LINUX` is written `Linux`. */
const platformJson = (task: Task): Readonly<Record<string, Json | undefined>> => {
  if (task.launchType !== 'FARGATE') return {};
  const runtime = optionalObject(task.definition.content, 'runtimePlatform') ?? {};
  const [, release, edition] = windows.exec(optionalText(runtime, 'operatingSystemFamily') ?? '') ?? [];
  const isWindows = release !== undefined;
  const asked = task.platformVersion ?? 'LATEST';
  return {
    platformVersion: asked === 'LATEST' ? (isWindows ? '1.0.0' : '1.4.0') : asked,
    platformFamily: isWindows ? `Windows-Server-${release}-${edition === 'CORE' ? 'Core' : 'Full'}` : 'Linux',
  };
};

const timesJson = (task: Task, nowMs: number): Readonly<Record<string, Json | undefined>> => {
  const isOver = isStopping(task, nowMs);
  const hasRun = isRunning(task, nowMs) || (isOver && (task.stop?.askedAtMs ?? 0) > task.startsAtMs);
  return {
    createdAt: seconds(task.createdAtMs),
    startedAt: hasRun ? seconds(task.startsAtMs) : undefined,
    stoppingAt: isOver && task.stop !== undefined ? seconds(task.stop.askedAtMs) : undefined,
    stoppedAt: isStopped(task, nowMs) && task.stop !== undefined ? seconds(task.stop.stoppedAtMs) : undefined,
    stopCode: isOver ? task.stop?.code : undefined,
    stoppedReason: isOver ? task.stop?.reason : undefined,
  };
};

export const taskJson = (region: EcsRegion, task: Task, nowMs: number, withTags: boolean): JsonObject =>
  present({
    taskArn: task.arn,
    clusterArn: task.cluster.arn,
    taskDefinitionArn: task.definition.arn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: task.launchType,
    ...platformJson(task),
    lastStatus: lastStatus(task, nowMs),
    desiredStatus: isStopping(task, nowMs) ? 'STOPPED' : 'RUNNING',
    connectivity: 'CONNECTED',
    healthStatus: 'UNKNOWN',
    attachments: [],
    attributes: [],
    version: 1,
    enableExecuteCommand: task.enableExecuteCommand,
    cpu: task.definition.content['cpu'],
    memory: task.definition.content['memory'],
    containers: containersOf(task.definition).map((one, index) =>
      containerJson(region, task, nowMs, one, index),
    ),
    overrides: overridesJson(task),
    ...timesJson(task, nowMs),
    tags: withTags ? tagsJson(task.tags) : [],
  });
