// Entra, read once for all accounts: the newest snapshot, and the second looks that plans ask for, each taken at most
// once for a snapshot however many accounts ask.

import { groupsOf } from '../domain/policy.ts';
import {
  type Assignment,
  type DirectorySnapshot,
  type Group,
  type GroupKey,
  type GroupQuery,
  type LastRead,
  type ServicePrincipal,
  type UserStanding,
  groupKey,
  parseGroupKey,
} from '../domain/directory.ts';
import { AppError } from '../domain/errors.ts';
import type { Questions } from '../domain/plan.ts';
import type { PolicySet } from '../domain/policy.ts';
import type { Clock, DirectoryPort } from '../domain/ports.ts';
import { type Reading, unreadable } from '../domain/reading.ts';
import { sortedUnique } from '../domain/statement.ts';
import { watchForJumps } from './clock-jumps.ts';
import type { PollReport } from './sweep-report.ts';

export interface SecondLooks {
  readonly groups: ReadonlyMap<GroupKey, Reading<Group>>;
  readonly assignments: ReadonlyMap<string, Reading<readonly Assignment[]>>;
  readonly standings: ReadonlyMap<string, Reading<UserStanding>>;
  readonly notFoundPolls: ReadonlyMap<string, number>;
}

export interface DirectoryBook {
  current(): DirectorySnapshot;
  /** Graph's clock minus ours, milliseconds; undefined until it answered. */
  clockSkewMs(): number | undefined;
  /** What else a person is called, given her object id or user principal name; also one who has left lately. */
  namesOf(sub: string): readonly string[];
  /** Reads all groups and service principals that the policies name. Groups whose reading says something new are returned. */
  poll(
    policies: PolicySet,
    signal: AbortSignal,
  ): Promise<{ readonly changedGroups: ReadonlySet<string>; readonly report: PollReport }>;
  /**
   * Nobody has polled for a while, as others did: how long something has been empty, missing or unread can no longer be told
   * from what is remembered.
   */
  forget(): void;
  /** Second looks for the newest snapshot; answers given before for that snapshot are given again. */
  lookAgain(questions: Questions, signal: AbortSignal): Promise<SecondLooks>;
}

export const emptySnapshot: DirectorySnapshot = {
  version: 0,
  readAtMs: 0,
  groups: new Map(),
  servicePrincipals: new Map(),
  assignments: new Map(),
  emptyPolls: new Map(),
  lastRead: new Map(),
  unreadServicePrincipals: new Map(),
};

/** Whether Entra was read at all; not, after everything was forgotten. */
export const wasRead = ({ readAtMs }: DirectorySnapshot): boolean => readAtMs !== emptySnapshot.readAtMs;

/** Every group and service principal that a policy names, each once. */
export const namedSubjects = (
  policies: PolicySet,
): {
  readonly groups: readonly GroupQuery[];
  /** Ids of those under Privileged Identity Management. */
  readonly pimGroups: readonly string[];
  readonly servicePrincipals: readonly string[];
} => ({
  groups: sortedUnique(policies.policies.flatMap((policy) => groupsOf(policy).map(groupKey))).map(
    parseGroupKey,
  ),
  pimGroups: sortedUnique(
    policies.policies.flatMap((policy) => policy.groups.filter(({ pim }) => pim).map(({ id }) => id)),
  ),
  servicePrincipals: sortedUnique(
    policies.policies.flatMap((policy) => policy.servicePrincipals.map(({ id }) => id)),
  ),
});

const countEmptyPolls = (
  groups: ReadonlyMap<GroupKey, Reading<Group>>,
  before: ReadonlyMap<GroupKey, number>,
): ReadonlyMap<GroupKey, number> =>
  new Map(
    [...groups].flatMap(([key, reading]): readonly (readonly [GroupKey, number])[] => {
      const polls = before.get(key);
      if (reading.state === 'present')
        return reading.value.people.length === 0 ? [[key, (polls ?? 0) + 1]] : [];
      // An unreadable poll between two empty ones says nothing, so it neither counts nor restarts the count.
      return polls === undefined ? [] : [[key, polls]];
    }),
  );

/**
 * When Entra last told of what it does not tell of now. That something is not there is an answer too, and of what nobody
 * asked for before, nothing was missed.
 */
const lastTold = (
  was: Reading<unknown> | undefined,
  knownMs: number | undefined,
  before: DirectorySnapshot,
  startedMs: number,
): number => {
  if (was?.state === 'unreadable' && knownMs !== undefined) return knownMs;
  return wasRead(before) ? before.readAtMs : startedMs;
};

/** What unread groups were when they could last be read. */
const lastReads = (
  groups: ReadonlyMap<GroupKey, Reading<Group>>,
  before: DirectorySnapshot,
  startedMs: number,
): ReadonlyMap<GroupKey, LastRead> =>
  new Map(
    [...groups].flatMap(([key, reading]): readonly (readonly [GroupKey, LastRead])[] => {
      if (reading.state !== 'unreadable') return [];
      const was = before.groups.get(key);
      const known = before.lastRead.get(key);
      const group = was?.state === 'present' ? was.value : known?.group;
      return [[key, { atMs: lastTold(was, known?.atMs, before, startedMs), group }]];
    }),
  );

/** The same snapshot, read so much earlier. */
const readEarlier = (snapshot: DirectorySnapshot, byMs: number): DirectorySnapshot =>
  byMs === 0
    ? snapshot
    : {
        ...snapshot,
        readAtMs: snapshot.readAtMs - byMs,
        lastRead: new Map(
          [...snapshot.lastRead].map(([key, one]) => [key, { ...one, atMs: one.atMs - byMs }]),
        ),
        unreadServicePrincipals: new Map(
          [...snapshot.unreadServicePrincipals].map(([id, atMs]) => [id, atMs - byMs]),
        ),
      };

/** Since when service principals could not be read that cannot be read now. */
const unreadSince = (
  servicePrincipals: ReadonlyMap<string, Reading<ServicePrincipal>>,
  before: DirectorySnapshot,
  startedMs: number,
): ReadonlyMap<string, number> =>
  new Map(
    [...servicePrincipals].flatMap(([id, { state }]): readonly (readonly [string, number])[] => {
      if (state !== 'unreadable') return [];
      const was = before.servicePrincipals.get(id);
      const known = before.unreadServicePrincipals.get(id);
      return [[id, lastTold(was, known, before, startedMs)]];
    }),
  );

const maxRemembered = 10_000;

/** A name is what an open shell is known by, and Entra tells nothing of whoever is in no group any more. */
const rememberLeavers = (
  before: DirectorySnapshot,
  after: DirectorySnapshot,
  left: Map<string, string>,
): void => {
  for (const [key, reading] of before.groups) {
    const now = after.groups.get(key);
    if (now === reading) continue;
    if (reading.state !== 'present' || now === undefined || now.state === 'unreadable') continue;
    const stays = new Set(now.state === 'present' ? now.value.people.map(({ id }) => id) : []);
    for (const { id, userPrincipalName } of reading.value.people)
      if (!stays.has(id) && userPrincipalName !== null) left.set(id, userPrincipalName);
  }
  for (const id of [...left.keys()].slice(0, Math.max(0, left.size - maxRemembered))) left.delete(id);
};

/** What people in the groups are called, by object id and by user principal name. */
const namesIn = ({ groups }: DirectorySnapshot): ReadonlyMap<string, readonly string[]> => {
  const names = new Map<string, readonly string[]>();
  for (const reading of groups.values())
    for (const { id, userPrincipalName } of reading.state === 'present' ? reading.value.people : []) {
      if (names.has(userPrincipalName ?? id)) continue;
      const both = userPrincipalName === null ? [id] : [id, userPrincipalName];
      for (const name of both) names.set(name, both);
    }
  return names;
};

type Told = Reading<Group | ServicePrincipal | readonly Assignment[]>;

const fingerprint = (reading: Told | undefined): string =>
  reading === undefined ? '' : reading.state === 'present' ? JSON.stringify(reading.value) : reading.state;

const saysTheSame = (reading: Told, was: Told | undefined): boolean =>
  reading === was || fingerprint(reading) === fingerprint(was);

/**
 * What says the same as before stays the very same value. Plans look at the snapshot that they were made of until their account
 * is swept again; so many snapshots hold each group once, and of a poll that shows nothing new next to nothing is kept.
 */
const sharedWith = <T extends Group | ServicePrincipal | readonly Assignment[]>(
  before: ReadonlyMap<string, Reading<T>>,
  now: ReadonlyMap<string, Reading<T>>,
): ReadonlyMap<string, Reading<T>> =>
  new Map(
    [...now].map(([key, reading]) => {
      const was = before.get(key);
      return [key, was?.state === 'present' && saysTheSame(reading, was) ? was : reading];
    }),
  );

const changes = (before: DirectorySnapshot, after: DirectorySnapshot): ReadonlySet<string> => {
  const changed = new Set<string>();
  for (const [key, reading] of after.groups) {
    const counted =
      before.emptyPolls.get(key) !== after.emptyPolls.get(key) && (after.emptyPolls.get(key) ?? 0) <= 2;
    if (counted || !saysTheSame(reading, before.groups.get(key))) changed.add(key);
  }
  for (const [id, reading] of after.servicePrincipals) {
    if (!saysTheSame(reading, before.servicePrincipals.get(id))) changed.add(id);
  }
  for (const [id, reading] of after.assignments) {
    if (!saysTheSame(reading, before.assignments.get(id))) changed.add(id);
  }
  return changed;
};

const countStates = (readings: ReadonlyMap<string, Reading<unknown>>) => {
  const counts = { present: 0, absent: 0, unreadable: 0 };
  for (const reading of readings.values()) counts[reading.state] += 1;
  return counts;
};

const firstProblem = (snapshot: DirectorySnapshot): string => {
  const readings = [snapshot.groups, snapshot.servicePrincipals, snapshot.assignments];
  for (const reading of readings.flatMap((one): readonly Reading<unknown>[] => [...one.values()])) {
    if (reading.state === 'unreadable') return reading.problem.message;
  }
  return '';
};

/** No second look was taken for this snapshot yet. */
const noLooks = (version: number) => ({
  version,
  groups: new Map<GroupKey, Reading<Group>>(),
  assignments: new Map<string, Reading<readonly Assignment[]>>(),
  standings: new Map<string, Reading<UserStanding>>(),
});

export const createDirectoryBook = (directory: DirectoryPort, clock: Clock): DirectoryBook => {
  let current = emptySnapshot;
  let startedMs = clock.now();
  const setBackBy = watchForJumps();
  setBackBy(startedMs);
  let second = noLooks(0);
  /** Names of people who are in none of the groups any more, by object id. */
  const left = new Map<string, string>();
  /** Of the newest snapshot of which somebody asked; a company is large, and mostly nobody does. */
  let called: { readonly version: number; readonly names: ReadonlyMap<string, readonly string[]> } = {
    version: 0,
    names: new Map(),
  };
  /** Groups in which a second look since the newest poll showed people. */
  const seenWithPeople = new Set<GroupKey>();
  const notFound = new Map<string, { version: number; polls: number }>();
  /** One second look at a time, so that accounts asking together share the answers. */
  let queue: Promise<unknown> = Promise.resolve();

  const noteStanding = (sub: string, reading: Reading<UserStanding>): void => {
    if (reading.state !== 'present' || reading.value.is !== 'notFound') {
      if (reading.state === 'present') notFound.delete(sub);
      return;
    }
    // "Not found" counts only while the directory answers other questions, and once a poll.
    const answers = [...current.groups.values()].some((group) => group.state === 'present');
    const before = notFound.get(sub);
    if (answers && before?.version !== current.version)
      notFound.set(sub, { version: current.version, polls: (before?.polls ?? 0) + 1 });
  };

  const ask = async (questions: Questions, signal: AbortSignal): Promise<SecondLooks> => {
    if (second.version !== current.version) second = noLooks(current.version);
    const looks = second;
    const groups = questions.groups.filter((key) => !looks.groups.has(key)).map(parseGroupKey);
    const assignments = questions.assignments.filter((id) => !looks.assignments.has(id));
    const standings = questions.standings.filter((sub) => !looks.standings.has(sub));
    if (groups.length > 0)
      for (const [key, reading] of await directory.readGroups(groups, signal)) {
        looks.groups.set(key, reading);
        if (reading.state === 'present' && reading.value.people.length > 0) seenWithPeople.add(key);
      }
    if (assignments.length > 0)
      for (const [id, reading] of await directory.readAssignments(assignments, signal))
        looks.assignments.set(id, reading);
    if (standings.length > 0) {
      for (const [sub, reading] of await directory.readStandings(standings, signal)) {
        looks.standings.set(sub, reading);
        noteStanding(sub, reading);
      }
    }
    return {
      groups: looks.groups,
      assignments: looks.assignments,
      standings: looks.standings,
      notFoundPolls: new Map([...notFound].map(([sub, { polls }]) => [sub, polls])),
    };
  };

  return {
    current: () => current,
    clockSkewMs: () => directory.clockSkewMs(),
    namesOf: (sub) => {
      if (called.version !== current.version) called = { version: current.version, names: namesIn(current) };
      const known = called.names.get(sub);
      if (known !== undefined) return known;
      const name = left.get(sub);
      if (name !== undefined) return [sub, name];
      return [...left].flatMap(([id, upn]) => (upn === sub ? [id, upn] : []));
    },
    poll: async (policies, signal) => {
      const startedAtMs = clock.now();
      const subjects = namedSubjects(policies);
      const [groups, servicePrincipals, assignments] = await Promise.all([
        subjects.groups.length === 0
          ? new Map<GroupKey, Reading<Group>>()
          : directory.readGroups(subjects.groups, signal, current.groups),
        subjects.servicePrincipals.length === 0
          ? new Map<string, Reading<ServicePrincipal>>()
          : directory.readServicePrincipals(subjects.servicePrincipals, signal),
        subjects.pimGroups.length === 0
          ? new Map<string, Reading<readonly Assignment[]>>()
          : directory.readAssignments(subjects.pimGroups, signal),
      ]);
      const told = new Map(
        subjects.groups.map((query): [GroupKey, Reading<Group>] => [
          groupKey(query),
          groups.get(groupKey(query)) ??
            unreadable(new AppError('transient', 'Graph gave no answer for this group')),
        ]),
      );
      const answered = sharedWith(current.groups, told);
      const byMs = setBackBy(startedAtMs);
      startedMs -= byMs;
      const before = readEarlier(current, byMs);
      const emptyBefore = new Map([...before.emptyPolls].filter(([key]) => !seenWithPeople.has(key)));
      seenWithPeople.clear();
      current = {
        version: before.version + 1,
        readAtMs: startedAtMs,
        groups: answered,
        servicePrincipals: sharedWith(current.servicePrincipals, servicePrincipals),
        assignments: sharedWith(current.assignments, assignments),
        emptyPolls: countEmptyPolls(answered, emptyBefore),
        lastRead: lastReads(answered, before, startedMs),
        unreadServicePrincipals: unreadSince(servicePrincipals, before, startedMs),
      };
      rememberLeavers(before, current, left);
      const report: PollReport = {
        atMs: startedAtMs,
        durationMs: clock.now() - startedAtMs,
        groups: countStates(answered),
        servicePrincipals: countStates(servicePrincipals),
        assignments: countStates(assignments),
        clockSkewMs: directory.clockSkewMs(),
        message: firstProblem(current),
      };
      return { changedGroups: changes(before, current), report };
    },
    forget: () => {
      // Second looks of the snapshot before are not looks of this one.
      current = { ...emptySnapshot, version: current.version + 1 };
      startedMs = clock.now();
      notFound.clear();
    },
    lookAgain: (questions, signal) => {
      const answer = queue.then(() => ask(questions, signal));
      queue = answer.catch(() => undefined);
      return answer;
    },
  };
};
