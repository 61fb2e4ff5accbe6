// Worlds of any size for benchmarks, with ids that follow from the numbers.

import { randomBytes } from 'node:crypto';
import type { SandboxAccount, SandboxUser, SandboxWorld } from './world.ts';

const uuid = (family: string, number: number): string =>
  `${family}0000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;

/** Ids by zero-based number, so that a benchmark can write the policies that go with a world. */
export const largeWorldIds = {
  tenantId: uuid('e', 0),
  clientId: uuid('f', 0),
  group: (number: number): string => uuid('a', number),
  user: (number: number): string => uuid('b', number),
  account: (number: number): string => String(100_000_000_000 + number),
};

const user = (number: number): SandboxUser => ({
  id: largeWorldIds.user(number),
  userPrincipalName: `person-${number}@contoso.com`,
  displayName: `Person ${number}`,
  mail: `person-${number}@contoso.com`,
  accountEnabled: true,
  userType: 'Member',
});

const account = (number: number): SandboxAccount => ({
  accountId: largeWorldIds.account(number),
  accessKeyId: `AKIA${String(number).padStart(16, '0')}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
  samlProviders: ['EntraID'],
  oidcProviders: [`login.microsoftonline.com/${largeWorldIds.tenantId}/v2.0`],
  managedPolicies: {
    'rolewarden-boundary': JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['ecs:*', 'logs:*', 's3:*'], Resource: '*' }],
    }),
  },
  spokeRoles: [
    { name: 'rolewarden-spoke', trustedAccountId: largeWorldIds.account(0), externalId: `large-${number}` },
  ],
});

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/**
 * `groups` groups of `membersPerGroup` people each. Neighbouring groups share half of their people, as real ones do, so
 * there are about half as many people as memberships.
 */
export const largeWorld = (size: {
  readonly groups: number;
  readonly membersPerGroup: number;
  /** 1 unless given; the first one's credentials are the controller's. */
  readonly accounts?: number;
}): SandboxWorld => {
  const { groups, membersPerGroup, accounts = 1 } = size;
  const stride = Math.max(1, Math.floor(membersPerGroup / 2));
  const people = groups === 0 ? 0 : (groups - 1) * stride + membersPerGroup;
  return {
    tenantId: largeWorldIds.tenantId,
    applications: [{ clientId: largeWorldIds.clientId, clientSecret: randomBytes(24).toString('base64url') }],
    users: range(people).map(user),
    groups: range(groups).map((group) => ({
      id: largeWorldIds.group(group),
      displayName: `Group ${group}`,
      members: range(membersPerGroup).map((member) => largeWorldIds.user(group * stride + member)),
    })),
    servicePrincipals: [],
    accounts: range(accounts).map(account),
  };
};
