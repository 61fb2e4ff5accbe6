// What is known of the roles and services of an account over time. One that cannot be judged just now keeps what the last
// sweep that could judge it found: drift does not end, and no hold is over, because something could not be read.

import { type Change, objectKey } from '../domain/change.ts';
import { type HeldChange, type PlannedRole, type PlannedService, objectsOf } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';

export interface FoundChange {
  readonly change: Change;
  /** Milliseconds since the epoch: the first sweep that found it, while it lasted. */
  readonly sinceMs: number;
}

export interface KnownObject {
  /** The newest answer. */
  readonly planned: PlannedRole | PlannedService;
  /** All differences, applied and held; while it is unknown, those that were left when it last was not. */
  readonly found: readonly FoundChange[];
  readonly held: readonly HeldChange[];
  /** How full the trust policy of a role would be with everyone in; undefined until it was first known, and for services. */
  readonly trustChars: number | undefined;
}

export interface KnownObjects {
  observe(report: SweepReport): readonly KnownObject[];
  forget(account: string): void;
}

interface Memory {
  readonly known: KnownObject;
  /** What the sweep found and did not carry out, by change id. */
  readonly left: ReadonlyMap<string, FoundChange>;
}

/** Ids of the changes that the sweep carried out. */
export const carriedOutIn = (report: SweepReport): ReadonlySet<string> =>
  new Set(report.outcomes.flatMap((outcome) => outcome.carriedOut.map((change) => change.id)));

const judged = (
  planned: PlannedRole | PlannedService,
  before: Memory | undefined,
  atMs: number,
): KnownObject => ({
  planned,
  found: [...planned.apply, ...planned.held.map(({ change }) => change)].map((change) => ({
    change,
    sinceMs: before?.left.get(change.id)?.sinceMs ?? atMs,
  })),
  held: planned.held,
  trustChars: planned.object === 'Role' ? planned.trustChars : undefined,
});

const unjudged = (planned: PlannedRole | PlannedService, before: Memory | undefined): KnownObject => ({
  planned,
  found: [...(before?.left.values() ?? [])],
  held: before?.known.held ?? [],
  trustChars: before?.known.trustChars,
});

const remember = (known: KnownObject, carriedOut: ReadonlySet<string>): Memory => ({
  known,
  left: new Map(
    known.found.filter(({ change }) => !carriedOut.has(change.id)).map((one) => [one.change.id, one]),
  ),
});

/** Roles whose policy is gone are not in the plan of an account that could not be observed. */
const missingFrom = (
  report: SweepReport,
  before: ReadonlyMap<string, Memory>,
): readonly (PlannedRole | PlannedService)[] => {
  if (report.result !== 'unreadable') return [];
  const planned = new Set(objectsOf(report.plan).map(objectKey));
  return [...before]
    .filter(([key]) => !planned.has(key))
    .map(([, { known }]) => ({
      ...known.planned,
      state: 'unknown',
      unknownBecause: report.message,
      apply: [],
      writes: [],
      held: [],
    }));
};

/** One for each reporter: it is fed every sweep, in order, and answers with its roles and services in the plan's order. */
export const createKnownObjects = (): KnownObjects => {
  const memories = createByScope<ReadonlyMap<string, Memory>>();
  return {
    observe: (report) => {
      const before = memories.get(report) ?? new Map<string, Memory>();
      const carriedOut = carriedOutIn(report);
      const after = new Map<string, Memory>();
      for (const planned of [...objectsOf(report.plan), ...missingFrom(report, before)]) {
        const memory = before.get(objectKey(planned));
        const known =
          planned.state === 'unknown' ? unjudged(planned, memory) : judged(planned, memory, report.plan.atMs);
        after.set(objectKey(planned), remember(known, carriedOut));
      }
      memories.set(report, after);
      return [...after.values()].map(({ known }) => known);
    },
    forget: (account) => {
      memories.forget(account);
    },
  };
};
