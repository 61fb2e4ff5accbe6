// Holds in the log: one line for each policy and reason, not for each person.

import type { Change } from '../domain/change.ts';
import type { HoldReason } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { HoldTransitions, TrackedHold } from './held-changes.ts';
import { natureOf } from './hold-reasons.ts';
import type { LogLine } from './log-sources.ts';
import { counted } from './words.ts';

/** What one sweep may say about holds; the rest is counted, and `rolewarden get` has it all. */
const maxLines = 20;

interface Group {
  readonly reason: HoldReason;
  readonly message: string;
  readonly policy: string | undefined;
  readonly changes: Change[];
}

/** What somebody asked for in Git concerns whole accounts, and needs no line for each policy. */
const groupKey = ({ change, hold }: TrackedHold): string =>
  natureOf(hold.reason) === 'chosen' && hold.reason !== 'suspended'
    ? hold.reason
    : `${hold.reason}|${change.policy ?? ''}`;

const grouped = (holds: readonly TrackedHold[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const one of holds) {
    const { reason, message } = one.hold;
    const key = groupKey(one);
    const group = groups.get(key) ?? {
      reason,
      message,
      policy: key === reason ? undefined : one.change.policy,
      changes: [],
    };
    group.changes.push(one.change);
    groups.set(key, group);
  }
  return [...groups.values()];
};

const fieldsOf = (report: SweepReport, { reason, policy, changes }: Group) => ({
  account: report.account,
  accountId: report.accountId,
  ...(policy === undefined ? {} : { policy }),
  reason,
  changes: changes.length,
  roles: [...new Set(changes.map((change) => change.roleName))].slice(0, 10),
});

const beginning = (report: SweepReport, group: Group): LogLine => {
  const { reason, message, policy, changes } = group;
  const whose = policy === undefined ? '' : ` of policy ${policy}`;
  return {
    level: natureOf(reason) === 'chosen' ? 'info' : 'warn',
    fields: fieldsOf(report, group),
    text: `account ${report.account}: ${counted(changes.length, 'change')}${whose} held (${reason}): ${message}`,
  };
};

const ending = (report: SweepReport, group: Group): LogLine => {
  const whose = group.policy === undefined ? '' : ` of policy ${group.policy}`;
  return {
    level: 'info',
    fields: fieldsOf(report, group),
    text: `account ${report.account}: ${counted(group.changes.length, 'change')}${whose} no longer held (${group.reason})`,
  };
};

const capped = (report: SweepReport, lines: readonly LogLine[]): readonly LogLine[] => {
  if (lines.length <= maxLines) return lines;
  const shown = lines.slice(0, maxLines - 1);
  const left = lines.length - shown.length;
  const fields = { account: report.account, accountId: report.accountId, left };
  const text = `account ${report.account}: ${left} more policies have held changes; "rolewarden get" lists them`;
  return [...shown, { level: 'warn', fields, text }];
};

/** Lines for what began and what ended in a sweep. */
export const describeTransitions = (report: SweepReport, changes: HoldTransitions): readonly LogLine[] => [
  ...capped(
    report,
    grouped([...changes.begun, ...changes.changed]).map((group) => beginning(report, group)),
  ),
  ...capped(
    report,
    grouped(changes.ended).map((group) => ending(report, group)),
  ),
];
