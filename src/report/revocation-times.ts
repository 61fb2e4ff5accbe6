// How long it took until somebody was out: from when that could first be known to the write after which trust policy and denies
// are read back as they should be. A write counts once, with the one in it who waited longest.
//
//   accessEnded   from the end that stood in the trust policy
//   lockedOut     from the load that brought the Lockout; from the sweep, where it did not bring this one about
//   all others    from the poll of Entra behind the sweep
//
// A revocation that fails is timed on from its first try. What a guard holds is not timed before it is let go on.

import type { Change } from '../domain/change.ts';
import { endOf, isEntry } from '../domain/trust-grants.ts';
import type { PoliciesReport, SweepReport } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';

export interface RevocationTimes {
  observePolicies(report: PoliciesReport): void;
  /** Milliseconds, one for each write of the sweep that put somebody out. */
  observe(report: SweepReport): readonly number[];
  forget(account: string): void;
}

/** Whether somebody loses a way in altogether. */
export const putsOut = ({ detail }: Change): boolean =>
  detail.kind === 'revoke' && detail.after === undefined && isEntry(detail.grant);

export const createRevocationTimes = (): RevocationTimes => {
  let load: { readonly revision: string; readonly atMs: number } | undefined;
  /** The policies with which an account was last swept, by account. */
  const swept = new Map<string, string>();
  /** Since when those that did not go through yet are timed, milliseconds since the epoch, by change id. */
  const pending = createByScope<ReadonlyMap<string, number>>();

  const startOf = ({ detail }: Change, report: SweepReport): number | undefined => {
    const { account, policyRevision, startedAtMs, membersReadAtMs } = report;
    if (detail.kind !== 'revoke') return undefined;
    if (detail.proof === 'accessEnded') return endOf(detail.grant);
    if (detail.proof !== 'lockedOut') return membersReadAtMs;
    const isFirst = load?.revision === policyRevision && swept.get(account) !== policyRevision;
    return isFirst ? load?.atMs : startedAtMs;
  };

  return {
    observePolicies: ({ revision, atMs }) => {
      if (revision !== undefined && revision !== load?.revision) load = { revision, atMs };
    },
    observe: (report) => {
      if (report.result === 'unreadable') return [];
      const before = pending.get(report);
      const started = new Map<string, number>();
      for (const { apply } of report.plan.roles)
        for (const change of apply.filter(putsOut)) {
          const startMs = before?.get(change.id) ?? startOf(change, report);
          if (startMs !== undefined && Number.isFinite(startMs)) started.set(change.id, startMs);
        }
      const times = report.outcomes.flatMap(({ write, carriedOut, atMs }) => {
        if (write.op !== 'updateTrust') return [];
        const starts = carriedOut.flatMap(({ id }) => started.get(id) ?? []);
        for (const { id } of carriedOut) started.delete(id);
        return starts.length === 0 ? [] : [Math.max(0, atMs - Math.min(...starts))];
      });
      pending.set(report, started);
      swept.set(report.account, report.policyRevision);
      return times;
    },
    forget: (account) => {
      swept.delete(account);
      pending.forget(account);
    },
  };
};
