// A removed policy closes its role at once; the role itself goes only after the policy was gone from two good loads, at
// least ten minutes apart, and never while any policy file is invalid.

import { formatDuration } from '../../domain/duration.ts';
import { isLockout } from '../lockouts.ts';
import { guardEach, hold } from './guard.ts';

/** A policy that is missing because its file is broken was not removed; only leavers who are proven or locked out go on leaving. */
export const sourcesInvalid = guardEach((change, role, { input }) =>
  role.desired === undefined &&
  !input.policiesComplete &&
  !(change.detail.kind === 'revoke' && change.detail.proof !== undefined) &&
  !isLockout(change)
    ? hold(
        'sourcesInvalid',
        `the policy ${role.owner?.name ?? '(unknown)'} may stand in a file that is invalid; repair the policy files first`,
      )
    : undefined,
);

export const awaitingPrune = guardEach(({ detail }, role, { input }) => {
  if (detail.kind !== 'deleteRole') return undefined;
  const absence = input.absences.get(role.owner?.name ?? '');
  const { pruneAfterMs } = input.safety;
  const waited = absence === undefined ? 0 : input.nowMs - absence.sinceMs;
  return absence !== undefined && absence.goodLoads >= 2 && waited >= pruneAfterMs
    ? undefined
    : hold(
        'awaitingPrune',
        `the role is closed; it is deleted once its policy has been gone for ${formatDuration(pruneAfterMs)} in at least two good loads`,
      );
});
