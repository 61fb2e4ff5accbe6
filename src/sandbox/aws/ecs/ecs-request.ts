// ECS: which operation answers a request, in the region as it is at that moment.

import type { JsonObject } from '../../../domain/statement.ts';
import { jsonContentType } from '../json-protocol.ts';
import type { JsonService } from '../json-service.ts';
import type { EcsOperations } from './call.ts';
import { clusterOperations } from './clusters.ts';
import { settle } from './deployments.ts';
import { executeCommand } from './execute-command.ts';
import { serviceDeletion } from './service-deletion.ts';
import { serviceOperations } from './services.ts';
import { serviceWrites } from './service-writes.ts';
import { tagOperations } from './tags.ts';
import { taskDefinitionOperations } from './task-definitions.ts';
import { taskOperations } from './tasks.ts';

const operations: EcsOperations = {
  ...clusterOperations,
  ...taskDefinitionOperations,
  ...serviceOperations,
  ...serviceWrites,
  ...serviceDeletion,
  ...taskOperations,
  ...tagOperations,
  ...executeCommand,
};

const subjectFields = [
  'task',
  'tasks',
  'service',
  'services',
  'serviceName',
  'taskDefinition',
  'family',
  'familyPrefix',
  'resourceArn',
  'cluster',
  'clusters',
  'clusterName',
];

/** What the request is about, from the narrowest to the widest. */
const resourceOf = (input: JsonObject): string | undefined =>
  subjectFields
    .map((name) => input[name])
    .map((value) => (Array.isArray(value) ? value.join(',') : value))
    .find((value): value is string => typeof value === 'string' && value !== '');

export const ecsService: JsonService = {
  name: 'ecs',
  targetPrefix: 'AmazonEC2ContainerServiceV20141113.',
  contentType: jsonContentType,
  failure: 'ServerException',
  perform(services, call) {
    const region = services.ecs.region(call.account.accountId, call.region);
    const { timing } = services.ecs;
    settle({ region, timing, nowMs: call.nowMs });
    const sessions = services.sessions.region(call.account.accountId, call.region);
    return operations[call.operation]?.({ ...call, region, timing, sessions });
  },
  resourceOf,
  // The session of a shell is of the Session Manager; nothing of ECS is another one by it.
  isWrite: (operation) => !/^(Describe|List|ExecuteCommand)/.test(operation),
};
