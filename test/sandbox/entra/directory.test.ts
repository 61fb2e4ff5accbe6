// The tenant's memory: what a replica of any age would list is what was true then.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/domain/errors.ts';
import { makeDirectory } from '../../../src/sandbox/entra/directory.ts';
import { ids, world } from './graph-session.ts';

type Write = { readonly group: string; readonly member: string; readonly add: boolean };

const writes: fc.Arbitrary<Write[]> = fc.array(
  fc.record({
    group: fc.constantFrom(ids.parent, ids.child, ids.empty),
    member: fc.constantFrom(ids.user(1), ids.user(2), ids.child, ids.principal, ids.user(4)),
    add: fc.boolean(),
  }),
  { maxLength: 30 },
);

test('reading as of any time gives what was true at that time, nested or not', () => {
  fc.assert(
    fc.property(writes, (script) => {
      let nowMs = 0;
      const directory = makeDirectory(world, () => nowMs);
      const look = (asOfMs?: number) =>
        [ids.parent, ids.child, ids.empty].map((group) => [
          directory.members(group, asOfMs).toSorted(),
          directory.transitiveMembers(group, asOfMs).toSorted(),
        ]);
      const seen = [look()];
      for (const { group, member, add } of script) {
        nowMs += 1;
        directory[add ? 'addMember' : 'removeMember'](group, member);
        seen.push(look());
      }
      for (const [timeMs, truth] of seen.entries()) expect(look(timeMs)).toEqual(truth);
    }),
  );
});

const directory = () => makeDirectory(world, () => 0);

test.each([
  ['a member of no group', () => directory().addMember(ids.nobody, ids.user(1)), 'invalid'],
  ['a member who is nobody', () => directory().addMember(ids.empty, ids.nobody), 'invalid'],
  ['a user twice', () => directory().addUser({ ...userOne, userPrincipalName: 'x@contoso.com' }), 'conflict'],
  ['a principal name twice', () => directory().addUser({ ...userOne, id: ids.nobody }), 'conflict'],
  [
    'a rename to a taken name',
    () => directory().updateUser(ids.user(2), { userPrincipalName: 'PERSON-1@contoso.com' }),
    'conflict',
  ],
  ['a change of nobody', () => directory().updateUser(ids.nobody, {}), 'invalid'],
  ['a purge of someone who is here', () => directory().purgeUser(ids.user(1)), 'invalid'],
  ['a group twice', () => directory().addGroup({ id: ids.empty, displayName: 'x', members: [] }), 'conflict'],
  [
    'a group of nobodies',
    () => directory().addGroup({ id: ids.nobody, displayName: 'x', members: [ids.client] }),
    'invalid',
  ],
  ['a rename of no group', () => directory().renameGroup(ids.nobody, 'x'), 'invalid'],
])('%s is refused', (_, write, kind) => {
  let refusal: unknown;
  try {
    write();
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(AppError);
  expect(refusal).toMatchObject({ kind });
});

const userOne = {
  id: ids.user(1),
  userPrincipalName: 'person-1@contoso.com',
  displayName: 'Person 1',
  mail: null,
  accountEnabled: true,
  userType: 'Member',
} as const;

test('a refused rename leaves both names where they were', () => {
  const tenant = directory();
  expect(() => tenant.updateUser(ids.user(2), { userPrincipalName: 'person-1@contoso.com' })).toThrow();
  expect(tenant.user('person-1@contoso.com')?.id).toBe(ids.user(1));
  expect(tenant.user('person-2@contoso.com')?.id).toBe(ids.user(2));
});
