// A shared role has statements of others beside ours. They are never written anew unless they have stood still, and whom
// they admit is not ours to put out.

import type { LeaverProof } from '../domain/change.ts';
import { renderDocument } from '../domain/statement.ts';
import type { PersonGrant } from '../domain/trust-grants.ts';
import { parseTrustPolicy } from '../domain/trust-policy.ts';
import { admitsNow } from './admits-now.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';

/** Writing a trust policy replaces all of it, and a read may lag: what others just wrote must not be undone. */
export const othersSettleMs = 10 * 60_000;

/** From when on the trust policy may be written, milliseconds since the epoch; undefined: the others were not read yet. */
export const othersSettledAtMs = (
  { roleName }: RoleFacts,
  { othersSince }: PlanInput,
): number | undefined => {
  const sinceMs = othersSince.get(roleName);
  return sinceMs === undefined ? undefined : sinceMs + othersSettleMs;
};

/** Whether she may surely enter by a statement that is not ours. */
export const isAdmittedByOthers = ({ trust }: RoleFacts, grant: PersonGrant, nowMs: number): boolean => {
  if (trust.shared === undefined || trust.shared.others.length === 0) return false;
  const parsed = parseTrustPolicy(renderDocument(trust.shared.others));
  return parsed.ok && admitsNow(parsed.policy, grant, nowMs) === 'allowed';
};

/** Who left altogether, or is locked out, is denied whoever else admits her. */
const leftForGood: ReadonlySet<LeaverProof | undefined> = new Set([
  'accountDisabled',
  'userDeleted',
  'userNotFound',
  'lockedOut',
]);

/** Whether somebody who loses our grant keeps what others give her, so that nothing inside the role is denied to her. */
export const staysByOthers = (
  role: RoleFacts,
  grant: PersonGrant,
  proof: LeaverProof | undefined,
  nowMs: number,
): boolean => !leftForGood.has(proof) && isAdmittedByOthers(role, grant, nowMs);

/** When a deny of everybody ends the policy's access; undefined: never, or people of others would be denied too. */
export const closingOf = ({ isShared, desired }: RoleFacts): number | undefined =>
  isShared ? undefined : desired?.closesAtMs;
