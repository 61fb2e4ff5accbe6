// Tasks: listing, describing, running and stopping them.

import { type Json, type JsonObject, compareText } from '../../../domain/statement.ts';
import { arnWithin, ecsArn } from './arns.ts';
import { type EcsCall, type EcsOperations, namedCluster, requireCluster } from './call.ts';
import { managedTags, schedule } from './deployments.ts';
import { invalidParameter, noService } from './ecs-errors.ts';
import type { Tags, Task, TaskDefinition } from './ecs-store.ts';
import { optionalFlag, optionalNumber, optionalObject, optionalText, textList } from '../json-protocol.ts';
import type { Answer } from '../json-service.ts';
import { pageOf } from './paging.ts';
import { authorizeRoles, checkRoles, requireTaskRole } from './pass-role.ts';
import { authorizeTagsAtCreation, requestTagContext, tagsOf } from './tags.ts';
import { findTaskDefinition, isActive } from './task-definition-state.ts';
import { taskJson } from './task-json.ts';
import { isStopping, startTask, stopTask } from './task-state.ts';

type Filter = (task: Task) => boolean;

const desiredStatuses = ['RUNNING', 'PENDING', 'STOPPED'];

/** ECS never desires a task to be PENDING, so that this filter finds nothing. */
const statusFilter = (call: EcsCall): Filter => {
  const status = optionalText(call.input, 'desiredStatus') ?? 'RUNNING';
  if (!desiredStatuses.includes(status)) {
    throw invalidParameter(`desiredStatus must be one of ${desiredStatuses.join(', ')}.`);
  }
  if (status === 'PENDING') return () => false;
  return (task) => isStopping(task, call.nowMs) === (status === 'STOPPED');
};

const serviceFilter = (call: EcsCall): Filter => {
  const reference = optionalText(call.input, 'serviceName');
  if (reference === undefined) return () => true;
  const arn = arnWithin(call.region, 'service', namedCluster(call).name, reference);
  const service = call.region.services.get(arn);
  if (service === undefined) throw noService();
  return (task) => task.service === service;
};

const equalFilter = (call: EcsCall, field: string, read: (task: Task) => string | undefined): Filter => {
  const wanted = optionalText(call.input, field);
  return (task) => wanted === undefined || read(task) === wanted;
};

const list = (call: EcsCall): Answer => {
  const named = namedCluster(call);
  // Without a container instance the request is about all those of the cluster.
  const resource = ecsArn(call.region, `container-instance/${named.name}/*`);
  call.authorize({ action: 'ecs:ListTasks', resource, context: { 'ecs:cluster': [named.arn] } });
  const cluster = requireCluster(call);
  const filters: readonly Filter[] = [
    (task) => task.cluster === cluster,
    statusFilter(call),
    serviceFilter(call),
    equalFilter(call, 'family', (task) => task.definition.family),
    equalFilter(call, 'startedBy', (task) => task.startedBy),
    equalFilter(call, 'launchType', (task) => task.launchType),
  ];
  const arns = [...call.region.tasks.values()]
    .filter((task) => filters.every((filter) => filter(task)))
    .map((task) => task.arn)
    .sort(compareText);
  const { page, more } = pageOf(call.input, arns, { usual: 100, most: 100 });
  return { taskArns: page, ...more };
};

const describe = (call: EcsCall): Answer => {
  const named = namedCluster(call);
  const references = textList(call.input, 'tasks');
  if (references.length === 0) throw invalidParameter('Tasks cannot be empty.');
  if (references.length > 100) throw invalidParameter('Tasks cannot exceed 100.');
  const arns = references.map((reference) => arnWithin(call.region, 'task', named.name, reference));
  const context = { 'ecs:cluster': [named.arn] };
  for (const arn of arns) {
    const tags = call.region.tasks.get(arn)?.tags;
    call.authorize({ action: 'ecs:DescribeTasks', resource: arn, tags, context });
  }
  requireCluster(call);
  const withTags = textList(call.input, 'include').includes('TAGS');
  const tasks: Json[] = [];
  const failures: Json[] = [];
  for (const arn of new Set(arns)) {
    const task = call.region.tasks.get(arn);
    if (task === undefined) failures.push({ arn, reason: 'MISSING' });
    else tasks.push(taskJson(call.region, task, call.nowMs, withTags));
  }
  return { tasks, failures };
};

const definitionToRun = (call: EcsCall): TaskDefinition => {
  const reference = optionalText(call.input, 'taskDefinition') ?? '';
  const definition = findTaskDefinition(call.region, reference);
  // The right to run it is asked for first: who has none learns nothing of what there is.
  const exec = optionalFlag(call.input, 'enableExecuteCommand');
  call.authorize({
    action: 'ecs:RunTask',
    resource:
      definition?.arn ??
      (reference.startsWith('arn:') ? reference : ecsArn(call.region, `task-definition/${reference}`)),
    tags: definition?.tags,
    context: {
      'ecs:cluster': [namedCluster(call).arn],
      ...(exec === undefined ? {} : { 'ecs:enable-execute-command': [String(exec)] }),
      ...requestTagContext(tagsOf(call.input)),
    },
  });
  if (definition === undefined) throw invalidParameter('TaskDefinition not found.');
  if (!isActive(definition)) throw invalidParameter('TaskDefinition is inactive');
  return definition;
};

const tagsToRunWith = (call: EcsCall, definition: TaskDefinition, clusterName: string): Tags => ({
  ...(optionalText(call.input, 'propagateTags') === 'TASK_DEFINITION' ? definition.tags : {}),
  ...tagsOf(call.input),
  ...(optionalFlag(call.input, 'enableECSManagedTags') === true ? managedTags(clusterName, undefined) : {}),
});

const checkRun = (call: EcsCall, definition: TaskDefinition, overrides: JsonObject): number => {
  checkRoles(call, overrides);
  authorizeRoles(call, definition.content, overrides);
  authorizeTagsAtCreation(
    call,
    'RunTask',
    ecsArn(call.region, `task/${namedCluster(call).name}/*`),
    tagsOf(call.input),
  );
  if (optionalFlag(call.input, 'enableExecuteCommand') === true) {
    requireTaskRole(definition.content, overrides, 'task', 'run');
  }
  const count = optionalNumber(call.input, 'count') ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > 10) {
    throw invalidParameter('count must be between 1 and 10.');
  }
  return count;
};

const run = (call: EcsCall): Answer => {
  const definition = definitionToRun(call);
  const cluster = requireCluster(call);
  const overrides = optionalObject(call.input, 'overrides') ?? {};
  const count = checkRun(call, definition, overrides);
  const tasks = Array.from({ length: count }, () =>
    startTask(call.region, call.timing, call.nowMs, {
      cluster,
      definition,
      service: undefined,
      group: optionalText(call.input, 'group') ?? `family:${definition.family}`,
      startedBy: optionalText(call.input, 'startedBy'),
      launchType: optionalText(call.input, 'launchType') ?? 'EC2',
      platformVersion: optionalText(call.input, 'platformVersion'),
      hasShortArn: false,
      enableExecuteCommand: optionalFlag(call.input, 'enableExecuteCommand') ?? false,
      overrides,
      tags: tagsToRunWith(call, definition, cluster.name),
    }),
  );
  return { tasks: tasks.map((task) => taskJson(call.region, task, call.nowMs, true)), failures: [] };
};

const stop = (call: EcsCall): Answer => {
  const named = namedCluster(call);
  const arn = arnWithin(call.region, 'task', named.name, optionalText(call.input, 'task') ?? '');
  const task = call.region.tasks.get(arn);
  const context = { 'ecs:cluster': [named.arn] };
  call.authorize({ action: 'ecs:StopTask', resource: arn, tags: task?.tags, context });
  requireCluster(call);
  if (task === undefined) throw invalidParameter('The referenced task was not found.');
  const reason = optionalText(call.input, 'reason') ?? 'Task stopped by user';
  stopTask(task, call.timing, call.nowMs, 'UserInitiated', reason);
  const moment = { region: call.region, timing: call.timing, nowMs: call.nowMs };
  if (task.service !== undefined) schedule(moment, task.service);
  return { task: taskJson(call.region, task, call.nowMs, true) };
};

export const taskOperations: EcsOperations = {
  ListTasks: list,
  DescribeTasks: describe,
  RunTask: run,
  StopTask: stop,
};
