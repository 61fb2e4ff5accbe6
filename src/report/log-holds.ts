// Holds in the log: one line for each policy and reason, not for each person.

import type { Change, ObjectKind, Owner } from '../domain/change.ts';
import type { HoldReason } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { HoldTransitions, TrackedHold } from './held-changes.ts';
import { type HoldNature, natureOf } from './hold-reasons.ts';
import type { LogLine } from './log-sources.ts';
import { counted } from './words.ts';

/** What one sweep may say about holds; the rest is counted, and `rolewarden get` has it all. */
const maxLines = 20;

const quietNatures: ReadonlySet<HoldNature> = new Set<HoldNature>(['chosen', 'passing']);

interface Group {
  readonly reason: HoldReason;
  readonly message: string;
  readonly owner: Owner | undefined;
  readonly changes: Change[];
}

/** What somebody asked for in Git concerns whole accounts, and needs no line for each policy. */
const groupKey = ({ change, hold }: TrackedHold): string =>
  natureOf(hold.reason) === 'chosen' && hold.reason !== 'suspended'
    ? hold.reason
    : `${hold.reason}|${change.owner?.name ?? ''}`;

const grouped = (holds: readonly TrackedHold[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const one of holds) {
    const { reason, message } = one.hold;
    const key = groupKey(one);
    const group = groups.get(key) ?? {
      reason,
      message,
      owner: key === reason ? undefined : one.change.owner,
      changes: [],
    };
    group.changes.push(one.change);
    groups.set(key, group);
  }
  return [...groups.values()];
};

const ownerFields = (owner: Owner | undefined) =>
  owner === undefined ? {} : { [owner.kind === 'AccessPolicy' ? 'policy' : 'binding']: owner.name };

const namesOf = (changes: readonly Change[], object: ObjectKind): readonly string[] =>
  [...new Set(changes.filter((change) => change.object === object).map(({ name }) => name))].slice(0, 10);

const fieldsOf = (report: SweepReport, { reason, owner, changes }: Group) => {
  const services = namesOf(changes, 'Service');
  return {
    account: report.account,
    accountId: report.accountId,
    ...ownerFields(owner),
    reason,
    changes: changes.length,
    roles: namesOf(changes, 'Role'),
    ...(services.length === 0 ? {} : { services }),
  };
};

const whose = (owner: Owner | undefined): string =>
  owner === undefined ? '' : ` of ${owner.kind === 'AccessPolicy' ? 'policy' : 'binding'} ${owner.name}`;

const beginning = (report: SweepReport, group: Group): LogLine => {
  const { reason, message, owner, changes } = group;
  return {
    level: quietNatures.has(natureOf(reason)) ? 'info' : 'warn',
    fields: fieldsOf(report, group),
    text: `account ${report.account}: ${counted(changes.length, 'change')}${whose(owner)} held (${reason}): ${message}`,
  };
};

const ending = (report: SweepReport, group: Group): LogLine => ({
  level: 'info',
  fields: fieldsOf(report, group),
  text: `account ${report.account}: ${counted(group.changes.length, 'change')}${whose(group.owner)} no longer held (${group.reason})`,
});

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
