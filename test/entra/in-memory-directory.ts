// A directory in maps that behaves as the real adapter does, for tests of the loop. Held to it by directory-contract.ts.

import {
  type Assignment,
  type Group,
  type GroupQuery,
  groupKey,
  type OtherMember,
  type Person,
  type ServicePrincipal,
  type UserStanding,
} from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { DirectoryPort } from '../../src/domain/ports.ts';
import { absent, present, type Reading, unreadable } from '../../src/domain/reading.ts';
import type { SandboxGroup, SandboxServicePrincipal, SandboxUser } from '../../src/sandbox/world.ts';

export interface DirectoryWorld {
  readonly users: readonly SandboxUser[];
  readonly groups: readonly SandboxGroup[];
  readonly servicePrincipals: readonly SandboxServicePrincipal[];
}

export interface InMemoryDirectory extends DirectoryPort {
  readonly addUser: (user: SandboxUser) => void;
  readonly updateUser: (id: string, change: Partial<SandboxUser>) => void;
  readonly disableUser: (id: string) => void;
  /** Soft: leaves all groups and is found among the deleted. */
  readonly deleteUser: (id: string) => void;
  /** Gone from the deleted too. */
  readonly purgeUser: (id: string) => void;
  readonly addGroup: (group: SandboxGroup) => void;
  /** Makes it absent. */
  readonly deleteGroup: (id: string) => void;
  readonly renameGroup: (id: string, displayName: string) => void;
  readonly addMember: (groupId: string, memberId: string) => void;
  readonly removeMember: (groupId: string, memberId: string) => void;
  readonly setServicePrincipal: (principal: SandboxServicePrincipal) => void;
  /** All that `readAssignments` says of this group from now on, in any order. A group of which nothing was set has none. */
  readonly setAssignments: (groupId: string, assignments: readonly Assignment[]) => void;
  readonly assignments: (groupId: string) => readonly Assignment[];
  /** The assignments of this group, or with `*` of all, are unreadable until `restoreAssignments`; its members stay readable. */
  readonly failAssignments: (groupId: string, problem?: AppError) => void;
  readonly restoreAssignments: (groupId: string) => void;
  /** Of a group, user or service principal by id (user names too); `*` is everything. */
  readonly makeUnreadable: (id: string, problem?: AppError) => void;
  /** `*` takes back all. */
  readonly makeReadable: (id: string) => void;
  /** What was asked so far, in order: the port's method and the keys. */
  readonly reads: readonly { readonly method: keyof DirectoryPort; readonly keys: readonly string[] }[];
}

interface State {
  readonly users: Map<string, SandboxUser>;
  readonly deleted: Map<string, SandboxUser>;
  readonly groups: Map<string, { readonly displayName: string; readonly members: Set<string> }>;
  readonly servicePrincipals: Map<string, SandboxServicePrincipal>;
  readonly assignments: Map<string, readonly Assignment[]>;
  readonly unreadable: Map<string, AppError>;
  readonly unreadableAssignments: Map<string, AppError>;
}

const lower = (id: string): string => id.toLowerCase();

const stateOf = (world: DirectoryWorld): State => ({
  users: new Map(world.users.map((user) => [lower(user.id), user])),
  deleted: new Map(),
  groups: new Map(
    world.groups.map(({ id, displayName, members }) => [
      lower(id),
      { displayName, members: new Set(members.map(lower)) },
    ]),
  ),
  servicePrincipals: new Map(world.servicePrincipals.map((principal) => [lower(principal.id), principal])),
  assignments: new Map(),
  unreadable: new Map(),
  unreadableAssignments: new Map(),
});

const byId = (one: { readonly id: string }, two: { readonly id: string }): number =>
  one.id < two.id ? -1 : 1;

const personOf = (user: SandboxUser): Person => ({
  id: lower(user.id),
  userPrincipalName: user.userPrincipalName,
  mail: user.mail,
  accountEnabled: user.accountEnabled,
  userType: user.userType,
});

const memberIds = (state: State, groupId: string, nested: boolean): ReadonlySet<string> => {
  const direct = state.groups.get(groupId)?.members ?? new Set<string>();
  if (!nested) return direct;
  const found = new Set<string>();
  const queue = [...direct];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (found.has(id) || id === groupId) continue;
    found.add(id);
    queue.push(...(state.groups.get(id)?.members ?? []));
  }
  return found;
};

const otherOf = (state: State, id: string, nested: boolean): readonly OtherMember[] => {
  if (state.groups.has(id)) return [{ id, kind: 'group' }];
  // Graph v1.0 does not list service principals among direct members.
  return nested && state.servicePrincipals.has(id) ? [{ id, kind: 'servicePrincipal' }] : [];
};

const readGroup = (state: State, { id, nested }: GroupQuery): Reading<Group> => {
  const groupId = lower(id);
  const group = state.groups.get(groupId);
  if (group === undefined) return absent;
  const ids = [...memberIds(state, groupId, nested)];
  const users = ids.flatMap((member) => state.users.get(member) ?? []);
  return present({
    id: groupId,
    displayName: group.displayName,
    people: users.map(personOf).sort(byId),
    others: ids.flatMap((member) => otherOf(state, member, nested)).sort(byId),
  });
};

const notFound: UserStanding = { is: 'notFound', id: undefined, userPrincipalName: null };

const readStanding = (state: State, user: string): UserStanding => {
  const found =
    state.users.get(lower(user)) ??
    [...state.users.values()].find(({ userPrincipalName }) => lower(userPrincipalName) === lower(user));
  const one = found ?? state.deleted.get(lower(user));
  if (one === undefined) return notFound;
  const is = found === undefined ? 'deleted' : found.accountEnabled ? 'enabled' : 'disabled';
  return { is, id: lower(one.id), userPrincipalName: one.userPrincipalName };
};

const readServicePrincipal = (state: State, id: string): Reading<ServicePrincipal> => {
  const found = state.servicePrincipals.get(lower(id));
  return found === undefined ? absent : present({ ...found, id: lower(found.id), appId: lower(found.appId) });
};

const orderOf = ({ principalId, startMs, endMs, kind }: Assignment): string =>
  [principalId, startMs ?? '', endMs ?? '', kind].join(' ');

const readAssignments = (state: State, id: string): Reading<readonly Assignment[]> => {
  const problem = state.unreadableAssignments.get('*') ?? state.unreadableAssignments.get(lower(id));
  if (problem !== undefined) return unreadable(problem);
  if (!state.groups.has(lower(id))) return absent;
  const rows = state.assignments.get(lower(id)) ?? [];
  return present(rows.toSorted((one, two) => (orderOf(one) < orderOf(two) ? -1 : 1)));
};

const read = <T>(state: State, id: string, reading: () => Reading<T>): Reading<T> => {
  const problem = state.unreadable.get('*') ?? state.unreadable.get(lower(id));
  return problem === undefined ? reading() : unreadable(problem);
};

const known = <T>(found: T | undefined, what: string): T => {
  if (found === undefined) throw new AppError('invalid', `the in-memory directory has no ${what}`);
  return found;
};

const userWrites = (state: State) => ({
  addUser: (user: SandboxUser): void => {
    state.users.set(lower(user.id), user);
    state.deleted.delete(lower(user.id));
  },
  updateUser: (id: string, change: Partial<SandboxUser>): void => {
    state.users.set(lower(id), { ...known(state.users.get(lower(id)), `user ${id}`), ...change });
  },
  disableUser: (id: string): void => {
    const user = known(state.users.get(lower(id)), `user ${id}`);
    state.users.set(lower(id), { ...user, accountEnabled: false });
  },
  deleteUser: (id: string): void => {
    const user = known(state.users.get(lower(id)), `user ${id}`);
    for (const { members } of state.groups.values()) members.delete(lower(id));
    for (const [groupId, rows] of state.assignments)
      state.assignments.set(
        groupId,
        rows.filter(({ principalId }) => principalId !== lower(id)),
      );
    state.users.delete(lower(id));
    state.deleted.set(lower(id), user);
  },
  purgeUser: (id: string): void => {
    if (!state.deleted.delete(lower(id))) known(undefined, `deleted user ${id}`);
  },
});

const groupWrites = (state: State) => {
  const group = (id: string) => known(state.groups.get(lower(id)), `group ${id}`);
  return {
    addGroup: ({ id, displayName, members }: SandboxGroup): void =>
      void state.groups.set(lower(id), { displayName, members: new Set(members.map(lower)) }),
    deleteGroup: (id: string): void => {
      group(id);
      state.groups.delete(lower(id));
      state.assignments.delete(lower(id));
      for (const { members } of state.groups.values()) members.delete(lower(id));
    },
    renameGroup: (id: string, displayName: string): void =>
      void state.groups.set(lower(id), { ...group(id), displayName }),
    addMember: (groupId: string, memberId: string): void => void group(groupId).members.add(lower(memberId)),
    removeMember: (groupId: string, memberId: string): void =>
      void group(groupId).members.delete(lower(memberId)),
  };
};

const assignmentWrites = (state: State) => ({
  setAssignments: (groupId: string, assignments: readonly Assignment[]): void =>
    void state.assignments.set(lower(groupId), assignments),
  assignments: (groupId: string): readonly Assignment[] => state.assignments.get(lower(groupId)) ?? [],
  failAssignments: (
    groupId: string,
    problem = new AppError('denied', `made unreadable: assignments of ${groupId}`, { resource: groupId }),
  ): void => void state.unreadableAssignments.set(lower(groupId), problem),
  restoreAssignments: (groupId: string): void => {
    if (groupId === '*') state.unreadableAssignments.clear();
    else state.unreadableAssignments.delete(lower(groupId));
  },
});

const otherWrites = (state: State) => ({
  setServicePrincipal: (principal: SandboxServicePrincipal): void =>
    void state.servicePrincipals.set(lower(principal.id), principal),
  makeUnreadable: (
    id: string,
    problem = new AppError('transient', `made unreadable: ${id}`, { resource: id }),
  ): void => void state.unreadable.set(lower(id), problem),
  makeReadable: (id: string): void => {
    if (id === '*') state.unreadable.clear();
    else state.unreadable.delete(lower(id));
  },
});

/** A directory that holds `world` and is changed through its methods; ids in any case. */
export const inMemoryDirectory = (
  world: DirectoryWorld = { users: [], groups: [], servicePrincipals: [] },
): InMemoryDirectory => {
  const state = stateOf(world);
  const reads: { method: keyof DirectoryPort; keys: readonly string[] }[] = [];
  const note = (method: keyof DirectoryPort, keys: readonly string[], signal: AbortSignal): void => {
    signal.throwIfAborted();
    reads.push({ method, keys });
  };
  return {
    reads,
    ...userWrites(state),
    ...groupWrites(state),
    ...assignmentWrites(state),
    ...otherWrites(state),
    readGroups: async (queries, signal) => {
      note('readGroups', queries.map(groupKey), signal);
      return new Map(
        queries.map((query) => [groupKey(query), read(state, query.id, () => readGroup(state, query))]),
      );
    },
    readServicePrincipals: async (ids, signal) => {
      note('readServicePrincipals', ids, signal);
      return new Map(ids.map((id) => [id, read(state, id, () => readServicePrincipal(state, id))]));
    },
    readAssignments: async (groupIds, signal) => {
      note('readAssignments', groupIds, signal);
      return new Map(groupIds.map((id) => [id, read(state, id, () => readAssignments(state, id))]));
    },
    clockSkewMs: () => 0,
    readStandings: async (users, signal) => {
      note('readStandings', users, signal);
      return new Map(
        users.map((user) => [user, read(state, user, () => present(readStanding(state, user)))]),
      );
    },
  };
};
