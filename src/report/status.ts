// The state of everything, kept from the events and told as one document.

import { objectKey } from '../domain/change.ts';
import type { Clock } from '../domain/ports.ts';
import { compareText } from '../domain/statement.ts';
import type { SourceRef } from '../domain/policy.ts';
import type { ControllerEvent, SweepReport, SweepScope } from '../reconcile/sweep-report.ts';
import { createByScope } from './by-scope.ts';
import { type HoldTracker, createHoldTracker } from './held-changes.ts';
import { type KnownObject, type KnownObjects, carriedOutIn, createKnownObjects } from './known-objects.ts';
import { createReadinessTracker } from './readiness.ts';
import { type RoleDocuments, documentsOfRole } from './role-documents.ts';
import { createReplicaTracker } from './status-replica.ts';
import { describeAccount } from './status-accounts.ts';
import type { PolicyStatus, Readiness, RoleStatus, StatusDocument } from './status-document.ts';
import { type TrackedObject, describePolicy, describeRole, isRole, ownerNameOf } from './status-policies.ts';
import { type TrackedExec, describeServices, trackExec } from './status-services.ts';
import { createSourceStatus } from './status-sources.ts';
import { standingOf } from './standing.ts';

export type { StatusDocument } from './status-document.ts';

export interface Status {
  observe(event: ControllerEvent): void;
  snapshot(): StatusDocument;
  /** The documents of the roles of one policy, in the order of its accounts; none for a policy that is not known. */
  documents(policy: string): readonly RoleDocuments[];
  readiness(): Readiness;
}

export interface StatusOptions {
  readonly instance: string;
  readonly version: string;
  readonly clock: Clock;
  /** What the reporters of a controller share. */
  readonly knownObjects?: KnownObjects;
}

/** One scope of one account. */
interface TrackedSweep {
  readonly report: SweepReport;
  readonly objects: ReadonlyMap<string, TrackedObject>;
  readonly exec: ReadonlyMap<string, TrackedExec>;
  readonly succeededAtMs: number | undefined;
  /** The last one that was read. */
  readonly trustQuotaChars: number | undefined;
}

/** How the role or service stands now, and since when, given how it stood. */
const track = (
  known: KnownObject,
  before: TrackedObject | undefined,
  report: SweepReport,
  carriedOut: ReadonlySet<string>,
): TrackedObject => {
  const standing = standingOf(known.planned, report);
  const atMs = report.plan.atMs;
  const isReady = standing.reason === 'Ready';
  const wasReady = before?.standing.reason === 'Ready';
  return {
    known,
    left:
      carriedOut.size === 0 ? known.found : known.found.filter(({ change }) => !carriedOut.has(change.id)),
    standing,
    readySinceMs: before === undefined || isReady !== wasReady ? atMs : before.readySinceMs,
    reasonSinceMs: before?.standing.reason === standing.reason ? before.reasonSinceMs : atMs,
  };
};

const trackSweep = (
  report: SweepReport,
  objects: readonly KnownObject[],
  before: TrackedSweep | undefined,
): TrackedSweep => {
  const isUnreadable = report.result === 'unreadable';
  const carriedOut = carriedOutIn(report);
  const isSuccess = !isUnreadable && report.outcomes.every((outcome) => outcome.result !== 'failed');
  return {
    report,
    objects: new Map(
      objects.map((known) => {
        const key = objectKey(known.planned);
        return [key, track(known, before?.objects.get(key), report, carriedOut)];
      }),
    ),
    exec: trackExec(report, before?.exec ?? new Map<string, TrackedExec>()),
    succeededAtMs: isSuccess ? report.startedAtMs + report.durationMs : before?.succeededAtMs,
    trustQuotaChars: isUnreadable ? before?.trustQuotaChars : report.plan.trustQuotaChars,
  };
};

const describePolicies = (
  sweeps: readonly TrackedSweep[],
  holds: HoldTracker,
  nowMs: number,
): readonly PolicyStatus[] => {
  const policies = new Map<string, { source: SourceRef | undefined; roles: RoleStatus[] }>();
  for (const { report, objects, trustQuotaChars } of sweeps) {
    const held = holds.current(report);
    for (const role of [...objects.values()].filter(isRole)) {
      const name = ownerNameOf(role);
      const policy = policies.get(name) ?? { source: undefined, roles: [] };
      policy.source ??= role.known.planned.source;
      policy.roles.push(describeRole(role, { report, held, trustQuotaChars, nowMs }));
      policies.set(name, policy);
    }
  }
  return [...policies]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, { source, roles }]) => describePolicy(name, source, roles));
};

/** As the groups of the policies tell: whoever is locked out is admitted by none, and may still be a member. */
const nameOfMember =
  (sweeps: readonly TrackedSweep[]) =>
  (sub: string): string | undefined => {
    for (const { objects } of sweeps)
      for (const { known } of objects.values()) {
        const name =
          known.names.get(sub) ??
          (known.planned.object === 'Role' ? known.planned.names.get(sub) : undefined);
        if (name !== undefined) return name;
      }
    return undefined;
  };

/** The status of one controller; fed with every event, in order. */
export const createStatus = ({
  instance,
  version,
  clock,
  knownObjects = createKnownObjects(),
}: StatusOptions): Status => {
  const startedAt = new Date(clock.now()).toISOString();
  const sweeps = createByScope<TrackedSweep>();
  const holds = createHoldTracker();
  const readiness = createReadinessTracker();
  const sources = createSourceStatus();
  const replica = createReplicaTracker();

  const observe = (event: ControllerEvent): void => {
    readiness.observe(event);
    sources.observe(event);
    replica.observe(event);
    if (event.kind === 'sweep') {
      const { report } = event;
      const objects = knownObjects.observe(report);
      holds.observe(report, objects);
      sweeps.set(report, trackSweep(report, objects, sweeps.get(report)));
    } else if (event.kind === 'accountRemoved') {
      sweeps.forget(event.account);
      knownObjects.forget(event.account);
      holds.forget(event.account);
    }
  };

  const sorted = (scope: SweepScope): readonly TrackedSweep[] =>
    sweeps
      .entries()
      .filter(([of]) => of.scope === scope)
      .map(([, tracked]) => tracked)
      .sort((a, b) => compareText(a.report.account, b.report.account));

  return {
    observe,
    readiness: () => readiness.readiness(),
    documents: (policy) =>
      sorted('access').flatMap(({ report, objects }) =>
        [...objects.values()]
          .filter(isRole)
          .filter((role) => ownerNameOf(role) === policy)
          .map((role) => documentsOfRole(role, report)),
      ),
    snapshot: () => {
      const nowMs = clock.now();
      const [access, services] = [sorted('access'), sorted('services')];
      return {
        schemaVersion: 1,
        instance,
        version,
        at: new Date(nowMs).toISOString(),
        startedAt,
        readiness: readiness.readiness(),
        replica: replica.describe(nowMs),
        sources: sources.describe(nowMs),
        lockouts: sources.lockouts(nowMs, nameOfMember(access)),
        accounts: access.map((account) =>
          describeAccount({
            ...account,
            objects: [...account.objects.values()],
            services: services.find(({ report }) => report.account === account.report.account),
          }),
        ),
        policies: describePolicies(access, holds, nowMs),
        services: services.flatMap(({ report, objects, exec }) =>
          describeServices([...objects.values()], exec, { report, held: holds.current(report), nowMs }),
        ),
      };
    },
  };
};
