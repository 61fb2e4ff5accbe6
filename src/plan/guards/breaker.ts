// Remove fast, never remove wrongly: a sweep that would take access from too many people at once is held until a person
// acknowledges it in Git. Proven leavers have a limit of their own.

import type { Change } from '../../domain/change.ts';
import type { Hold } from '../../domain/plan.ts';
import type { Limit } from '../../domain/policy.ts';
import { compareText, sortedUnique } from '../../domain/statement.ts';
import {
  type Acknowledgeable,
  type Acknowledgement,
  accountScope,
  policyScope,
  whyNotAcknowledged,
} from '../../domain/acknowledgement.ts';
import type { PlanInput, RoleFacts } from '../plan-input.ts';
import { howToAcknowledge } from './acknowledging.ts';
import { type Guard, hold } from './guard.ts';
import { type RoleLosses, lossesByRole, unnamedPeople } from './losses.ts';

/** How many people may lose access at once, of `people`. */
export const allowedLosses = (limit: Limit, people: number): number =>
  Math.max(limit.minimum, Math.floor((limit.percent / 100) * people));

interface Scope {
  readonly name: string;
  /** Names of the scopes within it. */
  readonly parts: readonly string[];
  readonly title: string;
  /** Those inside, and those who were an hour ago. */
  readonly people: ReadonlySet<string>;
  readonly lately: ReadonlySet<string>;
  readonly losing: ReadonlyMap<string, readonly Change[]>;
}

const merge = (
  name: string,
  title: string,
  parts: readonly RoleLosses[],
  names: readonly string[] = [],
): Scope => {
  const losing = new Map<string, readonly Change[]>();
  for (const part of parts) {
    for (const [sub, changes] of part.losing) losing.set(sub, [...(losing.get(sub) ?? []), ...changes]);
  }
  const lately = new Set(parts.flatMap((part) => [...part.removedLately]));
  const people = new Set([...parts.flatMap((part) => [...part.people]), ...lately]);
  return { name, parts: names, title, people, lately, losing };
};

const asked = ({ name, losing }: Scope): Acknowledgeable => ({
  scope: name,
  subjects: sortedUnique(losing.keys()),
});

const isAcknowledged = (scope: Scope, { acknowledgements, nowMs }: PlanInput): boolean =>
  whyNotAcknowledged(asked(scope), acknowledgements, nowMs) === undefined;

/** Removals of the last hour that nobody has acknowledged, and that are not counted already. */
const countedLately = (scope: Scope, input: PlanInput): number => {
  const isFor = (one: Acknowledgement): boolean =>
    one.scope === scope.name || scope.parts.some((name) => name === one.scope);
  const known = new Set(
    input.acknowledgements
      .filter((one) => isFor(one) && one.untilMs > input.nowMs)
      .flatMap((one) => [...one.subjects]),
  );
  return [...scope.lately].filter((sub) => !known.has(sub) && !scope.losing.has(sub)).length;
};

const breakerMessage = (scope: Scope, allowed: number, input: PlanInput): string => {
  const before = countedLately(scope, input);
  const also = before === 0 ? '' : `, after ${before} in the last hour`;
  return (
    `${scope.losing.size} of ${scope.people.size} people of ${scope.title} would lose access${also}, more than ${allowed} at once; ` +
    howToAcknowledge(asked(scope), input)
  );
};

const isTripped = (scope: Scope, allowed: number, input: PlanInput): boolean =>
  scope.losing.size > 0 &&
  (scope.losing.size + countedLately(scope, input) > allowed || scope.losing.has(unnamedPeople));

const isProven = (change: Change): boolean =>
  change.detail.kind === 'revoke' && change.detail.proof !== undefined;

/** The unproven part of what a role loses; a person with any proof is no breaker's business. */
const unproven = (losses: RoleLosses): RoleLosses => ({
  ...losses,
  losing: new Map([...losses.losing].filter(([, changes]) => !changes.some(isProven))),
});

/** A role of which nobody can tell whose policy it was stands for itself; no policy has a name with a slash. */
const policyOf = ({ owner, roleName }: RoleFacts): string => owner?.name ?? `role/${roleName}`;

const titleOf = (policy: string, account: string): string =>
  policy.startsWith('role/')
    ? `${policy.replace('/', ' ')} in account ${account}, which no policy wants any more,`
    : `policy ${policy} in account ${account}`;

/** Sorted by policy. */
const byPolicy = (roles: readonly RoleLosses[]): readonly (readonly [string, readonly RoleLosses[]])[] => {
  const groups = new Map<string, RoleLosses[]>();
  for (const one of roles) {
    const policy = policyOf(one.role);
    const group = groups.get(policy);
    if (group === undefined) groups.set(policy, [one]);
    else group.push(one);
  }
  return [...groups].sort(([a], [b]) => compareText(a, b));
};

export const breaker: Guard = (candidates, context) => {
  const { input } = context;
  // Only a revoked grant puts anyone out; without one there is nobody to count.
  if (!candidates.some(({ detail }) => detail.kind === 'revoke')) return new Map();
  const holds = new Map<Change, Hold>();
  const roles = lossesByRole(candidates, context).map(unproven);
  const trip = (scope: Scope): boolean => {
    const allowed = allowedLosses(input.safety.breaker, scope.people.size);
    if (!isTripped(scope, allowed, input) || isAcknowledged(scope, input)) return false;
    const found: Hold = {
      ...hold('breaker', breakerMessage(scope, allowed, input)),
      acknowledgeable: asked(scope),
    };
    for (const change of [...scope.losing.values()].flat()) holds.set(change, found);
    return true;
  };
  const account = input.account.meta.name;
  const rest: RoleLosses[] = [];
  for (const [policy, own] of byPolicy(roles)) {
    const scope = merge(policyScope(account, policy), titleOf(policy, account), own);
    // What is held, and what a person has acknowledged, is not counted a second time for the account.
    const isSettled = trip(scope) || (scope.losing.size > 0 && isAcknowledged(scope, input));
    rest.push(
      ...own.map((one) => (isSettled ? { ...one, losing: new Map<string, readonly Change[]>() } : one)),
    );
  }
  const names = byPolicy(roles).map(([policy]) => policyScope(account, policy));
  trip(merge(accountScope(account), `account ${account}`, rest, names));
  return holds;
};

export const provenLeaverCap: Guard = (candidates, context) => {
  const { input } = context;
  // An end and a lockout are somebody's own word, given in advance.
  const changes = candidates.filter(
    ({ detail }) =>
      detail.kind === 'revoke' &&
      detail.proof !== undefined &&
      detail.proof !== 'accessEnded' &&
      detail.proof !== 'entraStale' &&
      detail.proof !== 'lockedOut',
  );
  if (changes.length === 0) return new Map();
  const losses = lossesByRole(candidates, context);
  const people = new Set(losses.flatMap((one) => [...one.people]));
  const leavers = new Set(
    changes.flatMap(({ detail }) =>
      detail.kind === 'revoke' && 'sub' in detail.grant ? [detail.grant.sub] : [],
    ),
  );
  const lately = new Set(losses.flatMap((one) => [...one.leftLately]));
  const allowed = allowedLosses(input.safety.provenLeavers, new Set([...people, ...lately]).size);
  const before = [...lately].filter((sub) => !leavers.has(sub)).length;
  if (leavers.size + before <= allowed) return new Map();
  const also = before === 0 ? '' : ` (and ${before} in the last hour)`;
  const message =
    `${leavers.size} people of account ${input.account.meta.name} are disabled or deleted in Entra at once${also}, more than ${allowed}; ` +
    'check Entra, and if they have really left, raise safety.provenLeavers in the ControllerConfig';
  const found = hold('provenLeaverCap', message);
  return new Map([...changes].sort((a, b) => compareText(a.id, b.id)).map((change) => [change, found]));
};
