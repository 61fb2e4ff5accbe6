// A Lockout puts a person out of everything at once, and nothing that holds other changes holds that.

import type { Change } from '../domain/change.ts';
import { type PolicySet, lockoutsInForce } from '../domain/policy.ts';
import type { PlanInput } from './plan-input.ts';

/** Everybody whom a Lockout names now, as trust policies may know her: by object id, or by user principal name. */
export const lockedOutIn = (policies: PolicySet, nowMs: number): ReadonlySet<string> =>
  new Set(
    lockoutsInForce(policies, nowMs).flatMap(({ person, userPrincipalName }) =>
      userPrincipalName === undefined ? [person] : [person, userPrincipalName],
    ),
  );

/**
 * The same policies, whose Lockouts end by the clock that is behind: ends are moments of AWS's and Entra's clocks, and while
 * ours is ahead of theirs nobody comes back early.
 */
export const endingByTheirClock = (policies: PolicySet, clockSkew: PlanInput['clockSkew']): PolicySet => {
  const aheadMs = Math.max(0, -(clockSkew?.ms ?? 0));
  return aheadMs === 0 || policies.lockouts.length === 0
    ? policies
    : {
        ...policies,
        lockouts: policies.lockouts.map((one) => ({ ...one, untilMs: one.untilMs + aheadMs })),
      };
};

/** Whether a change does nothing but put out people whom a Lockout names. */
export const isLockout = ({ detail }: Change): boolean =>
  (detail.kind === 'revoke' && detail.proof === 'lockedOut') ||
  (detail.kind === 'tightenDenies' && detail.isLockout);
