import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, isRetryable, maxAttempts, retryStrategy } from '../../src/aws/retry.ts';
import { manualClock } from './manual-clock.ts';
import { networkError, serviceError } from './sdk-errors.ts';

describe('what is retried', () => {
  it.each([
    ['Throttling', serviceError('Throttling', 400), true],
    ['any 429', serviceError('SomethingNew', 429), true],
    ['ServiceFailure', serviceError('ServiceFailure', 500), true],
    ['an answer that is no XML', networkError('Error', undefined, 503), true],
    ['a body cut in half', networkError('Error', undefined, 200), true],
    ['ECONNRESET', networkError('Error', 'ECONNRESET'), true],
    ['ENOTFOUND', networkError('Error', 'ENOTFOUND'), true],
    ['our own time limit', networkError('TimeoutError'), true],
    ['ConcurrentModification', serviceError('ConcurrentModification', 409), true],
    ['EntityTemporarilyUnmodifiable', serviceError('EntityTemporarilyUnmodifiable', 409), true],
    ['LimitExceeded, a permanent quota of IAM', serviceError('LimitExceeded', 409), false],
    ['AccessDenied', serviceError('AccessDenied', 403), false],
    ['MalformedPolicyDocument', serviceError('MalformedPolicyDocument', 400), false],
    ['NoSuchEntity', serviceError('NoSuchEntity', 404), false],
    ['EntityAlreadyExists', serviceError('EntityAlreadyExists', 409), false],
    ['missing credentials', networkError('CredentialsProviderError'), false],
    ['an aborted call', networkError('AbortError'), false],
  ])('%s', (_name, error, retried) => {
    expect(isRetryable(error)).toBe(retried);
  });

  it('retries once the SDK has corrected the clock', () => {
    const skewed = serviceError('RequestTimeTooSkewed', 403);
    expect(isRetryable(skewed)).toBe(false);
    expect(isRetryable(Object.assign(skewed, { $metadata: { clockSkewCorrected: true } }))).toBe(true);
  });

  it('takes no other refusal for one of the clock, though the SDK corrects it after each', () => {
    const missing = Object.assign(serviceError('NoSuchEntity', 404), {
      $metadata: { httpStatusCode: 404, clockSkewCorrected: true },
    });
    expect(isRetryable(missing)).toBe(false);
  });
});

describe('how long it waits', () => {
  it('is never negative, never over five seconds, and doubles on average', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: -100_000, max: 100_000 }),
        (retry, random, retryAfterMs) => {
          const ms = backoffMs(retry, () => random, retryAfterMs);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(5_000);
        },
      ),
    );
    expect([1, 2, 3, 4, 5, 6].map((retry) => backoffMs(retry, () => 0.5))).toEqual([
      200, 400, 800, 1_600, 2_500, 2_500,
    ]);
  });

  it('waits at least as long as the service asks, up to the cap', () => {
    expect(backoffMs(1, () => 0, 3_000)).toBe(3_000);
    expect(backoffMs(1, () => 0, 60_000)).toBe(5_000);
  });
});

describe('the strategy', () => {
  const error = serviceError('Throttling', 400) as Error & { readonly cause?: Error };
  const throttled = { error, errorType: 'THROTTLING' } as const;

  it(`gives up after ${maxAttempts} attempts`, async () => {
    const clock = manualClock();
    const closing = new AbortController().signal;
    const strategy = retryStrategy({ sleep: clock.sleep, random: () => 0.5, closing, clock });
    let token = await strategy.acquireInitialRetryToken('');
    for (let attempt = 2; attempt <= maxAttempts; attempt += 1) {
      token = await strategy.refreshRetryTokenForRetry(token, throttled);
    }
    await expect(strategy.refreshRetryTokenForRetry(token, throttled)).rejects.toThrow();
    expect(clock.slept).toEqual([200, 400, 800]);
  });

  it('stops waiting when the clients are closed', async () => {
    const clock = manualClock();
    const closing = AbortSignal.abort(new Error('closed'));
    const strategy = retryStrategy({ sleep: clock.sleep, random: () => 0.5, closing, clock });
    const token = await strategy.acquireInitialRetryToken('');
    await expect(strategy.refreshRetryTokenForRetry(token, throttled)).rejects.toThrow('closed');
  });
});
