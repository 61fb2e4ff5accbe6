// Deciding: desired + observed → plan. Pure and deterministic: the same world gives the same plan, in the same order.
//
//   lay over our recent writes → compare role by role → guards, each may only hold → plan + questions for a second look

import type { Change } from '../domain/change.ts';
import { deniesOf, hasAllow } from '../domain/permissions.ts';
import type { HeldChange, Plan, PlannedRole } from '../domain/plan.ts';
import { compareText } from '../domain/statement.ts';
import { isClosed } from './trust-changes.ts';
import { compareRole } from './compare-role.ts';
import { breaker, provenLeaverCap } from './guards/breaker.ts';
import { attachedPolicyRead, foreignDenyOnDelete, opaqueDocument } from './guards/documents.ts';
import { type Guard, byRole, roleKey, runGuards } from './guards/guard.ts';
import { afterHeldChange, newcomersWait, sessionGrantsWait, wouldLockOut } from './guards/order.ts';
import { mode, roleNameClaimed, roleNameTaken, suspended } from './guards/permission-to-act.ts';
import { provenOrMissingTwice, standingUnknown } from './guards/proof-of-leaving.ts';
import { awaitingPrune, sourcesInvalid } from './guards/prune.ts';
import { providerMissing, trustChars, trustFull } from './guards/room.ts';
import { orderWrites } from './order-writes.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { questionsOf } from './questions.ts';
import { layOverRecentWrites, writesStillSettling } from './recent-writes.ts';
import { type UnknownRole, gatherFacts } from './role-facts.ts';

/**
 * In this order. May we act at all; is the removal proven; is it too large; does the addition fit; and last what leans
 * on changes that were held before. `wouldLockOut` runs again after `trustFull`, which may hold a replacing grant.
 */
const guards: readonly Guard[] = [
  roleNameClaimed,
  roleNameTaken,
  suspended,
  mode,
  sourcesInvalid,
  opaqueDocument,
  attachedPolicyRead,
  awaitingPrune,
  foreignDenyOnDelete,
  standingUnknown,
  providerMissing,
  provenOrMissingTwice,
  provenLeaverCap,
  breaker,
  wouldLockOut,
  afterHeldChange,
  newcomersWait,
  trustFull,
  wouldLockOut,
  afterHeldChange,
  sessionGrantsWait,
];

const foreignDenyWarnings = (role: RoleFacts): readonly string[] => {
  const { observed, trust } = role;
  if (observed === undefined) return [];
  const inline = observed.inlinePolicies.filter(
    (policy) => (deniesOf(policy.document)?.length ?? 0) > 0 && hasAllow(policy.document) === false,
  );
  return [
    ...(trust.foreignDenies.length > 0
      ? [
          `the trust policy holds ${trust.foreignDenies.length} Deny statement(s) that are not ours; they are kept`,
        ]
      : []),
    ...inline.map((policy) => `the inline policy ${policy.name} holds only Denies and is kept`),
  ];
};

const orphanWarnings = (role: RoleFacts): readonly string[] =>
  role.desired === undefined && isClosed(role.trust)
    ? [
        `the policy ${role.policyName ?? '(unknown)'} is gone; the role is closed and kept (its prune tag does not say true, or it waits)`,
      ]
    : [];

const plannedRole = (
  role: RoleFacts,
  changes: readonly Change[],
  held: readonly HeldChange[],
  input: PlanInput,
): PlannedRole => ({
  roleName: role.roleName,
  policy: role.policyName,
  source: role.desired?.policy.meta.source,
  state: changes.length > 0 ? 'apply' : held.length > 0 ? 'hold' : 'inSync',
  unknownBecause: undefined,
  apply: changes,
  writes: orderWrites(role, changes, input),
  held,
  isSettling: role.isSettling,
  warnings: [
    ...(role.desired?.warnings ?? []),
    ...(role.desired?.doubtful.values() ?? []),
    ...foreignDenyWarnings(role),
    ...orphanWarnings(role),
  ],
  trustChars: trustChars(
    { ...role.trust, grants: role.desired?.grants ?? role.trust.grants },
    role.desired?.providers ?? [],
  ),
  appRoleValue: role.desired?.appRoleValue,
  admitted: role.desired?.admitted ?? [],
});

const unknownRole = (role: UnknownRole): PlannedRole => ({
  roleName: role.roleName,
  policy: role.policyName,
  source: role.desired?.policy.meta.source,
  state: 'unknown',
  unknownBecause: role.because,
  apply: [],
  writes: [],
  held: [],
  isSettling: false,
  warnings: role.desired?.warnings ?? [],
  trustChars: 0,
  appRoleValue: role.desired?.appRoleValue,
  admitted: role.desired?.admitted ?? [],
});

/** The plan for one account that could be observed. */
export const makePlan = (given: PlanInput): Plan => {
  const recent = writesStillSettling(given.recentWrites, given.nowMs, given.safety.settleMs);
  const { observed, settling } = layOverRecentWrites(given.observed, recent);
  const input: PlanInput = { ...given, observed };
  const { facts, unknown } = gatherFacts(input, settling);
  const roles = new Map(
    facts.map((role) => [roleKey({ roleName: role.roleName, policy: role.policyName }), role]),
  );
  const changes = facts.flatMap((role) => compareRole(role, input));
  const { apply, held } = runGuards(guards, changes, { input, roles });
  const applyByRole = byRole(apply);
  const heldChanges = byRole(held.map((one) => one.change));
  const holdOf = new Map(held.map((one) => [one.change, one]));
  const planned = facts.map((role) => {
    const key = roleKey({ roleName: role.roleName, policy: role.policyName });
    const own = (heldChanges.get(key) ?? []).flatMap((change) => holdOf.get(change) ?? []);
    return plannedRole(
      role,
      applyByRole.get(key) ?? [],
      own.sort((a, b) => compareText(a.change.id, b.change.id)),
      input,
    );
  });
  return {
    account: input.account.meta.name,
    accountId: input.account.accountId,
    atMs: input.nowMs,
    roles: [...planned, ...unknown.map(unknownRole)].sort((a, b) => compareText(a.roleName, b.roleName)),
    questions: questionsOf(held, roles, input),
    trustQuotaChars: input.observed.trustQuotaChars,
  };
};

/** The plan for an account that could not be observed: every desired role is unknown, and nothing is done. */
export const unknownPlan = (
  input: Pick<PlanInput, 'account' | 'desired' | 'nowMs'>,
  because: string,
): Plan => ({
  account: input.account.meta.name,
  accountId: input.account.accountId,
  atMs: input.nowMs,
  roles: input.desired.roles.map((desired) =>
    unknownRole({ roleName: desired.roleName, policyName: desired.policy.meta.name, desired, because }),
  ),
  questions: { groups: [], standings: [], managedPolicyArns: [] },
  trustQuotaChars: 0,
});
