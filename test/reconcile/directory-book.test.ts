// What people are called, whether or not a group still lists them: open shells are known by that. And how often a group
// was read as empty.

import { describe, expect, it } from 'vitest';
import { type DirectoryBook, createDirectoryBook, wasRead } from '../../src/reconcile/directory-book.ts';
import { manualClock } from '../aws/manual-clock.ts';
import { accessPolicy, groupIds, groupSubject, person, policySet } from '../builders.ts';
import { type InMemoryDirectory, inMemoryDirectory } from '../entra/in-memory-directory.ts';
import { userOf } from './harness.ts';

const { oncall, developers } = groupIds;
const { signal } = new AbortController();
const policies = policySet({
  policies: [accessPolicy({ groups: [groupSubject(oncall), groupSubject(developers)] })],
});
const id = (n: number): string => person(n).id;
const name = (n: number): string => userOf(n).userPrincipalName;

const start = async (): Promise<{ directory: InMemoryDirectory; book: DirectoryBook }> => {
  const directory = inMemoryDirectory({
    users: [1, 2, 3].map(userOf),
    groups: [
      { id: oncall, displayName: 'On-call', members: [id(1), id(2)] },
      { id: developers, displayName: 'Developers', members: [id(2), id(3)] },
    ],
    servicePrincipals: [],
  });
  const book = createDirectoryBook(directory, manualClock());
  await book.poll(policies, signal);
  return { directory, book };
};

it('members of any group are known by object id and by user principal name', async () => {
  const { book } = await start();
  for (const n of [1, 2, 3])
    expect([book.namesOf(id(n)), book.namesOf(name(n))]).toEqual([
      [id(n), name(n)],
      [id(n), name(n)],
    ]);
  expect(book.namesOf(id(9))).toEqual([]);
});

it('a new name counts from the next poll on', async () => {
  const { directory, book } = await start();
  book.namesOf(id(1));
  directory.updateUser(id(1), { userPrincipalName: 'renamed@contoso.com' });
  await book.poll(policies, signal);
  expect(book.namesOf(id(1))).toEqual([id(1), 'renamed@contoso.com']);
  expect(book.namesOf('renamed@contoso.com')).toEqual([id(1), 'renamed@contoso.com']);
});

it('who is in no group any more is still known', async () => {
  const { directory, book } = await start();
  directory.removeMember(oncall, id(1));
  await book.poll(policies, signal);
  expect([book.namesOf(id(1)), book.namesOf(name(1))]).toEqual([
    [id(1), name(1)],
    [id(1), name(1)],
  ]);
});

describe('polls in which a group is empty', () => {
  const groupQuestion = { groups: [oncall], assignments: [], standings: [], managedPolicyArns: [] };
  const fill = ({ directory }: { directory: InMemoryDirectory }, isFull: boolean): void => {
    for (const n of [1, 2])
      if (isFull) directory.addMember(oncall, id(n));
      else directory.removeMember(oncall, id(n));
  };

  it('are counted as long as nothing says otherwise', async () => {
    const { directory, book } = await start();
    const counts: unknown[] = [];
    for (const isFull of [false, false, true, false]) {
      fill({ directory }, isFull);
      await book.poll(policies, signal);
      counts.push(book.current().emptyPolls.get(oncall));
    }
    expect(counts).toEqual([1, 2, undefined, 1]);
  });

  it('begin anew after a second look that showed members', async () => {
    const { directory, book } = await start();
    const counts: unknown[] = [];
    for (let poll = 0; poll < 4; poll += 1) {
      fill({ directory }, false);
      await book.poll(policies, signal);
      counts.push(book.current().emptyPolls.get(oncall));
      if (poll !== 1) continue;
      fill({ directory }, true);
      await book.lookAgain(groupQuestion, signal);
    }
    expect(counts).toEqual([1, 2, 1, 2]);
  });

  it('go on after a second look that found it empty, or could not be taken', async () => {
    const { directory, book } = await start();
    fill({ directory }, false);
    await book.poll(policies, signal);
    await book.lookAgain(groupQuestion, signal);
    await book.poll(policies, signal);
    directory.makeUnreadable(oncall);
    await book.lookAgain(groupQuestion, signal);
    await book.poll(policies, signal);
    expect(book.current().emptyPolls.get(oncall)).toBe(2);
  });
});

it('once everything is forgotten, what was looked at before is looked at again', async () => {
  const { directory, book } = await start();
  const questions = { groups: [], assignments: [], standings: [id(1)], managedPolicyArns: [] };
  directory.updateUser(id(1), { accountEnabled: false });
  const before = await book.lookAgain(questions, signal);
  expect(before.standings.get(id(1))).toMatchObject({ value: { is: 'disabled' } });
  directory.updateUser(id(1), { accountEnabled: true });
  book.forget();
  expect([wasRead(book.current()), book.current().groups.size]).toEqual([false, 0]);
  const after = await book.lookAgain(questions, signal);
  expect(after.standings.get(id(1))).toMatchObject({ value: { is: 'enabled' } });
});

it('a group that says the same as before is held once, whatever older plans still look at', async () => {
  const { directory, book } = await start();
  const before = book.current();
  directory.addMember(oncall, id(3));
  const { changedGroups } = await book.poll(policies, signal);
  expect([...changedGroups]).toEqual([oncall]);
  expect(book.current().groups.get(developers)).toBe(before.groups.get(developers));
  expect(book.current().groups.get(oncall)).not.toBe(before.groups.get(oncall));
  directory.makeUnreadable(developers);
  await book.poll(policies, signal);
  expect(book.current().groups.get(developers)?.state).toBe('unreadable');
});
