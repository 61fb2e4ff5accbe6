// What happened to the tenant, in order. Old states are worked out by undoing the newest changes, so that replica lag and
// delta queries need no copies.

export type Change =
  | {
      readonly kind: 'membership';
      readonly atMs: number;
      readonly groupId: string;
      readonly memberId: string;
      readonly added: boolean;
      /** The member itself was deleted, rather than taken out of the group. */
      readonly byDeletion: boolean;
    }
  | { readonly kind: 'group' | 'user'; readonly atMs: number; readonly id: string };

/** A change before it has a time. */
export type NewChange =
  | {
      readonly kind: 'membership';
      readonly groupId: string;
      readonly memberId: string;
      readonly added: boolean;
      readonly byDeletion: boolean;
    }
  | { readonly kind: 'group' | 'user'; readonly id: string };

export interface ChangeLog {
  /** @param atMs when it happened, now unless given; not before the last one */
  readonly append: (change: NewChange, atMs?: number) => void;
  /** How many changes happened until that time, which serves as a position. */
  readonly positionAt: (timeMs: number) => number;
  /** Changes from one position up to another. */
  readonly between: (from: number, to: number) => readonly Change[];
  /** The group's membership changes that are younger than that time, newest first. */
  readonly membershipsSince: (
    groupId: string,
    timeMs: number,
  ) => readonly (Change & { kind: 'membership' })[];
}

export const makeChangeLog = (clock: () => number): ChangeLog => {
  const changes: Change[] = [];
  const byGroup = new Map<string, (Change & { kind: 'membership' })[]>();
  return {
    append: (change, atMs = clock()) => {
      const timed = { ...change, atMs };
      changes.push(timed);
      if (timed.kind !== 'membership') return;
      const ofGroup = byGroup.get(timed.groupId);
      if (ofGroup === undefined) byGroup.set(timed.groupId, [timed]);
      else ofGroup.push(timed);
    },
    positionAt: (timeMs) => changes.findLastIndex((change) => change.atMs <= timeMs) + 1,
    between: (from, to) => changes.slice(from, to),
    membershipsSince: (groupId, timeMs) => {
      const ofGroup = byGroup.get(groupId) ?? [];
      const younger: (Change & { kind: 'membership' })[] = [];
      for (let index = ofGroup.length - 1; index >= 0; index -= 1) {
        const change = ofGroup[index];
        if (change === undefined || change.atMs <= timeMs) break;
        younger.push(change);
      }
      return younger;
    },
  };
};
