// One way by which a policy gives somebody access: a group, and how long she is in it. A membership has no end of its own; an
// assignment of Privileged Identity Management mostly has one.

import { minuteOf } from '../domain/moment.ts';
import { type Activation, type Assignment, groupKey } from '../domain/directory.ts';
import type { AccessPolicy, GroupSubject } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';

/** Ends are rounded down to this, so that people share statements. */
const sharedEndMs = 5 * 60_000;

export type AccessPath =
  | {
      readonly kind: 'open';
      /** Milliseconds since the epoch; undefined: it has no end. */
      readonly untilMs: number | undefined;
      /** An assignment instance says so, and not only a membership. */
      readonly isAssigned: boolean;
      readonly activation: Activation | undefined;
    }
  /** Nothing can be concluded: neither that she is in, nor that she is out. */
  | { readonly kind: 'unsure'; readonly because: string; readonly nextMs: number | undefined }
  /** The policy itself says that this way is closed to her. */
  | { readonly kind: 'closed'; readonly because: string };

type Path<K extends AccessPath['kind']> = Extract<AccessPath, { readonly kind: K }>;

/**
 * How long somebody stays in by these assignments without a break, and the activation that ends last: the union counts, so
 * that an earlier end never cuts a later one.
 */
const unionAt = (
  assignments: readonly Assignment[],
  nowMs: number,
): { readonly endMs: number; readonly activation: Activation | undefined } | undefined => {
  const ordered = [...assignments].sort((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0));
  let endMs = nowMs;
  let activation: Activation | undefined;
  for (const one of ordered) {
    const end = one.endMs ?? Infinity;
    if ((one.startMs ?? 0) > endMs || end <= endMs) continue;
    endMs = end;
    activation = one.activation;
  }
  return endMs > nowMs ? { endMs, activation } : undefined;
};

/** The end of a person's assignments, milliseconds since the epoch; Infinity without an end; undefined when none is active. */
export const assignedUntil = (
  assignments: readonly Assignment[],
  principalId: string,
  nowMs: number,
): number | undefined =>
  unionAt(
    assignments.filter((one) => one.principalId === principalId),
    nowMs,
  )?.endMs;

const rounded = (ms: number): number => Math.floor(ms / sharedEndMs) * sharedEndMs;

const pimPath = (
  { nested }: GroupSubject,
  personId: string,
  reading: Reading<readonly Assignment[]> | undefined,
  label: string,
  nowMs: number,
): AccessPath => {
  const unsure = (because: string, nextMs?: number): AccessPath => ({ kind: 'unsure', because, nextMs });
  switch (reading?.state) {
    case undefined:
      return unsure(`the assignments of ${label} have not been read yet`);
    case 'absent':
      return unsure(
        `${label} is not under Privileged Identity Management; enable it there, or take pim: true out of the policy`,
      );
    case 'unreadable':
      return unsure(`the assignments of ${label} could not be read: ${reading.problem.message}`);
    case 'present': {
      const own = reading.value.filter(
        ({ principalId, isInherited }) => principalId === personId && (nested || !isInherited),
      );
      const union = unionAt(own, nowMs);
      if (union !== undefined) {
        const untilMs = union.endMs === Infinity ? undefined : rounded(union.endMs);
        return { kind: 'open', untilMs, isAssigned: true, activation: union.activation };
      }
      const starts = own.flatMap(({ startMs }) =>
        startMs !== undefined && startMs > nowMs ? [startMs] : [],
      );
      if (starts.length > 0) {
        const next = Math.min(...starts);
        return unsure(`the assignment to ${label} begins at ${minuteOf(next)}`, next);
      }
      return unsure(
        own.length > 0
          ? `the assignment to ${label} has ended, and the group still lists her; reads of groups lag`
          : `no assignment to ${label} says until when; it shows up within seconds of an activation`,
      );
    }
  }
};

const closed = (because: string): Path<'closed'> => ({ kind: 'closed', because });

/** The members of that group are meant to be in at all times. */
export const isBreakGlass = (
  { breakGlass }: Pick<AccessPolicy, 'breakGlass'>,
  subject: GroupSubject,
): boolean => breakGlass !== undefined && groupKey(breakGlass) === groupKey(subject);

/** The way of one member through one group of a policy, now. */
export const accessPath = (
  policy: Pick<AccessPolicy, 'standing' | 'breakGlass'>,
  subject: GroupSubject,
  personId: string,
  assignments: ReadonlyMap<string, Reading<readonly Assignment[]>>,
  nowMs: number,
): AccessPath => {
  const label = subject.displayName === undefined ? `group ${subject.id}` : `group "${subject.displayName}"`;
  const { expiresAtMs } = subject;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs)
    return closed(`the access through ${label} ended at ${minuteOf(expiresAtMs)} by the policy`);
  const path: AccessPath = subject.pim
    ? pimPath(subject, personId, assignments.get(subject.id), label, nowMs)
    : { kind: 'open', untilMs: undefined, isAssigned: false, activation: undefined };
  if (path.kind !== 'open') return path;
  if (path.untilMs === undefined && policy.standing === 'forbidden' && !isBreakGlass(policy, subject))
    return closed(`is a permanent member of ${label}, and the policy says standing: forbidden`);
  const ends = [path.untilMs, expiresAtMs].flatMap((ms) => ms ?? []);
  if (ends.length === 0) return path;
  const untilMs = rounded(Math.min(...ends));
  return untilMs > nowMs
    ? { ...path, untilMs }
    : {
        kind: 'unsure',
        because: `the access through ${label} ends within minutes (ends are rounded down to five)`,
        nextMs: undefined,
      };
};

export type CombinedPath =
  /** `mayBeLonger`: another way may lead further, so that her end must not be drawn in. */
  (Path<'open'> & { readonly mayBeLonger: boolean }) | Path<'unsure'> | Path<'closed'>;

/** All ways of one person as one: the latest end counts. */
export const combinePaths = (paths: readonly AccessPath[]): CombinedPath => {
  let best: Path<'open'> | undefined;
  let unsure: Path<'unsure'> | undefined;
  let shut: Path<'closed'> | undefined;
  let isAssigned = false;
  for (const path of paths) {
    if (path.kind === 'unsure') unsure ??= path;
    else if (path.kind === 'closed') shut ??= path;
    else {
      isAssigned ||= path.isAssigned;
      if (best === undefined || (path.untilMs ?? Infinity) > (best.untilMs ?? Infinity)) best = path;
    }
  }
  if (best !== undefined) return { ...best, isAssigned, mayBeLonger: unsure !== undefined };
  return unsure ?? shut ?? closed('no group of the policy leads in');
};
