// The calls that carry changes of one role out, in the order in which a crash between any two leaves nobody with more
// than the old or the new policy gives:
//
//   create the role closed → boundary → deny who leaves → narrow trust → take extra policies away → permissions →
//   settings, tags → let through who comes → widen trust
//
// The trust policy is all that names who has to be denied, so that the deny comes first and a crash forgets nobody.

import type { Change, ChangeDetail, Effect } from '../domain/change.ts';
import { type DenyEdit, editDenies, fitDenies, renderDenies, sameDenies } from '../domain/denies.ts';
import type { RoleWrite } from '../domain/write.ts';
import { accessPolicyName, denyPolicyName, reservedForDeniesChars } from '../domain/role.ts';
import { renderDocument } from '../domain/statement.ts';
import { renderTrustGrants } from '../domain/render-trust-grants.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';
import { denyEdits, sendsSourceIdentity } from './deny-edits.ts';
import { denyDocument } from './role-facts.ts';
import { applyTrustChanges, concernsTrust, isClosed } from './trust-changes.ts';

type DetailOf<K extends ChangeDetail['kind']> = Extract<ChangeDetail, { readonly kind: K }>;

/** Which identity providers a closed trust policy denies; never empty as long as the account has any. */
export const closingProviders = (role: RoleFacts, input: PlanInput): readonly string[] => {
  if (role.desired !== undefined) return role.desired.providers;
  const named = [...role.trust.grants.values()].flatMap((grant) =>
    'provider' in grant ? [grant.provider] : [],
  );
  const known = [...input.observed.samlProviderArns, ...input.observed.oidcProviderArns].sort();
  return named.length > 0 ? [...new Set(named)].sort() : known.slice(0, 1);
};

export const effectOf = (changes: readonly Change[]): Effect => {
  const effects = new Set(changes.map((change) => change.effect).filter((effect) => effect !== 'none'));
  const [only = 'none'] = effects;
  return effects.size > 1 ? 'mixed' : only;
};

const writesOf = <K extends ChangeDetail['kind']>(
  changes: readonly Change[],
  kind: K,
  toWrite: (detail: DetailOf<K>) => WriteCall,
): readonly RoleWrite[] =>
  changes
    .filter((change) => change.detail.kind === kind)
    .map((change) => ({
      ...toWrite(change.detail as DetailOf<K>),
      changes: [change],
      effect: change.effect,
    }));

/** A write without what every write has, kept a union. */
type WriteCall = RoleWrite extends infer W
  ? W extends RoleWrite
    ? Omit<W, 'changes' | 'effect'>
    : never
  : never;

const createWrites = (changes: readonly Change[], closed: string, role: RoleFacts): readonly RoleWrite[] =>
  writesOf(changes, 'createRole', (detail) => ({
    op: 'createRole',
    role: {
      name: role.roleName,
      trustDocument: closed,
      permissionsBoundary: detail.boundary,
      tags: detail.tags,
      settings: detail.settings,
    },
  }));

/** Documents with which each step of the trust policy is written; a step without changes is left out. */
const trustWrites = (
  steps: readonly (readonly Change[])[],
  role: RoleFacts,
  before: string,
  providers: readonly string[],
): readonly (readonly RoleWrite[])[] => {
  let trust = role.trust;
  let document = before;
  return steps.map((changes) => {
    if (changes.length === 0) return [];
    trust = applyTrustChanges(trust, changes);
    const after = renderTrustGrants(trust, providers);
    const write: RoleWrite = {
      op: 'updateTrust',
      before: document,
      after,
      providers,
      sharedBy: role.trust.shared?.instance,
      changes,
      effect: effectOf(changes),
    };
    document = after;
    return [write];
  });
};

/** The denies with each step; a step that changes nothing is left out. */
const denyWrites = (
  steps: readonly { readonly edits: readonly DenyEdit[]; readonly effect: Effect }[],
  role: RoleFacts,
  changes: readonly Change[],
  deniedMeanwhile: readonly Change[],
): readonly (readonly RoleWrite[])[] => {
  const withSourceIdentity = sendsSourceIdentity(role);
  let denies = role.denies;
  let document = denyDocument(role.observed);
  const isOwn = ({ detail }: Change): boolean =>
    detail.kind === 'tightenDenies' || detail.kind === 'liftDenies' || detail.kind === 'forgetDenies';
  const ofEffect = (effect: Effect) => (change: Change) =>
    effect === 'mixed' || (change.effect === 'narrows') === (effect === 'narrows');
  return steps.map(({ edits, effect }) => {
    const own = changes.filter(isOwn).filter(ofEffect(effect));
    if (edits.length === 0 && own.length === 0) return [];
    denies = fitDenies(editDenies(denies, edits), withSourceIdentity, reservedForDeniesChars).denies;
    const before = document;
    const after = renderDenies(denies, withSourceIdentity);
    if (sameDenies(before, after)) return [];
    document = after;
    const serves = [...changes.filter(concernsTrust), ...deniedMeanwhile].filter(ofEffect(effect));
    const policyName = denyPolicyName;
    return [
      { op: 'putDenies', policyName, before, after, edits, withSourceIdentity, serves, changes: own, effect },
    ];
  });
};

const permissionWrites = (changes: readonly Change[]): readonly RoleWrite[] => [
  ...writesOf(changes, 'stripPolicy', ({ policyName, before, keep }) =>
    keep.length === 0
      ? { op: 'deleteInlinePolicy', policyName, before }
      : { op: 'putInlinePolicy', policyName, before, after: renderDocument(keep) },
  ),
  ...writesOf(changes, 'detachPolicy', ({ policyArn }) => ({ op: 'detachPolicy', policyArn })),
  ...writesOf(changes, 'putPermissions', ({ before, after }) => ({
    op: 'putInlinePolicy',
    policyName: accessPolicyName,
    before,
    after,
  })),
  ...writesOf(changes, 'updateSettings', ({ before, after }) => ({ op: 'updateSettings', before, after })),
];

/**
 * The writes for the changes of one role that are to be applied. `deniedMeanwhile`: removals that wait only because the
 * trust policy may not be written yet.
 */
export const orderWrites = (
  role: RoleFacts,
  changes: readonly Change[],
  deniedMeanwhile: readonly Change[],
  input: PlanInput,
): readonly RoleWrite[] => {
  if (changes.length + deniedMeanwhile.length === 0) return [];
  const providers = closingProviders(role, input);
  const closed = renderTrustGrants({ grants: new Map(), foreignDenies: [] }, providers);
  const create = createWrites(changes, closed, role);
  const boundary = writesOf(changes, 'setBoundary', ({ before, after }) => ({
    op: 'putBoundary',
    before,
    after,
  }));
  const permissions = permissionWrites(changes);
  const ofTrust = changes.filter(concernsTrust);
  const widening = ofTrust.filter((change) => change.effect === 'widens');
  // With nothing in between, one write carries both: it replaces the document at once.
  const isSplit = create.length + boundary.length + permissions.length > 0;
  const steps = isSplit ? [ofTrust.filter((change) => change.effect !== 'widens'), widening] : [ofTrust, []];
  const [narrow = [], widen = []] = trustWrites(
    steps,
    role,
    role.observed?.trustDocument ?? closed,
    providers,
  );
  const edits = denyEdits(role, [...changes, ...deniedMeanwhile], input);
  const isBoth = edits.narrowing.length > 0 && edits.widening.length > 0;
  const denySteps = isSplit
    ? ([
        { edits: edits.narrowing, effect: 'narrows' },
        { edits: edits.widening, effect: 'widens' },
      ] as const)
    : ([
        {
          edits: [...edits.narrowing, ...edits.widening],
          effect: isBoth ? 'mixed' : edits.widening.length > 0 ? 'widens' : 'narrows',
        },
      ] as const);
  const [deny = [], letThrough = []] = denyWrites(denySteps, role, changes, deniedMeanwhile);
  const tags = writesOf(changes, 'tagRole', ({ before, after }) => ({ op: 'tagRole', before, after }));
  const deletion = isClosed(role.trust) ? writesOf(changes, 'deleteRole', () => ({ op: 'deleteRole' })) : [];
  return [
    ...create,
    ...boundary,
    ...deny,
    ...narrow,
    ...permissions,
    ...tags,
    ...letThrough,
    ...widen,
    ...deletion,
  ];
};
