// All that a policy lets the holders of a role do, as the statements of one account.

import { type AccountPlace, allow, sharedDenies, statementsOfGrant } from './ecs-grants.ts';
import type { AccessPolicy, PermissionStatement } from './policy.ts';

/** `aws login`: credentials at the terminal from a console sign-in. [AWS managed policy SignInLocalDevelopmentAccess] */
export const cliStatement = ({ partition }: Pick<AccountPlace, 'partition'>): PermissionStatement =>
  allow(
    'Cli',
    ['signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token'],
    [`arn:${partition}:signin:*:*:oauth2/public-client/*`],
  );

export type Access = Pick<AccessPolicy, 'ecs' | 'cli' | 'statements'>;

/** All that a policy gives in one account, ECS grants first. */
export const accessStatements = (access: Access, place: AccountPlace): readonly PermissionStatement[] => [
  ...access.ecs.flatMap((grant) => statementsOfGrant(grant, place)),
  ...sharedDenies(access.ecs, place),
  ...(access.cli ? [cliStatement(place)] : []),
  ...access.statements,
];
