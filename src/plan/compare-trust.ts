// The trust policy of a role, desired against observed: who is to be let in, who is to be put out, and of whom nothing is known.

import { minuteOf } from '../domain/moment.ts';
import type { Change, Effect, LeaverProof } from '../domain/change.ts';
import type { GroupKey } from '../domain/directory.ts';
import type { DesiredRole } from '../desired/desired-role.ts';
import { ownPart } from '../domain/shared-role.ts';
import { canonicalStatements } from '../domain/statement.ts';
import { type TrustGrant, endOf } from '../domain/trust-grants.ts';
import { type TrustPolicy, parseTrustPolicy } from '../domain/trust-policy.ts';
import { admitsNow } from './admits-now.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { isClosed } from './trust-changes.ts';

/** A change without what all changes of a role share. */
export type Draft = Pick<Change, 'effect' | 'driftClass' | 'why' | 'detail'> & {
  /** Unique within the role. */
  readonly id: string;
};

const farFuture = Date.UTC(9_999, 0);

/** A new grant widens, unless the document lets its holder in that way already, now and without an end. */
const grantEffect = (policy: TrustPolicy | undefined, grant: TrustGrant, nowMs: number): Effect =>
  policy !== undefined && [nowMs, farFuture].every((atMs) => admitsNow(policy, grant, atMs) === 'allowed')
    ? 'none'
    : 'widens';

const labelOf = (desired: DesiredRole | undefined, sub: string): string =>
  desired?.names.get(sub) ?? desired?.admitted().find((one) => one.sub === sub)?.label ?? sub;

const groupName = (key: GroupKey, desired: DesiredRole): string => {
  const name = desired.groupNames[key];
  return name === undefined ? key : `"${name}"`;
};

const grantReason = (grant: TrustGrant, desired: DesiredRole): string => {
  switch (grant.kind) {
    case 'person': {
      const one = desired.admitted().find((candidate) => candidate.sub === grant.sub);
      return `${one?.label ?? grant.sub} is a member of ${one?.via.map((key) => groupName(key, desired)).join(', ') ?? 'a group of the policy'}`;
    }
    case 'servicePrincipal':
      return `${labelOf(desired, grant.sub)} is listed as a service principal`;
    case 'anyone':
      return 'admission is appRole: whoever Entra assigns to the app role may enter';
    case 'sessionTags':
      return 'the federation sends session tags, which sign-in needs permission for';
    case 'sourceIdentity':
      return 'the federation sends a source identity, which sign-in needs permission for';
    case 'ecsTasks':
      return 'ECS tasks of the account run with this role';
    case 'foreign':
      return 'a statement of the trust policy';
  }
};

const earlierReason = (grant: TrustGrant, desired: DesiredRole): string => {
  const who = 'sub' in grant ? `${labelOf(desired, grant.sub)}: ` : '';
  return `${who}the access ends earlier, at ${minuteOf(endOf(grant))}`;
};

const trustPolicyOf = (role: RoleFacts): TrustPolicy | undefined => {
  const parsed = role.observed === undefined ? undefined : parseTrustPolicy(role.observed.trustDocument);
  return parsed?.ok === true ? parsed.policy : undefined;
};

const additions = (role: RoleFacts, desired: DesiredRole, nowMs: number): readonly Draft[] => {
  const drafts: Draft[] = [];
  let policy: TrustPolicy | undefined;
  for (const [key, grant] of desired.grants) {
    const before = role.trust.grants.get(key);
    if (before !== undefined && endOf(before) === endOf(grant)) continue;
    if (before !== undefined && endOf(before) > endOf(grant)) {
      const detail = { kind: 'revoke', grant: before, after: grant, proof: undefined } as const;
      drafts.push({
        id: `trust/${key}`,
        effect: 'narrows',
        driftClass: 'trust',
        why: earlierReason(grant, desired),
        detail,
      });
      continue;
    }
    // Reading the document costs more than all else here, and mostly nobody is new.
    // What others give her in a shared role may go tomorrow, and ours stays.
    if (before === undefined && !role.isShared) policy ??= trustPolicyOf(role);
    const effect = before === undefined ? grantEffect(policy, grant, nowMs) : 'widens';
    drafts.push({
      id: `trust/${key}`,
      effect,
      driftClass: 'trust',
      why: grantReason(grant, desired),
      detail: { kind: 'grant', grant, before },
    });
  }
  return drafts;
};

const proofOf = (
  sub: string,
  grant: TrustGrant,
  desired: DesiredRole | undefined,
  input: PlanInput,
): LeaverProof | undefined => {
  if (input.lockedOut.has(sub)) return 'lockedOut';
  const known = desired?.gone.get(sub);
  if (known !== undefined) return known;
  if (endOf(grant) <= input.nowMs) return 'accessEnded';
  const reading = input.confirmations.standings.get(sub);
  if (reading?.state !== 'present') return undefined;
  switch (reading.value.is) {
    case 'disabled':
      return 'accountDisabled';
    case 'deleted':
      return 'userDeleted';
    case 'notFound':
      // One 404 may be a lagging replica; two polls that agree, while others answer, are a fact.
      return (input.confirmations.notFoundPolls.get(sub) ?? 0) >= 2 ? 'userNotFound' : undefined;
    case 'enabled':
    case 'unknown':
      return undefined;
  }
};

const proofSentence: Readonly<Record<LeaverProof, string>> = {
  accountDisabled: 'the account is disabled in Entra',
  userDeleted: 'the user was deleted in Entra',
  userNotFound: 'the user was not found in Entra in two polls',
  accessEnded: 'the end of the access has come',
  lockedOut: 'a Lockout names this person',
  entraStale: 'Entra could not be read for longer than the policy allows',
};

const revokeReason = (grant: TrustGrant, role: RoleFacts, proof: LeaverProof | undefined): string => {
  if (proof !== undefined)
    return 'sub' in grant
      ? `${labelOf(role.desired, grant.sub)}: ${proofSentence[proof]}`
      : proofSentence[proof];
  if (role.desired === undefined)
    return `the policy ${role.owner?.name ?? '(unknown)'} no longer covers this role`;
  switch (grant.kind) {
    case 'person': {
      const excluded = role.desired.excluded.get(grant.sub);
      if (excluded !== undefined) return excluded;
      return `${labelOf(role.desired, grant.sub)} is in no group of the policy${role.desired.grants.size > 0 ? ', or not for this audience' : ''}`;
    }
    case 'servicePrincipal':
      return `service principal ${grant.sub} is not listed in the policy in this form`;
    case 'anyone':
      return 'anyone of the identity provider could enter; the policy admits named members only';
    case 'sessionTags':
      return 'the federation sends no session tags';
    case 'sourceIdentity':
      return 'the federation sends no source identity';
    case 'ecsTasks':
      return 'ECS tasks of another account or region could run with this role';
    case 'foreign':
      return 'a statement that is not of the policy stands in the trust policy';
  }
};

/** Who could be read is out as well, people and workloads: the policy is closed as a whole. */
const staleProof = (grant: TrustGrant, desired: DesiredRole | undefined): LeaverProof | undefined => {
  if (desired?.closedAsStale === undefined) return undefined;
  if (grant.kind === 'person') return desired.breakGlass.has(grant.sub) ? undefined : 'entraStale';
  return grant.kind === 'anyone' || grant.kind === 'servicePrincipal' ? 'entraStale' : undefined;
};

const endProof = (grant: TrustGrant, nowMs: number): LeaverProof | undefined =>
  endOf(grant) <= nowMs ? 'accessEnded' : undefined;

/** Something decisive is unknown, so that she is neither let in nor put out. */
const isUndecided = (sub: string, desired: DesiredRole | undefined): boolean =>
  desired?.doubtful.has(sub) === true || desired?.unassigned.has(sub) === true;

const removals = (role: RoleFacts, input: PlanInput): readonly Draft[] => {
  const { desired } = role;
  const drafts: Draft[] = [];
  for (const [key, grant] of role.trust.grants) {
    if (desired?.grants.has(key) === true) continue;
    const proof =
      ('sub' in grant ? proofOf(grant.sub, grant, desired, input) : endProof(grant, input.nowMs)) ??
      staleProof(grant, desired);
    const isSure = proof === 'accessEnded' || proof === 'lockedOut' || proof === 'entraStale';
    const isKept =
      desired?.closedAsStale !== undefined && 'sub' in grant && desired.breakGlass.has(grant.sub);
    if (!isSure && isKept) continue;
    if (!isSure && 'sub' in grant && isUndecided(grant.sub, desired)) continue;
    drafts.push({
      id: `trust/${key}`,
      effect: 'narrows',
      driftClass:
        desired === undefined ? 'orphaned' : grant.kind === 'foreign' ? 'foreignStatement' : 'trust',
      why: revokeReason(grant, role, proof),
      detail: { kind: 'revoke', grant, after: undefined, proof },
    });
  }
  return drafts;
};

/** Newcomers of whom something decisive is unknown: named, so that the plan can say why they are not in. */
const doubts = (role: RoleFacts, desired: DesiredRole): readonly Draft[] => {
  if (desired.doubtful.size + desired.unassigned.size === 0) return [];
  const known = new Set(
    [...role.trust.grants.values()].flatMap((grant) => ('sub' in grant ? [grant.sub] : [])),
  );
  const [provider = ''] = desired.providers;
  return [...desired.doubtful, ...desired.unassigned]
    .filter(([sub]) => !known.has(sub) && desired.admission === 'members')
    .map(([sub, why]): Draft => {
      const grant: TrustGrant = { kind: 'person', provider, audience: '', sub, untilMs: undefined };
      return {
        id: `trust/doubt|${sub}`,
        effect: 'widens',
        driftClass: 'trust',
        why,
        detail: { kind: 'grant', grant, before: undefined },
      };
    });
};

/** Whether our closing Deny stands in a shared role that has statements of others, whom it is not to keep out. */
const closesOthers = ({ trust, observed }: RoleFacts): boolean => {
  const { shared, foreignDenies } = trust;
  if (shared === undefined || observed === undefined || shared.others.length === 0) return false;
  return (
    isClosed(trust) && ownPart(observed.trustDocument, shared.instance) !== canonicalStatements(foreignDenies)
  );
};

/** Everything that differs between the trust policy and the policy's people. */
export const trustDrafts = (role: RoleFacts, input: PlanInput): readonly Draft[] => {
  if (role.trustInSync !== undefined) return [];
  const drafts = [
    ...(role.desired === undefined ? [] : additions(role, role.desired, input.nowMs)),
    ...removals(role, input),
    ...(role.desired === undefined ? [] : doubts(role, role.desired)),
  ];
  if ((role.trust.silenced.length === 0 && !closesOthers(role)) || drafts.length > 0) return drafts;
  const why = 'statements that would admit someone stand behind our closing Deny';
  return [
    { id: 'trust/restate', effect: 'none', driftClass: 'trust', why, detail: { kind: 'restateTrust' } },
  ];
};
