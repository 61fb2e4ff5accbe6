// Open shells of people who were put out, in the log: how many were ended, and what a person has to know.

import type { SweepReport } from '../reconcile/sweep-report.ts';
import type { LogLine } from './log-sources.ts';
import { counted } from './words.ts';

export const shellLines = ({ account, accountId, shells }: SweepReport): readonly LogLine[] => {
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
  if (shells.unattributed > 0)
    lines.push({
      level: 'warn',
      fields: { ...fields, unattributed: shells.unattributed },
      text: `account ${account}: of ${counted(shells.unattributed, 'open shell')} nobody can tell whose they are, in roles that somebody was put out of; ssm:DescribeSessions lists them`,
    });
  if (shells.problem !== undefined)
    lines.push({ level: 'warn', fields, text: `account ${account}: ${shells.problem.message}` });
  return lines;
};
