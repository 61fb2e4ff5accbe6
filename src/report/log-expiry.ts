// Ends of policies in the log: once a week ahead, once a day ahead, and once when the end has come.

import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { LogLine } from './log-sources.ts';
import { dayMs, expiryText, expiryWarningMs, policyEndsOf } from './outlook.ts';

export interface ExpiryLines {
  observe(report: SweepReport): readonly LogLine[];
}

/** How close the end is: 0 not yet a week. */
const stageOf = (leftMs: number): number => {
  if (leftMs <= 0) return 3;
  if (leftMs < dayMs) return 2;
  return leftMs < expiryWarningMs ? 1 : 0;
};

/** A policy is told of once, however many accounts it is in, and anew when its end is moved. */
export const createExpiryLines = (): ExpiryLines => {
  const told = new Map<string, { readonly atMs: number; readonly stage: number }>();
  return {
    observe: ({ plan }) =>
      policyEndsOf([plan]).flatMap(({ policy, atMs }): readonly LogLine[] => {
        const stage = stageOf(atMs - plan.atMs);
        const before = told.get(policy);
        const isTold = before?.atMs === atMs && stage <= before.stage;
        if (isTold) return [];
        told.set(policy, { atMs, stage });
        const fields = { policy, expiresAt: new Date(atMs).toISOString() };
        return stage === 0
          ? []
          : [{ level: 'warn', fields, text: `policy ${policy} ${expiryText(atMs, plan.atMs)}` }];
      }),
  };
};
