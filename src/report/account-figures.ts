// The numbers of one account after a sweep of one scope. Kept as plain data and turned into series at each scrape, so that
// whatever vanished from the report vanishes from the metrics.

import { type ServicePlace, serviceKey } from '../domain/ecs.ts';
import type { PlannedRole } from '../domain/plan.ts';
import type { DoorKind, ExecReadiness } from '../domain/service-findings.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { KnownObject } from './known-objects.ts';
import { type StandingReason, standingsByOwner } from './standing.ts';

export interface DriftFigure {
  readonly object: string;
  readonly name: string;
  readonly driftClass: string;
  readonly effect: string;
  readonly count: number;
  /** The oldest of them, milliseconds since the epoch. */
  readonly sinceMs: number;
}

export interface DoorFigure {
  readonly place: ServicePlace;
  readonly kind: DoorKind;
  readonly count: number;
}

export interface AccountFigures {
  readonly drift: readonly DriftFigure[];
  readonly policies: ReadonlyMap<string, StandingReason>;
  readonly bindings: ReadonlyMap<string, StandingReason>;
  readonly subjects: ReadonlyMap<string, number>;
  readonly held: ReadonlyMap<string, number>;
  readonly trustChars: ReadonlyMap<string, number>;
  readonly execReadiness: readonly ExecReadiness[];
  /** One for each bound service and kind, 0 among them. */
  readonly sideDoors: readonly DoorFigure[];
  /** undefined until the account was first read. */
  readonly trustQuotaChars: number | undefined;
  /** Things that could not be read: 1 for the whole account, else the number of services. */
  readonly unreadable: number;
  /** Open shells of which nobody can tell whose they are. */
  readonly unattributedShells: number;
  /** AWS's clock minus ours; undefined until it answered. */
  readonly clockSkewMs: number | undefined;
  readonly attemptMs: number;
  readonly successMs: number | undefined;
  /** When everything was last read. */
  readonly readMs: number | undefined;
}

const driftOf = (objects: readonly KnownObject[]): readonly DriftFigure[] => {
  const figures = new Map<string, DriftFigure>();
  for (const { change, sinceMs } of objects.flatMap(({ found }) => found)) {
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

const rolesIn = (objects: readonly KnownObject[]): readonly PlannedRole[] =>
  objects.flatMap(({ planned }) => (planned.object === 'Role' ? [planned] : []));

const subjectsOf = (objects: readonly KnownObject[]): ReadonlyMap<string, number> => {
  const subjects = new Map<string, Set<string>>();
  for (const { owner, admitted } of rolesIn(objects)) {
    if (owner?.kind !== 'AccessPolicy') continue;
    const own = subjects.get(owner.name) ?? new Set<string>();
    for (const { sub } of admitted) own.add(sub);
    subjects.set(owner.name, own);
  }
  return new Map([...subjects].map(([policy, own]) => [policy, own.size]));
};

const doorKinds: readonly DoorKind[] = ['executeCommand', 'startSession', 'assumeRole', 'passRole'];

const doorsOf = ({ plan }: SweepReport): readonly DoorFigure[] =>
  plan.services.flatMap(({ place }) =>
    doorKinds.map((kind) => ({
      place,
      kind,
      count: plan.sideDoors.filter(
        (door) => door.kind === kind && serviceKey(door.place) === serviceKey(place),
      ).length,
    })),
  );

const unreadIn = ({ plan, result }: SweepReport): number => {
  if (result === 'unreadable') return 1;
  return new Set([
    ...plan.services.filter(({ state }) => state === 'unknown').map(({ name }) => name),
    ...plan.execReadiness
      .filter(({ reason }) => reason === 'unreadable')
      .map(({ place }) => serviceKey(place)),
  ]).size;
};

const isSuccess = (report: SweepReport, unread: number): boolean =>
  unread === 0 && report.outcomes.every((outcome) => outcome.result !== 'failed');

/** What a sweep says in numbers; what it could not read stays as `before` had it. */
export const figuresOf = (
  report: SweepReport,
  objects: readonly KnownObject[],
  before: AccountFigures | undefined,
): AccountFigures => {
  const endedMs = report.startedAtMs + report.durationMs;
  const isUnreadable = report.result === 'unreadable';
  const unreadable = unreadIn(report);
  const standings = (kind: 'AccessPolicy' | 'TaskRoleBinding'): ReadonlyMap<string, StandingReason> => {
    const found = standingsByOwner(
      kind,
      objects.map(({ planned }) => planned),
      report,
    );
    return new Map([...found].map(([name, { reason }]) => [name, reason]));
  };
  return {
    drift: driftOf(objects),
    policies: standings('AccessPolicy'),
    bindings: standings('TaskRoleBinding'),
    subjects: subjectsOf(objects),
    held: countBy(
      objects.flatMap(({ held }) => held),
      ({ hold }) => hold.reason,
    ),
    trustChars: new Map(
      objects.flatMap(({ planned, trustChars }) =>
        trustChars === undefined ? [] : [[planned.name, trustChars] as const],
      ),
    ),
    execReadiness: report.plan.execReadiness,
    sideDoors: isUnreadable ? (before?.sideDoors ?? []) : doorsOf(report),
    trustQuotaChars:
      isUnreadable || report.scope === 'services' ? before?.trustQuotaChars : report.plan.trustQuotaChars,
    unreadable,
    unattributedShells: report.shells.unattributed,
    clockSkewMs: report.clockSkewMs,
    attemptMs: endedMs,
    successMs: isSuccess(report, unreadable) ? endedMs : before?.successMs,
    readMs: unreadable === 0 ? endedMs : before?.readMs,
  };
};
