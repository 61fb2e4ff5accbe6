// The state of everything, kept from the events and told as one document.

import { objectKey } from '../domain/change.ts';
import type { Clock } from '../domain/ports.ts';
import { compareText } from '../domain/statement.ts';
import type { ControllerEvent, SweepReport } from '../reconcile/sweep-report.ts';
import { type HoldTracker, createHoldTracker } from './held-changes.ts';
import { type KnownRole, createKnownRoles } from './known-roles.ts';
import { createReadinessTracker } from './readiness.ts';
import { describeAccount } from './status-accounts.ts';
import type { PolicyStatus, Readiness, RoleStatus, StatusDocument } from './status-document.ts';
import { type TrackedRole, describePolicy, describeRole, policyNameOf } from './status-policies.ts';
import { createSourceStatus } from './status-sources.ts';
import { standingOfRole } from './standing.ts';

export type { StatusDocument } from './status-document.ts';

export interface Status {
  observe(event: ControllerEvent): void;
  snapshot(): StatusDocument;
  readiness(): Readiness;
}

export interface StatusOptions {
  readonly instance: string;
  readonly version: string;
  readonly clock: Clock;
}

interface TrackedAccount {
  readonly report: SweepReport;
  readonly roles: ReadonlyMap<string, TrackedRole>;
  readonly succeededAtMs: number | undefined;
  /** The last one that was read. */
  readonly trustQuotaChars: number | undefined;
}

/** How the role stands now, and since when, given how it stood. */
const track = (known: KnownRole, before: TrackedRole | undefined, report: SweepReport): TrackedRole => {
  const standing = standingOfRole(known.role, report);
  const atMs = report.plan.atMs;
  const isReady = standing.reason === 'Ready';
  const wasReady = before?.standing.reason === 'Ready';
  return {
    known,
    standing,
    readySinceMs: before === undefined || isReady !== wasReady ? atMs : before.readySinceMs,
    reasonSinceMs: before?.standing.reason === standing.reason ? before.reasonSinceMs : atMs,
  };
};

const trackAccount = (
  report: SweepReport,
  roles: readonly KnownRole[],
  before: TrackedAccount | undefined,
): TrackedAccount => {
  const isUnreadable = report.result === 'unreadable';
  const isSuccess = !isUnreadable && report.outcomes.every((outcome) => outcome.result !== 'failed');
  return {
    report,
    roles: new Map(
      roles.map((known) => {
        const key = objectKey(known.role);
        return [key, track(known, before?.roles.get(key), report)];
      }),
    ),
    succeededAtMs: isSuccess ? report.startedAtMs + report.durationMs : before?.succeededAtMs,
    trustQuotaChars: isUnreadable ? before?.trustQuotaChars : report.plan.trustQuotaChars,
  };
};

const describePolicies = (
  accounts: readonly TrackedAccount[],
  holds: HoldTracker,
  nowMs: number,
): readonly PolicyStatus[] => {
  const policies = new Map<string, { source: TrackedRole['known']['role']['source']; roles: RoleStatus[] }>();
  for (const { report, roles, trustQuotaChars } of accounts) {
    const held = holds.current(report.account);
    for (const role of roles.values()) {
      const name = policyNameOf(role);
      const policy = policies.get(name) ?? { source: undefined, roles: [] };
      policy.source ??= role.known.role.source;
      policy.roles.push(describeRole(role, { report, held, trustQuotaChars, nowMs }));
      policies.set(name, policy);
    }
  }
  return [...policies]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, { source, roles }]) => describePolicy(name, source, roles));
};

/** The status of one controller; fed with every event, in order. */
export const createStatus = ({ instance, version, clock }: StatusOptions): Status => {
  const startedAt = new Date(clock.now()).toISOString();
  const accounts = new Map<string, TrackedAccount>();
  const knownRoles = createKnownRoles();
  const holds = createHoldTracker();
  const readiness = createReadinessTracker();
  const sources = createSourceStatus();

  const observe = (event: ControllerEvent): void => {
    readiness.observe(event);
    sources.observe(event);
    if (event.kind === 'sweep') {
      const { report } = event;
      const roles = knownRoles.observe(report);
      holds.observe(report, roles);
      accounts.set(report.account, trackAccount(report, roles, accounts.get(report.account)));
    } else if (event.kind === 'accountRemoved') {
      accounts.delete(event.account);
      knownRoles.forget(event.account);
      holds.forget(event.account);
    }
  };

  return {
    observe,
    readiness: () => readiness.readiness(),
    snapshot: () => {
      const nowMs = clock.now();
      const sorted = [...accounts.values()].sort((a, b) => compareText(a.report.account, b.report.account));
      return {
        schemaVersion: 1,
        instance,
        version,
        at: new Date(nowMs).toISOString(),
        startedAt,
        readiness: readiness.readiness(),
        sources: sources.describe(nowMs),
        accounts: sorted.map((account) =>
          describeAccount({ ...account, roles: [...account.roles.values()] }),
        ),
        policies: describePolicies(sorted, holds, nowMs),
      };
    },
  };
};
