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
  const controller = new AbortController();
  let isReached = false;
  const timer = setTimeout(() => {
    isReached = true;
    controller.abort(new Error(`no answer within ${ms} ms`));
  }, ms);
  // Not `AbortSignal.any`, whose weak references keep what hangs on them until a full collection.
  const follow = (): void => controller.abort(parent?.reason);
  if (parent?.aborted === true) follow();
  parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    isReached: () => isReached,
    clear: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
    },
  };
};
