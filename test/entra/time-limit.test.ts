import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../src/domain/unless-aborted.ts';
import { sleepFor, startTimeLimit } from '../../src/entra/time-limit.ts';

const forever = new Promise<never>(() => {});
const stopped = new Error('stopping');

describe('work that is waited for unless it is aborted', () => {
  it('gives its value, or its own error', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessAborted(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
  });

  it('is left at once with the reason of the abort', async () => {
    const stop = new AbortController();
    const work = unlessAborted(forever, stop.signal);
    stop.abort(stopped);
    await expect(work).rejects.toBe(stopped);
    await expect(unlessAborted(forever, stop.signal)).rejects.toBe(stopped);
  });

  it('leaves no rejection behind that nobody handles', async () => {
    const failing = Promise.reject(new Error('late'));
    await expect(unlessAborted(failing, AbortSignal.abort(stopped))).rejects.toBe(stopped);
    await new Promise(setImmediate);
  });
});

it('a sleep ends when it is aborted', async () => {
  const stop = new AbortController();
  const sleeping = unlessAborted(sleepFor(3_600_000, stop.signal), stop.signal);
  stop.abort(stopped);
  await expect(sleeping).rejects.toBe(stopped);
});

it('a time limit tells its own end from that of its parent', () => {
  const parent = new AbortController();
  const limit = startTimeLimit(3_600_000, parent.signal);
  parent.abort(stopped);
  limit.clear();
  expect([limit.signal.aborted, limit.isReached()]).toEqual([true, false]);
});

it('a time limit that is over lets go of its parent, which outlives thousands of them', () => {
  const parent = new AbortController();
  const limit = startTimeLimit(3_600_000, parent.signal);
  limit.clear();
  expect(getEventListeners(parent.signal, 'abort')).toEqual([]);
});

it('a time limit is up at once where its parent was aborted before', () => {
  const limit = startTimeLimit(3_600_000, AbortSignal.abort(stopped));
  limit.clear();
  expect([limit.signal.reason, limit.isReached()]).toEqual([stopped, false]);
});
