// How assignments show in their groups: when one begins its principal becomes a member, and stops being one when it ends,
// both some time later. Nothing has a timer: whoever looks first has whatever is due carried out.

import type { Directory } from './directory.ts';
import { isOver, type Schedule } from './pim-schedules.ts';

export interface PimMembership {
  readonly add: (schedule: Schedule) => void;
  /** The same schedule with another end. */
  readonly replace: (schedule: Schedule) => void;
  readonly schedules: () => readonly Schedule[];
  /** Whether she is a member because of an assignment, and not by other ways. */
  readonly isPlaced: (groupId: string, principalId: string) => boolean;
  /** Carries out what is due by now. */
  readonly settle: () => void;
  readonly setLagMs: (ms: number) => void;
  /** Drops what a deleted user or group had. */
  readonly forget: (id: string) => void;
}

interface Kept {
  schedule: Schedule;
  readonly madeMs: number;
  /** What the group was last told of it. */
  shown: 'notYet' | 'member' | 'over';
}

const placeOf = (groupId: string, principalId: string): string => `${groupId} ${principalId}`;

export const makePimMembership = (directory: Directory, clock: () => number): PimMembership => {
  const placed = new Set<string>();
  let kept: readonly Kept[] = [];
  let lagMs = 0;
  let settledMs = clock();

  /** When the next step of an assignment shows in its group. */
  const nextStepMs = ({ schedule, madeMs, shown }: Kept): number => {
    const never = Number.POSITIVE_INFINITY;
    if (schedule.access === 'owner' || shown === 'over') return never;
    if (shown === 'member') return (schedule.endMs ?? never) + lagMs;
    return Math.max(schedule.startMs ?? madeMs, madeMs) + lagMs;
  };

  const begin = (groupId: string, principalId: string, atMs: number): void => {
    if (directory.members(groupId).includes(principalId)) return;
    directory.addMember(groupId, principalId, atMs);
    placed.add(placeOf(groupId, principalId));
  };

  const end = (groupId: string, principalId: string, atMs: number): void => {
    const stays = kept.some(
      ({ schedule, shown }) =>
        shown === 'member' && schedule.groupId === groupId && schedule.principalId === principalId,
    );
    if (!stays && placed.delete(placeOf(groupId, principalId)))
      directory.removeMember(groupId, principalId, atMs);
  };

  const carryOut = (step: Kept, dueMs: number): void => {
    const { groupId, principalId } = step.schedule;
    // At the time when it was due, but never before what the change log already tells.
    const atMs = Math.max(dueMs, settledMs);
    const begins = step.shown === 'notYet';
    step.shown = begins ? 'member' : 'over';
    (begins ? begin : end)(groupId, principalId, atMs);
    settledMs = atMs;
  };

  const settle = (): void => {
    const nowMs = clock();
    for (;;) {
      const [due] = kept
        .map((step) => ({ step, atMs: nextStepMs(step) }))
        .filter(({ atMs }) => atMs <= nowMs)
        .sort((one, two) => one.atMs - two.atMs);
      if (due === undefined) break;
      carryOut(due.step, due.atMs);
    }
    settledMs = Math.max(settledMs, nowMs);
    kept = kept.filter(
      ({ schedule, shown }) => shown !== 'over' && !(schedule.access === 'owner' && isOver(schedule, nowMs)),
    );
  };

  return {
    add: (schedule) => {
      const madeMs = clock();
      if (!isOver(schedule, madeMs)) kept = [...kept, { schedule, madeMs, shown: 'notYet' }];
    },
    replace: (schedule) => {
      const entry = kept.find((candidate) => candidate.schedule.id === schedule.id);
      if (entry !== undefined) entry.schedule = schedule;
    },
    schedules: () => kept.map(({ schedule }) => schedule),
    isPlaced: (groupId, principalId) => placed.has(placeOf(groupId, principalId)),
    settle,
    setLagMs: (ms) => {
      settle();
      lagMs = ms;
    },
    forget: (id) => {
      kept = kept.filter(({ schedule }) => schedule.groupId !== id && schedule.principalId !== id);
      for (const place of placed) if (place.split(' ').includes(id)) placed.delete(place);
    },
  };
};
