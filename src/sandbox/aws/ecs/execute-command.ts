// ECS Exec: a shell in a container of a running task, for those who may exec in both the cluster and the task.

import { randomBytes } from 'node:crypto';

import { arnWithin } from './arns.ts';
import { type EcsCall, type EcsOperations, namedCluster, requireCluster } from './call.ts';
import { invalidParameter, notConnected } from './ecs-errors.ts';
import type { Task } from './ecs-store.ts';
import { optionalFlag, optionalText } from '../json-protocol.ts';
import type { Answer } from '../json-service.ts';
import { targetOf } from '../ssm/target.ts';
import { containerArn } from './task-json.ts';
import { containerNames, isAgentConnected, isRunning } from './task-state.ts';

/** A task of one container needs no name; undefined: it is not clear which one is meant. */
const meantContainer = (call: EcsCall, task: Task | undefined): string | undefined => {
  const asked = optionalText(call.input, 'container');
  if (asked !== undefined || task === undefined) return asked;
  const [only, ...others] = containerNames(task);
  return others.length === 0 ? only : undefined;
};

/** Cluster and task are asked about one by one, each with its own tags. [aws.md §4.2] */
const authorizeBoth = (call: EcsCall, taskArn: string): void => {
  const named = namedCluster(call);
  const task = call.region.tasks.get(taskArn);
  const container = meantContainer(call, task);
  const context = {
    'ecs:cluster': [named.arn],
    'ecs:task': [taskArn],
    ...(container === undefined ? {} : { 'ecs:container-name': [container] }),
  };
  const action = 'ecs:ExecuteCommand';
  const clusterTags = call.region.clusters.get(named.name)?.tags;
  call.authorize({ action, resource: named.arn, tags: clusterTags, context });
  call.authorize({ action, resource: taskArn, tags: task?.tags, context });
};

const requireContainer = (call: EcsCall, task: Task): string => {
  const container = meantContainer(call, task);
  if (container === undefined) {
    throw invalidParameter('The container name must be specified: the task has several containers.');
  }
  if (!containerNames(task).includes(container)) {
    throw invalidParameter(`The container ${container} is not part of the task.`);
  }
  return container;
};

const requireReady = (call: EcsCall, task: Task): void => {
  if (!task.enableExecuteCommand || !isRunning(task, call.nowMs)) {
    throw invalidParameter(
      "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn't running. Wait and try again or run a new task with execute command enabled and try again.",
    );
  }
  if (!isAgentConnected(task, call.nowMs)) {
    throw notConnected('The execute command failed due to an internal error. Try again later.');
  }
};

/** Opens the shell, as the caller's. */
const openSession = (call: EcsCall, task: Task, container: string) => {
  const { id: sessionId } = call.sessions.open('ecs-execute-command', {
    target: targetOf(task, container),
    ownerArn: call.caller.arn,
    startedAtMs: call.nowMs,
    documentName: 'AmazonECS-ExecuteInteractiveCommand',
    task,
  });
  const host = `ssmmessages.${call.region.region}.amazonaws.com`;
  return {
    sessionId,
    streamUrl: `wss://${host}/v1/data-channel/${sessionId}?role=publish_subscribe`,
    tokenValue: randomBytes(96).toString('base64'),
  };
};

const checkInput = (call: EcsCall): void => {
  if ((optionalText(call.input, 'command') ?? '') === '') throw invalidParameter('Command cannot be empty.');
  if (optionalFlag(call.input, 'interactive') !== true) {
    throw invalidParameter('Interactive is the only mode supported currently.');
  }
};

const execute = (call: EcsCall): Answer => {
  const named = namedCluster(call);
  const taskArn = arnWithin(call.region, 'task', named.name, optionalText(call.input, 'task') ?? '');
  authorizeBoth(call, taskArn);
  checkInput(call);
  const cluster = requireCluster(call);
  const task = call.region.tasks.get(taskArn);
  if (task === undefined) throw invalidParameter('The referenced task was not found.');
  const container = requireContainer(call, task);
  requireReady(call, task);
  return {
    clusterArn: cluster.arn,
    containerArn: containerArn(call.region, task, container),
    containerName: container,
    interactive: true,
    session: openSession(call, task, container),
    taskArn: task.arn,
  };
};

export const executeCommand: EcsOperations = { ExecuteCommand: execute };
