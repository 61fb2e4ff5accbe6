// Handing a role to ECS takes `iam:PassRole` on it, for the task role and the execution role alike. [aws.md §5]

import { iamArn } from '../account-state.ts';
import type { EcsCall } from './call.ts';
import { clientException, invalidParameter } from './ecs-errors.ts';
import type { JsonObject } from '../../../domain/statement.ts';
import { optionalText } from '../json-protocol.ts';

const roleFields = ['taskRoleArn', 'executionRoleArn'];

/** A role may be given by its short name. */
const roleArnOf = (call: EcsCall, reference: string): string =>
  reference.startsWith('arn:') ? reference : iamArn(call.region.accountId, `role/${reference}`);

/** A role of another account cannot be passed. */
export const checkRoles = (call: EcsCall, content: JsonObject): void => {
  for (const field of roleFields) {
    const reference = optionalText(content, field);
    if (reference === undefined) continue;
    const isHere = roleArnOf(call, reference).startsWith(iamArn(call.region.accountId, 'role/'));
    if (!isHere || !/^[\w+=,.@:/-]+$/.test(reference)) throw clientException('Role is not valid');
  }
};

export const authorizeRoles = (call: EcsCall, ...contents: readonly JsonObject[]): void => {
  for (const content of contents) {
    for (const field of roleFields) {
      const reference = optionalText(content, field);
      if (reference === undefined) continue;
      call.authorize({
        action: 'iam:PassRole',
        resource: roleArnOf(call, reference),
        context: { 'iam:passedtoservice': ['ecs-tasks.amazonaws.com'] },
      });
    }
  }
};

/** ECS Exec works through the task role, so that there must be one. `subject`: `service` or `task`. */
export const requireTaskRole = (
  content: JsonObject,
  overrides: JsonObject,
  subject: string,
  deed: string,
): void => {
  if (optionalText({ ...content, ...overrides }, 'taskRoleArn') !== undefined) return;
  throw invalidParameter(
    `The ${subject} couldn't be ${deed} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.`,
  );
};
