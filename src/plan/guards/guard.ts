// A guard is a small pure check that may hold a change, with a reason for the metric and a sentence for the operator.
// Guards run one after another, each on what the earlier ones left; none can set a held change free.

import { type Change, objectKey } from '../../domain/change.ts';
import type { HeldChange, Hold, HoldReason } from '../../domain/plan.ts';
import type { PlanInput, RoleFacts } from '../plan-input.ts';

export interface GuardContext<Facts = RoleFacts, Input = PlanInput> {
  readonly input: Input;
  /** By `objectKey`. */
  readonly facts: ReadonlyMap<string, Facts>;
  /** What earlier guards held. */
  readonly held: readonly HeldChange[];
}

/** Of roles, unless it says otherwise. */
export type Guard<Facts = RoleFacts, Input = PlanInput> = (
  candidates: readonly Change[],
  context: GuardContext<Facts, Input>,
) => ReadonlyMap<Change, Hold>;

/** `untilMs`: when it may go on by itself. */
export const hold = (reason: HoldReason, message: string, untilMs?: number): Hold => ({
  reason,
  message,
  untilMs,
});

/** A guard that looks at one change at a time. */
export const guardEach =
  <Facts = RoleFacts, Input = PlanInput>(
    check: (change: Change, facts: Facts, context: GuardContext<Facts, Input>) => Hold | undefined,
  ): Guard<Facts, Input> =>
  (candidates, context) => {
    const holds = new Map<Change, Hold>();
    for (const change of candidates) {
      const facts = context.facts.get(objectKey(change));
      const found = facts === undefined ? undefined : check(change, facts, context);
      if (found !== undefined) holds.set(change, found);
    }
    return holds;
  };

/** Changes by the object that they concern. */
export const byObject = (changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> => {
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
export const runGuards = <Facts, Input>(
  guards: readonly Guard<Facts, Input>[],
  changes: readonly Change[],
  context: Omit<GuardContext<Facts, Input>, 'held'>,
): Guarded => {
  let apply = changes;
  const held: HeldChange[] = [];
  for (const guard of guards) {
    if (apply.length === 0) break;
    const holds = guard(apply, { ...context, held });
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
