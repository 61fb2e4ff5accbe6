// A decision with everything in sync, to be changed by each test in what it is about.

import { resolveDesired } from '../../src/desired/resolve-desired.ts';
import type { DesiredRole } from '../../src/desired/desired-role.ts';
import { type Confirmations, type DirectorySnapshot, noConfirmations } from '../../src/domain/directory.ts';
import { type ObservedEcs, nothingInEcs } from '../../src/domain/ecs.ts';
import { mergeForeignDenies } from '../../src/domain/permissions.ts';
import type { HeldChange, HoldReason, Plan, PlannedRole } from '../../src/domain/plan.ts';
import type {
  AccessPolicy,
  Account,
  ControllerConfig,
  Federation,
  Lockout,
} from '../../src/domain/policy.ts';
import { type DenyEdit, editDenies, noDenies, renderDenies } from '../../src/domain/denies.ts';
import { present } from '../../src/domain/reading.ts';
import {
  type InlinePolicy,
  type ObservedAccount,
  type ObservedRole,
  accessPolicyName,
  denyPolicyName,
  rolePath,
} from '../../src/domain/role.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import { lockedOutIn } from '../../src/plan/lockouts.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import {
  account,
  accessPolicy,
  controllerConfig,
  federation,
  group,
  groupIds,
  oidcProvider,
  people,
  policySet,
  samlProvider,
  snapshotOf,
} from '../builders.ts';

export const nowMs = Date.UTC(2026, 0, 1, 12);

/** The denies of a role from which nobody was removed yet. */
const denyPolicies = (desired: DesiredRole): readonly InlinePolicy[] => {
  const gone = desired.admission === 'appRole' ? [...desired.gone.keys()] : [];
  const denies = editDenies(noDenies, [
    ...gone.map((sub): DenyEdit => ({ kind: 'putOut', sub, how: 'left', atMs: nowMs })),
    ...[...desired.ends].map(([sub, endMs]): DenyEdit => ({ kind: 'cutOff', sub, fromMs: endMs })),
    { kind: 'close', fromMs: desired.closesAtMs, atMs: nowMs },
  ]);
  const sendsSource = [...desired.grants.values()].some(({ kind }) => kind === 'sourceIdentity');
  const document = renderDenies(denies, sendsSource);
  return document === undefined ? [] : [{ name: denyPolicyName, document }];
};

/** The role just as the controller itself would have left it. */
export const roleInSync = (desired: DesiredRole, overrides: Partial<ObservedRole> = {}): ObservedRole => ({
  name: desired.roleName,
  path: rolePath,
  arn: `arn:aws:iam::111122223333:role${rolePath}${desired.roleName}`,
  roleId: 'AROAEXAMPLE',
  createdAtMs: Date.UTC(2025, 0, 1),
  lastUsedAtMs: undefined,
  trustDocument: renderTrustGrants({ grants: desired.grants, foreignDenies: [] }, desired.providers),
  tags: desired.tags,
  permissionsBoundary: desired.boundary,
  inlinePolicies: [
    { name: accessPolicyName, document: mergeForeignDenies(desired.statements, undefined) },
    ...denyPolicies(desired),
  ],
  attachedPolicyArns: [],
  settings: desired.settings,
  ...overrides,
});

export const observedAccount = (
  roles: readonly ObservedRole[],
  overrides: Partial<ObservedAccount> = {},
): ObservedAccount => ({
  readAtMs: nowMs,
  roles,
  halfSeenRoleNames: [],
  otherRoles: new Map(),
  askedRoles: new Map(),
  allows: [],
  trustQuotaChars: 2_048,
  samlProviderArns: new Set([samlProvider]),
  oidcProviderArns: new Set([oidcProvider]),
  ...overrides,
});

export interface Parts {
  readonly policies?: readonly AccessPolicy[];
  readonly lockouts?: readonly Lockout[];
  readonly account?: Account;
  readonly federation?: Federation;
  readonly config?: ControllerConfig;
  readonly snapshot?: DirectorySnapshot;
  readonly ecs?: ObservedEcs;
  /** What AWS holds, given the roles that the policies desire. Default: all in sync. */
  readonly roles?: (desired: readonly DesiredRole[]) => readonly ObservedRole[];
  readonly observed?: Partial<ObservedAccount>;
  readonly input?: Partial<PlanInput>;
  readonly confirmations?: Partial<Confirmations>;
}

/** Five people in one group, all in. */
export const fiveInGroup = snapshotOf({
  groups: { [groupIds.oncall]: group(groupIds.oncall, people(1, 2, 3, 4, 5)) },
});

export const membersAre = (...numbers: readonly number[]): DirectorySnapshot =>
  snapshotOf({ groups: { [groupIds.oncall]: group(groupIds.oncall, people(...numbers)) } });

/** The second read of the group agrees with the snapshot. */
export const secondReadOf = (...numbers: readonly number[]): Partial<Confirmations> => ({
  groups: new Map([[groupIds.oncall, present(group(groupIds.oncall, people(...numbers)))]]),
});

export const inputOf = (parts: Parts = {}): PlanInput => {
  const config = parts.config ?? controllerConfig();
  const own = parts.account ?? account();
  const policies = policySet({
    configs: [config],
    accounts: [own],
    federations: [parts.federation ?? federation()],
    policies: parts.policies ?? [accessPolicy()],
    lockouts: parts.lockouts ?? [],
  });
  const desired = resolveDesired(
    policies,
    own,
    config,
    parts.snapshot ?? fiveInGroup,
    parts.ecs ?? nothingInEcs,
    parts.input?.nowMs ?? nowMs,
  );
  const roles = parts.roles?.(desired.roles) ?? desired.roles.map((role) => roleInSync(role));
  return {
    scope: 'AccessPolicy',
    account: own,
    desired,
    observed: observedAccount(roles, parts.observed),
    instance: config.instance,
    safety: config.safety,
    confirmations: { ...noConfirmations, ...parts.confirmations },
    recentWrites: [],
    acknowledgements: [],
    policiesComplete: true,
    absences: new Map(),
    bindings: new Set(),
    taskRoleUse: new Map(),
    orphanMode: 'enforce',
    clockSkew: undefined,
    rewrites: new Map(),
    othersSince: new Map(),
    knowsLockouts: true,
    lockedOut: lockedOutIn(policies, nowMs),
    nowMs,
    ...parts.input,
  };
};

/** The roles that the policies desire with these members: for building what AWS held before. */
export const desiredWith = (snapshot: DirectorySnapshot, parts: Parts = {}): readonly DesiredRole[] =>
  inputOf({ ...parts, snapshot }).desired.roles;

/** AWS as it was when these were the members. */
export const rolesWith =
  (...numbers: readonly number[]) =>
  (): readonly ObservedRole[] =>
    desiredWith(membersAre(...numbers)).map((role) => roleInSync(role));

export const planOf = (parts: Parts = {}): Plan => makePlan(inputOf(parts));

export const onlyRole = (plan: Plan): PlannedRole => {
  const [role] = plan.roles;
  if (role === undefined || plan.roles.length !== 1)
    throw new Error(`expected one role, found ${plan.roles.length}`);
  return role;
};

/** `kind effect` of what is applied, and `kind reason` of what is held: short enough to read in a table. */
export const applied = (role: PlannedRole): readonly string[] =>
  role.apply.map((change) => `${change.detail.kind} ${change.effect}`);
export const held = (role: PlannedRole): readonly string[] =>
  role.held.map(({ change, hold }) => `${change.detail.kind} ${hold.reason}`);
export const reasons = (role: PlannedRole): ReadonlySet<HoldReason> =>
  new Set(role.held.map(({ hold }: HeldChange) => hold.reason));
export const writeOps = (role: PlannedRole): readonly string[] => role.writes.map((write) => write.op);
