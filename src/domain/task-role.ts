// What a task role has besides what its binding says.

import type { PermissionStatement } from './policy.ts';

/** What the agent of ECS Exec needs; none of the actions has resources. [aws.md §4.1] */
export const execActions: readonly string[] = [
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

export const execStatement: PermissionStatement = {
  Sid: 'Exec',
  Effect: 'Allow',
  Action: execActions,
  Resource: '*',
};
