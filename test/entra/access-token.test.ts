import { describe, expect, it } from 'vitest';
import type { TokenCredential } from '@azure/identity';
import { AppError, type ErrorKind } from '../../src/domain/errors.ts';
import { openTokenSource } from '../../src/entra/access-token.ts';

const minuteMs = 60_000;

const open = (lifeMs = 60 * minuteMs) => {
  let nowMs = 0;
  let taken = 0;
  let failure: Error | undefined;
  const source = openTokenSource({
    clock: { now: () => nowMs },
    scope: 'https://graph.test/.default',
    timeLimitMs: 20,
    credential: {
      getToken: async () => {
        if (failure !== undefined) throw failure;
        taken += 1;
        return { token: `token ${taken}`, expiresOnTimestamp: nowMs + lifeMs };
      },
    },
  });
  return {
    source,
    at: async (ms: number) => {
      nowMs = ms;
      return await source.getAccessToken();
    },
    fail: (error: Error | undefined) => {
      failure = error;
    },
  };
};

describe('a token', () => {
  it.each([
    [0, 'token 1'],
    [49 * minuteMs, 'token 1'],
    [50 * minuteMs, 'token 2'],
  ])('of an hour is, after %i ms, %s', async (ms, token) => {
    const { at } = open();
    await at(0);
    expect(await at(ms)).toBe(token);
  });

  it('is taken once by all who ask at the same time', async () => {
    const { source } = open();
    const tokens = await Promise.all([1, 2, 3].map(() => source.getAccessToken()));
    expect([...new Set(tokens), source.generation()]).toEqual(['token 1', 1]);
  });

  it('that seems to be over when it comes (a clock that is off) serves for a minute all the same', async () => {
    const { at } = open(-5 * minuteMs);
    expect([await at(0), await at(minuteMs - 1), await at(minuteMs)]).toEqual([
      'token 1',
      'token 1',
      'token 2',
    ]);
  });

  it('is replaced after it was discarded, but a newer one is not', async () => {
    const { source, at } = open();
    await at(0);
    source.discard(1);
    expect([source.isInUse(1), await at(0), source.isInUse(2)]).toEqual([false, 'token 2', true]);
    source.discard(1);
    expect(await at(0)).toBe('token 2');
  });
});

describe('a renewal that fails', () => {
  it('leaves the old token in use until it ends, and is tried again after a minute', async () => {
    const { at, fail } = open();
    await at(0);
    fail(new Error('endpoint down'));
    expect(await at(55 * minuteMs)).toBe('token 1');
    fail(undefined);
    expect(await at(55 * minuteMs + 1)).toBe('token 1');
    expect(await at(56 * minuteMs)).toBe('token 2');
  });

  it('is a failure once the old token has ended', async () => {
    const { at, fail } = open();
    await at(0);
    fail(new Error('endpoint down'));
    await expect(at(60 * minuteMs)).rejects.toThrow('entra gave no token');
  });

  it('is a failure if the old token was refused', async () => {
    const { source, at, fail } = open();
    await at(0);
    source.discard(1);
    fail(new Error('endpoint down'));
    await expect(at(1)).rejects.toThrow(AppError);
  });
});

it.each<[string, TokenCredential['getToken'], ErrorKind, string]>([
  ['never comes', () => new Promise<never>(() => {}), 'transient', 'within 20 ms'],
  ['is null', async () => null, 'denied', 'gave no token'],
])('a token that %s is a problem', async (_name, getToken, kind, says) => {
  const source = openTokenSource({
    clock: { now: () => 0 },
    scope: 'x',
    timeLimitMs: 20,
    credential: { getToken },
  });
  const problem: unknown = await source.getAccessToken().catch((error: unknown) => error);
  expect(problem).toMatchObject({ kind, message: expect.stringContaining(says) as string });
});
