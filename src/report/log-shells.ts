// Open shells of people who were put out, in the log: how many were ended, and what a person has to know. Those that stay
// open are told when their number changes.

import type { HeldShell, SweepReport } from '../reconcile/sweep-report.ts';
import { natureOf } from './hold-reasons.ts';
import type { LogLine } from './log-sources.ts';
import { counted } from './words.ts';

export interface ShellLines {
  observe(report: SweepReport): readonly LogLine[];
  forget(account: string): void;
}

const endedLines = ({ account, accountId, shells }: SweepReport): readonly LogLine[] => {
  const fields = { account, accountId };
  const ended = shells.ended.filter(({ result }) => result === 'done').length;
  const failed = shells.ended.length - ended;
  const lines: LogLine[] = [];
  if (ended > 0)
    lines.push({
      level: 'info',
      fields: { ...fields, ended },
      text: `account ${account}: ${counted(ended, 'open shell')} of people who were put out ${ended === 1 ? 'was' : 'were'} ended`,
    });
  if (failed > 0)
    lines.push({
      level: 'warn',
      fields: { ...fields, failed },
      text: `account ${account}: ${counted(failed, 'open shell')} of people who were put out could not be ended and will be tried again`,
    });
  if (shells.problem !== undefined)
    lines.push({ level: 'warn', fields, text: `account ${account}: ${shells.problem.message}` });
  return lines;
};

/** One line for each message, which names the policy where that is what helps. */
const heldLines = ({ account, accountId, shells }: SweepReport): readonly LogLine[] => {
  const byMessage = new Map<string, HeldShell[]>();
  for (const one of shells.held)
    byMessage.set(one.hold.message, [...(byMessage.get(one.hold.message) ?? []), one]);
  return [...byMessage].flatMap(([message, held]): readonly LogLine[] => {
    const reason = held[0]?.hold.reason;
    if (reason === undefined) return [];
    return [
      {
        level: natureOf(reason) === 'chosen' ? 'info' : 'warn',
        fields: { account, accountId, reason, held: held.length },
        text: `account ${account}: ${counted(held.length, 'open shell')} of people who were put out ${held.length === 1 ? 'stays' : 'stay'} open (${reason}): ${message}`,
      },
    ];
  });
};

const unattributedLines = ({ account, accountId, shells }: SweepReport): readonly LogLine[] =>
  shells.unattributed === 0
    ? []
    : [
        {
          level: 'warn',
          fields: { account, accountId, unattributed: shells.unattributed },
          text: `account ${account}: of ${counted(shells.unattributed, 'open shell')} nobody can tell whose they are, in roles that somebody was put out of; ssm:DescribeSessions lists them`,
        },
      ];

/** One for each log; fed with every sweep, in order. */
export const createShellLines = (): ShellLines => {
  const told = new Map<string, ReadonlySet<string>>();
  return {
    observe: (report) => {
      const ended = endedLines(report);
      // What could not be looked at stands as it was told.
      if (report.scope === 'services' || report.shells.problem !== undefined) return ended;
      const before = told.get(report.account) ?? new Set();
      const standing = [...heldLines(report), ...unattributedLines(report)];
      told.set(report.account, new Set(standing.map(({ text }) => text)));
      return [...ended, ...standing.filter(({ text }) => !before.has(text))];
    },
    forget: (account) => {
      told.delete(account);
    },
  };
};
