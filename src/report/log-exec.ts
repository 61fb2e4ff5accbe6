// Shells in the log: a line when those of a service would no longer open, when the reason changes, and when they would again.

import { serviceKey } from '../domain/ecs.ts';
import type { ExecReadiness } from '../domain/service-findings.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { LogLine } from './log-sources.ts';

const lineFor = (report: SweepReport, { place, reason, messages, policies }: ExecReadiness): LogLine => {
  const where = `service ${place.service} (cluster ${place.cluster}, ${place.region})`;
  return {
    level: reason === 'Ready' ? 'info' : 'warn',
    fields: { account: report.account, accountId: report.accountId, ...place, reason, policies },
    text:
      reason === 'Ready'
        ? `account ${report.account}: shells in the ${where} would open`
        : `account ${report.account}: shells in the ${where} would not open (${reason}): ${messages.join('; ')}`,
  };
};

export interface ExecLines {
  observe(report: SweepReport): readonly LogLine[];
  forget(account: string): void;
}

export const createExecLines = (): ExecLines => {
  const told = new Map<string, ReadonlyMap<string, string>>();
  return {
    observe: (report) => {
      if (report.scope !== 'services') return [];
      const before = told.get(report.account) ?? new Map<string, string>();
      const after = new Map(
        report.plan.execReadiness.map(({ place, reason }) => [serviceKey(place), reason]),
      );
      told.set(report.account, after);
      return report.plan.execReadiness
        .filter(({ place, reason }) => (before.get(serviceKey(place)) ?? 'Ready') !== reason)
        .map((readiness) => lineFor(report, readiness));
    },
    forget: (account) => {
      told.delete(account);
    },
  };
};
