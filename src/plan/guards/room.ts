// What a role can hold and whom its account knows: the identity provider must exist, and the trust policy must fit its
// quota. Nobody inside is shortened or pushed out for a newcomer.

import type { Change } from '../../domain/change.ts';
import { editDenies, fitDenies, renderDenies } from '../../domain/denies.ts';
import type { Hold } from '../../domain/plan.ts';
import { isOwnStatement } from '../../domain/permissions.ts';
import { inlinePolicyQuotaChars, reservedForDeniesChars } from '../../domain/role.ts';
import { compareText, parseDocument, renderDocument } from '../../domain/statement.ts';
import { type TrustGrants, ecsTasksService } from '../../domain/trust-grants.ts';
import { renderTrustGrants } from '../../domain/render-trust-grants.ts';
import type { RoleFacts } from '../plan-input.ts';
import { denyEdits, sendsSourceIdentity } from '../deny-edits.ts';
import { applyTrustChanges, concernsTrust } from '../trust-changes.ts';
import { type Guard, byObject, guardEach, hold } from './guard.ts';

export const providerMissing = guardEach((change, role, { input }) => {
  if (change.detail.kind !== 'grant' && change.detail.kind !== 'createRole') return undefined;
  const { samlProviderArns, oidcProviderArns } = input.observed;
  const missing = role.desired?.providers.find(
    (provider) =>
      provider !== ecsTasksService && !samlProviderArns.has(provider) && !oidcProviderArns.has(provider),
  );
  return missing === undefined
    ? undefined
    : hold(
        'providerMissing',
        `the identity provider ${missing} does not exist in the account; create it, or correct the Federation`,
      );
});

/** Log groups come from what runs, so what fitted when the policy was written may fit no more. */
export const permissionsFull = guardEach(({ detail, effect }, role) => {
  if (detail.kind !== 'putPermissions' || effect === 'narrows') return undefined;
  const parsed = parseDocument(detail.after);
  const chars = renderDocument(parsed.ok ? parsed.statements.filter(isOwnStatement) : []).length;
  const isForTasks = role.owner?.kind === 'TaskRoleBinding';
  const room = inlinePolicyQuotaChars - (isForTasks ? 0 : reservedForDeniesChars);
  return chars <= room
    ? undefined
    : hold(
        'permissionsFull',
        `the permissions have ${chars} characters, with the log groups of what runs now, and ${room} fit; give fewer services or verbs, or split ${role.owner?.name ?? 'the policy'} over two roles`,
      );
});

/** Characters of the trust policy that these grants make; the safe measure against the quota is compact JSON. [aws.md §3.1] */
export const trustChars = (trust: TrustGrants, providers: readonly string[]): number =>
  renderTrustGrants(trust, providers).length;

const nobody: ReadonlySet<string> = new Set();

const subjectKey = (change: Change): string =>
  change.detail.kind === 'grant' && 'sub' in change.detail.grant ? change.detail.grant.sub : '';

/**
 * Newcomers in the order in which they get room: session grants first (without them nobody can sign in), then members of
 * the break-glass group, then by name.
 */
const newcomers = (
  changes: readonly Change[],
  breakGlass: ReadonlySet<string>,
): readonly (readonly Change[])[] => {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const group = groups.get(subjectKey(change));
    if (group === undefined) groups.set(subjectKey(change), [change]);
    else group.push(change);
  }
  const rank = (key: string): number => (key === '' ? 0 : breakGlass.has(key) ? 1 : 2);
  return [...groups.keys()]
    .sort((a, b) => rank(a) - rank(b) || compareText(a, b))
    .map((key) => groups.get(key) ?? []);
};

/** The largest number, up to `all`, of which `isRoom` says yes; it says no to every larger one. */
const largest = (all: number, isRoom: (count: number) => boolean): number => {
  if (isRoom(all)) return all;
  let [low, high] = [0, all];
  while (low < high - 1) {
    const middle = Math.floor((low + high) / 2);
    if (isRoom(middle)) low = middle;
    else high = middle;
  }
  return low;
};

/** The largest number of newcomers with whom the document still fits. */
const fitting = (
  role: RoleFacts,
  settled: readonly Change[],
  waiting: readonly (readonly Change[])[],
  quota: number,
): number => {
  const size = (count: number): number =>
    trustChars(
      applyTrustChanges(role.trust, [...settled, ...waiting.slice(0, count).flat()]),
      role.desired?.providers ?? [],
    );
  return largest(waiting.length, (count) => size(count) <= quota);
};

/** Whoever has an end is cut off by a deny; without room for it, her sessions would outlive her access. */
export const deniesFull: Guard = (candidates, { input, facts }) => {
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(candidates)) {
    const role = facts.get(key);
    const ending = changes.filter(
      ({ detail }) =>
        detail.kind === 'grant' && detail.grant.kind === 'person' && detail.grant.untilMs !== undefined,
    );
    if (role === undefined || ending.length === 0) continue;
    const settled = changes.filter((change) => !ending.includes(change));
    const waiting = newcomers(ending, role.desired?.breakGlass ?? nobody);
    const isRoom = (count: number): boolean => {
      const edits = denyEdits(role, [...settled, ...waiting.slice(0, count).flat()], input);
      const all = editDenies(role.denies, [...edits.narrowing, ...edits.widening]);
      const fitted = fitDenies(all, sendsSourceIdentity(role), reservedForDeniesChars);
      return (renderDenies(fitted.denies, sendsSourceIdentity(role))?.length ?? 0) <= reservedForDeniesChars;
    };
    const count = largest(waiting.length, isRoom);
    const found = hold(
      'deniesFull',
      `the denies that end time-boxed sessions are full: ${reservedForDeniesChars} characters are kept for them; whoever waits comes in when others have ended, or split the policy into two roles`,
    );
    for (const change of waiting.slice(count).flat()) holds.set(change, found);
  }
  return holds;
};

const fullMessage = (fit: number, all: number, quota: number): string =>
  `the trust policy is full: ${fit} of ${all} members fit into ${quota} characters; ` +
  'raise the quota "Role trust policy length" (up to 8,192), split the policy into two roles, or set role.admission: appRole';

export const trustFull: Guard = (candidates, { input, facts }) => {
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(candidates.filter(concernsTrust))) {
    const role = facts.get(key);
    const widening = changes.filter((change) => change.effect === 'widens');
    if (role === undefined || widening.length === 0) continue;
    const settled = changes.filter((change) => change.effect !== 'widens');
    const waiting = newcomers(widening, role.desired?.breakGlass ?? nobody);
    const quota = input.observed.trustQuotaChars;
    const count = fitting(role, settled, waiting, quota);
    if (count === waiting.length) continue;
    const waitingOn = waiting.slice(count).flat();
    const all = role.desired?.admitted().length ?? 0;
    const left = new Set(waitingOn.map(subjectKey).filter((sub) => sub !== '')).size;
    const found = hold('trustFull', fullMessage(all - left, all, quota));
    for (const change of waitingOn) holds.set(change, found);
  }
  return holds;
};
