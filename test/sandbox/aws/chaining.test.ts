// From the session of one role into another role: who may, and what goes along.

import { GetRoleCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeedRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import { type Rig, hubId, permissions, refusalOf, spokeId, startRig, trustOf } from './cloud-fixture.ts';
import { allowAll, chain, enter, listClusters, roleArn, seedDoor } from './sessions-fixture.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({
    managedPolicies: {
      chainless: permissions(allowAll, { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' }),
      'ecs-only': permissions({ ...allowAll, Action: 'ecs:*' }),
    },
  });
});
afterEach(() => rig.stop());

const mayChain = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn('next') };
const mayEcs = { Effect: 'Allow', Action: 'ecs:*', Resource: '*' };
const policyArn = (name: string): string => `arn:aws:iam::${hubId}:policy/${name}`;
const trusts = (principal: string, condition: object = {}) =>
  trustOf({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...condition });

const seedNext = (trustDocument: string): void =>
  rig.cloud.seedRole(hubId, {
    name: 'next',
    trustDocument,
    inlinePolicies: { access: permissions(mayEcs) },
  });

const refused = `403 AccessDenied: User: arn:aws:sts::${hubId}:assumed-role/door/anna is not authorized to perform: sts:AssumeRole on resource: ${roleArn('next')}`;
const noPolicy = `${refused} because no identity-based policy allows the sts:AssumeRole action`;
const explicit = `${refused} with an explicit deny in an identity-based policy`;

const cases: readonly (readonly [
  string,
  { readonly door: Partial<SeedRole> | readonly object[]; readonly trust: string },
  string,
])[] = [
  ['that trusts the account, and hers allows it', { door: [mayChain], trust: trusts(hubId) }, 'accepted'],
  ['that trusts the account, and hers does not allow it', { door: [mayEcs], trust: trusts(hubId) }, noPolicy],
  [
    'that trusts her role by name, and hers does not allow it',
    { door: [mayEcs], trust: trusts(roleArn('door')) },
    'accepted',
  ],
  [
    'that trusts her role by name, and hers denies it',
    { door: [mayEcs, { ...mayChain, Effect: 'Deny' }], trust: trusts(roleArn('door')) },
    explicit,
  ],
  [
    'that trusts her role by name, and her boundary does not allow it',
    {
      door: { inlinePolicies: {}, permissionsBoundary: policyArn('ecs-only') },
      trust: trusts(roleArn('door')),
    },
    `${refused} because no permissions boundary allows the sts:AssumeRole action`,
  ],
  [
    'that trusts the account, and her boundary denies it',
    {
      door: {
        inlinePolicies: { access: permissions(mayChain) },
        permissionsBoundary: policyArn('chainless'),
      },
      trust: trusts(hubId),
    },
    `${refused} with an explicit deny in a permissions boundary`,
  ],
  ['that trusts another account only', { door: [mayChain], trust: trusts(spokeId) }, refused],
  ['that trusts another role only', { door: [mayChain], trust: trusts(roleArn('other')) }, refused],
  [
    'that trusts the account for her',
    {
      door: [mayChain],
      trust: trusts(hubId, { Condition: { StringEquals: { 'saml:sub': 'anna' } } }),
    },
    'accepted',
  ],
  [
    'that trusts the account for somebody else',
    {
      door: [mayChain],
      trust: trusts(hubId, { Condition: { StringEquals: { 'saml:sub': 'bert' } } }),
    },
    refused,
  ],
];

test.each(cases)('a person enters a role %s', async (_name, { door, trust }, expected) => {
  const seed = Array.isArray(door) ? { inlinePolicies: { access: permissions(...door) } } : door;
  rig.cloud.seedRole(hubId, { name: 'other', trustDocument: trusts(hubId) });
  seedDoor(rig, 'door', ['anna'], seed as Partial<SeedRole>);
  seedNext(trust);
  const keys = await enter(rig, 'door', 'anna');
  expect(await refusalOf(chain(rig, keys, 'next'))).toBe(expected);
});

test('into another account, being named is not enough: hers must allow it too', async () => {
  const RoleArn = `arn:aws:iam::${spokeId}:role/next`;
  rig.cloud.seedRole(spokeId, { name: 'next', trustDocument: trusts(roleArn('door')) });
  seedDoor(rig, 'door', ['anna'], { inlinePolicies: { access: permissions(mayEcs) } });
  const keys = await enter(rig, 'door', 'anna');
  expect(await refusalOf(chain(rig, keys, 'next', { RoleArn }))).toMatch(/because no identity-based policy/);
  rig.cloud.editRole(hubId, 'door', (role) => {
    role.inlinePolicies = { access: permissions({ ...mayChain, Resource: RoleArn }) };
  });
  expect(await refusalOf(chain(rig, keys, 'next', { RoleArn }))).toBe('accepted');
});

const denyHer = (key: string) =>
  permissions({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringEquals: { [key]: 'anna' } } });

test('a deny on her subject does not follow her into another role, one on her source identity does', async () => {
  seedDoor(rig, 'door', ['anna']);
  seedNext(trusts(hubId));
  const first = await enter(rig, 'door', 'anna', { sourceIdentity: 'anna' });
  const second = await chain(rig, first, 'next');
  const deny = (roleName: string, key: string): void =>
    rig.cloud.editRole(hubId, roleName, (role) => {
      role.inlinePolicies = { ...role.inlinePolicies, revoked: denyHer(key) };
    });
  deny('door', 'saml:sub');
  deny('next', 'saml:sub');
  expect(await refusalOf(listClusters(rig, first))).toMatch(/explicit deny/);
  expect(await refusalOf(chain(rig, first, 'next'))).toBe(explicit);
  expect(await refusalOf(listClusters(rig, second))).toBe('accepted');
  deny('next', 'aws:SourceIdentity');
  expect(await refusalOf(listClusters(rig, second))).toMatch(/explicit deny/);
});

test('who chains has the permissions of the role she is in, for IAM too', async () => {
  seedDoor(rig, 'door', ['anna']);
  rig.cloud.seedRole(hubId, {
    name: 'next',
    trustDocument: trusts(hubId),
    inlinePolicies: { access: permissions({ ...allowAll, Action: 'iam:ListRoles' }) },
  });
  const keys = await chain(rig, await enter(rig, 'door', 'anna'), 'next');
  const iam = rig.iamAs(keys);
  expect(await refusalOf(iam.send(new ListRolesCommand({})))).toBe('accepted');
  expect(await refusalOf(iam.send(new GetRoleCommand({ RoleName: 'door' })))).toMatch(
    /^403 AccessDenied: .* iam:GetRole /,
  );
});
