// The door: whether a role's trust policy lets this caller in, asked of the project's own evaluator.
// Every such question of the sandbox goes through here.

import { type EntryRequest, mayEnter } from '../../../domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../../domain/trust-policy.ts';
import type { SandboxRole } from '../role-store.ts';

export interface Entrance {
  readonly principal: EntryRequest['principal'];
  readonly atMs: number;
  /** The action itself, then `sts:TagSession` and `sts:SetSourceIdentity` if the request needs them. All must be allowed. */
  readonly actions: readonly {
    readonly action: string;
    readonly context: ReadonlyMap<string, readonly string[]>;
  }[];
}

/** The first action that is not allowed, or undefined when the caller may enter. What the evaluator cannot decide is refused. */
export const refusedAction = (role: SandboxRole, entrance: Entrance): string | undefined => {
  const trust = parseTrustPolicy(role.trustDocument);
  return entrance.actions.find(
    ({ action, context }) =>
      !trust.ok ||
      mayEnter(trust.policy, {
        action,
        principal: entrance.principal,
        context,
        atMs: entrance.atMs,
      }).decision !== 'allowed',
  )?.action;
};
