// One role, desired against observed, as changes. It says everything that differs; what may be done about it is for the guards.

import type { GroupKey } from '../domain/directory.ts';
import type { Change, ChangeDetail, DriftClass, Effect, LeaverProof } from '../domain/change.ts';
import { deniesOf, hasAllow, mergeForeignDenies, permissionsEffect } from '../domain/permissions.ts';
import type { DesiredRole } from '../desired/desired-role.ts';
import { type ObservedRole, type RoleSettings, accessPolicyName, tagKeys } from '../domain/role.ts';
import { saysJust } from '../domain/says-just.ts';
import { type JsonObject, canonicalDocument } from '../domain/statement.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';
import { type TrustPolicy, parseTrustPolicy } from '../domain/trust-policy.ts';
import { admitsNow } from './admits-now.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { sameTags } from './recent-writes.ts';
import { isClosed } from './trust-changes.ts';

/** AWS attaches these to compromised identities; they hold nothing but Denies. [AWS managed policies] */
const isQuarantine = (arn: string): boolean =>
  /:aws:policy\/(AWSCompromisedKeyQuarantine\w*|AWSDenyAll)$/.test(arn);

type Draft = {
  readonly id: string;
  readonly effect: Effect;
  readonly driftClass: DriftClass;
  readonly why: string;
  readonly detail: ChangeDetail;
};

const complete = (role: RoleFacts, drafts: readonly Draft[]): readonly Change[] =>
  drafts.map((draft) => ({
    ...draft,
    id: `${role.policyName ?? ''}/${role.roleName}/${draft.id}`,
    roleName: role.roleName,
    policy: role.policyName,
    source: role.desired?.policy.meta.source,
  }));

const farFuture = Date.UTC(9_999, 0);

/** A new grant widens, unless the document lets its holder in that way already, now and without an end. */
const grantEffect = (policy: TrustPolicy | undefined, grant: TrustGrant, nowMs: number): Effect =>
  policy !== undefined && [nowMs, farFuture].every((atMs) => admitsNow(policy, grant, atMs) === 'allowed')
    ? 'none'
    : 'widens';

const labelOf = (desired: DesiredRole | undefined, sub: string): string =>
  desired?.admitted.find((one) => one.sub === sub)?.label ?? sub;

const groupName = (key: GroupKey, desired: DesiredRole): string => {
  const name = desired.groupNames[key];
  return name === undefined ? key : `"${name}"`;
};

const grantReason = (grant: TrustGrant, desired: DesiredRole): string => {
  switch (grant.kind) {
    case 'person': {
      const one = desired.admitted.find((candidate) => candidate.sub === grant.sub);
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
    case 'foreign':
      return 'a statement of the trust policy';
  }
};

const untilOf = (grant: TrustGrant): number =>
  grant.kind === 'person' ? (grant.untilMs ?? Infinity) : Infinity;

const trustPolicyOf = (role: RoleFacts): TrustPolicy | undefined => {
  const parsed = role.observed === undefined ? undefined : parseTrustPolicy(role.observed.trustDocument);
  return parsed?.ok === true ? parsed.policy : undefined;
};

const additions = (role: RoleFacts, desired: DesiredRole, nowMs: number): readonly Draft[] => {
  const drafts: Draft[] = [];
  let policy: TrustPolicy | undefined;
  for (const [key, grant] of desired.grants) {
    const before = role.trust.grants.get(key);
    if (before !== undefined && untilOf(before) === untilOf(grant)) continue;
    if (before !== undefined && untilOf(before) > untilOf(grant)) {
      const detail = { kind: 'revoke', grant: before, after: grant, proof: undefined } as const;
      drafts.push({
        id: `trust/${key}`,
        effect: 'narrows',
        driftClass: 'trust',
        why: 'the access ends earlier',
        detail,
      });
      continue;
    }
    // Reading the document costs more than all else here, and mostly nobody is new.
    if (before === undefined) policy ??= trustPolicyOf(role);
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
  desired: DesiredRole | undefined,
  input: PlanInput,
): LeaverProof | undefined => {
  const known = desired?.gone.get(sub);
  if (known !== undefined) return known;
  const reading = input.confirmations.standings.get(sub);
  if (reading?.state !== 'present') return undefined;
  switch (reading.value) {
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
};

const revokeReason = (grant: TrustGrant, role: RoleFacts, proof: LeaverProof | undefined): string => {
  if (proof !== undefined && 'sub' in grant) return `${grant.sub}: ${proofSentence[proof]}`;
  if (role.desired === undefined)
    return `the policy ${role.policyName ?? '(unknown)'} no longer covers this role`;
  switch (grant.kind) {
    case 'person':
      return `${labelOf(role.desired, grant.sub)} is in no group of the policy${role.desired.grants.size > 0 ? ', or not for this audience' : ''}`;
    case 'servicePrincipal':
      return `service principal ${grant.sub} is not listed in the policy in this form`;
    case 'anyone':
      return 'anyone of the identity provider could enter; the policy admits named members only';
    case 'sessionTags':
      return 'the federation sends no session tags';
    case 'sourceIdentity':
      return 'the federation sends no source identity';
    case 'foreign':
      return 'a statement that is not of the policy stands in the trust policy';
  }
};

const removals = (role: RoleFacts, input: PlanInput): readonly Draft[] => {
  const { desired } = role;
  const drafts: Draft[] = [];
  for (const [key, grant] of role.trust.grants) {
    if (desired?.grants.has(key) === true) continue;
    if ('sub' in grant && desired?.doubtful.has(grant.sub) === true) continue;
    const proof = 'sub' in grant ? proofOf(grant.sub, desired, input) : undefined;
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
  if (desired.doubtful.size === 0) return [];
  const known = new Set(
    [...role.trust.grants.values()].flatMap((grant) => ('sub' in grant ? [grant.sub] : [])),
  );
  const [provider = ''] = desired.providers;
  return [...desired.doubtful]
    .filter(([sub]) => !known.has(sub) && desired.policy.role.admission === 'members')
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

const trustDrafts = (role: RoleFacts, input: PlanInput): readonly Draft[] => {
  if (role.trustInSync !== undefined) return [];
  const drafts = [
    ...(role.desired === undefined ? [] : additions(role, role.desired, input.nowMs)),
    ...removals(role, input),
    ...(role.desired === undefined ? [] : doubts(role, role.desired)),
  ];
  if (role.trust.silenced.length === 0 || drafts.length > 0) return drafts;
  const why = 'statements that would admit someone stand behind our closing Deny';
  return [
    { id: 'trust/restate', effect: 'none', driftClass: 'trust', why, detail: { kind: 'restateTrust' } },
  ];
};

const settingsEffect = (before: RoleSettings, after: RoleSettings): Effect =>
  after.maxSessionSeconds === before.maxSessionSeconds
    ? 'none'
    : after.maxSessionSeconds > before.maxSessionSeconds
      ? 'widens'
      : 'narrows';

const isAllow = (statement: JsonObject): boolean => statement['Effect'] === 'Allow';

const ownPolicyDraft = (observed: ObservedRole | undefined, desired: DesiredRole): readonly Draft[] => {
  const before = observed?.inlinePolicies.find(
    (policy) => policy.name.toLowerCase() === accessPolicyName,
  )?.document;
  if (before !== undefined && desired.statements.every(isAllow) && saysJust(before, desired.statements))
    return [];
  const after = mergeForeignDenies(desired.statements, before);
  if (before !== undefined && (before === after || canonicalDocument(before) === canonicalDocument(after)))
    return [];
  const why =
    before === undefined ? 'the role has no permissions yet' : 'the permissions differ from the policy';
  const detail = { kind: 'putPermissions', before, after } as const;
  return [
    { id: 'permissions', effect: permissionsEffect(before, after), driftClass: 'permissions', why, detail },
  ];
};

const extraPolicyDrafts = (observed: ObservedRole): readonly Draft[] =>
  observed.inlinePolicies
    .filter((policy) => policy.name.toLowerCase() !== accessPolicyName && hasAllow(policy.document) !== false)
    .map(
      (policy): Draft => ({
        id: `inline/${policy.name}`,
        effect: hasAllow(policy.document) === undefined ? 'mixed' : 'narrows',
        driftClass: 'extraPolicy',
        why: `the inline policy ${policy.name} is not of the policy`,
        detail: {
          kind: 'stripPolicy',
          policyName: policy.name,
          before: policy.document,
          keep: deniesOf(policy.document) ?? [],
        },
      }),
    );

/** Attached policies that can give anything. One whose document is not known yet may, and the guards ask for it. */
const givesSomething = (arn: string, input: PlanInput): boolean => {
  const reading = input.confirmations.managedPolicies.get(arn);
  return !isQuarantine(arn) && !(reading?.state === 'present' && hasAllow(reading.value) === false);
};

const attachmentDrafts = (observed: ObservedRole, input: PlanInput): readonly Draft[] =>
  observed.attachedPolicyArns
    .filter((arn) => givesSomething(arn, input))
    .map(
      (arn): Draft => ({
        id: `attached/${arn}`,
        effect: 'narrows',
        driftClass: 'extraPolicy',
        why: `the attached policy ${arn} is not of the policy`,
        detail: { kind: 'detachPolicy', policyArn: arn },
      }),
    );

const headDrafts = (observed: ObservedRole, desired: DesiredRole): readonly Draft[] => {
  const drafts: Draft[] = [];
  if (observed.permissionsBoundary !== desired.boundary) {
    const before = observed.permissionsBoundary;
    const why =
      before === undefined ? 'the role has no permissions boundary' : `the permissions boundary is ${before}`;
    const effect = before === undefined ? 'narrows' : 'mixed';
    drafts.push({
      id: 'boundary',
      effect,
      driftClass: 'boundary',
      why,
      detail: { kind: 'setBoundary', before, after: desired.boundary },
    });
  }
  if (observed.settings !== undefined) {
    const [before, after] = [observed.settings, desired.settings];
    const effect = settingsEffect(before, after);
    if (effect !== 'none' || before.description !== after.description) {
      drafts.push({
        id: 'settings',
        effect,
        driftClass: 'settings',
        why: 'session length or description differ',
        detail: { kind: 'updateSettings', before, after },
      });
    }
  }
  const tags = { ...observed.tags, ...desired.tags };
  if (!sameTags(observed.tags, tags)) {
    drafts.push({
      id: 'tags',
      effect: 'none',
      driftClass: 'tags',
      why: 'our tags differ',
      detail: { kind: 'tagRole', before: observed.tags, after: tags },
    });
  }
  return drafts;
};

const orphanDrafts = (role: RoleFacts, observed: ObservedRole, input: PlanInput): readonly Draft[] => {
  const extras = [...extraPolicyDrafts(observed), ...attachmentDrafts(observed, input)];
  const isBare = isClosed(role.trust) && extras.length === 0;
  if (!isBare || observed.tags[tagKeys.prune] !== 'true') return extras;
  const why = `the policy ${role.policyName ?? '(unknown)'} is gone and allowed pruning`;
  return [{ id: 'delete', effect: 'narrows', driftClass: 'orphaned', why, detail: { kind: 'deleteRole' } }];
};

/** Everything that differs between desired and observed, sorted by id. Nothing when they mean the same. */
export const compareRole = (role: RoleFacts, input: PlanInput): readonly Change[] => {
  const { desired, observed } = role;
  const drafts: Draft[] = [...trustDrafts(role, input)];
  if (desired !== undefined && observed === undefined) {
    const { boundary, tags, settings, providers } = desired;
    const detail = { kind: 'createRole', boundary, tags, settings, providers } as const;
    drafts.push({
      id: 'create',
      effect: 'widens',
      driftClass: 'missing',
      why: 'the role does not exist',
      detail,
    });
  }
  if (desired !== undefined) drafts.push(...ownPolicyDraft(observed, desired));
  if (desired !== undefined && observed !== undefined) {
    drafts.push(
      ...headDrafts(observed, desired),
      ...extraPolicyDrafts(observed),
      ...attachmentDrafts(observed, input),
    );
  }
  if (desired === undefined && observed !== undefined) drafts.push(...orphanDrafts(role, observed, input));
  return complete(
    role,
    drafts.sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
};
