// What is known of the roles of an account over time. A role that cannot be judged just now keeps what the last sweep
// that could judge it found: drift does not end, and no hold is over, because something could not be read.

import { type Change, objectKey } from '../domain/change.ts';
import type { HeldChange, PlannedRole } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';

export interface FoundChange {
  readonly change: Change;
  /** Milliseconds since the epoch: the first sweep that found it, while it lasted. */
  readonly sinceMs: number;
}

export interface KnownRole {
  /** The newest answer. */
  readonly role: PlannedRole;
  /** All differences, applied and held; while the role is unknown, those that were left when it last was not. */
  readonly found: readonly FoundChange[];
  readonly held: readonly HeldChange[];
  /** How full the trust policy would be with everyone in; undefined until it was first known. */
  readonly trustChars: number | undefined;
}

export interface KnownRoles {
  observe(report: SweepReport): readonly KnownRole[];
  forget(account: string): void;
}

interface Memory {
  readonly known: KnownRole;
  /** What the sweep found and did not carry out, by change id. */
  readonly left: ReadonlyMap<string, FoundChange>;
}

/** Ids of the changes that the sweep carried out. */
export const carriedOutIn = (report: SweepReport): ReadonlySet<string> =>
  new Set(report.outcomes.flatMap((outcome) => outcome.carriedOut.map((change) => change.id)));

const judged = (role: PlannedRole, before: Memory | undefined, atMs: number): KnownRole => ({
  role,
  found: [...role.apply, ...role.held.map(({ change }) => change)].map((change) => ({
    change,
    sinceMs: before?.left.get(change.id)?.sinceMs ?? atMs,
  })),
  held: role.held,
  trustChars: role.trustChars,
});

const unjudged = (role: PlannedRole, before: Memory | undefined): KnownRole => ({
  role,
  found: [...(before?.left.values() ?? [])],
  held: before?.known.held ?? [],
  trustChars: before?.known.trustChars,
});

const remember = (known: KnownRole, carriedOut: ReadonlySet<string>): Memory => ({
  known,
  left: new Map(
    known.found.filter(({ change }) => !carriedOut.has(change.id)).map((one) => [one.change.id, one]),
  ),
});

/** Roles whose policy is gone are not in the plan of an account that could not be observed. */
const missingFrom = (report: SweepReport, before: ReadonlyMap<string, Memory>): readonly PlannedRole[] => {
  if (report.result !== 'unreadable') return [];
  const planned = new Set(report.plan.roles.map(objectKey));
  return [...before]
    .filter(([key]) => !planned.has(key))
    .map(([, { known }]) => ({
      ...known.role,
      state: 'unknown',
      unknownBecause: report.message,
      apply: [],
      writes: [],
      held: [],
    }));
};

/** One for each reporter: it is fed every sweep, in order, and answers with the account's roles in the plan's order. */
export const createKnownRoles = (): KnownRoles => {
  const accounts = new Map<string, ReadonlyMap<string, Memory>>();
  return {
    observe: (report) => {
      const before = accounts.get(report.account) ?? new Map<string, Memory>();
      const carriedOut = carriedOutIn(report);
      const after = new Map<string, Memory>();
      for (const role of [...report.plan.roles, ...missingFrom(report, before)]) {
        const memory = before.get(objectKey(role));
        const known =
          role.state === 'unknown' ? unjudged(role, memory) : judged(role, memory, report.plan.atMs);
        after.set(objectKey(role), remember(known, carriedOut));
      }
      accounts.set(report.account, after);
      return [...after.values()].map(({ known }) => known);
    },
    forget: (account) => {
      accounts.delete(account);
    },
  };
};
