// Eventual consistency: a write is true at once, and readers learn of it later.

import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  ListRolesCommand,
  UpdateRoleDescriptionCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Rig, admits, hubId, refusalOf, startMs, startRig, trustOf } from './cloud-fixture.ts';

let rig: Rig;
const trust = trustOf(admits('a'));

beforeEach(async () => {
  rig = await startRig();
  rig.cloud.setStaleReads(5_000);
});
afterEach(() => rig.stop());

const at = (seconds: number): void => {
  rig.clock.nowMs = startMs + seconds * 1_000;
};

/** What each of the three ways of reading says of the role: its description, or that it is not there. */
const readings = async (RoleName: string): Promise<readonly string[]> => {
  const one = await rig.iam
    .send(new GetRoleCommand({ RoleName }))
    .then((answer) => answer.Role?.Description ?? 'none')
    .catch((error: Error) => error.name.replace('Exception', ''));
  const list = await rig.iam.send(new ListRolesCommand({}));
  const listed = list.Roles?.find((role) => role.RoleName === RoleName);
  const details = await rig.iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
  const isDetailed = details.RoleDetailList?.some((role) => role.RoleName === RoleName) ?? false;
  return [
    one,
    listed === undefined ? 'unlisted' : (listed.Description ?? 'none'),
    isDetailed ? 'bulk' : 'no bulk',
  ];
};
const absent = ['NoSuchEntity', 'unlisted', 'no bulk'];
const shown = (description: string) => [description, description, 'bulk'];

test('a role is made, changed twice and deleted, and readers follow five seconds behind', async () => {
  const RoleName = 'Slow';
  const create = () =>
    rig.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust, Description: 'first' }));
  const describe = (Description: string) =>
    rig.iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description }));

  await create();
  expect(await readings(RoleName)).toEqual(absent);
  expect(rig.cloud.roles(hubId).map((role) => role.description)).toEqual(['first']);
  expect(await refusalOf(create())).toMatch(/^409 EntityAlreadyExists/);
  at(1);
  await describe('second');
  at(2);
  await describe('third');
  at(4.999);
  expect(await readings(RoleName)).toEqual(absent);
  at(5);
  expect(await readings(RoleName)).toEqual(shown('first'));
  at(6);
  expect(await readings(RoleName)).toEqual(shown('second'));
  await rig.iam.send(new DeleteRoleCommand({ RoleName }));
  expect(rig.cloud.roles(hubId)).toEqual([]);
  at(7);
  expect(await readings(RoleName)).toEqual(shown('third'));
  at(11);
  expect(await readings(RoleName)).toEqual(absent);
});

test('each role settles by itself', async () => {
  for (const name of ['one', 'two'])
    rig.cloud.seedRole(hubId, { name, trustDocument: trust, description: 'old' });
  await rig.iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'one', Description: 'new' }));
  at(3);
  await rig.iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'two', Description: 'new' }));
  at(5);
  expect(await readings('one')).toEqual(shown('new'));
  expect(await readings('two')).toEqual(shown('old'));
});

test('a seeded role has always been there, and an edit by hand settles like any write', async () => {
  rig.cloud.seedRole(hubId, { name: 'seeded', trustDocument: trust, description: 'old' });
  expect(await readings('seeded')).toEqual(shown('old'));
  rig.cloud.editRole(hubId, 'seeded', (role) => {
    role.description = 'by hand';
  });
  expect(await readings('seeded')).toEqual(shown('old'));
  at(5);
  expect(await readings('seeded')).toEqual(shown('by hand'));
});

test('without staleness everything is seen at once, writes from before included', async () => {
  rig.cloud.seedRole(hubId, { name: 'seeded', trustDocument: trust, description: 'old' });
  await rig.iam.send(new UpdateRoleDescriptionCommand({ RoleName: 'seeded', Description: 'new' }));
  expect(await readings('seeded')).toEqual(shown('old'));
  rig.cloud.setStaleReads(0);
  expect(await readings('seeded')).toEqual(shown('new'));
});
