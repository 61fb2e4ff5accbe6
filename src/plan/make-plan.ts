// Deciding: desired + observed → plan. Pure and deterministic: the same world gives the same plan, in the same order.
//
//   lay over our recent writes → compare role by role → guards, each may only hold → plan + questions for a second look

import { type Change, objectKey } from '../domain/change.ts';
import { deniesOf, hasAllow } from '../domain/permissions.ts';
import { readDenies } from '../domain/denies.ts';
import type { RoleWrite } from '../domain/write.ts';
import type { HeldChange, Plan, PlannedRole, Questions } from '../domain/plan.ts';
import { canonicalDocument, compareText, sortedUnique } from '../domain/statement.ts';
import type { DesiredRole } from '../desired/desired-role.ts';
import { accessPolicyName, denyPolicyName, isDenyPolicy } from '../domain/role.ts';
import { renderTrustGrants } from '../domain/render-trust-grants.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { isClosed } from './trust-changes.ts';
import { compareRole } from './compare-role.ts';
import { breaker, provenLeaverCap } from './guards/breaker.ts';
import {
  attachedPolicyRead,
  deniesProblemMessage,
  foreignDenyOnDelete,
  opaqueDocument,
} from './guards/documents.ts';
import { clockSkewed } from './guards/clock.ts';
import { boundariesToRead, chainingWarnings } from './findings/chaining.ts';
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
import { awaitingPrune, lockoutsUnknown, sourcesInvalid } from './guards/prune.ts';
import { recentlyOut } from './guards/recently-out.ts';
import { deniesFull, permissionsFull, providerMissing, trustChars, trustFull } from './guards/room.ts';
import { closingProviders, orderWrites } from './order-writes.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { questionsOf } from './questions.ts';
import { type Lag, layOverRecentWrites, writesStillSettling } from './recent-writes.ts';
import { type UnknownRole, denyDocument, gatherFacts, withoutGrants } from './role-facts.ts';

/**
 * In this order. May we act at all; is the removal proven; is it too large; does the addition fit; and last what leans
 * on changes that were held before. `wouldLockOut` runs again after `trustFull`, which may hold a replacing grant.
 */
const guards: readonly Guard[] = [
  roleNameClaimed,
  roleNameTaken,
  orphanedTaskRole,
  suspended,
  mode,
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
];

/** Reading a document costs more than looking for the word, which only an escape could hide. */
const mayHoldDeny = (document: string): boolean => document.includes('Deny') || document.includes('\\');

const foreignDenyWarnings = (role: RoleFacts): readonly string[] => {
  const { observed, trust } = role;
  if (observed === undefined) return [];
  const inline = observed.inlinePolicies.filter(
    ({ name, document }) =>
      !isDenyPolicy(name) &&
      mayHoldDeny(document) &&
      (deniesOf(document)?.length ?? 0) > 0 &&
      hasAllow(document) === false,
  );
  return [
    ...(trust.foreignDenies.length > 0
      ? [
          `the trust policy holds ${trust.foreignDenies.length} Deny statement(s) that are not ours; they are kept`,
        ]
      : []),
    ...(role.denies.foreign.length > 0
      ? [
          `${denyPolicyName} holds ${role.denies.foreign.length} Deny statement(s) that are not ours; they are kept`,
        ]
      : []),
    ...inline.map((policy) => `the inline policy ${policy.name} holds only Denies and is kept`),
  ];
};

/** Said loudly: colleagues who did nothing have to sign in again. */
const everyoneWarnings = (role: RoleFacts, writes: readonly RoleWrite[]): readonly string[] => {
  const planned = writes.findLast((write) => write.op === 'putDenies');
  const read = readDenies(planned?.after);
  const { everyone } = planned !== undefined && read.ok ? read.denies : role.denies;
  if (everyone === undefined) return [];
  const [before, until] = [everyone.issuedBeforeMs, everyone.untilMs].map(
    (ms) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  );
  return [
    `all sessions that began before ${before} are denied until ${until}, since somebody who left cannot be told from others, or for want of room; whoever belongs here signs in again`,
  ];
};

const deniesWarnings = (role: RoleFacts): readonly string[] =>
  role.deniesProblem === undefined ? [] : [deniesProblemMessage(role.deniesProblem)];

const orphanWarnings = (role: RoleFacts): readonly string[] =>
  role.desired === undefined && role.owner?.kind !== 'TaskRoleBinding' && isClosed(role.trust)
    ? [
        `the policy ${role.owner?.name ?? '(unknown)'} is gone; the role is closed and kept (its prune tag does not say true, or it waits)`,
      ]
    : [];

/** For people to read: what the trust policy would be if nothing were held. */
const trustDifference = (role: RoleFacts, differences: number, input: PlanInput): PlannedRole['trust'] => {
  if (differences === 0) return undefined;
  const before = role.observed?.trustDocument;
  const wanted = {
    grants: role.desired?.grants ?? new Map<string, TrustGrant>(),
    foreignDenies: role.trust.foreignDenies,
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

const plannedRole = (
  role: RoleFacts,
  changes: readonly Change[],
  held: readonly HeldChange[],
  input: PlanInput,
): PlannedRole => {
  const { desired } = role;
  const writes = orderWrites(role, changes, input);
  return {
    object: 'Role',
    name: role.roleName,
    owner: role.owner,
    source: role.desired?.source,
    ...stateOf(role, changes, held),
    apply: changes,
    writes,
    afterRevoke: role.desired?.afterRevoke ?? 'keepTask',
    held,
    isSettling: role.isSettling,
    warnings: [
      ...(role.desired?.warnings ?? []),
      ...(role.desired?.doubtful.values() ?? []),
      ...foreignDenyWarnings(role),
      ...deniesWarnings(role),
      ...chainingWarnings(role.desired, input),
      ...everyoneWarnings(role, writes),
      ...orphanWarnings(role),
    ],
    trustChars:
      role.trustInSync?.chars ??
      trustChars(
        { ...role.trust, grants: role.desired?.grants ?? role.trust.grants },
        role.desired?.providers ?? [],
      ),
    ...ofDesired(desired),
    permissionsChars: permissionsChars(role, [...changes, ...held.map((one) => one.change)]),
    denies: denyDocument(role.observed),
    lastUsedAtMs: role.observed?.lastUsedAtMs,
    // Worked out for whoever asks; the plan of a large account does not hold everybody by name.
    get admitted() {
      return desired?.admitted ?? [];
    },
    trust: trustDifference(role, changes.length + held.length, input),
  };
};

const unknownRole = (role: UnknownRole): PlannedRole => ({
  object: 'Role',
  name: role.roleName,
  owner: role.owner,
  source: role.desired?.source,
  state: 'unknown',
  unknownBecause: role.because,
  apply: [],
  writes: [],
  afterRevoke: 'keepTask',
  held: [],
  isSettling: false,
  warnings: role.desired?.warnings ?? [],
  trustChars: 0,
  ...ofDesired(role.desired),
  permissionsChars: undefined,
  denies: undefined,
  lastUsedAtMs: undefined,
  admitted: role.desired?.admitted ?? [],
  trust: undefined,
});

const keyOf = ({ roleName, owner }: RoleFacts): string =>
  objectKey({ object: 'Role', name: roleName, owner });

interface Compared {
  readonly facts: readonly RoleFacts[];
  readonly unknown: readonly UnknownRole[];
  readonly changes: readonly Change[];
  /** Where nothing differs, and so nothing is left to decide. */
  readonly settled: ReadonlyMap<RoleFacts, PlannedRole>;
}

/** Comparing looks at the grants again and again, so they are worked out before. */
const withGrants = (role: RoleFacts): RoleFacts =>
  role.desired === undefined
    ? role
    : { ...role, desired: { ...role.desired, grants: new Map(role.desired.grants) } };

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
    const role = found.trustInSync === undefined ? withGrants(found) : found;
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

const earliest = (moments: readonly (number | undefined)[]): number | undefined => {
  const times = moments.flatMap((ms) => ms ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
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
