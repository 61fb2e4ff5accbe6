// A Lockout puts a person out of everything at once, and nothing that holds other changes holds that.

import type { Change } from '../domain/change.ts';
import { type PolicySet, lockoutsInForce } from '../domain/policy.ts';

/** Everybody whom a Lockout names now, as trust policies may know her: by object id, or by user principal name. */
export const lockedOutIn = (policies: PolicySet, nowMs: number): ReadonlySet<string> =>
  new Set(
    lockoutsInForce(policies, nowMs).flatMap(({ person, userPrincipalName }) =>
      userPrincipalName === undefined ? [person] : [person, userPrincipalName],
    ),
  );

/** Whether a change does nothing but put out people whom a Lockout names. */
export const isLockout = ({ detail }: Change): boolean =>
  (detail.kind === 'revoke' && detail.proof === 'lockedOut') ||
  (detail.kind === 'tightenDenies' && detail.isLockout);
