// Holds over time: when one began, when its reason changed, and how it ended. Messages may change with every sweep
// (an acknowledgement carries its end), so only the reason counts.

import type { Change } from '../domain/change.ts';
import type { Hold, HoldReason } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { KnownRole } from './known-roles.ts';

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
  observe(report: SweepReport, roles: readonly KnownRole[]): HoldTransitions;
  /** Of an account, by change id. */
  current(account: string): ReadonlyMap<string, TrackedHold>;
  forget(account: string): void;
}

const nextHolds = (
  before: ReadonlyMap<string, TrackedHold>,
  roles: readonly KnownRole[],
  atMs: number,
): ReadonlyMap<string, TrackedHold> =>
  new Map(
    roles.flatMap(({ held }) =>
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

/** One for each reporter; fed with what `KnownRoles` says of every sweep, in order. */
export const createHoldTracker = (): HoldTracker => {
  const accounts = new Map<string, ReadonlyMap<string, TrackedHold>>();
  const current = (account: string): ReadonlyMap<string, TrackedHold> => accounts.get(account) ?? new Map();
  return {
    observe: (report, roles) => {
      const before = current(report.account);
      const after = nextHolds(before, roles, report.plan.atMs);
      accounts.set(report.account, after);
      const applied = new Set(report.plan.roles.flatMap((role) => role.apply.map((change) => change.id)));
      return transitions(before, after, applied);
    },
    current,
    forget: (account) => {
      accounts.delete(account);
    },
  };
};
