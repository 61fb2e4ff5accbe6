// One account in the status document.

import type { OutcomeResult, SweepReport } from '../reconcile/sweep-report.ts';
import { describeShells } from './open-shells.ts';
import type { AccountStatus, RoleState, SweepStatus } from './status-document.ts';
import { type TrackedObject, stateOf } from './status-policies.ts';

const describeSweep = (report: SweepReport, succeededAtMs: number | undefined): SweepStatus => {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const count = (result: OutcomeResult): number =>
    report.outcomes.filter((outcome) => outcome.result === result).length;
  return {
    trigger: report.trigger,
    result: report.result,
    message: report.message,
    startedAt: iso(report.startedAtMs),
    endedAt: iso(report.startedAtMs + report.durationMs),
    durationMs: report.durationMs,
    succeededAt: succeededAtMs === undefined ? null : iso(succeededAtMs),
    policyRevision: report.policyRevision,
    policyCommit: report.policyCommit ?? null,
    membersReadAt: report.membersReadAtMs === undefined ? null : iso(report.membersReadAtMs),
    writes: { done: count('done'), failed: count('failed'), dropped: count('dropped') },
  };
};

const shellsOf = (report: SweepReport, objects: readonly TrackedObject[]): AccountStatus['shells'] => {
  if (report.result === 'unreadable' || report.shells.problem !== undefined) return null;
  const labelOf = (roleName: string, sub: string): string | undefined =>
    objects.find(({ known }) => known.planned.name === roleName)?.known.names.get(sub);
  return { held: describeShells(report, labelOf), unattributed: report.shells.unattributed };
};

export const describeAccount = (account: {
  readonly report: SweepReport;
  readonly objects: readonly TrackedObject[];
  readonly succeededAtMs: number | undefined;
  readonly trustQuotaChars: number | undefined;
  /** What was swept of its services, if it has any. */
  readonly services: { readonly report: SweepReport; readonly succeededAtMs: number | undefined } | undefined;
}): AccountStatus => {
  const { report, objects, services } = account;
  const counts: Record<RoleState, number> = { ready: 0, held: 0, failed: 0, unknown: 0 };
  for (const { standing } of objects) counts[stateOf(standing.reason)] += 1;
  return {
    name: report.account,
    accountId: report.accountId,
    roles: counts,
    changesHeld: objects.reduce((sum, { known }) => sum + known.held.length, 0),
    trustQuotaChars: account.trustQuotaChars ?? null,
    lastSweep: describeSweep(report, account.succeededAtMs),
    lastServicesSweep: services === undefined ? null : describeSweep(services.report, services.succeededAtMs),
    shells: shellsOf(report, objects),
  };
};
