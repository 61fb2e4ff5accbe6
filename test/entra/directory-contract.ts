// What every implementation of `DirectoryPort` does. Run by the Graph adapter against the sandbox and by the in-memory fake.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assignment, type Group, groupKey, type UserStanding } from '../../src/domain/directory.ts';
import type { DirectoryPort } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { NewActivation, NewAssignment } from '../../src/sandbox/entra/pim-schedules.ts';
import type { SandboxGroup, SandboxUser } from '../../src/sandbox/world.ts';
import { contoso, ids, problemOf, user, uuid, valueOf } from './contoso.ts';
import type { DirectoryWorld } from './in-memory-directory.ts';

export interface DirectoryHarness {
  readonly directory: DirectoryPort;
  readonly addUser: (user: SandboxUser) => void;
  readonly updateUser: (id: string, change: Partial<SandboxUser>) => void;
  readonly deleteUser: (id: string) => void;
  readonly purgeUser: (id: string) => void;
  readonly addGroup: (group: SandboxGroup) => void;
  readonly deleteGroup: (id: string) => void;
  readonly renameGroup: (id: string, displayName: string) => void;
  readonly addMember: (groupId: string, memberId: string) => void;
  readonly removeMember: (groupId: string, memberId: string) => void;
  /** The time of whoever dates activations. */
  readonly now: () => number;
  readonly enablePim: (groupId: string) => void;
  readonly activate: (principalId: string, groupId: string, activation: NewActivation) => unknown;
  readonly assign: (principalId: string, groupId: string, assignment?: NewAssignment) => unknown;
  /** Ends all that she has in the group. */
  readonly endAssignment: (principalId: string, groupId: string) => unknown;
  /** Nobody's assignments can be read until `permitAssignments`. */
  readonly forbidAssignments: () => void;
  readonly permitAssignments: () => void;
  /** Reads of this id fail until `makeReadable`. */
  readonly makeUnreadable: (id: string) => void;
  readonly makeReadable: () => void;
  readonly stop: () => Promise<void>;
}

const never = (): AbortSignal => new AbortController().signal;

const readOne = async (directory: DirectoryPort, id: string, nested = false): Promise<Reading<Group>> => {
  const readings = await directory.readGroups([{ id, nested }], never());
  const reading = readings.get(groupKey({ id, nested }));
  if (reading === undefined) throw new Error('no reading');
  return reading;
};

const peopleOf = async (directory: DirectoryPort, id: string, nested = false): Promise<readonly string[]> =>
  valueOf(await readOne(directory, id, nested)).people.map((person) => person.id);

const standingOf = async (
  directory: DirectoryPort,
  who: string,
): Promise<Reading<UserStanding> | undefined> => (await directory.readStandings([who], never())).get(who);

const describeGroups = (harness: () => DirectoryHarness): void => {
  it('lists each person once, sorted by id, with what is known of them', async () => {
    expect(valueOf(await readOne(harness().directory, ids.team))).toEqual({
      id: ids.team,
      displayName: 'Payments On-call',
      people: [
        {
          id: uuid('a', 1),
          userPrincipalName: 'user1@contoso.com',
          mail: 'user1@contoso.com',
          accountEnabled: true,
          userType: 'Member',
        },
        {
          id: uuid('a', 2),
          userPrincipalName: 'user2@contoso.com',
          mail: null,
          accountEnabled: true,
          userType: 'Member',
        },
        {
          id: ids.guest,
          userPrincipalName: 'guest_fabrikam.com#EXT#@contoso.com',
          mail: 'user3@contoso.com',
          accountEnabled: true,
          userType: 'Guest',
        },
      ],
      others: [],
    });
  });

  it('reads direct members only, and lists member groups as others', async () => {
    const group = valueOf(await readOne(harness().directory, ids.outer));
    expect(group.people.map(({ id }) => id)).toEqual([uuid('a', 4)]);
    expect(group.others).toEqual([{ id: ids.inner, kind: 'group' }]);
  });

  it('reads members of member groups when asked, each once, disabled ones too', async () => {
    const group = valueOf(await readOne(harness().directory, ids.outer, true));
    expect(group.people.map(({ id, accountEnabled }) => [id, accountEnabled])).toEqual([
      [uuid('a', 4), true],
      [uuid('a', 5), false],
    ]);
    expect(group.others).toEqual([
      { id: ids.inner, kind: 'group' },
      { id: ids.principal, kind: 'servicePrincipal' },
    ]);
  });

  it('keys direct and nested readings of one group apart', async () => {
    const queries = [
      { id: ids.outer, nested: false },
      { id: ids.outer, nested: true },
    ];
    const readings = await harness().directory.readGroups(queries, never());
    expect(readings.size).toBe(2);
    expect(queries.map((query) => valueOf(readings.get(groupKey(query))).people.length)).toEqual([1, 2]);
  });

  it('tells an empty group from one that does not exist', async () => {
    expect(valueOf(await readOne(harness().directory, ids.empty)).people).toEqual([]);
    expect(await readOne(harness().directory, ids.nobody)).toEqual({ state: 'absent' });
  });

  it('answers every query on its own: present, absent and unreadable side by side', async () => {
    harness().makeUnreadable(ids.inner);
    const queries = [ids.team, ids.inner, ids.nobody].map((id) => ({ id, nested: false }));
    const readings = await harness().directory.readGroups(queries, never());
    harness().makeReadable();
    expect(queries.map((query) => readings.get(groupKey(query))?.state)).toEqual([
      'present',
      'unreadable',
      'absent',
    ]);
    expect(problemOf(readings.get(ids.inner)).message).toContain(ids.inner);
  });

  it('answers nothing when asked nothing', async () => {
    const { directory } = harness();
    expect((await directory.readGroups([], never())).size).toBe(0);
    expect((await directory.readServicePrincipals([], never())).size).toBe(0);
    expect((await directory.readStandings([], never())).size).toBe(0);
    expect((await directory.readAssignments([], never())).size).toBe(0);
  });
};

const describeChanges = (harness: () => DirectoryHarness): void => {
  it('sees a member come and go', async () => {
    const { directory, addGroup, addMember, removeMember } = harness();
    const id = uuid('b', 50);
    addGroup({ id, displayName: 'Changing', members: [uuid('a', 1)] });
    addMember(id, uuid('a', 4));
    expect(await peopleOf(directory, id)).toEqual([uuid('a', 1), uuid('a', 4)]);
    removeMember(id, uuid('a', 1));
    expect(await peopleOf(directory, id)).toEqual([uuid('a', 4)]);
  });

  it('says what changed, whatever it is told that was read before', async () => {
    const { directory, addGroup, addMember, addUser, removeMember, updateUser, renameGroup } = harness();
    const [id, still] = [uuid('b', 53), uuid('b', 54)];
    const queries = [id, still].map((group) => ({ id: group, nested: false }));
    const changing = { ...user(53), id: uuid('a', 53) };
    addUser(changing);
    addGroup({ id, displayName: 'Changing', members: [uuid('a', 1), changing.id] });
    addGroup({ id: still, displayName: 'Standing still', members: [uuid('a', 1), uuid('a', 4)] });
    let before = await directory.readGroups(queries, never());
    for (const change of [
      () => updateUser(changing.id, { accountEnabled: false }),
      () => updateUser(changing.id, { userPrincipalName: 'married@contoso.com' }),
      () => addMember(id, uuid('a', 4)),
      () => removeMember(id, uuid('a', 1)),
      () => addMember(id, ids.inner),
      () => removeMember(id, ids.inner),
      () => renameGroup(id, 'Changed'),
    ]) {
      change();
      const [fresh, told] = [
        await directory.readGroups(queries, never()),
        await directory.readGroups(queries, never(), before),
      ];
      expect(told).toEqual(fresh);
      expect(told.get(id)).not.toEqual(before.get(id));
      expect(told.get(still)).toEqual(before.get(still));
      before = told;
    }
  });

  it('sees a group renamed and deleted', async () => {
    const { directory, addGroup, renameGroup, deleteGroup } = harness();
    const id = uuid('b', 51);
    addGroup({ id, displayName: 'Before', members: [] });
    renameGroup(id, 'After');
    expect(valueOf(await readOne(directory, id)).displayName).toBe('After');
    deleteGroup(id);
    expect(await readOne(directory, id)).toEqual({ state: 'absent' });
  });

  it('follows a person from enabled over disabled and deleted to gone', async () => {
    const { directory, addUser, updateUser, deleteUser, purgeUser } = harness();
    const leaver = user(60);
    addUser(leaver);
    const steps = [
      () => {},
      () => updateUser(leaver.id, { accountEnabled: false }),
      () => deleteUser(leaver.id),
      () => purgeUser(leaver.id),
    ];
    const seen: unknown[] = [];
    for (const step of steps) {
      step();
      seen.push(valueOf(await standingOf(directory, leaver.id)));
    }
    const { id, userPrincipalName } = leaver;
    expect(seen).toEqual([
      { is: 'enabled', id, userPrincipalName },
      { is: 'disabled', id, userPrincipalName },
      { is: 'deleted', id, userPrincipalName },
      { is: 'notFound', id: undefined, userPrincipalName: null },
    ]);
  });

  it('takes a deleted person out of her groups', async () => {
    const { directory, addUser, addGroup, deleteUser } = harness();
    const leaver = user(61);
    addUser(leaver);
    addGroup({ id: uuid('b', 52), displayName: 'Left', members: [leaver.id, uuid('a', 1)] });
    deleteUser(leaver.id);
    expect(await peopleOf(directory, uuid('b', 52))).toEqual([uuid('a', 1)]);
  });
};

const describeOthers = (harness: () => DirectoryHarness): void => {
  it('reads a service principal with its client id', async () => {
    const readings = await harness().directory.readServicePrincipals([ids.principal, ids.nobody], never());
    expect(valueOf(readings.get(ids.principal))).toEqual({
      id: ids.principal,
      appId: ids.principalApp,
      displayName: 'deployer',
      accountEnabled: true,
    });
    expect(readings.get(ids.nobody)).toEqual({ state: 'absent' });
  });

  it('looks people up by name as well, the names of guests too', async () => {
    const names = ['user1@contoso.com', 'USER1@contoso.com', 'guest_fabrikam.com#EXT#@contoso.com'];
    const readings = await harness().directory.readStandings([...names, 'left@contoso.com'], never());
    const [member, again, guest] = names.map((name) => valueOf(readings.get(name)));
    expect([member, again]).toEqual([member, member]);
    expect(member).toEqual({ is: 'enabled', id: uuid('a', 1), userPrincipalName: 'user1@contoso.com' });
    expect([guest?.is, guest?.userPrincipalName]).toEqual(['enabled', names[2]]);
    expect(valueOf(readings.get('left@contoso.com')).is).toBe('notFound');
  });

  it('never takes an unreadable person or service principal for one who is gone', async () => {
    const { directory, makeUnreadable, makeReadable } = harness();
    makeUnreadable(uuid('a', 1));
    makeUnreadable(ids.principal);
    const standing = await standingOf(directory, uuid('a', 1));
    const principals = await directory.readServicePrincipals([ids.principal], never());
    makeReadable();
    expect([standing?.state, principals.get(ids.principal)?.state]).toEqual(['unreadable', 'unreadable']);
  });

  it('throws when the signal has aborted, with its reason, and for nothing else', async () => {
    const { directory } = harness();
    const signal = AbortSignal.abort(new Error('stopping'));
    await expect(directory.readGroups([{ id: ids.team, nested: false }], signal)).rejects.toThrow('stopping');
    await expect(directory.readServicePrincipals([ids.principal], signal)).rejects.toThrow('stopping');
    await expect(directory.readStandings([uuid('a', 1)], signal)).rejects.toThrow('stopping');
    await expect(directory.readAssignments([ids.team], signal)).rejects.toThrow('stopping');
  });
};

const minuteMs = 60_000;

const assignmentsOf = async (
  directory: DirectoryPort,
  id: string,
): Promise<Reading<readonly Assignment[]> | undefined> =>
  (await directory.readAssignments([id], never())).get(id);

const describeAssignments = (harness: () => DirectoryHarness): void => {
  let made = 60;
  /** A group of its own for each test. */
  const newGroup = (): string => {
    made += 1;
    harness().addGroup({ id: uuid('b', made), displayName: `Privileged ${made}`, members: [] });
    return uuid('b', made);
  };
  const assigned = (n: number, startMs?: number, endMs?: number): Assignment => ({
    principalId: uuid('a', n),
    startMs,
    endMs,
    kind: 'assigned',
    isInherited: false,
    activation: undefined,
  });

  it('has no assignments of a group that is not under it, nor of one where nobody is assigned', async () => {
    const { directory, enablePim } = harness();
    const [plain, managed] = [newGroup(), newGroup()];
    enablePim(managed);
    const readings = await directory.readAssignments([plain, managed], never());
    expect([...readings]).toEqual([plain, managed].map((id) => [id, { state: 'present', value: [] }]));
  });

  it('tells a group that does not exist, and one that was deleted, from one without assignments', async () => {
    const { directory, assign, deleteGroup } = harness();
    const group = newGroup();
    assign(uuid('a', 1), group);
    deleteGroup(group);
    expect(await assignmentsOf(directory, group)).toEqual({ state: 'absent' });
    expect(await assignmentsOf(directory, ids.nobody)).toEqual({ state: 'absent' });
  });

  it('reads assignments with and without start and end, by person', async () => {
    const { directory, assign, now } = harness();
    const group = newGroup();
    assign(uuid('a', 4), group);
    assign(uuid('a', 2), group, { startMs: now() - minuteMs });
    assign(uuid('a', 1), group, { startMs: now() - minuteMs, endMs: now() + minuteMs });
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([
      assigned(1, now() - minuteMs, now() + minuteMs),
      assigned(2, now() - minuteMs),
      assigned(4),
    ]);
  });

  it('leaves owners out', async () => {
    const { directory, assign } = harness();
    const group = newGroup();
    assign(uuid('a', 1), group, { access: 'owner' });
    assign(uuid('a', 2), group, { access: 'member' });
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([assigned(2)]);
  });

  it('lists each of several assignments of one person', async () => {
    const { directory, assign, now } = harness();
    const group = newGroup();
    assign(uuid('a', 1), group, { startMs: now() - 2 * minuteMs, endMs: now() + 5 * minuteMs });
    assign(uuid('a', 1), group, { startMs: now() - minuteMs, endMs: now() + 3 * minuteMs });
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([
      assigned(1, now() - 2 * minuteMs, now() + 5 * minuteMs),
      assigned(1, now() - minuteMs, now() + 3 * minuteMs),
    ]);
  });

  it('reads an activation with what was said', async () => {
    const { directory, activate, now } = harness();
    const group = newGroup();
    activate(uuid('a', 1), group, {
      durationMs: 30 * minuteMs,
      justification: 'payments are stuck',
      ticket: 'INC-42',
      ticketSystem: 'ServiceNow',
    });
    activate(uuid('a', 2), group, { durationMs: minuteMs });
    const activation = { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), requestedAtMs: now() };
    const row = { kind: 'activated', isInherited: false, startMs: now() };
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([
      {
        ...row,
        principalId: uuid('a', 1),
        endMs: now() + 30 * minuteMs,
        activation: {
          ...activation,
          justification: 'payments are stuck',
          ticketNumber: 'INC-42',
          ticketSystem: 'ServiceNow',
        },
      },
      {
        ...row,
        principalId: uuid('a', 2),
        endMs: now() + minuteMs,
        activation: { ...activation, justification: null, ticketNumber: null, ticketSystem: null },
      },
    ]);
  });

  it('no longer lists what was ended', async () => {
    const { directory, activate, assign, endAssignment } = harness();
    const group = newGroup();
    activate(uuid('a', 1), group, { durationMs: minuteMs });
    assign(uuid('a', 2), group);
    endAssignment(uuid('a', 1), group);
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([assigned(2)]);
  });

  it('no longer lists a person who was deleted', async () => {
    const { directory, addUser, deleteUser, assign } = harness();
    const group = newGroup();
    addUser(user(70));
    assign(uuid('a', 70), group);
    assign(uuid('a', 2), group);
    deleteUser(uuid('a', 70));
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([assigned(2)]);
  });

  it('lists everybody of a long list', async () => {
    const { directory, addUser, assign } = harness();
    const group = newGroup();
    const many = Array.from({ length: 250 }, (_, n) => 1000 + n);
    for (const n of many) {
      addUser(user(n));
      assign(uuid('a', n), group);
    }
    expect(valueOf(await assignmentsOf(directory, group))).toEqual(many.map((n) => assigned(n)));
  });

  it('keys readings as the ids were given', async () => {
    const { directory, assign } = harness();
    const group = newGroup();
    assign(uuid('a', 1), group);
    const readings = await directory.readAssignments([group.toUpperCase(), group], never());
    expect([...readings.keys()]).toEqual([group.toUpperCase(), group]);
    expect([...readings.values()].map((reading) => valueOf(reading).length)).toEqual([1, 1]);
  });

  it('is unreadable without permission, while groups stay readable', async () => {
    const { directory, assign, forbidAssignments, permitAssignments } = harness();
    const group = newGroup();
    assign(uuid('a', 1), group);
    forbidAssignments();
    const forbidden = await assignmentsOf(directory, group);
    const people = await peopleOf(directory, ids.team);
    permitAssignments();
    expect(problemOf(forbidden).kind).toBe('denied');
    expect(people).toHaveLength(3);
    expect(valueOf(await assignmentsOf(directory, group))).toEqual([assigned(1)]);
  });

  it('answers every group on its own', async () => {
    const { directory, assign, makeUnreadable, makeReadable } = harness();
    const [good, bad] = [newGroup(), newGroup()];
    assign(uuid('a', 1), good);
    assign(uuid('a', 1), bad);
    makeUnreadable(bad);
    const readings = await directory.readAssignments([good, bad, ids.nobody], never());
    makeReadable();
    expect([...readings.values()].map(({ state }) => state)).toEqual(['present', 'unreadable', 'absent']);
    expect(problemOf(readings.get(bad)).message).toContain(bad);
  });
};

export const describeDirectoryContract = (
  name: string,
  makeHarness: (world: DirectoryWorld) => Promise<DirectoryHarness>,
): void => {
  describe(`${name} keeps the contract of the directory`, () => {
    let made: DirectoryHarness | undefined;
    const harness = (): DirectoryHarness => {
      if (made === undefined) throw new Error('not started');
      return made;
    };
    beforeAll(async () => {
      made = await makeHarness(contoso);
    });
    afterAll(async () => {
      await made?.stop();
    });
    describeGroups(harness);
    describeChanges(harness);
    describeOthers(harness);
    describe('of Privileged Identity Management', () => describeAssignments(harness));
  });
};
