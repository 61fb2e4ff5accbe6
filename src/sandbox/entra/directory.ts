// The tenant: users, deleted users, groups, service principals and who is a member of what. The truth, and, for a time in
// the past, what a replica that lags would say.

import { AppError } from '../../domain/errors.ts';
import type { SandboxGroup, SandboxServicePrincipal, SandboxUser, SandboxWorld } from '../world.ts';
import { type ChangeLog, makeChangeLog } from './change-log.ts';

export interface DeletedUser extends SandboxUser {
  readonly deletedAtMs: number;
}

export type GroupHead = Omit<SandboxGroup, 'members'>;

/** Anything that can be a member. */
export type DirectoryObject =
  | { readonly type: 'user'; readonly value: SandboxUser }
  | { readonly type: 'group'; readonly value: GroupHead }
  | { readonly type: 'servicePrincipal'; readonly value: SandboxServicePrincipal };

export interface Directory {
  readonly log: ChangeLog;
  readonly users: () => readonly SandboxUser[];
  readonly deletedUsers: () => readonly DeletedUser[];
  readonly groups: () => readonly GroupHead[];
  readonly servicePrincipals: () => readonly SandboxServicePrincipal[];
  readonly user: (idOrUpn: string) => SandboxUser | undefined;
  readonly deletedUser: (id: string) => DeletedUser | undefined;
  readonly group: (id: string) => GroupHead | undefined;
  readonly servicePrincipal: (id: string) => SandboxServicePrincipal | undefined;
  readonly servicePrincipalByAppId: (appId: string) => SandboxServicePrincipal | undefined;
  readonly object: (id: string) => DirectoryObject | undefined;
  /** Direct members, as a replica that last heard of changes at `asOfMs` lists them; without it, the truth. */
  readonly members: (groupId: string, asOfMs?: number) => readonly string[];
  /** Members of member groups too, each once, the nested groups themselves included; cycles end. */
  readonly transitiveMembers: (groupId: string, asOfMs?: number) => readonly string[];
  /** Memberships change now, or at the time that is given, which is not before the last change. */
  readonly addMember: (groupId: string, memberId: string, atMs?: number) => void;
  readonly removeMember: (groupId: string, memberId: string, atMs?: number) => void;
  readonly addUser: (user: SandboxUser) => void;
  readonly updateUser: (id: string, change: Partial<SandboxUser>) => void;
  readonly deleteUser: (id: string) => void;
  readonly purgeUser: (id: string) => void;
  readonly addGroup: (group: SandboxGroup) => void;
  readonly renameGroup: (id: string, displayName: string) => void;
  readonly deleteGroup: (id: string) => void;
}

/** Object ids are compared without regard to case and shown in lower case. */
const key = (id: string): string => id.toLowerCase();

interface Tables {
  readonly users: Map<string, SandboxUser>;
  readonly idsByUpn: Map<string, string>;
  readonly deletedUsers: Map<string, DeletedUser>;
  readonly groups: Map<string, GroupHead>;
  readonly members: Map<string, Set<string>>;
  readonly servicePrincipals: Map<string, SandboxServicePrincipal>;
}

const missing = (what: string): AppError =>
  new AppError('invalid', `there is no ${what} in this tenant`, { code: 'notFound' });

const put = (tables: Tables, user: SandboxUser): void => {
  const id = key(user.id);
  const holder = tables.idsByUpn.get(key(user.userPrincipalName));
  if (holder !== undefined && holder !== id)
    throw new AppError(
      'conflict',
      `the user principal name ${user.userPrincipalName} already belongs to user ${holder}`,
    );
  const before = tables.users.get(id);
  if (before !== undefined) tables.idsByUpn.delete(key(before.userPrincipalName));
  tables.users.set(id, { ...user, id });
  tables.idsByUpn.set(key(user.userPrincipalName), id);
};

const fill = (world: SandboxWorld): Tables => {
  const tables: Tables = {
    users: new Map(),
    idsByUpn: new Map(),
    deletedUsers: new Map(),
    groups: new Map(),
    members: new Map(),
    servicePrincipals: new Map(),
  };
  for (const user of world.users) put(tables, user);
  for (const { id, displayName, members } of world.groups) {
    tables.groups.set(key(id), { id: key(id), displayName });
    tables.members.set(key(id), new Set(members.map(key)));
  }
  for (const principal of world.servicePrincipals)
    tables.servicePrincipals.set(key(principal.id), { ...principal, id: key(principal.id) });
  return tables;
};

const makeReads = (tables: Tables, log: ChangeLog) => {
  const object = (id: string): DirectoryObject | undefined => {
    const user = tables.users.get(key(id));
    if (user !== undefined) return { type: 'user', value: user };
    const group = tables.groups.get(key(id));
    if (group !== undefined) return { type: 'group', value: group };
    const principal = tables.servicePrincipals.get(key(id));
    return principal === undefined ? undefined : { type: 'servicePrincipal', value: principal };
  };
  const members = (groupId: string, asOfMs?: number): readonly string[] => {
    const now = tables.members.get(key(groupId)) ?? new Set<string>();
    const undo = asOfMs === undefined ? [] : log.membershipsSince(key(groupId), asOfMs);
    if (undo.length === 0) return [...now];
    const then = new Set(now);
    for (const change of undo) {
      if (change.added) then.delete(change.memberId);
      else then.add(change.memberId);
    }
    return [...then];
  };
  const transitiveMembers = (groupId: string, asOfMs?: number): readonly string[] => {
    const seen = new Set<string>([key(groupId)]);
    const queue = [key(groupId)];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const member of members(next, asOfMs)) {
        if (seen.has(member)) continue;
        seen.add(member);
        if (tables.groups.has(member)) queue.push(member);
      }
    }
    seen.delete(key(groupId));
    return [...seen];
  };
  return { object, members, transitiveMembers };
};

const makeMembershipWrites = (tables: Tables, log: ChangeLog, exists: (id: string) => boolean) => {
  const membersOf = (groupId: string): Set<string> => {
    const members = tables.members.get(key(groupId));
    if (members === undefined) throw missing(`group ${groupId}`);
    return members;
  };
  const write = (
    groupId: string,
    memberId: string,
    change: { readonly added: boolean; readonly byDeletion: boolean },
    atMs?: number,
  ): void => {
    const members = membersOf(groupId);
    if (members.has(key(memberId)) === change.added) return;
    if (change.added) members.add(key(memberId));
    else members.delete(key(memberId));
    log.append({ kind: 'membership', groupId: key(groupId), memberId: key(memberId), ...change }, atMs);
  };
  const addMember = (groupId: string, memberId: string, atMs?: number): void => {
    membersOf(groupId);
    if (!exists(memberId)) throw missing(`user, group or service principal ${memberId}`);
    write(groupId, memberId, { added: true, byDeletion: false }, atMs);
  };
  const removeMember = (groupId: string, memberId: string, atMs?: number): void =>
    write(groupId, memberId, { added: false, byDeletion: false }, atMs);
  const removeEverywhere = (memberId: string): void => {
    for (const groupId of tables.groups.keys()) write(groupId, memberId, { added: false, byDeletion: true });
  };
  return { addMember, removeMember, removeEverywhere };
};

const makeUserWrites = (
  tables: Tables,
  log: ChangeLog,
  clock: () => number,
  removeEverywhere: (id: string) => void,
) => {
  const known = (id: string): SandboxUser => {
    const user = tables.users.get(key(id));
    if (user === undefined) throw missing(`user ${id}`);
    return user;
  };
  return {
    addUser: (user: SandboxUser): void => {
      if (tables.users.has(key(user.id)))
        throw new AppError('conflict', `there is already a user ${user.id}`);
      put(tables, user);
      tables.deletedUsers.delete(key(user.id));
      log.append({ kind: 'user', id: key(user.id) });
    },
    updateUser: (id: string, change: Partial<SandboxUser>): void => {
      const before = known(id);
      put(tables, { ...before, ...change, id: before.id });
      log.append({ kind: 'user', id: before.id });
    },
    deleteUser: (id: string): void => {
      const user = known(id);
      removeEverywhere(user.id);
      tables.users.delete(user.id);
      tables.idsByUpn.delete(key(user.userPrincipalName));
      tables.deletedUsers.set(user.id, { ...user, deletedAtMs: clock() });
      log.append({ kind: 'user', id: user.id });
    },
    purgeUser: (id: string): void => {
      if (!tables.deletedUsers.delete(key(id)))
        throw missing(`deleted user ${id}; delete her before purging her`);
      log.append({ kind: 'user', id: key(id) });
    },
  };
};

const makeGroupWrites = (
  tables: Tables,
  log: ChangeLog,
  exists: (id: string) => boolean,
  removeEverywhere: (id: string) => void,
) => ({
  addGroup: ({ id, displayName, members }: SandboxGroup): void => {
    if (exists(id)) throw new AppError('conflict', `there is already an object ${id}`);
    const stranger = members.find((member) => !exists(member));
    if (stranger !== undefined) throw missing(`user, group or service principal ${stranger}`);
    tables.groups.set(key(id), { id: key(id), displayName });
    tables.members.set(key(id), new Set(members.map(key)));
    log.append({ kind: 'group', id: key(id) });
    for (const member of members) {
      const memberId = key(member);
      log.append({ kind: 'membership', groupId: key(id), memberId, added: true, byDeletion: false });
    }
  },
  renameGroup: (id: string, displayName: string): void => {
    if (!tables.groups.has(key(id))) throw missing(`group ${id}`);
    tables.groups.set(key(id), { id: key(id), displayName });
    log.append({ kind: 'group', id: key(id) });
  },
  deleteGroup: (id: string): void => {
    if (!tables.groups.has(key(id))) throw missing(`group ${id}`);
    removeEverywhere(id);
    tables.groups.delete(key(id));
    tables.members.delete(key(id));
    log.append({ kind: 'group', id: key(id) });
  },
});

/** A tenant with everything that `world` lists. Writes throw an `AppError` that names what is missing (code `notFound`) or taken (`conflict`). */
export const makeDirectory = (world: SandboxWorld, clock: () => number): Directory => {
  const tables = fill(world);
  const log = makeChangeLog(clock);
  const reads = makeReads(tables, log);
  const exists = (id: string): boolean => reads.object(id) !== undefined;
  const { removeEverywhere, ...memberships } = makeMembershipWrites(tables, log, exists);
  return {
    log,
    ...reads,
    ...memberships,
    ...makeUserWrites(tables, log, clock, removeEverywhere),
    ...makeGroupWrites(tables, log, exists, removeEverywhere),
    users: () => [...tables.users.values()],
    deletedUsers: () => [...tables.deletedUsers.values()],
    groups: () => [...tables.groups.values()],
    servicePrincipals: () => [...tables.servicePrincipals.values()],
    user: (idOrUpn) =>
      tables.users.get(key(idOrUpn)) ?? tables.users.get(tables.idsByUpn.get(key(idOrUpn)) ?? ''),
    deletedUser: (id) => tables.deletedUsers.get(key(id)),
    group: (id) => tables.groups.get(key(id)),
    servicePrincipal: (id) => tables.servicePrincipals.get(key(id)),
    servicePrincipalByAppId: (appId) =>
      [...tables.servicePrincipals.values()].find((principal) => key(principal.appId) === key(appId)),
  };
};
