// One role of a plan, as people and reports see it: its state, its writes, and what they ask of it besides.

import type { DesiredRole } from '../desired/desired-role.ts';
import { type Change, subjectOf } from '../domain/change.ts';
import type { HeldChange, PlannedRole } from '../domain/plan.ts';
import { renderTrustGrants } from '../domain/render-trust-grants.ts';
import { accessPolicyName } from '../domain/role.ts';
import { canonicalDocument } from '../domain/statement.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { narrowingHold } from './guards/permission-to-act.ts';
import { trustChars } from './guards/room.ts';
import { closingProviders, orderWrites } from './order-writes.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { type UnknownRole, denyDocument } from './role-facts.ts';
import { roleWarnings } from './role-warnings.ts';

/** For people to read: what the trust policy would be if nothing were held. */
const trustDifference = (role: RoleFacts, differences: number, input: PlanInput): PlannedRole['trust'] => {
  if (differences === 0) return undefined;
  const before = role.observed?.trustDocument;
  const wanted = {
    ...role.trust,
    grants: role.desired?.grants ?? new Map<string, TrustGrant>(),
  };
  const after = renderTrustGrants(wanted, closingProviders(role, input));
  return before !== undefined && canonicalDocument(before) === canonicalDocument(after)
    ? undefined
    : { before, wanted: after };
};

/** IAM does not count white space, of which our documents have none. */
const charsOf = (document: string): number => document.replaceAll(/\s/g, '').length;

const permissionsChars = (role: RoleFacts, changes: readonly Change[]): number | undefined => {
  for (const { detail } of changes) if (detail.kind === 'putPermissions') return charsOf(detail.after);
  const standing = role.observed?.inlinePolicies.find(({ name }) => name.toLowerCase() === accessPolicyName);
  return standing === undefined ? undefined : charsOf(standing.document);
};

const nobody: ReadonlySet<string> = new Set();
const nameless: ReadonlyMap<string, string> = new Map();
const noEnds: ReadonlyMap<string, number> = new Map();
const none: readonly never[] = [];
/** Mostly there is nothing, and of thousands of roles each would hold its own empty lists. */
const orNone = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? none : list);
const nobodyAdmitted: PlannedRole['admitted'] = () => [];
const noTrust: PlannedRole['trustInSync'] = () => undefined;

/** Of the role itself nothing is kept: a plan lasts until the next sweep. */
const trustOf =
  ({ grants, providers }: DesiredRole): PlannedRole['trustInSync'] =>
  () =>
    renderTrustGrants({ grants, foreignDenies: [] }, providers);

/** What people ask of a role, whatever is known of it in AWS. */
const ofDesired = (
  desired: DesiredRole | undefined,
): Pick<PlannedRole, 'appRoleValue' | 'breakGlass' | 'names' | 'ends' | 'closesAtMs' | 'groupNames'> => ({
  appRoleValue: desired?.appRoleValue,
  breakGlass: desired?.breakGlass ?? nobody,
  names: desired?.names ?? nameless,
  ends: desired?.ends ?? noEnds,
  closesAtMs: desired?.closesAtMs,
  groupNames: desired?.groupNames ?? {},
});

/** Who loses her access is mostly in no group any more; then only a look-up of her alone tells what people call her. */
const withLookedUp = (
  names: ReadonlyMap<string, string>,
  changes: readonly Change[],
  { confirmations }: PlanInput,
): ReadonlyMap<string, string> => {
  const found = changes.flatMap((change) => {
    const sub = subjectOf(change);
    if (sub === undefined || names.has(sub)) return [];
    const reading = confirmations.standings.get(sub);
    const name = reading?.state === 'present' ? reading.value.userPrincipalName : null;
    return name === null ? [] : [[sub, name] as const];
  });
  return found.length === 0 ? names : new Map([...names, ...found]);
};

/** While something that the policy names cannot be read, nobody knows whether a role without differences is in sync. */
const stateOf = (
  role: RoleFacts,
  changes: readonly Change[],
  held: readonly HeldChange[],
): Pick<PlannedRole, 'state' | 'unknownBecause'> => {
  if (changes.length > 0) return { state: 'apply', unknownBecause: undefined };
  if (held.length > 0) return { state: 'hold', unknownBecause: undefined };
  const unread =
    role.desired?.groups.find((group) => group.state !== 'read')?.message ?? role.desired?.unreadStatements;
  return unread === undefined
    ? { state: 'inSync', unknownBecause: undefined }
    : { state: 'unknown', unknownBecause: unread };
};

/**
 * Removals that wait for the statements of others to stand still. Her deny is written once: what says so stands there until
 * the trust policy follows.
 */
const deniedMeanwhile = (
  { denies }: RoleFacts,
  held: readonly HeldChange[],
  { nowMs }: PlanInput,
): readonly Change[] =>
  held.flatMap(({ change, hold }) => {
    const { detail } = change;
    if (hold.reason !== 'othersUnsettled' || detail.kind !== 'revoke') return [];
    if (!('sub' in detail.grant))
      return denies.everyone !== undefined && denies.everyone.untilMs > nowMs ? [] : [change];
    const out = denies.outs.get(detail.grant.sub);
    const isDenied = out !== undefined && out.issuedBeforeMs === undefined && out.untilMs > nowMs;
    return isDenied ? [] : [change];
  });

/** A shared role has its ARN from whoever made it. */
const appRoleValue = ({ isShared, desired, observed }: RoleFacts): string | undefined => {
  const [provider] = desired?.providers ?? [];
  return isShared && observed !== undefined && provider !== undefined
    ? `${observed.arn},${provider}`
    : desired?.appRoleValue;
};

export const plannedRole = (
  role: RoleFacts,
  changes: readonly Change[],
  held: readonly HeldChange[],
  input: PlanInput,
): PlannedRole => {
  const { desired } = role;
  const writes = orderWrites(role, changes, deniedMeanwhile(role, held, input), input);
  const differences = [...changes, ...held.map((one) => one.change)];
  const asked = ofDesired(desired);
  return {
    object: 'Role',
    name: role.roleName,
    owner: role.owner,
    source: role.desired?.source,
    ...stateOf(role, changes, held),
    apply: orNone(changes),
    writes: orNone(writes),
    afterRevoke: role.desired?.afterRevoke ?? 'keepTask',
    shellsHold: narrowingHold(role),
    held: orNone(held),
    isSettling: role.isSettling,
    warnings: orNone(roleWarnings(role, writes, input)),
    trustChars:
      role.trustInSync?.chars ??
      trustChars(
        { ...role.trust, grants: role.desired?.grants ?? role.trust.grants },
        role.desired?.providers ?? [],
      ),
    ...asked,
    appRoleValue: appRoleValue(role),
    names: withLookedUp(asked.names, differences, input),
    permissionsChars: permissionsChars(role, differences),
    denies: denyDocument(role.observed),
    lastUsedAtMs: role.observed?.lastUsedAtMs,
    admitted: desired?.admitted ?? nobodyAdmitted,
    trust: trustDifference(role, differences.length, input),
    trustInSync: role.trustInSync === undefined || desired === undefined ? noTrust : trustOf(desired),
  };
};

export const unknownRole = (role: UnknownRole): PlannedRole => ({
  object: 'Role',
  name: role.roleName,
  owner: role.owner,
  source: role.desired?.source,
  state: 'unknown',
  unknownBecause: role.because,
  apply: [],
  writes: [],
  afterRevoke: 'keepTask',
  shellsHold: undefined,
  held: [],
  isSettling: false,
  warnings: role.desired?.warnings ?? [],
  trustChars: 0,
  ...ofDesired(role.desired),
  permissionsChars: undefined,
  denies: undefined,
  lastUsedAtMs: undefined,
  admitted: role.desired?.admitted ?? nobodyAdmitted,
  trust: undefined,
  trustInSync: noTrust,
});
