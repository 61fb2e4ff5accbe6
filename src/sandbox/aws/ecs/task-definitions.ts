// Task definitions: registering, reading, deregistering and deleting them.

import { type Json, type JsonObject, compareText } from '../../../domain/statement.ts';
import { ecsArn } from './arns.ts';
import type { EcsCall, EcsOperations } from './call.ts';
import { clientException, invalidParameter } from './ecs-errors.ts';
import { objectList, optionalText, textList } from '../json-protocol.ts';
import { pageOf } from './paging.ts';
import { authorizeRoles, checkRoles } from './pass-role.ts';
import { authorizeTagsAtCreation, requestTagContext, tagsJson, tagsOf } from './tags.ts';
import {
  addTaskDefinition,
  findTaskDefinition,
  statusOf,
  taskDefinitionJson,
} from './task-definition-state.ts';

const checkContainers = (input: JsonObject): void => {
  const containers = objectList(input, 'containerDefinitions');
  if (containers.length === 0) {
    throw clientException('TaskDefinition must contain at least one container definition.');
  }
  for (const field of ['name', 'image']) {
    if (containers.some((one) => (optionalText(one, field) ?? '') === '')) {
      throw clientException(`Container.${field} should not be null or empty.`);
    }
  }
};

const register = (call: EcsCall) => {
  const family = optionalText(call.input, 'family') ?? '';
  const tags = tagsOf(call.input);
  const resource = ecsArn(call.region, `task-definition/${family}:*`);
  call.authorize({
    action: 'ecs:RegisterTaskDefinition',
    resource,
    context: requestTagContext(tags),
  });
  authorizeTagsAtCreation(call, 'RegisterTaskDefinition', resource, tags);
  if (!/^[\w-]{1,255}$/.test(family)) throw clientException('Family contains invalid characters.');
  checkContainers(call.input);
  checkRoles(call, call.input);
  authorizeRoles(call, call.input);
  const made = { sent: call.input, family, tags, registeredBy: call.caller.arn, nowMs: call.nowMs };
  return { taskDefinition: taskDefinitionJson(addTaskDefinition(call.region, made)), tags: tagsJson(tags) };
};

const describe = (call: EcsCall) => {
  call.authorize({ action: 'ecs:DescribeTaskDefinition', resource: '*' });
  const definition = findTaskDefinition(call.region, optionalText(call.input, 'taskDefinition') ?? '');
  if (definition === undefined) throw clientException('Unable to describe task definition.');
  const withTags = textList(call.input, 'include').includes('TAGS');
  return {
    taskDefinition: taskDefinitionJson(definition),
    ...(withTags ? { tags: tagsJson(definition.tags) } : {}),
  };
};

const listed = (call: EcsCall): readonly string[] => {
  const family = optionalText(call.input, 'familyPrefix');
  const wanted = optionalText(call.input, 'status') ?? 'ACTIVE';
  const arns = [...call.region.families]
    .sort(([a], [b]) => compareText(a, b))
    .filter(([name]) => family === undefined || name === family)
    .flatMap(([, revisions]) => revisions.filter((one) => statusOf(one) === wanted))
    .map((one) => one.arn);
  return optionalText(call.input, 'sort') === 'DESC' ? arns.toReversed() : arns;
};

/** Ten at most, and only what is deregistered. [ECS API reference: DeleteTaskDefinitions] */
const remove = (call: EcsCall) => {
  const references = textList(call.input, 'taskDefinitions');
  if (references.length === 0 || references.length > 10)
    throw invalidParameter('taskDefinitions must have 1 to 10 entries.');
  const taskDefinitions: Json[] = [];
  const failures: Json[] = [];
  for (const reference of references) {
    const arn = reference.startsWith('arn:')
      ? reference
      : ecsArn(call.region, `task-definition/${reference}`);
    const definition = /:\d+$/.test(reference) ? findTaskDefinition(call.region, reference) : undefined;
    call.authorize({ action: 'ecs:DeleteTaskDefinitions', resource: arn, tags: definition?.tags });
    if (definition === undefined) failures.push({ arn, reason: 'MISSING' });
    else if (statusOf(definition) === 'ACTIVE')
      failures.push({
        arn,
        reason:
          'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      });
    else {
      definition.isBeingDeleted = true;
      taskDefinitions.push(taskDefinitionJson(definition));
    }
  }
  return { taskDefinitions, failures };
};

export const taskDefinitionOperations: EcsOperations = {
  RegisterTaskDefinition: register,
  DescribeTaskDefinition: describe,
  ListTaskDefinitions(call) {
    call.authorize({ action: 'ecs:ListTaskDefinitions', resource: '*' });
    const { page, more } = pageOf(call.input, listed(call), { usual: 100, most: 100 });
    return { taskDefinitionArns: page, ...more };
  },
  DeregisterTaskDefinition(call) {
    call.authorize({ action: 'ecs:DeregisterTaskDefinition', resource: '*' });
    const reference = optionalText(call.input, 'taskDefinition') ?? '';
    if (!/:\d+$/.test(reference)) throw invalidParameter('Invalid revision number. Number: null');
    const definition = findTaskDefinition(call.region, reference);
    if (definition === undefined) throw clientException('The specified task definition does not exist.');
    definition.deregisteredAtMs ??= call.nowMs;
    return { taskDefinition: taskDefinitionJson(definition) };
  },
  DeleteTaskDefinitions: remove,
};
