// Brings desired and observed together, role by role: what is ours, what is claimed twice, what belongs to someone else.

import type { DesiredRole } from '../desired/desired-role.ts';
import type { Owner } from '../domain/change.ts';
import type { RoleOwnership } from '../domain/policy.ts';
import { noDenies, readDenies } from '../domain/denies.ts';
import { type ObservedRole, isAdopted, isDenyPolicy, isOurs, tagKeys } from '../domain/role.ts';
import { ownPart } from '../domain/shared-role.ts';
import { trustStatements } from '../domain/render-trust-grants.ts';
import { saysJust } from '../domain/says-just.ts';
import { compareText, renderDocument } from '../domain/statement.ts';
import { type PersonGrant, type TrustGrants, isEntry } from '../domain/trust-grants.ts';
import { readTrustGrants } from '../domain/read-trust-grants.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import type { Lag, UncertainField } from './recent-writes.ts';

/** A role about which nothing can be said. */
export interface UnknownRole {
  readonly roleName: string;
  readonly owner: Owner | undefined;
  readonly desired: DesiredRole | undefined;
  readonly because: string;
}

const closedTrust: TrustGrants = { grants: new Map(), foreignDenies: [], silenced: [] };

const nothingUncertain: ReadonlySet<UncertainField> = new Set();

/** Role names are unique without regard to case. [IAM CreateRole] */
const sameName = (name: string): string => name.toLowerCase();

/** Whose a role was when it was made. */
const ownerOnTag = (observed: ObservedRole | undefined): Owner | undefined => {
  const { [tagKeys.policy]: policy, [tagKeys.binding]: binding } = observed?.tags ?? {};
  if (binding !== undefined) return { kind: 'TaskRoleBinding', name: binding };
  return policy === undefined ? undefined : { kind: 'AccessPolicy', name: policy };
};

/** Of several policies that claim a role name, the one on the role's tag keeps it; without a role, none has it. */
const claimants = (
  role: DesiredRole,
  sides: Sides,
  observed: ObservedRole | undefined,
): readonly string[] => {
  const own = role.owner.name;
  const tagged = role.ownership === 'statements' ? undefined : ownerOnTag(observed);
  if (tagged?.kind === role.owner.kind && tagged.name === own) return [];
  return (sides.claims.get(sameName(role.roleName)) ?? []).filter((policy) => policy !== own);
};

interface Sides {
  /** Names of the policies that desire a role, by the role's name. */
  readonly claims: ReadonlyMap<string, readonly string[]>;
  readonly ours: ReadonlyMap<string, ObservedRole>;
  /** Of somebody else's, in which we may have statements. */
  readonly adopted: ReadonlyMap<string, ObservedRole>;
  readonly takenBy: ReadonlyMap<string, string>;
  readonly halfSeen: ReadonlySet<string>;
}

/** Task roles belong to the plan of bindings, unless their binding is gone: then to the plan that looks at all roles. */
const isInScope = ({ tags }: ObservedRole, { scope, bindings }: PlanInput): boolean => {
  const binding = tags[tagKeys.binding];
  const isBound = binding !== undefined && bindings.has(binding);
  return isBound === (scope === 'TaskRoleBinding');
};

const split = (input: PlanInput): Sides => {
  const ours = new Map<string, ObservedRole>();
  const adopted = new Map<string, ObservedRole>();
  const takenBy = new Map<string, string>(input.observed.otherRoles);
  for (const role of input.observed.roles) {
    if (isOurs(role, input.instance) && isInScope(role, input)) ours.set(sameName(role.name), role);
    else if (isAdopted(role, input.instance) && input.scope === 'AccessPolicy')
      adopted.set(sameName(role.name), role);
    else takenBy.set(sameName(role.name), role.arn);
  }
  const claims = new Map<string, string[]>();
  for (const { roleName, owner } of input.desired.roles) {
    const policies = claims.get(sameName(roleName));
    if (policies === undefined) claims.set(sameName(roleName), [owner.name]);
    else policies.push(owner.name);
  }
  return {
    claims,
    ours,
    adopted,
    takenBy,
    halfSeen: new Set(input.observed.halfSeenRoleNames.map(sameName)),
  };
};

/**
 * The length of the trust policy if the observed one says just what is desired. Most roles are so at most times, and it is
 * seen without looking at their grants one by one. A closed role is not among them: whether its Deny is ours is a
 * question of more than meaning.
 */
const trustInSync = (
  desired: DesiredRole | undefined,
  observed: ObservedRole | undefined,
): RoleFacts['trustInSync'] => {
  if (desired === undefined || observed === undefined || desired.doubtful.size > 0) return undefined;
  if (desired.ownership === 'statements') return undefined;
  const grants = [...desired.grants.values()];
  if (!grants.some(isEntry)) return undefined;
  const statements = trustStatements(grants, [], desired.providers);
  const rendered = renderDocument(statements);
  return saysJust(observed.trustDocument, statements, rendered) ? { chars: rendered.length } : undefined;
};

/** Grants that are worked out when somebody asks for them, and not kept. */
const lazyTrust = (desired: DesiredRole): TrustGrants => ({
  grants: desired.grants,
  foreignDenies: [],
  silenced: [],
});

/** The document of our denies, as observed. */
export const denyDocument = (observed: ObservedRole | undefined): string | undefined =>
  observed?.inlinePolicies.find(({ name }) => isDenyPolicy(name))?.document;

const deniesOf = (observed: ObservedRole | undefined): Pick<RoleFacts, 'denies' | 'deniesProblem'> => {
  const read = readDenies(denyDocument(observed));
  return read.ok
    ? { denies: read.denies, deniesProblem: undefined }
    : { denies: noDenies, deniesProblem: read.reason };
};

/** `sharedBy`: the instance whose statements alone are read. */
const readTrust = (observed: ObservedRole | undefined, sharedBy: string | undefined) =>
  observed === undefined
    ? ({ ok: true, trust: closedTrust } as const)
    : readTrustGrants(observed.trustDocument, sharedBy);

const namedIn = (trustDocuments: readonly string[], sharedBy: string | undefined): readonly PersonGrant[] =>
  trustDocuments.flatMap((document) => {
    const read = readTrustGrants(document, sharedBy);
    return read.ok ? [...read.trust.grants.values()].filter((grant) => grant.kind === 'person') : [];
  });

interface Pair {
  readonly roleName: string;
  readonly isShared: boolean;
  readonly owner: Owner | undefined;
  readonly desired: DesiredRole | undefined;
  readonly observed: ObservedRole | undefined;
}

const pairOf = (
  desired: DesiredRole | undefined,
  observed: ObservedRole | undefined,
  isShared: boolean,
): Pair => ({
  roleName: observed?.name ?? desired?.roleName ?? '',
  isShared,
  // What others write on the tags of their role is no word of ours.
  owner: desired?.owner ?? (isShared ? undefined : ownerOnTag(observed)),
  desired,
  observed,
});

const factsFor = (
  { roleName, isShared, owner, desired, observed }: Pair,
  sides: Sides,
  input: PlanInput,
  lag: Lag,
): RoleFacts | UnknownRole => {
  const claimedBy = desired === undefined ? [] : claimants(desired, sides, observed);
  if (sides.halfSeen.has(sameName(roleName)) && observed === undefined) {
    const because =
      'only one of the two role listings shows it: it was just created or deleted; the next sweep tells';
    return { roleName, owner, desired, because };
  }
  const own = claimedBy.length > 0 ? undefined : observed;
  const inSync = trustInSync(desired, own);
  const read =
    inSync !== undefined && desired !== undefined
      ? ({ ok: true, trust: lazyTrust(desired) } as const)
      : readTrust(own, isShared ? input.instance : undefined);
  if (!read.ok) {
    const because = `its trust policy cannot be read (${read.reason}); correct it by hand, then it is reconciled again`;
    return { roleName, owner, desired, because };
  }
  return {
    roleName,
    isShared,
    desired,
    // A policy that may not have the role sees it as missing, and every change of it is held.
    observed: own,
    trust: read.trust,
    trustInSync: inSync,
    ...deniesOf(own),
    owner,
    mode: desired?.mode ?? input.orphanMode,
    isSuspended: desired?.isSuspended ?? false,
    isSettling: lag.settling.has(roleName),
    uncertain: lag.uncertain.get(roleName) ?? nothingUncertain,
    perhapsNamed: namedIn(lag.lostTrusts.get(roleName) ?? [], isShared ? input.instance : undefined),
    takenBy: observed === undefined ? sides.takenBy.get(sameName(roleName)) : undefined,
    claimedBy,
  };
};

const desiredPairs = ({ desired }: PlanInput, sides: Sides): readonly Pair[] =>
  desired.roles.flatMap((role) => {
    const name = sameName(role.roleName);
    if (role.ownership === 'role') return [pairOf(role, sides.ours.get(name), false)];
    // A role that was made here for the same policy is closed first, as one that nobody wants any more.
    return sides.ours.has(name) ? [] : [pairOf(role, sides.adopted.get(name), true)];
  });

/** Roles that no policy wants in this way. */
const orphans = (
  roles: ReadonlyMap<string, ObservedRole>,
  ownership: RoleOwnership,
  { desired }: PlanInput,
): readonly ObservedRole[] => {
  const wanted = new Set(
    desired.roles.flatMap((role) => (role.ownership === ownership ? [sameName(role.roleName)] : [])),
  );
  return [...roles].flatMap(([name, role]) => (wanted.has(name) ? [] : [role]));
};

/** Whether anything of ours stands in a role of somebody else's. */
const hasOurs = (role: ObservedRole, { instance }: PlanInput): boolean =>
  ownPart(role.trustDocument, instance) !== '' || denyDocument(role) !== undefined;

/**
 * All roles that are desired or ours, sorted by name, one at a time: what is known of one is much larger than what is kept
 * of it.
 */
export function* gatherFacts(input: PlanInput, lag: Lag): Generator<RoleFacts | UnknownRole, undefined> {
  const sides = split(input);
  const pairs = [
    ...desiredPairs(input, sides),
    ...orphans(sides.ours, 'role', input).map((role) => pairOf(undefined, role, false)),
    ...orphans(sides.adopted, 'statements', input)
      .filter((role) => hasOurs(role, input))
      .map((role) => pairOf(undefined, role, true)),
  ].sort(
    (a, b) => compareText(a.roleName, b.roleName) || compareText(a.owner?.name ?? '', b.owner?.name ?? ''),
  );
  for (const pair of pairs) yield factsFor(pair, sides, input, lag);
}

/** The same facts without what fills the memory: grants are worked out again when somebody asks for them. */
export const withoutGrants = (role: RoleFacts): RoleFacts => {
  if (role.trustInSync !== undefined || role.isShared) return role;
  const { observed } = role;
  return {
    ...role,
    get trust() {
      const read = readTrust(observed, undefined);
      return read.ok ? read.trust : closedTrust;
    },
  };
};
