// Waiting that can be given up: by the caller's signal, or by a time limit of our own.

import { setTimeout as delay } from 'node:timers/promises';

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleepFor: Sleep = async (ms, signal) => {
  await delay(ms, undefined, { signal });
};

export interface TimeLimit {
  /** Aborts when the time is up, or with the parent. */
  readonly signal: AbortSignal;
  readonly isReached: () => boolean;
  /** Must be called, or the timer keeps the process alive. */
  readonly clear: () => void;
}

/** A time limit of `ms` milliseconds that runs from now. */
export const startTimeLimit = (ms: number, parent?: AbortSignal): TimeLimit => {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(new Error(`no answer within ${ms} ms`)), ms);
  return {
    signal: parent === undefined ? own.signal : AbortSignal.any([own.signal, parent]),
    isReached: () => own.signal.aborted,
    clear: () => clearTimeout(timer),
  };
};
