// Sessions of the Session Manager, seen as they truly are.

import type { AwsCloud } from '../aws/aws-cloud.ts';
import type { SandboxWorld } from '../world.ts';
import { type ControlRoute, notFound } from './route.ts';

export const shellRoutes = (world: SandboxWorld, aws: AwsCloud): readonly ControlRoute[] => [
  {
    method: 'GET',
    path: '/accounts/:account/shells/:region',
    does: 'shows the open sessions of one region, shells of ECS Exec among them, and whose they are',
    example: { path: '/accounts/111122223333/shells/eu-west-1' },
    run: ({ parameter }) => {
      const accountId = parameter('account');
      const known = world.accounts.map((account) => account.accountId);
      if (!known.includes(accountId))
        throw notFound(`there is no account '${accountId}'; the accounts are: ${known.join(', ')}`);
      return aws.shells.list({ accountId, region: parameter('region') });
    },
  },
];
