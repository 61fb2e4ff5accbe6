// Nobody is thrown out by a bad read. A removal needs the person missing from two complete reads, or a proof that she
// is gone; a group that became empty also waits for the next poll. Proven leavers pass all of this.

import { assignedUntil } from '../../desired/access-path.ts';
import type { GroupState } from '../../desired/desired-role.ts';
import type { Change } from '../../domain/change.ts';
import { parseGroupKey } from '../../domain/directory.ts';
import type { Hold } from '../../domain/plan.ts';
import { type JsonObject, renderDocument } from '../../domain/statement.ts';
import { mayEnter } from '../../domain/trust-evaluator.ts';
import type { PersonGrant } from '../../domain/trust-grants.ts';
import { parseTrustPolicy } from '../../domain/trust-policy.ts';
import type { PlanInput, RoleFacts } from '../plan-input.ts';
import { guardEach, hold } from './guard.ts';

/** The person whom a change would put out without proof, if it is such a change. */
export const unprovenRemoval = ({ detail }: Change): PersonGrant | undefined =>
  detail.kind === 'revoke' &&
  detail.proof === undefined &&
  detail.after === undefined &&
  detail.grant.kind === 'person'
    ? detail.grant
    : undefined;

/** Someone still among the members loses a form of her access, not her membership; nothing needs to be read again. */
const isStillMember = (grant: PersonGrant, role: RoleFacts): boolean =>
  role.desired?.admitted().some((one) => one.sub === grant.sub) === true;

const badRead = (groups: readonly GroupState[]): Hold | undefined => {
  const unread = groups.find((group) => group.state === 'unreadable');
  if (unread !== undefined) return hold('unreadable', `nobody is removed while ${unread.message}`);
  const vanished = groups.find((group) => group.state === 'vanished');
  return vanished === undefined
    ? undefined
    : hold('groupVanished', `nobody is removed while ${vanished.message}`);
};

const secondRead = (
  grant: PersonGrant,
  groups: readonly GroupState[],
  input: PlanInput,
): Hold | undefined => {
  for (const { key } of groups) {
    const reading = input.confirmations.groups.get(key);
    const { id } = parseGroupKey(key);
    if (reading === undefined)
      return hold('awaitingSecondRead', `group ${id} is read again before ${grant.sub} is removed`);
    if (reading.state === 'unreadable')
      return hold('unreadable', `the second read of group ${id} failed: ${reading.problem.message}`);
    if (reading.state === 'absent')
      return hold('groupVanished', `group ${id} was not there in the second read; nobody is removed`);
    if (
      reading.value.people.some((person) => person.id === grant.sub || person.userPrincipalName === grant.sub)
    ) {
      return hold(
        'stillMember',
        `${grant.sub} is in group ${id} in the second read; Entra's replicas disagree, so nobody is removed yet`,
      );
    }
  }
  return stillAssigned(grant.sub, groups, input);
};

/** An assignment may be ahead of the group. What cannot be read here says nothing: the group itself was read twice. */
const stillAssigned = (
  personId: string,
  groups: readonly GroupState[],
  input: PlanInput,
): Hold | undefined => {
  for (const { key } of groups.filter(({ pim }) => pim)) {
    const { id } = parseGroupKey(key);
    const reading = input.confirmations.assignments.get(id);
    if (reading === undefined)
      return hold(
        'awaitingSecondRead',
        `the assignments of group ${id} are read again before ${personId} is removed`,
      );
    if (reading.state === 'present' && assignedUntil(reading.value, personId, input.nowMs) !== undefined)
      return hold(
        'stillMember',
        `${personId} has an active assignment to group ${id}, which does not list her; nobody is removed yet`,
      );
  }
  return undefined;
};

/** An end is drawn in only if every way in was read, and the assignments say so twice. */
export const earlierEnd = guardEach(({ detail }, role, { input }) => {
  const { desired } = role;
  if (desired === undefined || detail.kind !== 'revoke' || detail.after?.kind !== 'person') return undefined;
  const { sub, untilMs } = detail.after;
  // The policy itself ends then, whatever is true of her.
  if (untilMs !== undefined && untilMs === desired.closesAtMs) return undefined;
  const bad = badRead(desired.groups);
  if (bad !== undefined) return bad;
  if (desired.mayBeLonger.has(sub))
    return hold('unreadable', `the end of ${sub} is kept while another way in cannot be read`);
  const personId = desired.admitted().find((one) => one.sub === sub)?.person?.id ?? sub;
  for (const { key, expiresAtMs } of desired.groups.filter(({ pim }) => pim)) {
    const { id } = parseGroupKey(key);
    const reading = input.confirmations.assignments.get(id);
    if (reading === undefined)
      return hold(
        'awaitingSecondRead',
        `the assignments of group ${id} are read again before the access of ${sub} ends earlier`,
      );
    if (reading.state !== 'present')
      return hold(
        'unreadable',
        `the second read of the assignments of group ${id} failed; the end of ${sub} is kept`,
      );
    const assignedMs = assignedUntil(reading.value, personId, input.nowMs) ?? 0;
    const again = Math.min(assignedMs, expiresAtMs ?? Infinity);
    if (again >= (untilMs ?? Infinity) + assignmentGrainMs)
      return hold(
        'stillMember',
        `the assignment of ${sub} to group ${id} lasts longer in the second read; her end is kept`,
      );
  }
  return undefined;
});

/** Ends in trust policies are rounded down to this. */
const assignmentGrainMs = 5 * 60_000;

const emptiedOnce = (groups: readonly GroupState[]): Hold | undefined => {
  const emptied = groups.find((group) => group.state === 'read' && group.emptyPolls === 1);
  return emptied === undefined
    ? undefined
    : hold(
        'groupEmptied',
        `group ${parseGroupKey(emptied.key).id} was read as empty once; its members are removed if the next poll says so too`,
      );
};

export const provenOrMissingTwice = guardEach((change, role, { input }) => {
  const grant = unprovenRemoval(change);
  if (grant === undefined || role.desired === undefined || isStillMember(grant, role)) return undefined;
  // The policy itself keeps her out; nothing that is read of her could change that.
  if (role.desired.excluded.has(grant.sub)) return undefined;
  const { groups } = role.desired;
  const bad = badRead(groups);
  if (bad !== undefined) return bad;
  return emptiedOnce(groups) ?? secondRead(grant, groups, input);
});

/** Whether a statement may let people of our federation in, whoever they are. */
const mayAdmitMembers = (statement: JsonObject, role: RoleFacts, nowMs: number): boolean => {
  const parsed = parseTrustPolicy(renderDocument([statement]));
  if (!parsed.ok) return true;
  return (role.desired?.providers ?? []).some(
    (id) =>
      mayEnter(parsed.policy, {
        action: 'sts:AssumeRoleWithSAML',
        principal: { type: 'Federated', id },
        context: new Map(),
        atMs: nowMs,
        openWorld: true,
      }).decision !== 'denied',
  );
};

/**
 * What lets unnamed people in is taken away at once, except where nobody is named yet and the members cannot be read: then
 * it is perhaps the only way in that they have, as when a policy has just turned from app-role admission to members.
 */
export const membersUnread = guardEach((change, role, { input }) => {
  const { detail } = change;
  if (detail.kind !== 'revoke' || (detail.grant.kind !== 'anyone' && detail.grant.kind !== 'foreign'))
    return undefined;
  if (role.desired === undefined || role.desired.admission === 'appRole') return undefined;
  if (detail.proof !== undefined) return undefined;
  if ([...role.trust.grants.values()].some((grant) => grant.kind === 'person')) return undefined;
  const bad = badRead(role.desired.groups) ?? emptiedOnce(role.desired.groups);
  if (bad === undefined || detail.grant.kind === 'anyone') return bad;
  return mayAdmitMembers(detail.grant.statement, role, input.nowMs) ? bad : undefined;
});

/** Grants for members about whom something decisive could not be read. */
export const standingUnknown = guardEach((change, role) => {
  const { detail } = change;
  if (detail.kind !== 'grant' || !('sub' in detail.grant)) return undefined;
  const doubt = role.desired?.doubtful.get(detail.grant.sub);
  if (doubt !== undefined) return hold('standingUnknown', `not let in: ${doubt}`);
  const unassigned = role.desired?.unassigned.get(detail.grant.sub);
  return unassigned === undefined ? undefined : hold('noAssignment', `not let in: ${unassigned}`);
});
