// A role of somebody else's: whether its owner lets us in, and whether the statements of others stand still.

import { minuteOf } from '../../domain/moment.ts';
import { tagKeys } from '../../domain/role.ts';
import { othersSettledAtMs } from '../others.ts';
import type { PlanInput, RoleFacts } from '../plan-input.ts';
import { concernsTrust } from '../trust-changes.ts';
import { guardEach, hold } from './guard.ts';

/** Why a role that the policy shares is not one that it may share; undefined: it is. */
export const notAdoptedMessage = (role: RoleFacts, { instance }: PlanInput): string | undefined => {
  if (!role.isShared || role.observed !== undefined || role.claimedBy.length > 0) return undefined;
  const tag = `${tagKeys.adopt}=${instance}`;
  return role.takenBy === undefined
    ? `the role ${role.roleName} does not exist, and a shared role is never made here; create it with the tag ${tag}, or write ownership: role`
    : `${role.takenBy} does not carry the tag ${tag}; its owner has to set it, since nothing here ever does`;
};

export const notAdopted = guardEach((_change, role, { input }) => {
  const message = notAdoptedMessage(role, input);
  return message === undefined ? undefined : hold('notAdopted', message);
});

/** Runs last: what it holds is decided, and removals among that are denied inside the role meanwhile. */
export const othersUnsettled = guardEach((change, role, { input }) => {
  if (!role.isShared || !concernsTrust(change)) return undefined;
  const atMs = othersSettledAtMs(role, input);
  if (atMs !== undefined && atMs <= input.nowMs) return undefined;
  const when =
    atMs === undefined
      ? 'once a running controller has read them the same for ten minutes'
      : `at ${minuteOf(atMs)}, if nobody changes them before`;
  return hold(
    'othersUnsettled',
    `the trust policy has statements of others, and is written ${when}; whoever leaves is denied inside the role meanwhile`,
    atMs,
  );
});
