// When a role was last used: where IAM tells it, and how late.

import { GetAccountAuthorizationDetailsCommand, GetRoleCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoleUses } from '../../../src/sandbox/aws/role-uses.ts';
import { type Rig, hubId, permissions, refusalOf, startMs, startRig, trustOf } from './cloud-fixture.ts';
import { chain, enter, type Keys, listClusters, seedDoor } from './sessions-fixture.ts';

let rig: Rig;
let session: Keys;
beforeEach(async () => {
  rig = await startRig();
  seedDoor(rig, 'door', ['anna']);
  session = await enter(rig, 'door', 'anna');
});
afterEach(() => rig.stop());

const lastUse = async () => (await rig.iam.send(new GetRoleCommand({ RoleName: 'door' }))).Role?.RoleLastUsed;

test('signing in is no use yet, a request is, a refused one too', async () => {
  expect(await lastUse()).toEqual({});
  await rig.stsAs(session).send(new GetCallerIdentityCommand({}));
  expect(await lastUse()).toEqual({ LastUsedDate: new Date(startMs), Region: 'us-east-1' });
  rig.clock.nowMs += 90_500;
  rig.cloud.editRole(hubId, 'door', (role) => {
    role.inlinePolicies['no-iam'] = permissions({ Effect: 'Deny', Action: 'iam:*', Resource: '*' });
  });
  expect(await refusalOf(rig.iamAs(session).send(new ListRolesCommand({})))).toMatch(/AccessDenied/);
  expect(await lastUse()).toMatchObject({ LastUsedDate: new Date(startMs + 90_000) });
  rig.clock.nowMs += 60_000;
  await listClusters(rig, session);
  expect(await lastUse()).toEqual({ LastUsedDate: new Date(startMs + 150_000), Region: 'eu-west-1' });
});

test('the bulk read tells it too, the listing does not', async () => {
  await listClusters(rig, session);
  const { RoleDetailList } = await rig.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }),
  );
  expect(RoleDetailList).toMatchObject([{ RoleLastUsed: { LastUsedDate: new Date(startMs) } }]);
  const { Roles } = await rig.iam.send(new ListRolesCommand({}));
  expect(Roles?.map((role) => role.RoleLastUsed)).toEqual([undefined]);
});

test('a role made anew has not been used', async () => {
  await listClusters(rig, session);
  rig.cloud.editRole(hubId, 'door', (role) => void Object.assign(role, { roleId: 'AROAANOTHER' }));
  expect(await lastUse()).toEqual({});
});

test('a request without a valid session is no use', async () => {
  const forged = { ...session, sessionToken: 'made-up' };
  expect(await refusalOf(rig.stsAs(forged).send(new GetCallerIdentityCommand({})))).toMatch(/^403/);
  expect(await lastUse()).toEqual({});
});

test('entering another role is a use of the one she is in, not of the other', async () => {
  rig.cloud.seedRole(hubId, {
    name: 'next',
    trustDocument: trustOf({ Effect: 'Allow', Principal: { AWS: hubId }, Action: 'sts:AssumeRole' }),
  });
  await chain(rig, session, 'next');
  const next = await rig.iam.send(new GetRoleCommand({ RoleName: 'next' }));
  expect([await lastUse(), next.Role?.RoleLastUsed]).toMatchObject([{ Region: 'us-east-1' }, {}]);
});

test('it is told late, as late as is said', async () => {
  const hour = 3_600_000;
  rig.cloud.setRoleUseLag(hour);
  await listClusters(rig, session);
  rig.clock.nowMs += hour / 2;
  await listClusters(rig, session);
  expect(await lastUse()).toEqual({});
  rig.clock.nowMs += hour / 2;
  expect(await lastUse()).toMatchObject({ LastUsedDate: new Date(startMs) });
  rig.clock.nowMs += hour / 2;
  expect(await lastUse()).toMatchObject({ LastUsedDate: new Date(startMs + hour / 2) });
});

test('what nobody will be told of any more is forgotten', () => {
  let nowMs = 0;
  const uses = createRoleUses(
    () => nowMs,
    () => 10_000,
  );
  for (nowMs = 0; nowMs < 1_000_000; nowMs += 100) uses.note('AROA', `r${nowMs}`);
  expect(uses.told('AROA')?.atMs).toBeGreaterThan(988_000);
  expect(uses.told('AROA')?.atMs).toBeLessThanOrEqual(990_000);
});
