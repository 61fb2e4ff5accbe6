import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateFactor, writeBudget } from '../../src/aws/write-budget.ts';
import { createWriteThrottle } from '../../src/sandbox/aws/write-throttle.ts';
import { manualClock } from './manual-clock.ts';

const never = new AbortController().signal;

describe('the write budget', () => {
  it('lets a burst pass at once and then one write per token', async () => {
    const clock = manualClock();
    const budget = writeBudget({ ratePerSecond: 2, burst: 3, clock, sleep: clock.sleep });
    for (let i = 0; i < 3; i += 1) await budget.take(never);
    expect(clock.now()).toBe(0);
    await budget.take(never);
    expect(clock.now()).toBe(500);
    await budget.take(never);
    expect(clock.now()).toBe(1_000);
  });

  it('never lets more pass than the burst plus the rate times the time, in any window', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'take' as const }),
      fc.record({ kind: fc.constant('idle' as const), ms: fc.integer({ min: -2_000, max: 20_000 }) }),
      fc.constant({ kind: 'throttled' as const }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(step, { maxLength: 60 }),
        async (ratePerSecond, burst, steps) => {
          const clock = manualClock(1_000_000);
          const budget = writeBudget({ ratePerSecond, burst, clock, sleep: clock.sleep });
          // The clock may be set back, so true time is counted apart: only what went forward.
          const taken: number[] = [];
          let trueMs = 0;
          for (const each of steps) {
            const before = clock.now();
            if (each.kind === 'take') await budget.take(never);
            else if (each.kind === 'idle') clock.advance(each.ms);
            else budget.throttled();
            trueMs += Math.max(0, clock.now() - before);
            if (each.kind === 'take') taken.push(trueMs);
          }
          for (let from = 0; from < taken.length; from += 1) {
            for (let to = from; to < taken.length; to += 1) {
              const windowMs = (taken[to] ?? 0) - (taken[from] ?? 0);
              expect(to - from + 1).toBeLessThanOrEqual(burst + (windowMs * ratePerSecond) / 1_000 + 1e-6);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives nothing for a clock that is set back', async () => {
    const clock = manualClock(1_000_000);
    const budget = writeBudget({ ratePerSecond: 1, burst: 1, clock, sleep: clock.sleep });
    await budget.take(never);
    clock.advance(-60_000);
    await budget.take(never);
    expect(clock.slept).toEqual([1_000]);
  });

  it('halves the rate when IAM throttles, counting answers that come together once', async () => {
    const clock = manualClock();
    const budget = writeBudget({ ratePerSecond: 10, burst: 1, clock, sleep: clock.sleep });
    await budget.take(never);
    budget.throttled();
    budget.throttled();
    const startMs = clock.now();
    await budget.take(never);
    expect(clock.now() - startMs).toBe(200);
  });

  it.each([
    ['at once', 0, 0.5],
    ['while it holds', 5_000, 0.5],
    ['half-way', 12_500, 0.75],
    ['in the end', 20_000, 1],
    ['and never more', 900_000, 1],
  ])('recovers slowly: %s', (_when, afterMs, factor) => {
    expect(rateFactor({ atMs: 0, factor: 0.5 }, afterMs)).toBeCloseTo(factor);
  });

  it('forgets what was saved up when IAM throttles: there is no room for it', async () => {
    const clock = manualClock();
    const budget = writeBudget({ ratePerSecond: 10, burst: 5, clock, sleep: clock.sleep });
    budget.throttled();
    await budget.take(never);
    expect(clock.now()).toBe(200);
  });

  it.each([
    ['just as many writes, saved up alike', 5, 10],
    ['just as many, and saves up fewer', 5, 3],
    ['fewer', 3, 10],
  ])('loses little time against a service that takes %s', async (_what, perSecond, saved) => {
    const clock = manualClock();
    const budget = writeBudget({ ratePerSecond: 5, burst: 10, clock, sleep: clock.sleep });
    const service = createWriteThrottle(() => clock.now());
    service.setLimit({ perSecond, burst: saved });
    const write = { service: 'iam', operation: 'PutRolePolicy', accountId: '1', resource: 'r' } as const;
    for (let count = 0; count < 400; count += 1) {
      await budget.take(never);
      // No two requests are on their way for the same time.
      clock.advance((count % 3) * 30);
      while (service.refuses(write)) {
        budget.throttled();
        clock.advance(200);
      }
    }
    expect(clock.now()).toBeLessThan((1.2 * 1_000 * (400 - saved)) / perSecond);
  });

  it('does not fall below a sixteenth of its rate, so that removals go on', async () => {
    const clock = manualClock();
    const budget = writeBudget({ ratePerSecond: 16, burst: 1, clock, sleep: clock.sleep });
    await budget.take(never);
    for (let i = 0; i < 20; i += 1) {
      budget.throttled();
      clock.advance(1_000);
    }
    await budget.take(never);
    const startMs = clock.now();
    await budget.take(never);
    expect(clock.now() - startMs).toBe(1_000);
  });

  it('serves first come first, and an aborted waiter takes no token and holds up nobody', async () => {
    const clock = manualClock();
    const wakes: (() => void)[] = [];
    const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        wakes.push(() => {
          clock.advance(ms);
          resolve();
        });
      });
    const budget = writeBudget({ ratePerSecond: 1, burst: 1, clock, sleep });
    await budget.take(never);

    const order: string[] = [];
    const gone = new AbortController();
    const first = budget.take(gone.signal).then(() => order.push('first'));
    const second = budget.take(gone.signal).then(() => order.push('second'));
    const third = budget.take(never).then(() => order.push('third'));
    await new Promise(setImmediate);
    gone.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    await expect(second).rejects.toThrow('stopped');
    await new Promise(setImmediate);
    wakes.at(-1)?.();
    await third;
    expect(order).toEqual(['third']);
    expect(clock.now()).toBe(1_000);
  });

  it('refuses a signal that has aborted already', async () => {
    const clock = manualClock();
    const budget = writeBudget({ ratePerSecond: 1, burst: 1, clock, sleep: clock.sleep });
    await expect(budget.take(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await budget.take(never);
    expect(clock.slept).toEqual([]);
  });
});
