// The one place that retries AWS calls. It replaces the SDK's strategy, which retries `LimitExceeded` (in IAM a permanent
// quota) and does not retry `ConcurrentModification` and `EntityTemporarilyUnmodifiable`. [measured, reference aws.md §3.3]

import type { IAMClientConfig } from '@aws-sdk/client-iam';
import { AppError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import { type Command, aroundAttempts } from './command-stack.ts';
import type { Sleep } from './sleep.ts';
import { sdkFacts } from './sdk-error.ts';

/** The SDK's `RetryStrategyV2`, taken from where it is asked for: its own package is not a dependency of ours. */
type Strategy = Extract<
  NonNullable<IAMClientConfig['retryStrategy']>,
  { acquireInitialRetryToken: (...args: never[]) => unknown }
>;

export const maxAttempts = 4;
const baseMs = 200;
const capMs = 5_000;

export interface RetryOptions {
  readonly sleep: Sleep;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Aborts when the clients are closed, so that no back-off outlives them. */
  readonly closing: AbortSignal;
  readonly clock: Clock;
}

/** Failures after which nobody knows whether the request was carried out, of requests that must not be made twice. */
const unanswered = new WeakSet<object>();

export const isRetryable = (error: unknown): boolean => {
  // A refusal of ours.
  if (error instanceof AppError) return false;
  if (typeof error === 'object' && error !== null && unanswered.has(error)) return false;
  const { fault } = sdkFacts(error);
  if ((error as { readonly name?: unknown } | null)?.name === 'AbortError') return false;
  return fault !== 'answered' && fault !== 'credentials';
};

/**
 * Exponential with full jitter: anywhere in `0 … min(cap, 200 ms × 2^retry)`. A `Retry-After` of the service is a lower
 * bound, up to the same cap.
 */
export const backoffMs = (retry: number, random: () => number, retryAfterMs = 0): number => {
  const jittered = random() * Math.min(capMs, baseMs * 2 ** retry);
  return Math.max(jittered, Math.min(capMs, retryAfterMs));
};

/**
 * The command, which from now on is repeated only when AWS surely refused it. For what undoes, when it is done again, what
 * somebody else has done meanwhile.
 */
export const notRepeated = <C extends Command>(command: C): C => {
  aroundAttempts(command, 'rolewardenNotRepeated', (next) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      const { fault } = sdkFacts(error);
      if ((fault === 'server' || fault === 'network') && typeof error === 'object' && error !== null)
        unanswered.add(error);
      throw error;
    }
  });
  return command;
};

type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;

const token = (retryCount: number): Token => ({
  getRetryCount: () => retryCount,
  // The strategy itself has waited; the SDK's own wait cannot be injected.
  getRetryDelay: () => 0,
});

/** The SDK races the wait against the call's own signal; a rejection here ends the call with the last error. */
export const retryStrategy = ({ sleep, random, closing, clock }: RetryOptions): Strategy => ({
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (previous, { error, retryAfterHint }) => {
    const retry = previous.getRetryCount() + 1;
    if (retry >= maxAttempts || !isRetryable(error)) throw new Error('not retried');
    const retryAfterMs = retryAfterHint === undefined ? 0 : retryAfterHint.getTime() - clock.now();
    await sleep(backoffMs(retry, random, retryAfterMs), closing);
    return token(retry);
  },
  recordSuccess: () => {},
});
