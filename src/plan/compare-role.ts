// One role, desired against observed, as changes. It says everything that differs; what may be done about it is for the guards.

import type { Change, Effect } from '../domain/change.ts';
import { standingObservedStatements } from '../domain/ecs-observed-grants.ts';
import {
  deniesOf,
  hasAllow,
  mergeForeignDenies,
  ownStatements,
  permissionsEffect,
} from '../domain/permissions.ts';
import type { DesiredRole } from '../desired/desired-role.ts';
import { type ObservedRole, type RoleSettings, accessPolicyName, tagKeys } from '../domain/role.ts';
import { saysJust } from '../domain/says-just.ts';
import { type JsonObject, canonicalDocument } from '../domain/statement.ts';
import { denyDrafts } from './compare-denies.ts';
import { type Draft, trustDrafts } from './compare-trust.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { sameTags } from './recent-writes.ts';
import { isClosed } from './trust-changes.ts';

/** AWS attaches these to compromised identities; they hold nothing but Denies. [AWS managed policies] */
const isQuarantine = (arn: string): boolean =>
  /:aws:policy\/(AWSCompromisedKeyQuarantine\w*|AWSDenyAll)$/.test(arn);

const complete = (role: RoleFacts, drafts: readonly Draft[]): readonly Change[] =>
  drafts.map((draft) => ({
    ...draft,
    id: `${role.owner?.name ?? ''}/${role.roleName}/${draft.id}`,
    object: 'Role',
    name: role.roleName,
    owner: role.owner,
    source: role.desired?.source,
  }));

const settingsEffect = (before: RoleSettings, after: RoleSettings): Effect =>
  after.maxSessionSeconds === before.maxSessionSeconds
    ? 'none'
    : after.maxSessionSeconds > before.maxSessionSeconds
      ? 'widens'
      : 'narrows';

const isAllow = (statement: JsonObject): boolean => statement['Effect'] === 'Allow';

/** What hangs on an ECS that was not read stays as it stands. */
const statementsFor = (desired: DesiredRole, before: string | undefined): readonly JsonObject[] => {
  const { statements, unreadStatements } = desired;
  if (unreadStatements === undefined) return statements;
  const standing = standingObservedStatements(before, statements);
  return [...statements, ...ownStatements(standing, statements.length)];
};

const ownPolicyDraft = (observed: ObservedRole | undefined, desired: DesiredRole): readonly Draft[] => {
  const before = observed?.inlinePolicies.find(
    (policy) => policy.name.toLowerCase() === accessPolicyName,
  )?.document;
  const own = statementsFor(desired, before);
  if (before !== undefined && own.every(isAllow) && saysJust(before, own)) return [];
  const after = mergeForeignDenies(own, before);
  if (before !== undefined && (before === after || canonicalDocument(before) === canonicalDocument(after)))
    return [];
  const why =
    before === undefined ? 'the role has no permissions yet' : 'the permissions differ from the policy';
  const detail = { kind: 'putPermissions', before, after } as const;
  // A role that is not there has nothing that a Deny among them could narrow.
  const effect = observed === undefined ? 'widens' : permissionsEffect(before, after);
  return [{ id: 'permissions', effect, driftClass: 'permissions', why, detail }];
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
  const why = `the policy ${role.owner?.name ?? '(unknown)'} is gone and allowed pruning`;
  return [{ id: 'delete', effect: 'narrows', driftClass: 'orphaned', why, detail: { kind: 'deleteRole' } }];
};

/** A task role without its binding: whatever runs with it still needs it as it is, so that nothing else of it is looked at. */
const keptTaskRole = (binding: string): Draft => ({
  id: 'delete',
  effect: 'narrows',
  driftClass: 'orphaned',
  why: `the binding ${binding} is gone, or names another role`,
  detail: { kind: 'deleteRole' },
});

const sorted = (drafts: readonly Draft[]): readonly Draft[] =>
  drafts.toSorted((a, b) => (a.id < b.id ? -1 : 1));

/** Everything that differs between desired and observed, sorted by id. Nothing when they mean the same. */
export const compareRole = (role: RoleFacts, input: PlanInput): readonly Change[] => {
  const { desired, observed, owner } = role;
  if (desired === undefined && owner?.kind === 'TaskRoleBinding')
    return complete(role, [keptTaskRole(owner.name)]);
  const ofTrust = trustDrafts(role, input);
  const drafts: Draft[] = [...ofTrust, ...denyDrafts(role, ofTrust, input)];
  if (role.isShared) return complete(role, sorted(drafts));
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
  return complete(role, sorted(drafts));
};
