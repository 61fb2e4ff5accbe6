// How well the two sources that all accounts share were read: policies and Entra.

import type { Clock } from '../domain/ports.ts';
import type { PoliciesReport, PollReport } from '../reconcile/sweep-report.ts';
import type { Series } from './gauges.ts';

export interface SourceFigures {
  observePoll(report: PollReport): void;
  observePolicies(report: PoliciesReport): void;
  /** Entra is read for the accounts that this controller looks after. */
  observeAccounts(accounts: readonly string[]): void;
  unreadable(): readonly Series<'rolewarden_unreadable'>[];
  /** Counted on from the last good read by the clock, so that a controller that hangs grows stale too. */
  staleness(): readonly Series<'rolewarden_source_staleness_seconds'>[];
  clockSkew(): readonly Series<'rolewarden_clock_skew_seconds'>[];
  problems(): readonly Series<'rolewarden_policy_problems'>[];
  /** Of the policies in force; none before the first good load. */
  policiesInfo(): readonly Series<'rolewarden_policies_info'>[];
}

/** Whether a poll learned anything: something could be read, or nothing is named. */
export const readSomething = ({ groups, servicePrincipals }: PollReport): boolean =>
  groups.present + groups.absent + servicePrincipals.present + servicePrincipals.absent > 0 ||
  groups.unreadable + servicePrincipals.unreadable === 0;

export const createSourceFigures = (clock: Clock): SourceFigures => {
  const startedMs = clock.now();
  let policiesReadMs = startedMs;
  let entraReadMs = startedMs;
  let poll: PollReport | undefined;
  let isOnStandby = false;
  let policies: PoliciesReport | undefined;
  let inForce: PoliciesReport | undefined;
  return {
    observePoll: (report) => {
      poll = report;
      if (readSomething(report)) entraReadMs = report.atMs;
    },
    observeAccounts: (accounts) => {
      const wasOnStandby = isOnStandby;
      isOnStandby = accounts.length === 0 && (policies?.accounts ?? 0) > 0;
      if (wasOnStandby && !isOnStandby) entraReadMs = clock.now();
      if (isOnStandby) poll = undefined;
    },
    observePolicies: (report) => {
      policies = report;
      if (report.revision === undefined) return;
      inForce = report;
      policiesReadMs = report.atMs;
    },
    unreadable: () => [
      ...(poll === undefined
        ? []
        : ([
            [{ source: 'entra-groups' }, poll.groups.unreadable],
            [{ source: 'entra-service-principals' }, poll.servicePrincipals.unreadable],
            [{ source: 'entra-assignments' }, poll.assignments.unreadable],
          ] as const)),
      ...(policies === undefined
        ? []
        : ([[{ source: 'policies' }, policies.revision === undefined ? 1 : 0]] as const)),
    ],
    staleness: () => [
      [{ source: 'policies' }, (clock.now() - policiesReadMs) / 1_000],
      ...(isOnStandby ? [] : ([[{ source: 'entra' }, (clock.now() - entraReadMs) / 1_000]] as const)),
    ],
    clockSkew: () =>
      poll?.clockSkewMs === undefined ? [] : [[{ source: 'entra' }, poll.clockSkewMs / 1_000]],
    // A load that failed altogether found no problems in files; those of the last one that could be read are unknown.
    problems: () =>
      policies?.revision === undefined
        ? []
        : [
            [{ severity: 'error' }, policies.errors],
            [{ severity: 'warning' }, policies.warnings],
          ],
    policiesInfo: () =>
      inForce?.revision === undefined
        ? []
        : [[{ commit: inForce.commit?.id ?? '', revision: inForce.revision }, 1]],
  };
};
