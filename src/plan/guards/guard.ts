// A guard is a small pure check that may hold a change, with a reason for the metric and a sentence for the operator.
// Guards run one after another, each on what the earlier ones left; none can set a held change free.

import { type Change, objectKey } from '../../domain/change.ts';
import type { HeldChange, Hold, HoldReason } from '../../domain/plan.ts';
import type { PlanInput, RoleFacts } from '../plan-input.ts';

export interface GuardContext {
  readonly input: PlanInput;
  /** By `objectKey`. */
  readonly roles: ReadonlyMap<string, RoleFacts>;
  /** What earlier guards held. */
  readonly held: readonly HeldChange[];
}

export type Guard = (candidates: readonly Change[], context: GuardContext) => ReadonlyMap<Change, Hold>;

export const hold = (reason: HoldReason, message: string): Hold => ({ reason, message });

/** A guard that looks at one change at a time. */
export const guardEach =
  (check: (change: Change, role: RoleFacts, context: GuardContext) => Hold | undefined): Guard =>
  (candidates, context) => {
    const holds = new Map<Change, Hold>();
    for (const change of candidates) {
      const role = context.roles.get(objectKey(change));
      const found = role === undefined ? undefined : check(change, role, context);
      if (found !== undefined) holds.set(change, found);
    }
    return holds;
  };

/** Changes by the role that they concern. */
export const byRole = (changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> => {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const group = groups.get(objectKey(change));
    if (group === undefined) groups.set(objectKey(change), [change]);
    else group.push(change);
  }
  return groups;
};

export interface Guarded {
  readonly apply: readonly Change[];
  readonly held: readonly HeldChange[];
}

/** Runs the chain. What comes out as `apply` is always a part of what went in. */
export const runGuards = (
  guards: readonly Guard[],
  changes: readonly Change[],
  facts: Omit<GuardContext, 'held'>,
): Guarded => {
  let apply = changes;
  const held: HeldChange[] = [];
  for (const guard of guards) {
    if (apply.length === 0) break;
    const holds = guard(apply, { ...facts, held });
    if (holds.size === 0) continue;
    const remaining: Change[] = [];
    for (const change of apply) {
      const found = holds.get(change);
      if (found === undefined) remaining.push(change);
      else held.push({ change, hold: found });
    }
    apply = remaining;
  }
  return { apply, held };
};
