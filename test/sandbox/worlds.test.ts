// The worlds that come with the sandbox are whole, and stay the same from run to run where others name their ids.

import { expect, test } from 'vitest';
import { demoIds, demoWorld } from '../../src/sandbox/demo-world.ts';
import { largeWorld, largeWorldIds } from '../../src/sandbox/large-world.ts';
import type { SandboxWorld } from '../../src/sandbox/world.ts';

const large = largeWorld({ groups: 30, membersPerGroup: 40, accounts: 3 });

test.each([
  ['demo', demoWorld()],
  ['large', large],
  ['smallest', largeWorld({ groups: 0, membersPerGroup: 0 })],
])('%s: ids are unique and every member exists', (_, world: SandboxWorld) => {
  const ids = [...world.users, ...world.groups, ...world.servicePrincipals].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(world.groups.flatMap(({ members }) => members).filter((id) => !ids.includes(id))).toEqual([]);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  for (const { accountId } of world.accounts) expect(accountId).toMatch(/^\d{12}$/);
  for (const { members } of world.groups) expect(new Set(members).size).toBe(members.length);
});

test('the demo has the same ids and new secrets each time', () => {
  const [one, two] = [demoWorld(), demoWorld()];
  expect(two.groups).toEqual(one.groups);
  expect(two.users).toEqual(one.users);
  expect(two.applications[0]?.clientSecret).not.toBe(one.applications[0]?.clientSecret);
  expect(two.accounts[0]?.secretAccessKey).not.toBe(one.accounts[0]?.secretAccessKey);
});

test('the demo holds what the examples speak of', () => {
  const world = demoWorld();
  expect(world.groups.map(({ displayName }) => displayName)).toEqual([
    'Payments On-call',
    'Platform Engineers',
    'Auditors',
    'Payments Incident',
    'Support',
  ]);
  expect(world.users.filter(({ userType }) => userType === 'Guest')).toHaveLength(1);
  expect(world.accounts.map(({ accountId }) => accountId)).toEqual(Object.values(demoIds.accounts));
  for (const { accountId, managedPolicies, spokeRoles } of world.accounts.slice(1)) {
    expect(Object.keys(managedPolicies)).toEqual(['rolewarden-boundary']);
    expect(spokeRoles).toMatchObject([{ name: 'rolewarden-spoke', trustedAccountId: demoIds.accounts.hub }]);
    expect(accountId).not.toBe(demoIds.accounts.hub);
  }
});

test('a large world has the sizes asked for, and its ids follow from the numbers', () => {
  expect(large.groups.map(({ members }) => members.length)).toEqual(Array.from({ length: 30 }, () => 40));
  expect(large.groups[7]?.id).toBe(largeWorldIds.group(7));
  expect(large.accounts[2]?.accountId).toBe(largeWorldIds.account(2));
  expect(large.groups[1]?.members).toContain(large.groups[0]?.members.at(-1));
});
