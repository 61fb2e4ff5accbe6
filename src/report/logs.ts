// The log: what somebody who was just woken up needs to read, once. A sweep that finds what the last one found is silent
// below debug; a trouble is told when it begins and when it is over. People are named in the journal, not here.

import type { Logger } from 'pino';
import { objectKey } from '../domain/change.ts';
import { objectsOf } from '../domain/plan.ts';
import type { ControllerEvent, SweepReport } from '../reconcile/sweep-report.ts';
import { createHoldTracker } from './held-changes.ts';
import { createByScope } from './by-scope.ts';
import { type KnownObjects, createKnownObjects } from './known-objects.ts';
import { createShellLines } from './log-shells.ts';
import { createBreakGlassLines } from './log-break-glass.ts';
import { createExecLines } from './log-exec.ts';
import { createExpiryLines } from './log-expiry.ts';
import { createLeaseLines } from './log-leases.ts';
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
    objectsOf(report.plan).map((planned) => [
      objectKey(planned),
      planned.state,
      planned.apply.map((change) => change.id),
      planned.held.map(({ change, hold }) => [change.id, hold.reason]),
    ]),
  );

const figuresOf = ({ outcomes, plan }: SweepReport) => {
  const count = (result: string): number => outcomes.filter((outcome) => outcome.result === result).length;
  const objects = objectsOf(plan);
  return {
    roles: plan.roles.length,
    services: plan.services.length,
    inSync: objects.filter(({ state }) => state === 'inSync').length,
    unknown: objects.filter(({ state }) => state === 'unknown').length,
    written: count('done'),
    failed: count('failed'),
    dropped: count('dropped'),
    held: objects.reduce((sum, { held }) => sum + held.length, 0),
  };
};

/** `2 roles`, `1 service`, `2 roles and 1 service`. */
const countedObjects = (roles: number, services: number): string => {
  if (services === 0) return counted(roles, 'role');
  const ofServices = counted(services, 'service');
  return roles === 0 ? ofServices : `${counted(roles, 'role')} and ${ofServices}`;
};

const touchedIn = ({ outcomes }: SweepReport): string => {
  const count = (object: string): number =>
    new Set(outcomes.filter((outcome) => outcome.object === object).map(({ name }) => name)).size;
  return countedObjects(count('Role'), count('Service'));
};

const sentenceOf = (report: SweepReport): string => {
  const { roles, services, inSync, unknown, held, written, failed, dropped } = figuresOf(report);
  const parts = [
    ...(written > 0 ? [`${counted(written, 'write')} done on ${touchedIn(report)}`] : []),
    ...(failed + dropped > 0
      ? [`${counted(failed + dropped, 'write')} did not go through and will be tried again`]
      : []),
    ...(held > 0 ? [`${counted(held, 'change')} held`] : []),
    ...(unknown > 0
      ? [`${counted(unknown, report.scope === 'access' ? 'role' : 'service')} could not be judged`]
      : []),
  ];
  const found =
    parts.length === 0
      ? `nothing to do, ${inSync} of ${countedObjects(roles, services)} in sync`
      : parts.join(', ');
  return `account ${report.account}: ${found}`;
};

const isNews = (report: SweepReport, last: LastSweep | undefined): boolean =>
  report.outcomes.length > 0 || report.result !== last?.result || findingOf(report) !== last.finding;

/** Both loops of an account may find the same trouble. */
const subjectOf = ({ account, scope }: SweepReport): string =>
  scope === 'access' ? `account ${account}` : `account ${account}, for its services,`;

const sweepLine = (report: SweepReport, last: LastSweep | undefined): LogLine => {
  const { account, accountId, scope, trigger, result, durationMs, policyRevision, policyCommit } = report;
  const fields = {
    account,
    accountId,
    scope,
    trigger,
    result,
    durationMs,
    policyRevision,
    policyCommit,
    ...figuresOf(report),
  };
  if (result === 'unreadable') {
    const text = `${subjectOf(report)} cannot be read, so nothing is changed there: ${report.message}`;
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
          text: `${subjectOf(report)} can be read again`,
        },
      ]
    : [];

const blotted = (value: unknown): unknown =>
  typeof value === 'string' ? withoutPeople(value) : Array.isArray(value) ? value.map(blotted) : value;

/** Tells events to the logger. */
export const createLogReporter = (
  logger: Logger,
  knownObjects: KnownObjects = createKnownObjects(),
): LogReporter => {
  const sweeps = createByScope<LastSweep>();
  const exec = createExecLines();
  const breakGlass = createBreakGlassLines();
  const expiry = createExpiryLines();
  const shells = createShellLines();
  const holds = createHoldTracker();
  const sources = createSourceLines();
  const leases = createLeaseLines();

  const tell = ({ level, fields, text }: LogLine): void => {
    const safe = Object.entries(fields).map(([name, value]) => [name, blotted(value)]);
    logger[level](Object.fromEntries(safe), withoutPeople(text));
  };

  const linesOf = (event: ControllerEvent): readonly LogLine[] => {
    switch (event.kind) {
      case 'sweep': {
        const { report } = event;
        const last = sweeps.get(report);
        const { result, message } = report;
        sweeps.set(report, { result, message, finding: findingOf(report) });
        const changes = holds.observe(report, knownObjects.observe(report));
        return [
          ...recovery(report, last),
          sweepLine(report, last),
          ...describeTransitions(report, changes),
          ...breakGlass.observe(report, changes),
          ...expiry.observe(report),
          ...exec.observe(report),
          ...shells.observe(report),
        ];
      }
      case 'poll':
        return sources.poll(event.report);
      case 'policies':
        return sources.policies(event.report);
      case 'leases':
        return leases.observe(event.report);
      case 'accounts':
        return [];
      case 'accountRemoved':
        sweeps.forget(event.account);
        knownObjects.forget(event.account);
        holds.forget(event.account);
        exec.forget(event.account);
        shells.forget(event.account);
        breakGlass.forget(event.account);
        return [
          {
            level: 'info',
            fields: { account: event.account },
            text:
              event.lostBecause === undefined
                ? `account ${event.account} is no longer in the policies and is left alone from now on`
                : `account ${event.account} is left to other replicas from now on: ${event.lostBecause}`,
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
