// Changes that lean on each other. Two rules keep the promise that nobody holds a permission which neither the old nor
// the new policy gives her, and that nobody who should be inside is put out because her new grant is held:
//
//   while                                       these wait
//   somebody's removal is held                  permissions that widen, since she would get them too; and a role that
//                                               has ended stays closed, since it would open for her too
//   the role's limits or permissions are held   newcomers, since they would get the old ones
//   a member's grant is held                    the removal of what lets her in now
//   the answer to a write was lost              what would build upon it

import { type Change, objectKey } from '../../domain/change.ts';
import type { Hold } from '../../domain/plan.ts';
import { type TrustGrant, isEntry } from '../../domain/trust-grants.ts';
import { type TrustPolicy, parseTrustPolicy } from '../../domain/trust-policy.ts';
import { admitsNow } from '../admits-now.ts';
import type { RoleFacts } from '../plan-input.ts';
import { applyTrustChanges, concernsTrust, isClosed } from '../trust-changes.ts';
import { type Guard, type GuardContext, byObject, guardEach, hold } from './guard.ts';

const heldOf = (key: string, { held }: GuardContext): readonly Change[] =>
  held.filter(({ change }) => objectKey(change) === key).map(({ change }) => change);

const isHeldRemoval = ({ detail }: Change): boolean => detail.kind === 'revoke' && isEntry(detail.grant);

/** A held change that leaves a newcomer with more than the policy gives, or without limits that it sets. */
const leavesTooMuch = ({ detail, effect }: Change): boolean => {
  switch (detail.kind) {
    case 'createRole':
    case 'setBoundary':
    case 'stripPolicy':
    case 'detachPolicy':
      return true;
    case 'putPermissions':
    case 'updateSettings':
      return effect === 'narrows' || effect === 'mixed';
    case 'grant':
    case 'revoke':
    case 'restateTrust':
    case 'tightenDenies':
    case 'liftDenies':
    case 'forgetDenies':
    case 'tagRole':
    case 'deleteRole':
    case 'bindTaskRole':
    case 'enableExec':
    case 'propagateTags':
    case 'tagService':
    case 'replaceTasks':
    case 'stopTasks':
      return false;
  }
};

const needsRole = ({ detail }: Change): boolean =>
  detail.kind === 'putPermissions' || detail.kind === 'grant' || detail.kind === 'tightenDenies';

/** Whether it lets in again whom the end of the policy keeps out; an end that has not come is just moved. */
const opensAgain = ({ detail }: Change, role: RoleFacts | undefined, nowMs: number): boolean =>
  detail.kind === 'liftDenies' && detail.sub === undefined && (role?.denies.closingMs ?? Infinity) <= nowMs;

export const afterHeldChange: Guard = (candidates, context) => {
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(candidates)) {
    const held = heldOf(key, context);
    const role = context.facts.get(key);
    const removal = held.find(isHeldRemoval);
    const isMissing = held.some(({ detail }) => detail.kind === 'createRole');
    for (const change of changes) {
      const isPermissions =
        change.detail.kind === 'putPermissions' && change.effect !== 'narrows' && change.effect !== 'none';
      if (isMissing && needsRole(change)) {
        holds.set(change, hold('afterHeldChange', 'the role does not exist yet, and creating it is held'));
      } else if (removal !== undefined && isPermissions) {
        holds.set(
          change,
          hold(
            'afterHeldChange',
            `permissions wait, since someone whose removal is held would get them (${removal.id})`,
          ),
        );
      } else if (removal !== undefined && opensAgain(change, role, context.input.nowMs)) {
        holds.set(
          change,
          hold(
            'afterHeldChange',
            `the role stays closed, since someone whose removal is held could enter again (${removal.id})`,
          ),
        );
      }
    }
  }
  return holds;
};

/**
 * While nobody knows whether our last write was carried out, nothing is built upon it: permissions wait for an uncertain
 * trust policy, newcomers for uncertain permissions. Writing the same again settles it, or IAM's lag does.
 */
export const afterUncertainWrite = guardEach(({ detail, effect }, role) => {
  const widensPermissions = detail.kind === 'putPermissions' && effect !== 'narrows' && effect !== 'none';
  const isNewcomer = detail.kind === 'grant' && effect === 'widens';
  const what =
    widensPermissions && role.uncertain.has('trust')
      ? 'trust policy'
      : isNewcomer && role.uncertain.has('inline')
        ? 'permissions'
        : undefined;
  return what === undefined
    ? undefined
    : hold(
        'writeUncertain',
        `the answer to our last write of the ${what} was lost; this waits until IAM shows what became of it`,
      );
});

export const newcomersWait: Guard = (candidates, context) => {
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(candidates)) {
    const reason = heldOf(key, context).find(leavesTooMuch);
    if (reason === undefined) continue;
    for (const change of changes) {
      const isNewcomer = change.detail.kind === 'grant' || change.detail.kind === 'liftDenies';
      if (isNewcomer && change.effect === 'widens') {
        holds.set(
          change,
          hold(
            'afterHeldChange',
            `newcomers wait, since the role would give them more than the policy does (${reason.id})`,
          ),
        );
      }
    }
  }
  return holds;
};

const entryGrantsFor = (role: RoleFacts): readonly TrustGrant[] =>
  [...(role.desired?.grants.values() ?? [])].filter(isEntry);

/** Those who should be in, are let in by the document as it is (or perhaps are), and would be out after these changes. */
const lockedOut = (
  role: RoleFacts,
  changes: readonly Change[],
  policy: TrustPolicy,
  nowMs: number,
): readonly string[] => {
  const after = applyTrustChanges(role.trust, changes);
  const stays = new Set([...after.grants.values()].flatMap((grant) => nameIn(grant) ?? []));
  if ([...after.grants.values()].some((grant) => grant.kind === 'anyone' || grant.kind === 'foreign'))
    return [];
  return entryGrantsFor(role)
    .filter((grant) => !stays.has(nameIn(grant) ?? ''))
    .filter((grant) => isNamed(role, grant) || admitsNow(policy, grant, nowMs) !== 'denied')
    .map((grant) => nameIn(grant) ?? '');
};

/** Who enters by a grant, as a message names them; undefined for statements that name nobody in particular. */
const nameIn = (grant: TrustGrant): string | undefined => {
  if ('sub' in grant) return grant.sub;
  if (grant.kind === 'ecsTasks') return 'ECS tasks';
  return grant.kind === 'anyone' ? 'anyone assigned in Entra' : undefined;
};

const isNamed = (role: RoleFacts, grant: TrustGrant): boolean =>
  [...role.trust.grants.values()].some((one) => nameIn(one) === nameIn(grant));

export const wouldLockOut: Guard = (candidates, { facts, input }) => {
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(candidates)) {
    const role = facts.get(key);
    const takes = changes.filter(
      ({ detail }) => detail.kind === 'revoke' && isEntry(detail.grant) && detail.proof === undefined,
    );
    if (role?.desired === undefined || role.observed === undefined || takes.length === 0) continue;
    const parsed = parseTrustPolicy(role.observed.trustDocument);
    const people = parsed.ok
      ? new Set(lockedOut(role, changes, parsed.policy, input.nowMs))
      : new Set<string>();
    if (people.size === 0) continue;
    for (const change of takes) {
      const grant = change.detail.kind === 'revoke' ? change.detail.grant : undefined;
      if (grant === undefined || ('sub' in grant && !people.has(grant.sub))) continue;
      holds.set(
        change,
        hold(
          'wouldLockOut',
          `${[...people].join(', ')} should keep access and would lose it, as the grant that replaces this one is held`,
        ),
      );
    }
  }
  return holds;
};

/** Session grants without anybody to enter say nothing, and the written document leaves them out. */
export const sessionGrantsWait: Guard = (candidates, { facts }) => {
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(candidates.filter(concernsTrust))) {
    const role = facts.get(key);
    if (role === undefined || !isClosed(applyTrustChanges(role.trust, changes))) continue;
    for (const change of changes) {
      if (change.detail.kind === 'grant') holds.set(change, hold('afterHeldChange', 'nobody may enter yet'));
    }
  }
  return holds;
};
