// The numbers of one account after a sweep of one scope. Kept as plain data and turned into series at each scrape, so that
// whatever vanished from the report vanishes from the metrics.

import { deniesIn } from '../domain/denies.ts';
import { type ServicePlace, serviceKey } from '../domain/ecs.ts';
import type { DoorKind, ExecReadiness } from '../domain/service-findings.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { BreakGlassRole } from './break-glass-roles.ts';
import type { KnownObject } from './known-objects.ts';
import {
  type PolicyFigures,
  type RevocationFigure,
  policyFiguresOf,
  policyOfRoleIn,
  revocationsOf,
} from './policy-figures.ts';
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

export type DriftSince = Pick<DriftFigure, 'object' | 'name' | 'driftClass' | 'sinceMs'>;

export interface DoorFigure {
  readonly place: ServicePlace;
  readonly kind: DoorKind;
  readonly count: number;
}

export interface RoleFigures {
  readonly trustChars: number;
  /** undefined: there are none. */
  readonly denies: { readonly chars: number; readonly people: number } | undefined;
  /** Milliseconds since the epoch; undefined: not told. */
  readonly lastUsedAtMs: number | undefined;
}

export interface AccountFigures {
  readonly drift: readonly DriftFigure[];
  /** The oldest of each class, whatever their effects. */
  readonly driftSince: ReadonlyMap<string, DriftSince>;
  readonly revocations: readonly RevocationFigure[];
  readonly standings: ReadonlyMap<string, StandingReason>;
  readonly bindings: ReadonlyMap<string, StandingReason>;
  readonly policies: ReadonlyMap<string, PolicyFigures>;
  readonly held: ReadonlyMap<string, number>;
  /** By role name. */
  readonly roles: ReadonlyMap<string, RoleFigures>;
  /** By role name. */
  readonly policyOfRole: ReadonlyMap<string, string>;
  readonly execReadiness: readonly ExecReadiness[];
  /** One for each bound service and kind, 0 among them. */
  readonly sideDoors: readonly DoorFigure[];
  /** undefined until the account was first read. */
  readonly trustQuotaChars: number | undefined;
  /** Things that could not be read: 1 for the whole account, else the number of services. */
  readonly unreadable: number;
  /** Open shells of which nobody can tell whose they are, at the last look. */
  readonly unattributedShells: number;
  /** Open shells of people who were put out that stay open, by reason. */
  readonly heldShells: ReadonlyMap<string, number>;
  /** Whether open shells of people who were put out could not be listed. */
  readonly areShellsUnread: boolean;
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

const driftSinceOf = (drift: readonly DriftFigure[]): ReadonlyMap<string, DriftSince> => {
  const oldest = new Map<string, DriftSince>();
  for (const one of drift) {
    const key = [one.object, one.name, one.driftClass].join('|');
    if (one.sinceMs < (oldest.get(key)?.sinceMs ?? Infinity)) oldest.set(key, one);
  }
  return oldest;
};

const countBy = <T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

const roleFiguresOf = (objects: readonly KnownObject[], nowMs: number): ReadonlyMap<string, RoleFigures> =>
  new Map(
    objects.flatMap(({ planned, role }) => {
      if (role === undefined) return [];
      const { trustChars, denies, lastUsedAtMs } = role;
      const deniedPeople = [...deniesIn(denies).outs.values()].filter(
        ({ untilMs }) => untilMs > nowMs,
      ).length;
      const of = {
        trustChars,
        lastUsedAtMs,
        denies: denies === undefined ? undefined : { chars: denies.length, people: deniedPeople },
      };
      return [[planned.name, of] as const];
    }),
  );

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
  breakGlass: readonly BreakGlassRole[],
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
  const drift = driftOf(objects);
  return {
    drift,
    driftSince: driftSinceOf(drift),
    revocations: revocationsOf(objects, report),
    standings: standings('AccessPolicy'),
    bindings: standings('TaskRoleBinding'),
    policies: policyFiguresOf(objects, breakGlass, report, before?.policies),
    held: countBy(
      objects.flatMap(({ held }) => held),
      ({ hold }) => hold.reason,
    ),
    roles: roleFiguresOf(objects, report.plan.atMs),
    policyOfRole: policyOfRoleIn(objects),
    execReadiness: report.plan.execReadiness,
    sideDoors: isUnreadable ? (before?.sideDoors ?? []) : doorsOf(report),
    trustQuotaChars:
      isUnreadable || report.scope === 'services' ? before?.trustQuotaChars : report.plan.trustQuotaChars,
    unreadable,
    heldShells: countBy(report.shells.held, ({ hold }) => hold.reason),
    unattributedShells:
      isUnreadable || report.shells.problem !== undefined
        ? (before?.unattributedShells ?? 0)
        : report.shells.unattributed,
    areShellsUnread: isUnreadable ? (before?.areShellsUnread ?? false) : report.shells.problem !== undefined,
    clockSkewMs: report.clockSkewMs,
    attemptMs: endedMs,
    successMs: isSuccess(report, unreadable) ? endedMs : before?.successMs,
    readMs: unreadable === 0 ? endedMs : before?.readMs,
  };
};
