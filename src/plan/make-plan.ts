// Deciding: desired + observed → plan. Pure and deterministic: the same world gives the same plan, in the same order.
//
//   lay over our recent writes → compare role by role → guards, each may only hold → plan + questions for a second look

import { earliest } from '../domain/moment.ts';
import { type Change, objectKey } from '../domain/change.ts';
import type { HeldChange, Plan, PlannedRole, Questions } from '../domain/plan.ts';
import { compareText, sortedUnique } from '../domain/statement.ts';
import { compareRole } from './compare-role.ts';
import { breaker, provenLeaverCap } from './guards/breaker.ts';
import { attachedPolicyRead, foreignDenyOnDelete, opaqueDocument } from './guards/documents.ts';
import { clockSkewed } from './guards/clock.ts';
import { boundariesToRead } from './findings/chaining.ts';
import { contestedTrust } from './guards/contested.ts';
import { newcomersMany } from './guards/newcomers-many.ts';
import { type Guard, byObject, runGuards } from './guards/guard.ts';
import {
  afterHeldChange,
  afterUncertainWrite,
  newcomersWait,
  sessionGrantsWait,
  wouldLockOut,
} from './guards/order.ts';
import {
  federationUnverified,
  mode,
  orphanedTaskRole,
  roleNameClaimed,
  roleNameTaken,
  suspended,
  taskRoleNotify,
} from './guards/permission-to-act.ts';
import {
  earlierEnd,
  membersUnread,
  provenOrMissingTwice,
  standingUnknown,
} from './guards/proof-of-leaving.ts';
import { lockoutsUnknown } from './guards/lockouts-unknown.ts';
import { awaitingPrune, sourcesInvalid } from './guards/prune.ts';
import { recentlyOut } from './guards/recently-out.ts';
import { notAdopted, othersUnsettled } from './guards/shared-role.ts';
import { deniesFull, permissionsFull, providerMissing, trustFull } from './guards/room.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { plannedRole, unknownRole } from './planned-role.ts';
import { questionsOf } from './questions.ts';
import { type Lag, layOverRecentWrites, writesStillSettling } from './recent-writes.ts';
import { type UnknownRole, gatherFacts, withoutGrants } from './role-facts.ts';

/**
 * In this order. May we act at all; is the removal proven; is it too large; does the addition fit; and last what leans
 * on changes that were held before. `wouldLockOut` runs again after `trustFull`, which may hold a replacing grant.
 */
const guards: readonly Guard[] = [
  roleNameClaimed,
  notAdopted,
  roleNameTaken,
  orphanedTaskRole,
  suspended,
  mode,
  federationUnverified,
  taskRoleNotify,
  sourcesInvalid,
  opaqueDocument,
  attachedPolicyRead,
  awaitingPrune,
  foreignDenyOnDelete,
  standingUnknown,
  lockoutsUnknown,
  clockSkewed,
  recentlyOut,
  providerMissing,
  permissionsFull,
  provenOrMissingTwice,
  earlierEnd,
  membersUnread,
  provenLeaverCap,
  breaker,
  newcomersMany,
  contestedTrust,
  wouldLockOut,
  afterUncertainWrite,
  afterHeldChange,
  newcomersWait,
  trustFull,
  deniesFull,
  wouldLockOut,
  afterHeldChange,
  sessionGrantsWait,
  othersUnsettled,
];

const keyOf = ({ roleName, owner }: RoleFacts): string =>
  objectKey({ object: 'Role', name: roleName, owner });

interface Compared {
  readonly facts: readonly RoleFacts[];
  readonly unknown: readonly UnknownRole[];
  readonly changes: readonly Change[];
  /** Where nothing differs, and so nothing is left to decide. */
  readonly settled: ReadonlyMap<RoleFacts, PlannedRole>;
}

/** Comparing looks at the grants, and at who is admitted, for each person again: so they are worked out before. */
const withMembers = (role: RoleFacts): RoleFacts => {
  if (role.desired === undefined) return role;
  const admitted = role.desired.admitted();
  return {
    ...role,
    desired: { ...role.desired, grants: new Map(role.desired.grants), admitted: () => admitted },
  };
};

/** One role after another: mostly nothing differs, and then little of a role needs to stay in memory. */
const compareAll = (input: PlanInput, lag: Lag): Compared => {
  const facts: RoleFacts[] = [];
  const unknown: UnknownRole[] = [];
  const changes: Change[] = [];
  const settled = new Map<RoleFacts, PlannedRole>();
  for (const found of gatherFacts(input, lag)) {
    if ('because' in found) {
      unknown.push(found);
      continue;
    }
    const role = found.trustInSync === undefined ? withMembers(found) : found;
    const own = compareRole(role, input);
    const kept = own.length === 0 ? withoutGrants(found) : role;
    facts.push(kept);
    changes.push(...own);
    if (own.length === 0) settled.set(kept, plannedRole(role, [], [], input));
  }
  return { facts, unknown, changes, settled };
};

const nothingOfEcs: Pick<Plan, 'services' | 'execReadiness' | 'sideDoors'> = {
  services: [],
  execReadiness: [],
  sideDoors: [],
};

/** The first moment at which something held may go on by itself. */
export const wakeAt = (held: readonly HeldChange[]): number | undefined =>
  earliest(held.map(({ hold }) => hold.untilMs));

const withBoundaries = (questions: Questions, input: PlanInput): Questions => ({
  ...questions,
  managedPolicyArns: sortedUnique([...questions.managedPolicyArns, ...boundariesToRead(input)]),
});

/** The plan for one account that could be observed. */
export const makePlan = (given: PlanInput): Plan => {
  const recent = writesStillSettling(given.recentWrites, given.nowMs, given.safety.settleMs);
  const { observed, lag } = layOverRecentWrites(given.observed, recent);
  const input: PlanInput = { ...given, observed };
  const { facts, settled, unknown, changes } = compareAll(input, lag);
  const roles = new Map(facts.map((role) => [keyOf(role), role]));
  const { apply, held } = runGuards(guards, changes, { input, facts: roles });
  const applyByRole = byObject(apply);
  const heldChanges = byObject(held.map((one) => one.change));
  const holdOf = new Map(held.map((one) => [one.change, one]));
  const planned = facts.map((role) => {
    const key = keyOf(role);
    const inSync = settled.get(role);
    if (inSync !== undefined) return inSync;
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
    roles: [...planned, ...unknown.map(unknownRole)].sort((a, b) => compareText(a.name, b.name)),
    ...nothingOfEcs,
    wakeAtMs: earliest([wakeAt(held), ...input.desired.roles.map(({ nextChangeMs }) => nextChangeMs)]),
    questions: withBoundaries(questionsOf(held, roles, input), input),
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
    unknownRole({ roleName: desired.roleName, owner: desired.owner, desired, because }),
  ),
  ...nothingOfEcs,
  wakeAtMs: undefined,
  questions: { groups: [], assignments: [], standings: [], managedPolicyArns: [] },
  trustQuotaChars: 0,
});
