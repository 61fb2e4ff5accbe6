import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { collectAtRest, restMs } from '../../src/cli/collect-at-rest.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('collects once, when nothing was swept for a while', () => {
  const collect = vi.fn();
  const swept = collectAtRest(collect);
  for (let sweep = 0; sweep < 3; sweep += 1) {
    swept();
    vi.advanceTimersByTime(restMs - 1);
  }
  expect(collect).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(collect.mock.calls).toEqual([[{ type: 'major', flavor: 'last-resort' }]]);
  vi.advanceTimersByTime(restMs * 10);
  expect(collect).toHaveBeenCalledTimes(1);
  swept();
  vi.advanceTimersByTime(restMs);
  expect(collect).toHaveBeenCalledTimes(2);
});

it('does nothing where Node keeps its collector to itself', () => {
  const swept = collectAtRest(undefined);
  swept();
  expect(vi.getTimerCount()).toBe(0);
});
