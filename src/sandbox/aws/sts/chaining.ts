// Role chaining: from the session of one role into another role. Besides the trust policy of the other role, the permissions
// of the role she is in must allow it, unless both are of one account and the trust policy names the role she is in: then
// that is permission enough, as far as its boundary allows it and nothing denies it. [IAM User Guide: policy evaluation logic]

import { mayEnter } from '../../../domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../../domain/trust-policy.ts';
import type { Account } from '../account-state.ts';
import { refusalTo } from '../authorize.ts';
import type { Caller } from '../credentials.ts';
import type { SandboxRole } from '../role-store.ts';
import { type StsCall, accountOfArn } from './call.ts';
import type { Entrance } from './trust.ts';

/** Whether the role would admit her also if its trust policy named no accounts, but only roles. */
const isNamedIn = (role: SandboxRole, entrance: Entrance, step: Entrance['actions'][number]): boolean => {
  const trust = parseTrustPolicy(role.trustDocument);
  if (!trust.ok) return false;
  const statements = trust.policy.statements.filter(
    ({ effect, principals }) =>
      effect !== 'Allow' || principals.some(({ id }) => id === entrance.principal.id),
  );
  const { principal, atMs } = entrance;
  return mayEnter({ ...trust.policy, statements }, { ...step, principal, atMs }).decision === 'allowed';
};

/** The sentence by which the caller's own permissions keep her from entering; undefined: they do not. */
export const chainingRefusal = (
  call: StsCall,
  caller: Caller,
  role: SandboxRole,
  entrance: Entrance,
): string | undefined => {
  const account: Account | undefined = call.account(caller.accountId);
  if (account === undefined) return undefined;
  const judge = { account, caller, region: call.region, nowMs: call.nowMs, asked: call.asked };
  const isOneAccount = accountOfArn(role.arn) === caller.accountId;
  for (const step of entrance.actions) {
    const refusal = refusalTo(judge, {
      action: step.action,
      resource: role.arn,
      tags: role.tags,
      context: Object.fromEntries(step.context),
      isGivenByResource: isOneAccount && isNamedIn(role, entrance, step),
    });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
};
