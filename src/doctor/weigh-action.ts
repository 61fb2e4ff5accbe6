// Whether the policies of a role allow an action in all that it will be asked for, as IAM shows them.

import { type AccessRequest, type IdentityPolicies, mayAct } from '../domain/access-evaluator.ts';
import type { Verdict } from '../domain/condition-evaluator.ts';
import type { OwnPermissions } from '../domain/examination.ts';
import { worstFirst } from './lacking.ts';
import type { Asking } from './asking.ts';
import type { NeededAction } from './needed-actions.ts';
import type { AccountNeeds } from './needs.ts';

/** Keys of every request that documents may ask for, besides those of the action. */
const withCaller = (asking: Asking, own: OwnPermissions, needs: AccountNeeds): Asking => ({
  ...asking,
  context: new Map([
    ['aws:principalarn', [own.roleArn]],
    ['aws:principalaccount', [needs.account.accountId]],
    ['aws:principaltype', ['AssumedRole']],
    ['aws:resourceaccount', [needs.account.accountId]],
    ['aws:securetransport', ['true']],
    ...asking.context,
  ]),
});

export interface Weighed {
  readonly asking: Asking;
  readonly verdict: Verdict;
}

/** The worst of everything that the action is asked for. A key that is not known of a request leaves its answer open. */
export const weigh = (
  needed: NeededAction,
  needs: AccountNeeds,
  own: OwnPermissions,
  atMs: number,
): Weighed | undefined => {
  const identity: IdentityPolicies = { policies: own.policies, boundary: own.boundary };
  const weighed = needed.asks(needs).map((asking): Weighed => {
    const request: AccessRequest = { ...withCaller(asking, own, needs), atMs, openWorld: true };
    return { asking, verdict: mayAct(identity, request) };
  });
  return worstFirst.flatMap(
    (outcome) => weighed.find(({ verdict }) => verdict.decision === outcome) ?? [],
  )[0];
};
