// Policies in the status document: one by one in each account, and each as a whole.

import { subjectOf } from '../domain/change.ts';
import { earliest } from '../domain/moment.ts';
import type { Admitted, PlannedRole } from '../domain/plan.ts';
import type { SourceRef } from '../domain/policy.ts';
import { compareText } from '../domain/statement.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { activationRecord } from './change-record.ts';
import type { TrackedHold } from './held-changes.ts';
import { natureOf } from './hold-reasons.ts';
import type { FoundChange, KnownObject } from './known-objects.ts';
import { grantReason } from './person-text.ts';
import type { Standing, StandingReason } from './standing.ts';
import { describeDenies, describeEnds, expiringCondition } from './status-ends.ts';
import type {
  Condition,
  DriftStatus,
  HeldStatus,
  PolicyStatus,
  RoleState,
  RoleStatus,
  SubjectStatus,
  UnwrittenStatus,
} from './status-document.ts';

export interface TrackedObject {
  readonly known: KnownObject;
  /** What differs after the sweep: held, or not written though it was to be. */
  readonly left: readonly FoundChange[];
  readonly standing: Standing;
  /** Milliseconds since the epoch: since when it is ready, or not. */
  readonly readySinceMs: number;
  /** Since when for this reason. */
  readonly reasonSinceMs: number;
}

/** A role of a policy. */
export type TrackedRole = TrackedObject & { readonly known: { readonly planned: PlannedRole } };

export const isRole = (tracked: TrackedObject): tracked is TrackedRole =>
  tracked.known.planned.object === 'Role';

export interface ObjectContext {
  readonly report: SweepReport;
  readonly held: ReadonlyMap<string, TrackedHold>;
  readonly nowMs: number;
}

export interface RoleContext extends ObjectContext {
  readonly trustQuotaChars: number | undefined;
}

/** Retries go on by themselves, but what failed for so long has by then failed several times. */
const stalledAfterMs = 300_000;

export const ownerNameOf = ({ known }: TrackedObject): string => known.planned.owner?.name ?? '(unknown)';

export const stateOf = (reason: StandingReason): RoleState =>
  reason === 'Ready'
    ? 'ready'
    : reason === 'Unknown'
      ? 'unknown'
      : reason === 'WriteFailed'
        ? 'failed'
        : 'held';

const iso = (ms: number): string => new Date(ms).toISOString();

const isStalled = ({ standing, reasonSinceMs }: TrackedObject, nowMs: number): boolean =>
  standing.needsPerson ||
  (['Unknown', 'WriteFailed'].includes(standing.reason) && nowMs - reasonSinceMs >= stalledAfterMs);

export const conditionsOf = (role: TrackedObject, nowMs: number): readonly Condition[] => {
  const { reason, message } = role.standing;
  const status = reason === 'Ready' ? 'True' : reason === 'Unknown' ? 'Unknown' : 'False';
  const ready: Condition = { type: 'Ready', status, reason, message, since: iso(role.readySinceMs) };
  return isStalled(role, nowMs)
    ? [ready, { type: 'Stalled', status: 'True', reason, message, since: iso(role.reasonSinceMs) }]
    : [ready];
};

const describeHeld = (
  { change, hold, sinceMs }: TrackedHold,
  labels: ReadonlyMap<string, string>,
): HeldStatus => {
  const subject = subjectOf(change);
  return {
    kind: change.detail.kind,
    effect: change.effect,
    class: change.driftClass,
    subject: subject ?? null,
    label: labels.get(subject ?? '') ?? null,
    why: change.why,
    reason: hold.reason,
    nature: natureOf(hold.reason),
    message: hold.message,
    since: iso(sinceMs),
    until: hold.untilMs === undefined ? null : iso(hold.untilMs),
    acknowledge: hold.acknowledgeable?.scope ?? null,
  };
};

const describeSubjects = (role: PlannedRole, people: readonly Admitted[]): readonly SubjectStatus[] =>
  people
    .map((one): SubjectStatus => {
      const { label, sub, via, person, untilMs, activation } = one;
      return {
        label,
        sub,
        kind: person === undefined ? 'servicePrincipal' : 'person',
        via,
        why: grantReason(one, role),
        until: untilMs === undefined ? null : iso(untilMs),
        isBreakGlass: role.breakGlass.has(sub),
        activation: activationRecord(activation),
      };
    })
    .sort((a, b) => compareText(a.label, b.label) || compareText(a.sub, b.sub));

/** What waits of one object, with the names of the people it concerns where they are known. */
export const describeHolds = (
  { known }: TrackedObject,
  { held }: ObjectContext,
  labels: ReadonlyMap<string, string> = new Map(),
): readonly HeldStatus[] =>
  known.held.flatMap(({ change }) => {
    const one = held.get(change.id);
    return one === undefined ? [] : [describeHeld(one, labels)];
  });

/** What was to be written of one object and was not. */
export const describeUnwritten = (
  { known, left }: TrackedObject,
  labels: ReadonlyMap<string, string> = new Map(),
): readonly UnwrittenStatus[] => {
  const held = new Set(known.held.map(({ change }) => change.id));
  return left
    .filter(({ change }) => !held.has(change.id))
    .map(({ change, sinceMs }) => {
      const subject = subjectOf(change);
      return {
        kind: change.detail.kind,
        effect: change.effect,
        class: change.driftClass,
        subject: subject ?? null,
        label: labels.get(subject ?? '') ?? null,
        why: change.why,
        since: iso(sinceMs),
      };
    });
};

/** Of one object, or of several that belong together. */
export const describeDrift = (objects: readonly TrackedObject[]): DriftStatus | null => {
  const since = objects.flatMap(({ left }) => left.map(({ sinceMs }) => sinceMs));
  const oldest = earliest(since);
  return oldest === undefined ? null : { count: since.length, since: iso(oldest) };
};

export const describeRole = (tracked: TrackedRole, context: RoleContext): RoleStatus => {
  const { known, standing } = tracked;
  const { report, trustQuotaChars, nowMs } = context;
  const role = known.planned;
  // Asked once: a plan works it out anew each time.
  const people = role.admitted();
  const isInSync = tracked.left.length + known.held.length === 0;
  const labels = isInSync
    ? known.names
    : new Map([...known.names, ...people.map(({ sub, label }) => [sub, label] as const)]);
  return {
    account: report.account,
    accountId: report.accountId,
    role: role.name,
    state: stateOf(standing.reason),
    reason: standing.reason,
    message: standing.message,
    conditions: [...conditionsOf(tracked, nowMs), ...expiringCondition(role, nowMs)],
    drift: describeDrift([tracked]),
    held: describeHolds(tracked, context, labels),
    unwritten: describeUnwritten(tracked, labels),
    trust:
      known.role === undefined || trustQuotaChars === undefined
        ? null
        : { chars: known.role.trustChars, quotaChars: trustQuotaChars },
    permissions: known.role?.permissions ?? null,
    denies: describeDenies(known, nowMs),
    expiresAt: role.closesAtMs === undefined ? null : iso(role.closesAtMs),
    ends: describeEnds(people, role, nowMs),
    withoutEnd: people.filter(({ untilMs }) => untilMs === undefined).length,
    lastUsedAt: known.role?.lastUsedAtMs === undefined ? null : iso(known.role.lastUsedAtMs),
    appRoleValue: role.appRoleValue ?? null,
    admittedCount: people.length,
    // Worked out for whoever asks: most look over all policies, and at the people of one.
    get admitted() {
      return describeSubjects(role, people);
    },
    warnings: role.warnings,
    isSettling: role.isSettling,
    sweptAt: iso(report.startedAtMs + report.durationMs),
  };
};

const severity: readonly RoleState[] = ['failed', 'unknown', 'held', 'ready'];

/** The worst role speaks for the policy, and names its account. */
const summarize = (type: Condition['type'], roles: readonly RoleStatus[]): readonly Condition[] => {
  const found = roles.flatMap((role) =>
    role.conditions.filter((one) => one.type === type).map((condition) => ({ role, condition })),
  );
  const [worst] = found.sort((a, b) => severity.indexOf(a.role.state) - severity.indexOf(b.role.state));
  if (worst === undefined) return [];
  const { role, condition } = worst;
  const same = found.filter((one) => one.condition.status === condition.status);
  const times = same.map((one) => one.condition.since).sort();
  return [
    {
      ...condition,
      message: condition.message === '' ? '' : `account ${role.account}: ${condition.message}`,
      // Ready since the last account became so; not ready since the first one was not.
      since: (condition.status === 'True' && type === 'Ready' ? times.at(-1) : times[0]) ?? condition.since,
    },
  ];
};

/** The same in every account. */
const expiring = (roles: readonly RoleStatus[]): readonly Condition[] =>
  roles.flatMap(({ conditions }) => conditions.filter(({ type }) => type === 'Expiring')).slice(0, 1);

export const describePolicy = (
  name: string,
  source: SourceRef | undefined,
  roles: readonly RoleStatus[],
): PolicyStatus => ({
  name,
  source: source === undefined ? null : { file: source.file, line: source.line },
  state: severity.find((state) => roles.some((role) => role.state === state)) ?? 'ready',
  conditions: [...summarize('Ready', roles), ...summarize('Stalled', roles), ...expiring(roles)],
  accounts: roles,
});
