// What the changes of a trust policy ask of the denies: who leaves is denied before she leaves the trust policy, which is
// all that names her; who comes is let through before she enters it.

import type { Change, LeaverProof } from '../domain/change.ts';
import type { DenyEdit, Out, OutHow } from '../domain/denies.ts';
import { sortedUnique } from '../domain/statement.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { closingOf, isAdmittedByOthers, staysByOthers } from './others.ts';
import { denyDocument } from './role-facts.ts';
import { isSkewed } from './guards/clock.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { applyTrustChanges, concernsTrust } from './trust-changes.ts';

/** When the access of each person ends: the latest of her grants; Infinity where one has no end. */
export const endsOf = (grants: Iterable<TrustGrant>): ReadonlyMap<string, number> => {
  const ends = new Map<string, number>();
  for (const grant of grants) {
    if (grant.kind !== 'person') continue;
    ends.set(grant.sub, Math.max(ends.get(grant.sub) ?? 0, grant.untilMs ?? Infinity));
  }
  return ends;
};

/** Where everybody's access ends at once, one deny says so for all. */
export const ownCutOff = (endMs: number, closesAtMs: number | undefined): number | undefined =>
  endMs === Infinity || (closesAtMs !== undefined && endMs >= closesAtMs) ? undefined : endMs;

export interface DenyEdits {
  /** Before the trust policy is narrowed. */
  readonly narrowing: readonly DenyEdit[];
  /** Before it is widened. */
  readonly widening: readonly DenyEdit[];
}

const howOf = (proof: LeaverProof | undefined): OutHow => {
  if (proof === undefined) return 'removed';
  return proof === 'accessEnded' || proof === 'lockedOut' ? 'ended' : 'left';
};

/** An entry by which somebody may be inside of whom nothing more is known. */
const isNameless = ({ kind }: TrustGrant): boolean => kind === 'anyone' || kind === 'foreign';

/** Whether everybody is denied, and still is after these changes; by a clock that is wrong nobody can tell. */
const staysClosed = (
  { denies }: RoleFacts,
  changes: readonly Change[],
  { nowMs, clockSkew }: Time,
): boolean =>
  !isSkewed(clockSkew) &&
  denies.closingMs !== undefined &&
  denies.closingMs <= nowMs &&
  !changes.some(
    ({ detail }) => detail.kind === 'liftDenies' && detail.edits.some(({ kind }) => kind === 'close'),
  );

export type Time = Pick<PlanInput, 'nowMs' | 'clockSkew'>;

interface After {
  /** When the access of each person ends, by sub. */
  readonly ends: ReadonlyMap<string, number>;
  readonly workloads: ReadonlySet<string>;
  readonly isClosed: boolean;
}

const edits = (
  change: Change,
  role: RoleFacts,
  { ends, workloads, isClosed }: After,
  nowMs: number,
): DenyEdits => {
  const { detail } = change;
  const closesAtMs = closingOf(role);
  const narrowing: DenyEdit[] = [];
  const widening: DenyEdit[] = [];
  if (detail.kind === 'revoke' && !isClosed) {
    const { grant, proof } = detail;
    // Entry alone is closed: who is inside may be the one who repairs it.
    if (proof === 'entraStale') return { narrowing, widening };
    if (isNameless(grant)) narrowing.push({ kind: 'signOutEveryone', atMs: nowMs });
    if (grant.kind === 'servicePrincipal' && !workloads.has(grant.sub))
      narrowing.push({ kind: 'signOutEveryone', atMs: nowMs });
    if (grant.kind === 'person' && !staysByOthers(role, grant, proof, nowMs)) {
      const endMs = ends.get(grant.sub);
      if (endMs === undefined)
        narrowing.push({ kind: 'putOut', sub: grant.sub, how: howOf(proof), atMs: nowMs });
      else if (detail.after !== undefined)
        narrowing.push({ kind: 'cutOff', sub: grant.sub, fromMs: ownCutOff(endMs, closesAtMs) });
    }
  }
  if (detail.kind === 'grant' && detail.grant.kind === 'person') {
    const { sub } = detail.grant;
    const endMs = isAdmittedByOthers(role, detail.grant, nowMs) ? Infinity : (ends.get(sub) ?? Infinity);
    widening.push(
      { kind: 'letIn', sub, atMs: nowMs },
      { kind: 'cutOff', sub, fromMs: ownCutOff(endMs, closesAtMs) },
    );
  }
  if (detail.kind === 'tightenDenies') narrowing.push(...detail.edits);
  if (detail.kind === 'liftDenies') widening.push(...detail.edits);
  if (detail.kind === 'forgetDenies') widening.push({ kind: 'forgetPast', atMs: nowMs });
  return { narrowing, widening };
};

/**
 * The next trust policy replaces one that may stand although its answer was lost, and that would be all that names them. Whom
 * others admit is inside by them, too.
 */
const forgottenEdits = (
  role: RoleFacts,
  changes: readonly Change[],
  { ends, isClosed }: After,
  nowMs: number,
): readonly DenyEdit[] => {
  if (isClosed || !changes.some(concernsTrust)) return [];
  const forgotten = role.perhapsNamed.filter(
    (grant) =>
      !ends.has(grant.sub) &&
      !isOut(role.denies.outs.get(grant.sub)) &&
      !staysByOthers(role, grant, role.desired?.gone.get(grant.sub), nowMs),
  );
  return sortedUnique(forgotten.map(({ sub }) => sub)).map((sub) => ({
    kind: 'putOut',
    sub,
    how: 'removed',
    atMs: nowMs,
  }));
};

const isOut = (out: Out | undefined): boolean => out !== undefined && out.issuedBeforeMs === undefined;

/** Nobody opens sessions of a task role but ECS. */
export const denyEdits = (role: RoleFacts, changes: readonly Change[], time: Time): DenyEdits => {
  const { nowMs } = time;
  if (role.owner?.kind === 'TaskRoleBinding' || role.deniesProblem !== undefined)
    return { narrowing: [], widening: [] };
  const { grants } = applyTrustChanges(role.trust, changes);
  const after: After = {
    ends: endsOf(grants.values()),
    workloads: new Set(
      [...grants.values()].flatMap((grant) => (grant.kind === 'servicePrincipal' ? [grant.sub] : [])),
    ),
    isClosed: staysClosed(role, changes, time),
  };
  const all = changes.map((change) => edits(change, role, after, nowMs));
  return {
    narrowing: [...all.flatMap((one) => one.narrowing), ...forgottenEdits(role, changes, after, nowMs)],
    widening: all.flatMap((one) => one.widening),
  };
};

/** Whether the federation sends a source identity, as far as the role tells. */
export const sendsSourceIdentity = ({ trust, desired, observed }: RoleFacts): boolean =>
  [trust.grants, desired?.grants].some((grants) =>
    [...(grants?.values() ?? [])].some(({ kind }) => kind === 'sourceIdentity'),
  ) ||
  // Twins that stand there are not taken away before they are past.
  /aws:sourceidentity/i.test(denyDocument(observed) ?? '');
