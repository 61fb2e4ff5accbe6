// Waiting that can be given up: by the caller's signal, or by a time limit of our own.

import { setTimeout as delay } from 'node:timers/promises';

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleepFor: Sleep = async (ms, signal) => {
  await delay(ms, undefined, { signal });
};

/** Rejects with the signal's reason as soon as it aborts, even if what is awaited never looks at the signal. */
export const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  let stopListening = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    // Even then `work` goes into the race: nobody else would handle its rejection.
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stopListening = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    stopListening();
  }
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
