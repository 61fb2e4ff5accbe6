// What one sweep says of each access policy, in numbers.

import type { Change } from '../domain/change.ts';
import type { HoldReason, PlannedRole } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { BreakGlassRole } from './break-glass-roles.ts';
import { type KnownObject, carriedOutIn } from './known-objects.ts';
import { putsOut } from './revocation-times.ts';

export interface RevocationFigure {
  readonly policy: string;
  readonly reason: 'WriteFailed' | HoldReason;
  readonly count: number;
}

export interface PolicyFigures {
  /** People and service principals that it admits. */
  readonly subjects: number;
  /** Those of them who are members of its break-glass group. */
  readonly breakGlass: number;
  /** When break-glass access last changed, milliseconds since the epoch; undefined: not since the start. */
  readonly breakGlassChangedMs: number | undefined;
  /** When it ends, or ended, milliseconds since the epoch; undefined: never by itself. */
  readonly expiryMs: number | undefined;
  /** The soonest end to come, of the policy or of anybody in it; undefined: none is known. */
  readonly nextEndMs: number | undefined;
}

/** How many ways in of somebody a change ends, or the sessions of how many. */
const revokedBy = (change: Change): number => {
  const { detail } = change;
  if (detail.kind === 'tightenDenies') return detail.edits.filter(({ kind }) => kind === 'putOut').length;
  return putsOut(change) ? 1 : 0;
};

/** Ways in that should have ended and did not, by policy and reason. */
export const revocationsOf = (
  objects: readonly KnownObject[],
  report: SweepReport,
): readonly RevocationFigure[] => {
  const carriedOut = carriedOutIn(report);
  const figures = new Map<string, RevocationFigure>();
  for (const { planned, found, held } of objects) {
    const reasons = new Map(held.map(({ change, hold }) => [change.id, hold.reason]));
    for (const { change } of found) {
      const revoked = carriedOut.has(change.id) ? 0 : revokedBy(change);
      if (revoked === 0) continue;
      const policy = planned.owner?.name ?? '(unknown)';
      const reason = reasons.get(change.id) ?? 'WriteFailed';
      const key = `${policy}|${reason}`;
      figures.set(key, { policy, reason, count: revoked + (figures.get(key)?.count ?? 0) });
    }
  }
  return [...figures.values()];
};

const rolesIn = (objects: readonly KnownObject[]): readonly PlannedRole[] =>
  objects.flatMap(({ planned }) => (planned.object === 'Role' ? [planned] : []));

/** Policies whose break-glass access the sweep changed. */
const breakGlassChangedIn = (
  { outcomes }: SweepReport,
  breakGlass: readonly BreakGlassRole[],
): ReadonlySet<string> => {
  const done = outcomes.flatMap(({ carriedOut }) => carriedOut);
  return new Set(breakGlass.flatMap(({ role, isOwn }) => (done.some(isOwn) ? (role.owner?.name ?? []) : [])));
};

interface PolicyDraft {
  readonly subs: Set<string>;
  readonly breakGlass: Set<string>;
  expiryMs: number | undefined;
  nextEndMs: number;
}

/** By policy, for access policies only. */
export const policyFiguresOf = (
  objects: readonly KnownObject[],
  breakGlass: readonly BreakGlassRole[],
  report: SweepReport,
  before: ReadonlyMap<string, PolicyFigures> | undefined,
): ReadonlyMap<string, PolicyFigures> => {
  const changed = breakGlassChangedIn(report, breakGlass);
  const nowMs = report.plan.atMs;
  const drafts = new Map<string, PolicyDraft>();
  for (const { owner, admitted, breakGlass: emergency, closesAtMs } of rolesIn(objects)) {
    if (owner?.kind !== 'AccessPolicy') continue;
    const own: PolicyDraft = drafts.get(owner.name) ?? {
      subs: new Set(),
      breakGlass: new Set(),
      expiryMs: undefined,
      nextEndMs: Infinity,
    };
    own.expiryMs ??= closesAtMs;
    const ends = [closesAtMs];
    for (const { sub, untilMs } of admitted()) {
      own.subs.add(sub);
      ends.push(untilMs);
    }
    for (const sub of emergency) own.breakGlass.add(sub);
    for (const ms of ends) if (ms !== undefined && ms > nowMs) own.nextEndMs = Math.min(own.nextEndMs, ms);
    drafts.set(owner.name, own);
  }
  return new Map(
    [...drafts].map(([policy, { subs, breakGlass, expiryMs, nextEndMs }]) => [
      policy,
      {
        subjects: subs.size,
        breakGlass: breakGlass.size,
        breakGlassChangedMs: changed.has(policy)
          ? report.startedAtMs + report.durationMs
          : before?.get(policy)?.breakGlassChangedMs,
        expiryMs,
        nextEndMs: nextEndMs === Infinity ? undefined : nextEndMs,
      },
    ]),
  );
};

/** By role name; a role that two policies claim is that of the one that has it. */
export const policyOfRoleIn = (objects: readonly KnownObject[]): ReadonlyMap<string, string> => {
  const policies = new Map<string, string>();
  for (const { name, owner, held } of rolesIn(objects)) {
    if (owner?.kind !== 'AccessPolicy') continue;
    const isNewcomer = held.some(({ hold }) => hold.reason === 'roleNameClaimed');
    if (!isNewcomer || !policies.has(name)) policies.set(name, owner.name);
  }
  return policies;
};
