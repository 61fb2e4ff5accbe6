// The numbers of one account after a sweep. Kept as plain data and turned into series at each scrape, so that whatever
// vanished from the report vanishes from the metrics.

import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { KnownRole } from './known-roles.ts';
import { type StandingReason, standingsByPolicy } from './standing.ts';

export interface DriftFigure {
  readonly object: string;
  readonly name: string;
  readonly driftClass: string;
  readonly effect: string;
  readonly count: number;
  /** The oldest of them, milliseconds since the epoch. */
  readonly sinceMs: number;
}

export interface AccountFigures {
  readonly drift: readonly DriftFigure[];
  readonly standings: ReadonlyMap<string, StandingReason>;
  readonly subjects: ReadonlyMap<string, number>;
  readonly held: ReadonlyMap<string, number>;
  readonly trustChars: ReadonlyMap<string, number>;
  /** undefined until the account was first read. */
  readonly trustQuotaChars: number | undefined;
  readonly isUnreadable: boolean;
  readonly attemptMs: number;
  readonly successMs: number | undefined;
}

const driftOf = (roles: readonly KnownRole[]): readonly DriftFigure[] => {
  const figures = new Map<string, DriftFigure>();
  for (const { change, sinceMs } of roles.flatMap(({ found }) => found)) {
    const { object, name, driftClass, effect } = change;
    const key = [object, name, driftClass, effect].join('|');
    const known = figures.get(key);
    figures.set(key, {
      object,
      name,
      driftClass,
      effect,
      count: (known?.count ?? 0) + 1,
      sinceMs: Math.min(known?.sinceMs ?? sinceMs, sinceMs),
    });
  }
  return [...figures.values()];
};

const countBy = <T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

const subjectsOf = (roles: readonly KnownRole[]): ReadonlyMap<string, number> => {
  const subjects = new Map<string, Set<string>>();
  for (const { role } of roles) {
    if (role.owner === undefined) continue;
    const own = subjects.get(role.owner.name) ?? new Set<string>();
    for (const { sub } of role.admitted) own.add(sub);
    subjects.set(role.owner.name, own);
  }
  return new Map([...subjects].map(([policy, own]) => [policy, own.size]));
};

const isSuccess = (report: SweepReport): boolean =>
  report.result !== 'unreadable' && report.outcomes.every((outcome) => outcome.result !== 'failed');

/** What a sweep says in numbers; what it could not read stays as `before` had it. */
export const figuresOf = (
  report: SweepReport,
  roles: readonly KnownRole[],
  before: AccountFigures | undefined,
): AccountFigures => {
  const endedMs = report.startedAtMs + report.durationMs;
  const isUnreadable = report.result === 'unreadable';
  const standings = standingsByPolicy(
    roles.map(({ role }) => role),
    report,
  );
  return {
    drift: driftOf(roles),
    standings: new Map([...standings].map(([policy, { reason }]) => [policy, reason])),
    subjects: subjectsOf(roles),
    held: countBy(
      roles.flatMap(({ held }) => held),
      ({ hold }) => hold.reason,
    ),
    trustChars: new Map(
      roles.flatMap(({ role, trustChars }) =>
        trustChars === undefined ? [] : [[role.name, trustChars] as const],
      ),
    ),
    trustQuotaChars: isUnreadable ? before?.trustQuotaChars : report.plan.trustQuotaChars,
    isUnreadable,
    attemptMs: endedMs,
    successMs: isSuccess(report) ? endedMs : before?.successMs,
  };
};
