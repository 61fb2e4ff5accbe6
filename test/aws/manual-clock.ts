// Time that moves only when a test, or a wait, moves it.

import type { Sleep } from '../../src/aws/sleep.ts';
import type { Clock } from '../../src/domain/ports.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** Advances the clock at once instead of waiting, and notes for how long. */
  readonly sleep: Sleep;
  readonly slept: number[];
}

export const manualClock = (startMs = 0): ManualClock => {
  let nowMs = startMs;
  const slept: number[] = [];
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    slept,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      slept.push(ms);
      nowMs += ms;
    },
  };
};
