// Brings desired and observed together, role by role: what is ours, what is claimed twice, what belongs to someone else.

import type { DesiredRole } from '../desired/desired-role.ts';
import { type ObservedRole, isOurs, tagKeys } from '../domain/role.ts';
import { compareText } from '../domain/statement.ts';
import { type TrustGrants } from '../domain/trust-grants.ts';
import { readTrustGrants } from '../domain/read-trust-grants.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';

/** A role about which nothing can be said. */
export interface UnknownRole {
  readonly roleName: string;
  readonly policyName: string | undefined;
  readonly desired: DesiredRole | undefined;
  readonly because: string;
}

const closedTrust: TrustGrants = { grants: new Map(), foreignDenies: [], silenced: [] };

/** Role names are unique without regard to case. [IAM CreateRole] */
const sameName = (name: string): string => name.toLowerCase();

/** Of several policies that claim a role name, the one on the role's tag keeps it; without a role, none has it. */
const claimants = (
  role: DesiredRole,
  sides: Sides,
  observed: ObservedRole | undefined,
): readonly string[] => {
  const own = role.policy.meta.name;
  if (observed?.tags[tagKeys.policy] === own) return [];
  return (sides.claims.get(sameName(role.roleName)) ?? []).filter((policy) => policy !== own);
};

interface Sides {
  /** Names of the policies that desire a role, by the role's name. */
  readonly claims: ReadonlyMap<string, readonly string[]>;
  readonly ours: ReadonlyMap<string, ObservedRole>;
  readonly takenBy: ReadonlyMap<string, string>;
  readonly halfSeen: ReadonlySet<string>;
}

const split = (input: PlanInput): Sides => {
  const ours = new Map<string, ObservedRole>();
  const takenBy = new Map<string, string>(input.observed.otherRoles);
  for (const role of input.observed.roles) {
    if (isOurs(role, input.instance)) ours.set(sameName(role.name), role);
    else takenBy.set(sameName(role.name), role.arn);
  }
  const claims = new Map<string, string[]>();
  for (const { roleName, policy } of input.desired.roles) {
    const policies = claims.get(sameName(roleName));
    if (policies === undefined) claims.set(sameName(roleName), [policy.meta.name]);
    else policies.push(policy.meta.name);
  }
  return { claims, ours, takenBy, halfSeen: new Set(input.observed.halfSeenRoleNames.map(sameName)) };
};

const readTrust = (observed: ObservedRole | undefined) =>
  observed === undefined
    ? ({ ok: true, trust: closedTrust } as const)
    : readTrustGrants(observed.trustDocument);

interface Pair {
  readonly roleName: string;
  readonly policyName: string | undefined;
  readonly desired: DesiredRole | undefined;
  readonly observed: ObservedRole | undefined;
}

const pairOf = (desired: DesiredRole | undefined, observed: ObservedRole | undefined): Pair => ({
  roleName: observed?.name ?? desired?.roleName ?? '',
  policyName: desired?.policy.meta.name ?? observed?.tags[tagKeys.policy],
  desired,
  observed,
});

const factsFor = (
  { roleName, policyName, desired, observed }: Pair,
  sides: Sides,
  input: PlanInput,
  settling: ReadonlySet<string>,
): RoleFacts | UnknownRole => {
  const claimedBy = desired === undefined ? [] : claimants(desired, sides, observed);
  if (sides.halfSeen.has(sameName(roleName)) && observed === undefined) {
    const because =
      'only one of the two role listings shows it: it was just created or deleted; the next sweep tells';
    return { roleName, policyName, desired, because };
  }
  const read = readTrust(claimedBy.length > 0 ? undefined : observed);
  if (!read.ok) {
    const because = `its trust policy cannot be read (${read.reason}); correct it by hand, then it is reconciled again`;
    return { roleName, policyName, desired, because };
  }
  return {
    roleName,
    desired,
    // A policy that may not have the role sees it as missing, and every change of it is held.
    observed: claimedBy.length > 0 ? undefined : observed,
    trust: read.trust,
    policyName,
    mode: desired?.mode ?? input.orphanMode,
    isSuspended: desired?.policy.suspend ?? false,
    isSettling: settling.has(roleName),
    takenBy: observed === undefined ? sides.takenBy.get(sameName(roleName)) : undefined,
    claimedBy,
  };
};

/**
 * All roles that are desired or ours, sorted by name, one at a time: what is known of one is much larger than what is kept
 * of it.
 */
export function* gatherFacts(
  input: PlanInput,
  settling: ReadonlySet<string>,
): Generator<RoleFacts | UnknownRole, undefined> {
  const sides = split(input);
  const pairs = [
    ...input.desired.roles.map((role) => pairOf(role, sides.ours.get(sameName(role.roleName)))),
    ...[...sides.ours].filter(([name]) => !sides.claims.has(name)).map(([, role]) => pairOf(undefined, role)),
  ].sort(
    (a, b) => compareText(a.roleName, b.roleName) || compareText(a.policyName ?? '', b.policyName ?? ''),
  );
  for (const pair of pairs) yield factsFor(pair, sides, input, settling);
}

/** The same facts without what fills the memory: grants are worked out again when somebody asks for them. */
export const withoutGrants = (role: RoleFacts): RoleFacts => {
  const { observed } = role;
  return {
    ...role,
    get trust() {
      const read = readTrust(observed);
      return read.ok ? read.trust : closedTrust;
    },
  };
};
