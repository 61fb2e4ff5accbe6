// Whether a failed request is asked again, and when: for whole requests and for single answers of a batch alike.
// Throttling is counted per application and tenant, so once Graph says "wait", nothing of ours is sent until then.

import type { Clock } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import type { TokenSource } from './access-token.ts';
import type { Failure } from './failure.ts';
import type { ReadCall } from './question.ts';
import type { Sleep } from './time-limit.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';

export const maxAttempts = 4;
const firstBackoffMs = 1000;

export interface Retry {
  /** Resolves when the next request may be sent. Rejects when the signal aborts. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
  /**
   * undefined: ask again at the next `turn`. Otherwise the problem to report, because asking again cannot help.
   * @param attempt how often it was asked so far, from 1
   * @param tokenGeneration which token it was asked with
   */
  readonly giveUp: (
    failure: Failure,
    attempt: number,
    tokenGeneration: number,
    read: ReadCall,
  ) => AppError | undefined;
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly tokens: TokenSource;
}

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1000))} s`;

const outOfTime = ({ problem, toldWaitMs }: Failure, leftMs: number): AppError => {
  if (toldWaitMs === undefined) return problem;
  const message = `${problem.message}, asking to wait ${seconds(toldWaitMs)}; only ${seconds(leftMs)} of this poll are left`;
  return new AppError('transient', message, {
    ...(problem.resource === undefined ? {} : { resource: problem.resource }),
    ...(problem.code === undefined ? {} : { code: problem.code }),
    cause: problem,
  });
};

/** One for all requests of an adapter, so that all of them are quiet when one was told to wait. */
export const openRetry = ({ clock, sleep, random, tokens }: RetryOptions): Retry => {
  let quietUntilMs = 0;

  const takeFreshToken = (failure: Failure, generation: number, read: ReadCall): AppError | undefined => {
    // Another request may have discarded or renewed it meanwhile; then only the older token was refused.
    if (!tokens.isInUse(generation)) return undefined;
    if (read.tookFreshToken) return failure.problem;
    read.tookFreshToken = true;
    tokens.discard(generation);
    return undefined;
  };

  const waitFor = (failure: Failure, attempt: number, read: ReadCall): AppError | undefined => {
    if (attempt >= maxAttempts) return failure.problem;
    const now = clock.now();
    // Full jitter: replicas that failed together do not come back together.
    const waitMs = failure.toldWaitMs ?? random() * firstBackoffMs * 2 ** (attempt - 1);
    if (now + waitMs > read.deadlineMs) return outOfTime(failure, read.deadlineMs - now);
    quietUntilMs = Math.max(quietUntilMs, now + waitMs);
    return undefined;
  };

  return {
    turn: async (signal) => {
      signal.throwIfAborted();
      // Counts what was slept itself: a clock that is set back must not make us wait again.
      for (let nowMs = clock.now(); nowMs < quietUntilMs; ) {
        const targetMs = quietUntilMs;
        await unlessAborted(sleep(targetMs - nowMs, signal), signal);
        nowMs = Math.max(clock.now(), targetMs);
        // Nor may the next turn wait for it once more.
        if (quietUntilMs === targetMs) quietUntilMs = 0;
      }
    },
    giveUp: (failure, attempt, tokenGeneration, read) => {
      switch (failure.remedy) {
        case 'none':
          return failure.problem;
        case 'freshToken':
          return takeFreshToken(failure, tokenGeneration, read);
        case 'wait':
          return waitFor(failure, attempt, read);
      }
    },
  };
};
