// The groups of a policy as ways in for one person: whether she is a member, how, and for how long.

import { type AccessPath, accessPath, isBreakGlass } from '../../desired/access-path.ts';
import { groupsOf } from '../../domain/policy.ts';
import {
  type Assignment,
  type DirectorySnapshot,
  type Group,
  type GroupKey,
  groupKey,
} from '../../domain/directory.ts';
import type { AccessPolicy, GroupSubject } from '../../domain/policy.ts';
import type { Reading } from '../../domain/reading.ts';

export interface WayIn {
  readonly subject: GroupSubject;
  /** `"Payments On-call"`, or `group` and its id. */
  readonly label: string;
  readonly isBreakGlass: boolean;
  readonly reading: Reading<Group> | undefined;
  /** The group lists her, as the policy reads it. */
  readonly isListed: boolean;
  /** Whether it lists her herself; undefined: not known. */
  readonly isDirect: boolean | undefined;
  /** She is in a group inside of it, which does not count here. */
  readonly isInside: boolean;
  /** Her assignments that count, in the order of their starts; undefined: they cannot be told. */
  readonly assignments: readonly Assignment[] | undefined;
  /** An assignment of hers is active at the moment asked about. */
  readonly isAssigned: boolean;
  /** What this way gives a member at the moment asked about. */
  readonly path: AccessPath;
}

/** The other way to read a group: its direct members for all, or all for its direct ones. */
export const otherForm = ({ id, nested }: GroupSubject): GroupKey => groupKey({ id, nested: !nested });

const lists = (reading: Reading<Group> | undefined, personId: string | undefined): boolean =>
  reading?.state === 'present' && reading.value.people.some(({ id }) => id === personId);

const directness = (
  subject: GroupSubject,
  isListed: boolean,
  other: Reading<Group> | undefined,
  personId: string | undefined,
): boolean | undefined => {
  if (!isListed) return undefined;
  if (!subject.nested) return true;
  return other?.state === 'present' ? lists(other, personId) : undefined;
};

const labelOf = ({ id, displayName }: GroupSubject, reading: Reading<Group> | undefined): string => {
  const name = (reading?.state === 'present' ? reading.value.displayName : null) ?? displayName;
  return name === undefined ? `group ${id}` : `"${name}"`;
};

export interface WaysQuestion {
  readonly policy: AccessPolicy;
  readonly snapshot: DirectorySnapshot;
  /** Groups in their other form, where they were read. */
  readonly otherForms: ReadonlyMap<GroupKey, Reading<Group>>;
  readonly personId: string | undefined;
  readonly atMs: number;
}

export const waysIn = ({ policy, snapshot, otherForms, personId, atMs }: WaysQuestion): readonly WayIn[] =>
  groupsOf(policy).map((subject) => {
    const reading = snapshot.groups.get(groupKey(subject));
    const other = otherForms.get(otherForm(subject)) ?? snapshot.groups.get(otherForm(subject));
    const isListed = lists(reading, personId);
    const rows = snapshot.assignments.get(subject.id);
    const assignments =
      rows?.state === 'present' && personId !== undefined
        ? rows.value
            .filter((row) => row.principalId === personId && (subject.nested || !row.isInherited))
            .sort((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0))
        : undefined;
    return {
      subject,
      label: labelOf(subject, reading),
      isBreakGlass: isBreakGlass(policy, subject),
      reading,
      isListed,
      isDirect: directness(subject, isListed, other, personId),
      isInside: !subject.nested && !isListed && lists(other, personId),
      assignments,
      isAssigned: (assignments ?? []).some(
        ({ startMs, endMs }) => (startMs ?? 0) <= atMs && atMs < (endMs ?? Infinity),
      ),
      path: accessPath(policy, subject, personId ?? '', snapshot.assignments, atMs),
    };
  });

/** Whether she is a member by then: an assignment that begins puts her into the group. */
export const isMember = (way: WayIn, isFuture: boolean): boolean =>
  way.isListed || (isFuture && way.isAssigned);

export const hasEnded = ({ subject: { expiresAtMs } }: WayIn, atMs: number): boolean =>
  expiresAtMs !== undefined && expiresAtMs <= atMs;
