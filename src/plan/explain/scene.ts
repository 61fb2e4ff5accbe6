// What the links of the chain look at, worked out once: what the policy wants at the moment asked about, and what AWS holds
// then. For a moment to come that is what stands now, with the writes laid over that the plan of that moment makes.

import type { DesiredRole } from '../../desired/desired-role.ts';
import { resolveDesired } from '../../desired/resolve-desired.ts';
import {
  type DirectorySnapshot,
  type Group,
  type GroupKey,
  type Person,
  type UserStanding,
  groupKey,
} from '../../domain/directory.ts';
import type { ObservedEcs } from '../../domain/ecs.ts';
import type { PlannedRole } from '../../domain/plan.ts';
import type {
  AccessPolicy,
  Account,
  ControllerConfig,
  PolicySet,
  SamlFederation,
} from '../../domain/policy.ts';
import { type Reading, absent, present } from '../../domain/reading.ts';
import { type ObservedAccount, type ObservedRole, isAdopted, isOurs, tagKeys } from '../../domain/role.ts';
import type { ExecReadiness } from '../../domain/service-findings.ts';
import { lockedOutIn } from '../lockouts.ts';
import { makePlan } from '../make-plan.ts';
import type { PlanInput } from '../plan-input.ts';
import { layOverRecentWrites, writesStillSettling } from '../recent-writes.ts';
import { type Entry, entryOf } from './entry.ts';
import { standingOf } from './look-up.ts';
import { type FoundPerson, knownSubs } from './person.ts';
import { type RoleDocuments, afterWrites } from './role-documents.ts';
import { type WayIn, isMember, waysIn } from './ways-in.ts';

export interface ExplainInput {
  readonly found: FoundPerson;
  /** Looked up where the groups do not tell; undefined: that was not needed. */
  readonly userStanding: Reading<UserStanding> | undefined;
  readonly policy: AccessPolicy;
  readonly account: Account;
  readonly config: ControllerConfig;
  readonly policies: PolicySet;
  readonly snapshot: DirectorySnapshot;
  readonly otherForms: ReadonlyMap<GroupKey, Reading<Group>>;
  readonly ecs: ObservedEcs;
  /** Of the plan of now; unreadable: the roles of the account could not be observed. */
  readonly planInput: Reading<PlanInput>;
  /** Of the account's services, as last looked at. */
  readonly execReadiness: readonly ExecReadiness[];
  readonly nowMs: number;
  /** Milliseconds since the epoch: now, or later. */
  readonly atMs: number;
}

/** Whether the policy wants her in then; `unknown` says what cannot be told. */
export type Wish = { readonly is: 'in' | 'out' } | { readonly is: 'unknown'; readonly because: string };

export interface Scene extends ExplainInput {
  readonly who: string;
  readonly isFuture: boolean;
  readonly person: Person | undefined;
  readonly saml: SamlFederation | undefined;
  readonly provider: string;
  /** The value of `saml:sub` under which trust policies would know her; undefined: not known. */
  readonly sub: string | undefined;
  readonly ways: readonly WayIn[];
  /** What the policy wants then; undefined: its federation is not loaded, or it is not for this account. */
  readonly desired: DesiredRole | undefined;
  readonly wish: Wish;
  /** What the plan of then says of the role; undefined: nothing, or the account could not be observed. */
  readonly planned: PlannedRole | undefined;
  readonly observed: ObservedAccount | undefined;
  /** The role as it is then. */
  readonly role: Reading<RoleDocuments>;
  readonly entry: Entry;
  /** Everybody whom the groups of all policies show, as trust policies may know them: if hers is not known, she may be any other. */
  readonly knownSubs: ReadonlySet<string>;
}

/** The snapshot as it would be at a moment to come: an assignment that begins makes her a member. */
const foreseen = (
  { snapshot, found }: ExplainInput,
  ways: readonly WayIn[],
  isFuture: boolean,
  person: Person | undefined,
): DirectorySnapshot => {
  const coming = ways.filter((way) => !way.isListed && isMember(way, isFuture));
  if (person === undefined || found.id === undefined || coming.length === 0) return snapshot;
  const groups = new Map(snapshot.groups);
  for (const { subject, reading } of coming) {
    if (reading?.state !== 'present') continue;
    const people = [...reading.value.people, person];
    groups.set(groupKey(subject), present({ ...reading.value, people }));
  }
  return { ...snapshot, groups };
};

/** Her account as far as it is known: of somebody whom no group shows, what the look-up said. */
const personOf = ({ found, userStanding }: ExplainInput): Person | undefined => {
  if (found.person !== undefined) return found.person;
  if (found.id === undefined) return undefined;
  const standing = standingOf({ userStanding });
  return {
    id: found.id,
    userPrincipalName: null,
    mail: null,
    accountEnabled: standing === 'enabled' ? true : standing === 'disabled' ? false : null,
    userType: null,
  };
};

const lookedUpName = ({ userStanding }: ExplainInput): string | null =>
  userStanding?.state === 'present' ? userStanding.value.userPrincipalName : null;

const subOf = (saml: SamlFederation | undefined, { asked, id, person }: FoundPerson): string | undefined => {
  if (saml?.nameId !== 'userPrincipalName') return id;
  return person === undefined
    ? asked.includes('@')
      ? asked
      : undefined
    : (person.userPrincipalName ?? undefined);
};

const isOfPolicy = (role: ObservedRole, { policy, config }: ExplainInput): boolean =>
  role.name.toLowerCase() === policy.role.name.toLowerCase() &&
  (policy.role.ownership === 'statements'
    ? isAdopted(role, config.instance)
    : isOurs(role, config.instance) && role.tags[tagKeys.policy] === policy.meta.name);

/** Who is only assigned the app role is in nobody's list, so that a policy never wants her by name. */
const wants = (desired: DesiredRole | undefined, sub: string | undefined): boolean => {
  const grants = [...(desired?.grants.values() ?? [])];
  if (desired?.admission === 'appRole')
    return grants.some(({ kind }) => kind === 'anyone') && desired.admitted().some((one) => one.sub === sub);
  return grants.some((grant) => grant.kind === 'person' && grant.sub === sub);
};

const wishOf = (desired: DesiredRole | undefined, sub: string | undefined): Wish => {
  if (wants(desired, sub)) return { is: 'in' };
  if (desired === undefined) return { is: 'out' };
  const is = (sentences: ReadonlyMap<string, string>): string | undefined =>
    sub === undefined ? undefined : sentences.get(sub);
  const doubt = is(desired.doubtful) ?? is(desired.unassigned);
  if (doubt !== undefined) return { is: 'unknown', because: doubt };
  const isSure = sub !== undefined && (desired.gone.has(sub) || desired.excluded.has(sub));
  const unread = isSure ? undefined : desired.groups.find(({ state }) => state === 'unreadable');
  return unread === undefined ? { is: 'out' } : { is: 'unknown', because: unread.message };
};

/** Our own writes that IAM may not show yet stand in AWS, whatever a read says. */
const settled = (input: PlanInput): PlanInput => {
  const recent = writesStillSettling(input.recentWrites, input.nowMs, input.safety.settleMs);
  return { ...input, observed: layOverRecentWrites(input.observed, recent).observed };
};

export const sceneOf = (input: ExplainInput): Scene => {
  const { found, policy, policies, account, config, ecs, nowMs, atMs } = input;
  const isFuture = atMs > nowMs;
  const federation = policies.federations.find(({ meta }) => meta.name === policy.federation);
  const saml = federation?.saml;
  const provider = `arn:${account.partition}:iam::${account.accountId}:saml-provider/${saml?.providerName ?? ''}`;
  const person = personOf(input);
  const sub = subOf(saml, found);
  const ways = waysIn({ ...input, personId: found.id });
  const snapshot = foreseen(input, ways, isFuture, person);
  const desiredAccount = resolveDesired(policies, account, config, snapshot, ecs, atMs);
  const desired = desiredAccount.roles.find(({ owner }) => owner.name === policy.meta.name);
  const now = input.planInput.state === 'present' ? settled(input.planInput.value) : undefined;
  const planned =
    now === undefined
      ? undefined
      : makePlan({
          ...now,
          desired: desiredAccount,
          lockedOut: lockedOutIn(policies, atMs),
          nowMs: atMs,
        }).roles.find(({ owner }) => owner?.kind === 'AccessPolicy' && owner.name === policy.meta.name);
  const observedRole = now?.observed.roles.find((role) => isOfPolicy(role, input));
  const then = isFuture ? afterWrites(observedRole, planned?.writes ?? []) : observedRole;
  const role: Reading<RoleDocuments> =
    input.planInput.state === 'unreadable' ? input.planInput : then === undefined ? absent : present(then);
  const subs = knownSubs(snapshot);
  return {
    ...input,
    snapshot,
    who: found.person?.userPrincipalName ?? lookedUpName(input) ?? found.asked,
    isFuture,
    person,
    saml,
    provider,
    sub,
    ways,
    desired,
    wish: wishOf(desired, sub),
    planned,
    observed: now?.observed,
    role,
    entry: entryOf({ saml, provider, sub, asked: found.asked, atMs, role, knownSubs: subs }),
    knownSubs: subs,
  };
};
