// The log: what somebody who was just woken up needs to read, once. A sweep that finds what the last one found is silent
// below debug; a trouble is told when it begins and when it is over. People are named in the journal, not here.

import type { Logger } from 'pino';
import type { ControllerEvent, SweepReport } from '../reconcile/sweep-report.ts';
import { createHoldTracker } from './held-changes.ts';
import { createKnownRoles } from './known-roles.ts';
import { objectKey } from '../domain/change.ts';
import { describeTransitions } from './log-holds.ts';
import { type LogLine, createSourceLines } from './log-sources.ts';
import { withoutPeople } from './people-free.ts';
import { counted } from './words.ts';

export interface LogReporter {
  observe(event: ControllerEvent): void;
}

interface LastSweep {
  readonly result: SweepReport['result'];
  readonly message: string;
  /** Equal for sweeps that found the same. */
  readonly finding: string;
}

const findingOf = (report: SweepReport): string =>
  JSON.stringify(
    report.plan.roles.map((role) => [
      objectKey(role),
      role.state,
      role.apply.map((change) => change.id),
      role.held.map(({ change, hold }) => [change.id, hold.reason]),
    ]),
  );

const figuresOf = ({ outcomes, plan }: SweepReport) => {
  const count = (result: string): number => outcomes.filter((outcome) => outcome.result === result).length;
  return {
    roles: plan.roles.length,
    inSync: plan.roles.filter((role) => role.state === 'inSync').length,
    unknown: plan.roles.filter((role) => role.state === 'unknown').length,
    written: count('done'),
    failed: count('failed'),
    dropped: count('dropped'),
    held: plan.roles.reduce((sum, role) => sum + role.held.length, 0),
  };
};

const sentenceOf = (report: SweepReport): string => {
  const { roles, inSync, unknown, held, written, failed, dropped } = figuresOf(report);
  const touched = new Set(report.outcomes.map((outcome) => outcome.name)).size;
  const parts = [
    ...(written > 0 ? [`${counted(written, 'write')} done on ${counted(touched, 'role')}`] : []),
    ...(failed + dropped > 0
      ? [`${counted(failed + dropped, 'write')} did not go through and will be tried again`]
      : []),
    ...(held > 0 ? [`${counted(held, 'change')} held`] : []),
    ...(unknown > 0 ? [`${counted(unknown, 'role')} could not be judged`] : []),
  ];
  const found =
    parts.length === 0 ? `nothing to do, ${inSync} of ${counted(roles, 'role')} in sync` : parts.join(', ');
  return `account ${report.account}: ${found}`;
};

const isNews = (report: SweepReport, last: LastSweep | undefined): boolean =>
  report.outcomes.length > 0 || report.result !== last?.result || findingOf(report) !== last.finding;

const sweepLine = (report: SweepReport, last: LastSweep | undefined): LogLine => {
  const { account, accountId, trigger, result, durationMs, policyRevision } = report;
  const fields = { account, accountId, trigger, result, durationMs, policyRevision, ...figuresOf(report) };
  if (result === 'unreadable') {
    const text = `account ${account} cannot be read, so nothing is changed there: ${report.message}`;
    return { level: last?.result === 'unreadable' ? 'debug' : 'warn', fields, text };
  }
  const isTrouble = result === 'incomplete' && report.message !== last?.message;
  const text = result === 'incomplete' ? `${sentenceOf(report)}: ${report.message}` : sentenceOf(report);
  return { level: isTrouble ? 'warn' : isNews(report, last) ? 'info' : 'debug', fields, text };
};

const recovery = (report: SweepReport, last: LastSweep | undefined): readonly LogLine[] =>
  last?.result === 'unreadable' && report.result !== 'unreadable'
    ? [
        {
          level: 'info',
          fields: { account: report.account, accountId: report.accountId },
          text: `account ${report.account} can be read again`,
        },
      ]
    : [];

const blotted = (value: unknown): unknown =>
  typeof value === 'string' ? withoutPeople(value) : Array.isArray(value) ? value.map(blotted) : value;

/** Tells events to the logger. */
export const createLogReporter = (logger: Logger): LogReporter => {
  const sweeps = new Map<string, LastSweep>();
  const knownRoles = createKnownRoles();
  const holds = createHoldTracker();
  const sources = createSourceLines();

  const tell = ({ level, fields, text }: LogLine): void => {
    const safe = Object.entries(fields).map(([name, value]) => [name, blotted(value)]);
    logger[level](Object.fromEntries(safe), withoutPeople(text));
  };

  const linesOf = (event: ControllerEvent): readonly LogLine[] => {
    switch (event.kind) {
      case 'sweep': {
        const { report } = event;
        const last = sweeps.get(report.account);
        const { result, message } = report;
        sweeps.set(report.account, { result, message, finding: findingOf(report) });
        const changes = holds.observe(report, knownRoles.observe(report));
        return [...recovery(report, last), sweepLine(report, last), ...describeTransitions(report, changes)];
      }
      case 'poll':
        return sources.poll(event.report);
      case 'policies':
        return sources.policies(event.report);
      case 'accountRemoved':
        sweeps.delete(event.account);
        knownRoles.forget(event.account);
        holds.forget(event.account);
        return [
          {
            level: 'info',
            fields: { account: event.account },
            text: `account ${event.account} is no longer in the policies and is left alone from now on`,
          },
        ];
    }
  };

  return {
    observe: (event) => {
      for (const line of linesOf(event)) tell(line);
    },
  };
};
