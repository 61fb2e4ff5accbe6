// How many requests may be made: a token bucket that slows down when AWS throttles. The limits of IAM are unpublished,
// those of ECS are known, and all are shared with everyone else who works in the account. [reference aws.md §3.2, §5]

import type { Clock } from '../domain/ports.ts';
import type { Sleep } from './sleep.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';

export interface WriteBudgetOptions {
  /** Tokens a second at full rate. */
  readonly ratePerSecond: number;
  /** How many tokens may be saved up; at least 1. */
  readonly burst: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

export interface WriteBudget {
  /** Waits for a token, first come first served. Rejects with the signal's reason, and then takes none. */
  take(signal: AbortSignal): Promise<void>;
  /**
   * AWS throttled a request: halves the rate for a while, and what was saved up is gone. Answers to requests already on their
   * way count once.
   */
  throttled(): void;
}

/** The rate never falls below this part of the full one. */
const floorFactor = 1 / 16;
/** Throttling answers this close together are one event. */
const sameEventMs = 1_000;
/**
 * Short, since people wait to be put out. Where the rate is about what AWS takes, mere unevenness brings a throttling now and
 * then, and that must cost seconds; where it is far too high, the next one comes soon and halves it again.
 */
const holdMs = 5_000;
/** From the floor back to the full rate. */
const recoverMs = 30_000;

interface Slowdown {
  readonly atMs: number;
  /** Part of the full rate at `atMs`. */
  readonly factor: number;
}

/** 1 is full speed: the halved factor for 5 s, then a straight line back up. */
export const rateFactor = (slowdown: Slowdown | undefined, nowMs: number): number => {
  if (slowdown === undefined) return 1;
  const recoveringMs = Math.max(0, nowMs - slowdown.atMs - holdMs);
  return Math.min(1, slowdown.factor + recoveringMs / recoverMs);
};

export const writeBudget = ({ ratePerSecond, burst, clock, sleep }: WriteBudgetOptions): WriteBudget => {
  const capacity = Math.max(1, burst);
  let tokens = capacity;
  let filledAtMs = clock.now();
  let slowdown: Slowdown | undefined;
  let queue: Promise<void> = Promise.resolve();

  const perMs = (): number => (ratePerSecond * rateFactor(slowdown, clock.now())) / 1_000;

  /** True if there is a token to take. */
  const refill = (): boolean => {
    const nowMs = clock.now();
    // A clock set back gives nothing and takes nothing. The rate only rises between two slowdowns, so the earlier
    // one is the careful one.
    const factor = rateFactor(slowdown, Math.min(filledAtMs, nowMs));
    const gainedMs = Math.max(0, nowMs - filledAtMs);
    tokens = Math.min(capacity, tokens + (gainedMs * ratePerSecond * factor) / 1_000);
    filledAtMs = nowMs;
    return tokens >= 1;
  };

  const waitForToken = async (signal: AbortSignal): Promise<void> => {
    while (!refill()) await sleep(Math.max(1, Math.ceil((1 - tokens) / perMs())), signal);
    tokens -= 1;
  };

  return {
    take: async (signal) => {
      signal.throwIfAborted();
      const before = queue;
      let leave = (): void => {};
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      queue = before.then(() => left);
      try {
        await unlessAborted(before, signal);
        await waitForToken(signal);
      } finally {
        leave();
      }
    },
    throttled: () => {
      const nowMs = clock.now();
      if (slowdown !== undefined && Math.abs(nowMs - slowdown.atMs) < sameEventMs) return;
      refill();
      tokens = Math.min(tokens, 0);
      slowdown = { atMs: nowMs, factor: Math.max(floorFactor, rateFactor(slowdown, nowMs) / 2) };
    },
  };
};
