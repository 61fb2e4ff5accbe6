// Who is meant by the groups of a policy: people with the name that the trust policy will know them by.

import { earliest, nextMoment } from '../domain/moment.ts';
import {
  type DirectorySnapshot,
  type Group,
  type GroupKey,
  type Person,
  groupKey,
} from '../domain/directory.ts';
import type { LeaverProof } from '../domain/change.ts';
import type { Admitted } from '../domain/plan.ts';
import { type AccessPolicy, type GroupSubject, type SamlFederation, groupsOf } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import { compareText } from '../domain/statement.ts';
import { type CombinedPath, accessPath, combinePaths } from './access-path.ts';
import type { GroupState } from './desired-role.ts';

/** As of `DesiredRole`. */
export interface ResolvedPeople {
  readonly admitted: readonly Admitted[];
  readonly doubtful: ReadonlyMap<string, string>;
  readonly unassigned: ReadonlyMap<string, string>;
  readonly mayBeLonger: ReadonlySet<string>;
  readonly excluded: ReadonlyMap<string, string>;
  readonly gone: ReadonlyMap<string, LeaverProof>;
  readonly assigned: ReadonlySet<string>;
  readonly breakGlass: ReadonlySet<string>;
  readonly names: ReadonlyMap<string, string>;
  readonly ends: ReadonlyMap<string, number>;
  readonly nextChangeMs: number | undefined;
  readonly groups: readonly GroupState[];
  readonly groupNames: Readonly<Record<GroupKey, string>>;
  readonly warnings: readonly string[];
}

/** AWS takes only these as a RoleSessionName, which Entra fills with the user principal name by default. [STS API] */
const sessionName = /^[\w+=,.@-]{2,64}$/;
/** What may stand in a policy document [IAM API: policyDocumentType] and is no policy variable, which could match anyone. */
const policyText = /^[\u0020-\u00FF]+$/;
const isPolicyText = (text: string): boolean => policyText.test(text) && !text.includes('${');

const named = (labels: readonly string[]): string =>
  labels.length <= 5 ? labels.join(', ') : `${labels.slice(0, 5).join(', ')} and ${labels.length - 5} more`;

const groupLabel = (subject: GroupSubject): string =>
  subject.displayName === undefined
    ? `group ${subject.id}`
    : `group "${subject.displayName}" (${subject.id})`;

const stateOfReading = (
  subject: GroupSubject,
  reading: Reading<Group> | undefined,
): Pick<GroupState, 'state' | 'message'> => {
  const label = groupLabel(subject);
  if (reading === undefined) {
    return { state: 'unreadable', message: `${label} has not been read yet; the next poll reads it` };
  }
  switch (reading.state) {
    case 'present':
      return { state: 'read', message: '' };
    case 'absent':
      return {
        state: 'vanished',
        message: `${label} is not in the directory; if it was deleted on purpose, take it out of the policy, else restore it in Entra`,
      };
    case 'unreadable':
      return { state: 'unreadable', message: `${label} could not be read: ${reading.problem.message}` };
  }
};

const groupState = (subject: GroupSubject, snapshot: DirectorySnapshot): GroupState => {
  const key = groupKey(subject);
  const reading = snapshot.groups.get(key);
  const isRead = reading?.state === 'present';
  return {
    key,
    pim: subject.pim,
    expiresAtMs: subject.expiresAtMs,
    ...stateOfReading(subject, reading),
    emptyPolls: isRead ? (snapshot.emptyPolls.get(key) ?? 0) : 0,
  };
};

const groupNames = (
  subjects: readonly GroupSubject[],
  snapshot: DirectorySnapshot,
): Readonly<Record<GroupKey, string>> =>
  Object.fromEntries(
    subjects.flatMap((subject) => {
      const reading = snapshot.groups.get(groupKey(subject));
      const name = (reading?.state === 'present' ? reading.value.displayName : null) ?? subject.displayName;
      return name === undefined ? [] : [[groupKey(subject), name]];
    }),
  );

const groupWarnings = (subject: GroupSubject, group: Group): readonly string[] => {
  const label = groupLabel(subject);
  const warnings: string[] = [];
  if (
    subject.displayName !== undefined &&
    group.displayName !== null &&
    group.displayName !== subject.displayName
  ) {
    warnings.push(
      `${label} is called "${group.displayName}" in Entra; if that is the group you mean, correct the name in the policy`,
    );
  }
  // Under Privileged Identity Management that is how a group looks while nobody has activated her membership.
  if (group.people.length === 0 && !subject.pim) warnings.push(`${label} has no people in it`);
  const nestedGroups = group.others.filter((other) => other.kind === 'group').length;
  if (nestedGroups > 0 && !subject.nested) {
    warnings.push(
      `${label} contains ${nestedGroups} group(s), whose members are not admitted; list those groups, or set nested: true`,
    );
  }
  const workloads = group.others.filter((other) => other.kind === 'servicePrincipal').length;
  if (workloads > 0) {
    warnings.push(
      `${label} contains ${workloads} service principal(s), which are not admitted; list them under subjects.servicePrincipals`,
    );
  }
  return warnings;
};

interface Member {
  readonly person: Person;
  readonly via: readonly GroupKey[];
}

/** Every member once. When two groups disagree about a property, it is unknown. */
const mergeMembers = (
  groups: readonly { readonly key: GroupKey; readonly group: Group }[],
): readonly Member[] => {
  const [first] = groups;
  // One group has everyone once, and all came the same way.
  if (first !== undefined && groups.length === 1) {
    const via = [first.key];
    const all = first.group.people.map((person) => ({ person, via }));
    return all.sort((a, b) => compareText(a.person.id, b.person.id));
  }
  const members = new Map<string, { person: Person; via: GroupKey[] }>();
  for (const { key, group } of groups) {
    for (const person of group.people) {
      const known = members.get(person.id);
      if (known === undefined) {
        members.set(person.id, { person, via: [key] });
      } else {
        known.via.push(key);
        const agreed = <T>(one: T, other: T): T | null => (one === other ? one : null);
        known.person = {
          ...known.person,
          accountEnabled: agreed(known.person.accountEnabled, person.accountEnabled),
          userPrincipalName: agreed(known.person.userPrincipalName, person.userPrincipalName),
        };
      }
    }
  }
  return [...members.values()].sort((a, b) => compareText(a.person.id, b.person.id));
};

const nameOf = (person: Person, saml: SamlFederation): string | null =>
  saml.nameId === 'objectId' ? person.id : person.userPrincipalName;

const isUnfit = (person: Person | undefined): person is Person =>
  person !== undefined && person.userPrincipalName !== null && !sessionName.test(person.userPrincipalName);

const sessionNameWarning = (admitted: readonly Admitted[]): readonly string[] => {
  const unfit = admitted.map(({ person }) => person).filter(isUnfit);
  if (unfit.length === 0) return [];
  const labels = unfit.map(
    (person) => `${person.userPrincipalName}${person.userType === 'Guest' ? ' (guest)' : ''}`,
  );
  return [
    `AWS cannot hold the user principal name of ${named(labels)} as a RoleSessionName (2–64 of letters, digits and _+=,.@-); sign-in fails for them unless the Entra application sends user.objectid as RoleSessionName`,
  ];
};

const excludedWarning = (excluded: ReadonlyMap<string, string>): readonly string[] => {
  const sentences = [...excluded.values()];
  if (sentences.length === 0) return [];
  const more = sentences.length > 5 ? `; and ${sentences.length - 5} more` : '';
  return [`not admitted: ${sentences.slice(0, 5).join('; ')}${more}`];
};

/**
 * The way in of whoever came by these groups. Only an assignment tells one member from another; without Privileged Identity
 * Management it is the same for all who came together, and is worked out once.
 */
const waysIn = (
  policy: AccessPolicy,
  { snapshot, nowMs }: PeopleContext,
): ((personId: string, via: readonly GroupKey[]) => CombinedPath) => {
  const subjects = new Map(groupsOf(policy).map((subject) => [groupKey(subject), subject]));
  const known = new Map<string, CombinedPath>();
  return (personId, via) => {
    const together = via.join('+');
    const before = known.get(together);
    if (before !== undefined) return before;
    const ways = via.flatMap((key) => subjects.get(key) ?? []);
    const path = combinePaths(
      ways.map((subject) => accessPath(policy, subject, personId, snapshot.assignments, nowMs)),
    );
    if (!ways.some(({ pim }) => pim)) known.set(together, path);
    return path;
  };
};

export interface PeopleContext {
  readonly snapshot: DirectorySnapshot;
  /** Object ids of people whom a Lockout names. */
  readonly lockedOut: ReadonlySet<string>;
  readonly nowMs: number;
}

const noSet: ReadonlySet<string> = new Set();
const noMap: ReadonlyMap<string, never> = new Map<string, never>();
/** Mostly there is nothing of the kind, and an account has thousands of roles. */
const keptSet = (set: ReadonlySet<string>): ReadonlySet<string> => (set.size === 0 ? noSet : set);
const keptMap = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> => (map.size === 0 ? noMap : map);

/** Resolves the groups of a policy. Without SAML there are no people: IAM knows them by nothing else. */
export const resolvePeople = (
  policy: AccessPolicy,
  saml: SamlFederation | undefined,
  context: PeopleContext,
): ResolvedPeople => {
  const { snapshot, lockedOut, nowMs } = context;
  const groups = saml === undefined ? [] : groupsOf(policy).map((subject) => groupState(subject, snapshot));
  const warnings = groups.filter(({ state }) => state === 'vanished').map(({ message }) => message);
  const read: { key: GroupKey; group: Group }[] = [];
  for (const subject of saml === undefined ? [] : groupsOf(policy)) {
    const reading = snapshot.groups.get(groupKey(subject));
    if (reading?.state !== 'present') continue;
    read.push({ key: groupKey(subject), group: reading.value });
    warnings.push(...groupWarnings(subject, reading.value));
  }
  const admitted: Admitted[] = [];
  const doubtful = new Map<string, string>();
  const gone = new Map<string, LeaverProof>();
  const unassigned = new Map<string, string>();
  const excluded = new Map<string, string>();
  const mayBeLonger = new Set<string>();
  const assigned = new Set<string>();
  const ends = new Map<string, number>();
  const moments: (number | undefined)[] = [policy.expiresAtMs];
  const listed = groupsOf(policy);
  const wayIn = waysIn(policy, context);
  const emergencyKey = policy.breakGlass === undefined ? undefined : groupKey(policy.breakGlass);
  const breakGlass = new Set<string>();
  const names = new Map<string, string>();
  const isClosed = policy.expiresAtMs !== undefined && policy.expiresAtMs <= nowMs;
  const unnamed = new Map<GroupKey, string>();
  for (const { person, via } of mergeMembers(read)) {
    const sub = saml === undefined ? null : nameOf(person, saml);
    const label = person.userPrincipalName ?? person.id;
    const before = admitted.length;
    if (sub === null) {
      for (const key of via)
        unnamed.set(
          key,
          `the user principal name of member ${person.id} could not be read; grant User.Read.All`,
        );
    } else if (!isPolicyText(sub)) {
      warnings.push(
        `${label} cannot be named in an IAM policy (only U+0020 to U+00FF, without "\${"); use nameId: objectId`,
      );
    } else if (lockedOut.has(person.id)) {
      gone.set(sub, 'lockedOut');
    } else if (person.accountEnabled === false) {
      gone.set(sub, 'accountDisabled');
    } else if (person.accountEnabled === null) {
      doubtful.set(
        sub,
        `whether ${label} is enabled could not be read; grant User.Read.All to the application`,
      );
    } else if (isClosed) {
      excluded.set(sub, `${label}: the policy ended`);
    } else {
      const path = wayIn(person.id, via);
      if (path.kind === 'closed') excluded.set(sub, `${label} ${path.because}`);
      else if (path.kind === 'unsure') {
        unassigned.set(sub, `${label}: ${path.because}`);
        moments.push(path.nextMs);
      } else {
        const ownEnd = path.untilMs;
        if (emergencyKey !== undefined && via.includes(emergencyKey)) breakGlass.add(sub);
        if (path.isAssigned) assigned.add(sub);
        if (path.mayBeLonger) mayBeLonger.add(sub);
        if (ownEnd !== undefined) {
          moments.push(ownEnd);
          ends.set(sub, ownEnd);
        }
        const untilMs = earliest([ownEnd, policy.expiresAtMs]);
        admitted.push({ sub, label, via, person, untilMs, activation: path.activation });
      }
    }
    if (sub !== null && admitted.length === before) names.set(sub, label);
  }
  return {
    admitted,
    doubtful: keptMap(doubtful),
    unassigned: keptMap(unassigned),
    mayBeLonger: keptSet(mayBeLonger),
    excluded: keptMap(excluded),
    gone: keptMap(gone),
    assigned: keptSet(assigned),
    breakGlass: keptSet(breakGlass),
    names: keptMap(names),
    ends: keptMap(ends),
    nextChangeMs: nextMoment(moments, nowMs),
    groupNames: groupNames(saml === undefined ? [] : listed, snapshot),
    groups: groups.map((group) => {
      const message = unnamed.get(group.key);
      // Someone whose name is unknown may be any of those in the trust policy, so nobody may be called missing.
      return message === undefined ? group : { ...group, state: 'unreadable', message };
    }),
    warnings: [...warnings, ...sessionNameWarning(admitted), ...(isClosed ? [] : excludedWarning(excluded))],
  };
};
