// Time that stands still until everything that can happen has happened, and then goes to the next moment at which a wait
// ends: so that what waits together wakes in its order, and the time of each thing that happens is exact.

import type { Sleep } from '../../src/aws/sleep.ts';
import type { Clock } from '../../src/domain/ports.ts';

export interface SteppedClock extends Clock {
  readonly sleep: Sleep;
  /** Lets time go on until the work is done. What the work waits for besides must need no real time. */
  runTo<T>(work: Promise<T>): Promise<T>;
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

export const steppedClock = (startMs = 0): SteppedClock => {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  const wakeNext = (): void => {
    const [next] = [...sleepers].sort((a, b) => a.wakeAtMs - b.wakeAtMs);
    if (next === undefined) return;
    sleepers.delete(next);
    nowMs = Math.max(nowMs, next.wakeAtMs);
    next.wake();
  };
  return {
    now: () => nowMs,
    sleep: (ms, signal) => {
      signal.throwIfAborted();
      return new Promise((wake) => sleepers.add({ wakeAtMs: nowMs + ms, wake }));
    },
    runTo: async (work) => {
      let isDone = false;
      const end = (): void => {
        isDone = true;
      };
      void work.then(end, end);
      for (;;) {
        await new Promise(setImmediate);
        if (isDone) return work;
        wakeNext();
      }
    },
  };
};
