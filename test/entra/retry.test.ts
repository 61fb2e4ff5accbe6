import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { TokenSource } from '../../src/entra/access-token.ts';
import type { Failure } from '../../src/entra/failure.ts';
import type { ReadCall } from '../../src/entra/question.ts';
import { maxAttempts, openRetry } from '../../src/entra/retry.ts';
import { manualTime } from './graph-harness.ts';

const problem = new AppError('transient', 'graph answered 503', { code: '503' });
const wait = (toldWaitMs?: number): Failure => ({
  problem,
  remedy: 'wait',
  ...(toldWaitMs === undefined ? {} : { toldWaitMs }),
});

const open = (random = 1) => {
  const time = manualTime();
  const discarded: number[] = [];
  const tokens: TokenSource = {
    getAccessToken: async () => 'token',
    generation: () => 3,
    isInUse: (generation) => generation === 3 && discarded.length === 0,
    discard: (generation) => void discarded.push(generation),
  };
  const retry = openRetry({ clock: time.clock, sleep: time.sleep, random: () => random, tokens });
  const signal = new AbortController().signal;
  const read: ReadCall = {
    signal,
    deadlineMs: time.clock.now() + 60_000,
    halted: undefined,
    tookFreshToken: false,
  };
  return { ...time, retry, read, signal, discarded };
};

describe('waiting', () => {
  it.each([
    [1, 1, 1000],
    [2, 1, 2000],
    [3, 1, 4000],
    [3, 0.25, 1000],
    [3, 0, 0],
  ])('after attempt %i with jitter %f is %i ms', async (attempt, random, ms) => {
    const { retry, read, signal, slept } = open(random);
    expect(retry.giveUp(wait(), attempt, 3, read)).toBeUndefined();
    await retry.turn(signal);
    expect(slept.reduce((sum, one) => sum + one, 0)).toBe(ms);
  });

  it.each([0, 1000, 59_000, 60_000])('is exactly as long as told: %i ms', async (ms) => {
    const { retry, read, signal, slept } = open();
    expect(retry.giveUp(wait(ms), 1, 3, read)).toBeUndefined();
    await retry.turn(signal);
    expect(slept.reduce((sum, one) => sum + one, 0)).toBe(ms);
  });

  it('holds for every request, and is as long as the longest that was told', async () => {
    const { retry, read, signal, slept } = open();
    for (const ms of [3000, 9000, 5000]) retry.giveUp(wait(ms), 1, 3, read);
    await retry.turn(signal);
    await retry.turn(signal);
    expect(slept).toEqual([9000]);
  });

  it('ends even if the clock stands still', async () => {
    const { retry, read, signal } = open();
    const stopped = openRetry({
      clock: { now: () => 0 },
      sleep: async () => {},
      random: () => 1,
      tokens: { getAccessToken: async () => '', generation: () => 1, isInUse: () => true, discard: () => {} },
    });
    expect(stopped.giveUp(wait(5000), 1, 1, read)).toBeUndefined();
    await stopped.turn(signal);
    await retry.turn(signal);
  });
});

describe('a clock that is set back', () => {
  it('makes nobody wait twice', async () => {
    const { read, signal } = open();
    let nowMs = read.deadlineMs - 60_000;
    const slept: number[] = [];
    const retry = openRetry({
      clock: { now: () => nowMs },
      sleep: async (ms) => {
        slept.push(ms);
        nowMs -= 7_200_000;
      },
      random: () => 1,
      tokens: { getAccessToken: async () => '', generation: () => 1, isInUse: () => true, discard: () => {} },
    });
    expect(retry.giveUp(wait(5000), 1, 1, read)).toBeUndefined();
    await retry.turn(signal);
    await retry.turn(signal);
    expect(slept).toEqual([5000]);
  });
});

describe('giving up', () => {
  it('comes after four attempts', () => {
    const { retry, read } = open();
    const verdicts = [1, 2, 3, 4].map((attempt) => retry.giveUp(wait(), attempt, 3, read));
    expect(verdicts).toEqual([undefined, undefined, undefined, problem]);
    expect(maxAttempts).toBe(4);
  });

  it('comes at once when told to wait for longer than the poll has time, and says so', () => {
    const { retry, read } = open();
    expect(retry.giveUp(wait(61_000), 1, 3, read)?.message).toBe(
      'graph answered 503, asking to wait 61 s; only 60 s of this poll are left',
    );
  });

  it('comes at once where asking again cannot help', () => {
    const { retry, read } = open();
    expect(retry.giveUp({ problem, remedy: 'none' }, 1, 3, read)).toBe(problem);
  });
});

describe('a token that was refused', () => {
  const refused: Failure = { problem, remedy: 'freshToken' };

  it('is discarded once for all requests that used it, and a second one is not tried', () => {
    const { retry, read, discarded } = open();
    expect([1, 2, 3].map(() => retry.giveUp(refused, 1, 3, read))).toEqual([undefined, undefined, undefined]);
    expect(discarded).toEqual([3]);
    discarded.length = 0;
    expect(retry.giveUp(refused, 2, 3, read)).toBe(problem);
  });

  it('is not discarded if it is an older one', () => {
    const { retry, read, discarded } = open();
    expect(retry.giveUp(refused, 1, 2, read)).toBeUndefined();
    expect(discarded).toEqual([]);
  });
});
