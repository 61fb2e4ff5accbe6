// Timers that fire only when a test moves time, in the order of their due times.

import type { Timers } from '../../src/reconcile/timers.ts';
import { type ManualClock } from '../aws/manual-clock.ts';

export interface ManualTimers extends Timers {
  /** Moves the clock on and lets everything that is due happen, promises included. */
  advance(ms: number): Promise<void>;
  /** Delays of the timers that wait, from the shortest. */
  waiting(): readonly number[];
}

/** Lets chains of promises run to their next real wait. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

export const manualTimers = (clock: ManualClock): ManualTimers => {
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    after: (delayMs, callback) => {
      const timer = { dueMs: clock.now() + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: async (ms) => {
      const untilMs = clock.now() + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        clock.advance(Math.max(0, next.dueMs - clock.now()));
        next.callback();
        await settle();
      }
      clock.advance(untilMs - clock.now());
    },
    waiting: () => [...timers].map(({ dueMs }) => dueMs - clock.now()).sort((a, b) => a - b),
  };
};
