// Eventual consistency for an in-memory store: what it held a while ago, kept as a list of how to undo each change.

import type { Clock } from '../../src/domain/ports.ts';

interface Undo<T> {
  readonly atMs: number;
  readonly name: string;
  readonly before: T | undefined;
}

export interface StaleHistory<T> {
  /** Sets, or with undefined removes, so that it is seen after the stale time. */
  readonly store: (name: string, value: T | undefined) => void;
  /** The world as reads see it: today's, with the newest changes undone from the last to the first. */
  readonly visible: () => ReadonlyMap<string, T>;
  /** 0: everything is seen at once. */
  readonly setStaleMs: (ms: number) => void;
}

export const staleHistory = <T>(clock: Clock, current: Map<string, T>): StaleHistory<T> => {
  const undoLog: Undo<T>[] = [];
  let staleMs = 0;
  return {
    store: (name, value) => {
      if (staleMs > 0) undoLog.push({ atMs: clock.now(), name, before: current.get(name) });
      if (value === undefined) current.delete(name);
      else current.set(name, value);
    },
    visible: () => {
      const since = clock.now() - staleMs;
      if (staleMs === 0 || !undoLog.some((undo) => undo.atMs > since)) return current;
      const past = new Map(current);
      for (const undo of undoLog.filter((entry) => entry.atMs > since).toReversed()) {
        if (undo.before === undefined) past.delete(undo.name);
        else past.set(undo.name, undo.before);
      }
      return past;
    },
    setStaleMs: (ms) => {
      staleMs = ms;
      if (ms === 0) undoLog.length = 0;
    },
  };
};
