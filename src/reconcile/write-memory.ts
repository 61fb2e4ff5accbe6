// What this process wrote lately, so that IAM's lag is not taken for drift. Losing it costs at most a write of the same.

import type { SafetySettings } from '../domain/policy.ts';
import type { ObservedAccount } from '../domain/role.ts';
import { type RecentWrite, isOvertakenBy, showsWrites } from '../plan/recent-writes.ts';
import { type ElapsedMs, watchForJumps } from './clock-jumps.ts';

type WithoutTime = RecentWrite extends infer W ? (W extends RecentWrite ? Omit<W, 'atMs'> : never) : never;

export interface WriteMemory {
  remember(write: WithoutTime, atMs: number): void;
  /** In the order in which they were made. */
  recentOf(roleName: string): readonly RecentWrite[];
  all(): readonly RecentWrite[];
  /** A read showed all that was written to the role, or to that part of it. */
  noteShown(roleName: string, atMs: number, field?: RecentWrite['field']): void;
  /** Forgets what was written so long ago, and what a read showed so long ago. */
  forget(nowMs: number, writtenForMs: number, shownForMs: number): void;
}

interface Remembered {
  write: RecentWrite;
  /** When a read first showed it; undefined until then. */
  shownAtMs: number | undefined;
}

/** Of one role. What a forgotten write replaced is forgotten too: laid over a read, it would bring back what was before. */
const withoutOvertaken = (
  own: readonly Remembered[],
  isForgotten: (remembered: Remembered) => boolean,
): Remembered[] =>
  own.filter(
    (one, index) =>
      !isForgotten(one) &&
      !own.some((later, at) => at > index && isForgotten(later) && isOvertakenBy(one.write, later.write)),
  );

/** Without `elapsedMs` only a clock that is set back is noticed. */
export const createWriteMemory = (elapsedMs?: ElapsedMs): WriteMemory => {
  const writes = new Map<string, Remembered[]>();
  const jumpedBy = watchForJumps(elapsedMs);
  /** Every moment is told here first, so that none that is remembered lies ahead of it. */
  const goWithClock = (nowMs: number): void => {
    const byMs = jumpedBy(nowMs);
    if (byMs === 0) return;
    for (const remembered of [...writes.values()].flat()) {
      remembered.write = { ...remembered.write, atMs: remembered.write.atMs - byMs };
      if (remembered.shownAtMs !== undefined) remembered.shownAtMs -= byMs;
    }
  };
  return {
    remember: (write, atMs) => {
      goWithClock(atMs);
      const own = writes.get(write.roleName);
      const remembered = { write: { ...write, atMs }, shownAtMs: undefined };
      if (own === undefined) writes.set(write.roleName, [remembered]);
      else own.push(remembered);
    },
    recentOf: (roleName) => (writes.get(roleName) ?? []).map(({ write }) => write),
    all: () => [...writes.values()].flatMap((own) => own.map(({ write }) => write)),
    noteShown: (roleName, atMs, field) => {
      for (const remembered of writes.get(roleName) ?? [])
        if (field === undefined || remembered.write.field === field) remembered.shownAtMs ??= atMs;
    },
    forget: (nowMs, writtenForMs, shownForMs) => {
      goWithClock(nowMs);
      const isForgotten = ({ write, shownAtMs }: Remembered): boolean =>
        write.atMs < nowMs - writtenForMs || (shownAtMs !== undefined && shownAtMs < nowMs - shownForMs);
      for (const [roleName, own] of writes) {
        const rest = withoutOvertaken(own, isForgotten);
        if (rest.length === 0) writes.delete(roleName);
        else writes.set(roleName, rest);
      }
    },
  };
};

/**
 * A read that has shown our writes is not followed for long by one that does not: from a while later on, what was there
 * before them is what somebody put back, though it looks the same.
 */
const shownForMs = 60_000;

/** Forgets writes that IAM cannot be hiding any more. `keepMs`: for as long they are needed for something else. */
export const forgetOldWrites = (
  memory: WriteMemory,
  { settleMs }: SafetySettings,
  nowMs: number,
  keepMs = 0,
): void => {
  memory.forget(nowMs, Math.max(settleMs, keepMs), Math.max(shownForMs, keepMs));
};

/** Remembers which of our writes this read shows. */
export const noteShownWrites = (memory: WriteMemory, observed: ObservedAccount): void => {
  const roles = new Map(observed.roles.map((role) => [role.name, role]));
  for (const name of new Set(memory.all().map(({ roleName }) => roleName)))
    if (showsWrites(roles.get(name), memory.recentOf(name))) memory.noteShown(name, observed.readAtMs);
};
