// Policies and Entra in the log: what is new, once.

import type { PoliciesReport, PollReport } from '../reconcile/sweep-report.ts';
import { counted, countedPolicies } from './words.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn';
  /** For machines. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly text: string;
}

export interface SourceLines {
  poll(report: PollReport): readonly LogLine[];
  policies(report: PoliciesReport): readonly LogLine[];
}

const pollLines = (report: PollReport, before: PollReport | undefined): readonly LogLine[] => {
  const { groups, servicePrincipals, assignments, durationMs, message } = report;
  const unread = groups.unreadable + servicePrincipals.unreadable;
  const fields = { groups, servicePrincipals, assignments, durationMs };
  if (message !== '' && unread === 0) {
    const text = `Entra: the assignments of ${counted(assignments.unreadable, 'group')} could not be read, so ends stay as they are and nobody new is admitted through them: ${message}`;
    return [{ level: message === before?.message ? 'debug' : 'warn', fields, text }];
  }
  if (message !== '') {
    const all =
      unread + groups.present + groups.absent + servicePrincipals.present + servicePrincipals.absent;
    const text = `Entra: ${unread} of ${counted(all, 'group and service principal', 'groups and service principals')} could not be read, so nobody loses access through them: ${message}`;
    return [{ level: message === before?.message ? 'debug' : 'warn', fields, text }];
  }
  const read = `${counted(groups.present, 'group')} and ${counted(servicePrincipals.present, 'service principal')}`;
  if (before === undefined || before.message !== '') {
    const again = before === undefined ? '' : ' again, completely';
    return [{ level: 'info', fields, text: `Entra was read${again}: ${read}` }];
  }
  return [{ level: 'debug', fields, text: `Entra was read: ${read}` }];
};

const problemLines = (report: PoliciesReport): readonly LogLine[] => {
  const { errors, warnings, messages, revision } = report;
  if (errors + warnings === 0) return [];
  const found = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(' and ');
  const meaning = errors > 0 ? '; until the errors are corrected, nothing counts as deleted' : '';
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more, in the field problems)` : '';
  const text = `policies: ${found}${meaning}: ${messages[0] ?? ''}${more}`;
  return [{ level: 'warn', fields: { revision, errors, warnings, problems: messages }, text }];
};

const policiesLines = (
  report: PoliciesReport,
  before: PoliciesReport | undefined,
  wereLoaded: boolean,
): readonly LogLine[] => {
  const { revision, commit, messages, policies, bindings, lockouts, accounts } = report;
  const isSame =
    before !== undefined &&
    revision === before.revision &&
    commit?.id === before.commit?.id &&
    messages.join('\n') === before.messages.join('\n');
  if (revision === undefined) {
    const so = wereLoaded
      ? 'so the last good ones stay in force'
      : 'and there are none from before, so nothing is done';
    const text = `policies cannot be loaded, ${so}: ${messages.join('; ')}`;
    return [{ level: isSame ? 'debug' : 'warn', fields: { problems: messages }, text }];
  }
  const again = before !== undefined && before.revision === undefined ? ' again' : '';
  const of = commit === undefined ? '' : ` of commit ${commit.id.slice(0, 12)}`;
  const text = `policies${of} loaded${again}: ${countedPolicies({ ...report, lockouts: report.lockouts.length })}`;
  const loaded: LogLine = {
    level: isSame ? 'debug' : 'info',
    fields: { revision, commit: commit?.id, policies, bindings, lockouts: lockouts.length, accounts },
    text,
  };
  return isSame ? [loaded] : [loaded, ...problemLines(report)];
};

/** Remembers the newest of each, so that the same is told once. */
export const createSourceLines = (): SourceLines => {
  let lastPoll: PollReport | undefined;
  let lastLoad: PoliciesReport | undefined;
  let wereLoaded = false;
  return {
    poll: (report) => {
      const lines = pollLines(report, lastPoll);
      lastPoll = report;
      return lines;
    },
    policies: (report) => {
      const lines = policiesLines(report, lastLoad, wereLoaded);
      lastLoad = report;
      wereLoaded ||= report.revision !== undefined;
      return lines;
    },
  };
};
