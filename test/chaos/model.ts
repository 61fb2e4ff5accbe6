// What is true, kept beside the controller: who belonged to which group when, who was disabled or deleted, and what each
// process of the controller could know of it. Moments are numbers that count up with everything that is noted.

import type { UnservedEntra } from '../../src/sandbox/entra/entra-cloud.ts';
import { type AccountName, groupIds, groupNames, personId, everybody } from './scene.ts';
import { type GroupWill, type PolicyWill, type Will, hasEnded, isLockedOut } from './will.ts';

/** Entra as it truly was, from one moment to the next. */
export interface People {
  readonly moment: number;
  readonly atMs: number;
  /** By group id: ids of members, direct and through groups. A group that is not there is not in it. */
  readonly direct: ReadonlyMap<string, ReadonlySet<string>>;
  readonly nested: ReadonlyMap<string, ReadonlySet<string>>;
  readonly enabled: ReadonlySet<string>;
  /** Assignments to the group `duty` that are active, by person. */
  readonly assignments: ReadonlyMap<string, readonly Term[]>;
}

/** From when until when, milliseconds since the epoch in the clouds. */
export interface Term {
  readonly startMs: number;
  readonly endMs: number;
}

/** What a sweep may rest on. */
export interface Knowledge {
  /** The policies as last loaded when the sweep began. */
  readonly will: Will;
  /** From here on is all that the reads of Entra behind the sweep can have shown. */
  readonly fromMoment: number;
  readonly fromMs: number;
  /** When it began; and what the time was in the clouds then. */
  readonly beganAt: number;
  readonly beganAtMs: number;
}

export interface Model {
  /** The next moment: all that is noted later comes after it. */
  readonly tick: () => number;
  /** Looks at Entra, after anything was changed in it. */
  look(): void;
  /** The same, if anything is other than it was: assignments begin and end by themselves. */
  notice(): void;
  now(): People;
  /** Entra at every moment that a sweep with this knowledge may have seen. */
  seenBy(knowledge: Knowledge): readonly People[];
  /** From now on a lagging replica may show what was true so long ago; 0: not any more. */
  setLag(ms: number): void;
}

const reach = (
  id: string,
  members: ReadonlyMap<string, readonly string[]>,
  seen: Set<string> = new Set(),
): ReadonlySet<string> => {
  for (const member of members.get(id) ?? []) {
    if (seen.has(member)) continue;
    seen.add(member);
    if (members.has(member)) reach(member, members, seen);
  }
  return seen;
};

const assignmentsNow = (entra: UnservedEntra): People['assignments'] => {
  const terms = new Map<string, Term[]>();
  for (const { principalId, startMs = 0, endMs = Number.POSITIVE_INFINITY } of entra.assignments(
    groupIds.duty,
  ))
    terms.set(principalId, [...(terms.get(principalId) ?? []), { startMs, endMs }]);
  return terms;
};

const listed = (sets: ReadonlyMap<string, ReadonlySet<string>>): unknown =>
  [...sets].map(([id, set]) => [id, [...set]]);

/** Equal if nothing has changed but the time. */
const imageOf = ({ direct, nested, enabled, assignments }: People): string =>
  JSON.stringify([listed(direct), listed(nested), [...enabled], [...assignments]]);

const peopleNow = (entra: UnservedEntra, moment: number, atMs: number): People => {
  const members = new Map(entra.groups().map((group) => [group.id, group.members]));
  return {
    moment,
    atMs,
    direct: new Map([...members].map(([id, list]) => [id, new Set(list)])),
    nested: new Map([...members.keys()].map((id) => [id, reach(id, members)])),
    enabled: new Set(
      entra
        .users()
        .filter(({ accountEnabled }) => accountEnabled)
        .map(({ id }) => id),
    ),
    assignments: assignmentsNow(entra),
  };
};

export const createModel = (entra: UnservedEntra, now: () => number): Model => {
  let moment = 0;
  const history: People[] = [peopleNow(entra, moment, now())];
  let lag = { ms: 0, untilMoment: 0 };
  const notice = (): void => {
    const before = history.at(-1) as People;
    if (imageOf(peopleNow(entra, 0, 0)) !== imageOf(before))
      history.push(peopleNow(entra, (moment += 1), now()));
  };
  return {
    notice,
    setLag: (ms) => {
      lag = ms > 0 ? { ms, untilMoment: Number.POSITIVE_INFINITY } : { ...lag, untilMoment: (moment += 1) };
    },
    tick: () => (moment += 1),
    look: () => void history.push(peopleNow(entra, (moment += 1), now())),
    now: () => {
      notice();
      return history.at(-1) as People;
    },
    seenBy: ({ fromMoment, fromMs }) => {
      const lagMs = fromMoment <= lag.untilMoment ? lag.ms : 0;
      const first = history.findLastIndex(
        (people) => people.moment <= fromMoment && (lagMs === 0 || people.atMs <= fromMs - lagMs),
      );
      return history.slice(Math.max(0, first));
    },
  };
};

export const isIn = ({ name, nested }: GroupWill, person: string, people: People): boolean =>
  (nested ? people.nested : people.direct).get(groupIds[name])?.has(person) === true &&
  (name !== 'duty' || people.assignments.has(person));

export const isLeaver = (person: string, people: People): boolean => !people.enabled.has(person);

/** Whether the policy means this person to enter, its end and Lockouts aside. */
export const isMeant = (person: string, policy: PolicyWill | undefined, people: People): boolean =>
  policy !== undefined &&
  !isLeaver(person, people) &&
  policy.groups.some((group) => isIn(group, person, people));

/** What stands in Git, of one role at one time in the clouds. */
export interface Say {
  readonly will: Will;
  readonly policy: PolicyWill | undefined;
  readonly atMs: number;
}

/** Whether this person is to enter at that time. */
export const isEntitled = (person: string, { will, policy, atMs }: Say, people: People): boolean =>
  policy !== undefined &&
  !hasEnded(policy, atMs) &&
  !isLockedOut(will, person, atMs) &&
  isMeant(person, policy, people);

/** Everyone who is to enter at that time. */
export const entitledBy = (say: Say, people: People): ReadonlySet<string> =>
  new Set(everybody.map(personId).filter((person) => isEntitled(person, say, people)));

/** Groups of the policy that are not in Entra any more. */
export const vanishedGroups = (policy: PolicyWill, people: People): readonly string[] =>
  groupNames.filter(
    (name) => policy.groups.some((group) => group.name === name) && !people.direct.has(groupIds[name]),
  );

/** Where a role stands. */
export interface Place {
  readonly account: AccountName;
  readonly roleName: string;
}
