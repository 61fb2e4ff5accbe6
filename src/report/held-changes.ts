// Holds over time: when one began, when its reason changed, and how it ended. Messages may change with every sweep
// (an acknowledgement carries its end), so only the reason counts.

import type { Change } from '../domain/change.ts';
import { type Hold, type HoldReason, objectsOf } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';
import type { KnownObject } from './known-objects.ts';

export interface TrackedHold {
  readonly change: Change;
  readonly hold: Hold;
  /** Milliseconds since the epoch: the first sweep that held it for this reason. */
  readonly sinceMs: number;
}

export interface HoldTransitions {
  readonly begun: readonly TrackedHold[];
  readonly changed: readonly (TrackedHold & { readonly was: HoldReason })[];
  /** `applied`: it was let go on. `gone`: there is no such difference any more. */
  readonly ended: readonly (TrackedHold & { readonly how: 'applied' | 'gone' })[];
}

export interface HoldTracker {
  observe(report: SweepReport, objects: readonly KnownObject[]): HoldTransitions;
  /** Of an account in one scope, by change id. */
  current(of: Pick<SweepReport, 'account' | 'scope'>): ReadonlyMap<string, TrackedHold>;
  forget(account: string): void;
}

const nextHolds = (
  before: ReadonlyMap<string, TrackedHold>,
  objects: readonly KnownObject[],
  atMs: number,
): ReadonlyMap<string, TrackedHold> =>
  new Map(
    objects.flatMap(({ held }) =>
      held.map(({ change, hold }): [string, TrackedHold] => {
        const known = before.get(change.id);
        return [
          change.id,
          { change, hold, sinceMs: known?.hold.reason === hold.reason ? known.sinceMs : atMs },
        ];
      }),
    ),
  );

const transitions = (
  before: ReadonlyMap<string, TrackedHold>,
  after: ReadonlyMap<string, TrackedHold>,
  applied: ReadonlySet<string>,
): HoldTransitions => ({
  begun: [...after.values()].filter(({ change }) => !before.has(change.id)),
  changed: [...after.values()].flatMap((one) => {
    const was = before.get(one.change.id)?.hold.reason;
    return was === undefined || was === one.hold.reason ? [] : [{ ...one, was }];
  }),
  ended: [...before.values()]
    .filter(({ change }) => !after.has(change.id))
    .map((one) => ({ ...one, how: applied.has(one.change.id) ? 'applied' : 'gone' })),
});

/** One for each reporter; fed with what `KnownObjects` says of every sweep, in order. */
export const createHoldTracker = (): HoldTracker => {
  const holds = createByScope<ReadonlyMap<string, TrackedHold>>();
  const current: HoldTracker['current'] = (of) => holds.get(of) ?? new Map<string, TrackedHold>();
  return {
    observe: (report, objects) => {
      const before = current(report);
      const after = nextHolds(before, objects, report.plan.atMs);
      holds.set(report, after);
      const applied = new Set(
        objectsOf(report.plan).flatMap((planned) => planned.apply.map((change) => change.id)),
      );
      return transitions(before, after, applied);
    },
    current,
    forget: (account) => {
      holds.forget(account);
    },
  };
};
