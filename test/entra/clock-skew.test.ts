// The skew is what the answers prove, to about a second, and does not move with their slowness.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DatedAnswer, openClockSkew } from '../../src/entra/clock-skew.ts';

const noon = Date.parse('2026-11-02T12:00:00Z');

/** An answer of a server that is `skewMs` ahead and writes its Date when `writtenMs` of `tookMs` have passed. */
const answer = (sentAtMs: number, skewMs: number, tookMs: number, writtenMs: number): DatedAnswer => ({
  sentAtMs,
  receivedAtMs: sentAtMs + tookMs,
  serverMs: Math.floor((sentAtMs + writtenMs + skewMs) / 1000) * 1000,
});

const skewAfter = (...answers: readonly DatedAnswer[]): number | undefined => {
  const skew = openClockSkew();
  for (const one of answers) skew.note(one);
  return skew.currentMs();
};

describe('the skew', () => {
  it.each<[string, readonly DatedAnswer[], number | undefined]>([
    ['is unknown before the first answer', [], undefined],
    ['of equal clocks is within the second that a header drops', [answer(noon, 0, 0, 0)], 500],
    ['of a quick answer', [answer(noon, 90_000, 20, 10)], 90_490],
    ['of a server that is behind', [answer(noon, -90_000, 20, 10)], -89_510],
    [
      'stays while slower answers prove nothing else',
      [answer(noon, 0, 20, 10), answer(noon + 60_000, 0, 30_000, 29_000), answer(noon, 0, 25_000, 0)],
      490,
    ],
    [
      'gets better with a quick answer after a slow one',
      [answer(noon, 0, 10_000, 10_000), answer(noon + 60_000, 0, 10, 5)],
      999,
    ],
    [
      'follows a clock that is set',
      [answer(noon, 0, 20, 10), answer(noon + 60_000, 120_000, 20, 10)],
      119_980,
    ],
    [
      'ignores an answer during which our clock was set back',
      [answer(noon, 0, 20, 10), { sentAtMs: noon, receivedAtMs: noon - 3_600_000, serverMs: noon }],
      490,
    ],
  ])('%s', (_name, answers, expected) => {
    expect(skewAfter(...answers)).toBe(expected);
  });

  const anyTimes = fc.record({
    waitMs: fc.nat(600_000),
    tookMs: fc.nat(60_000),
    written: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('is off by no more than a second and the time of the quickest answer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -600_000, max: 600_000 }),
        fc.array(anyTimes, { minLength: 1, maxLength: 20 }),
        (skewMs, times) => {
          let sentAtMs = noon;
          const answers = times.map(({ waitMs, tookMs, written }) => {
            sentAtMs += waitMs;
            return answer(sentAtMs, skewMs, tookMs, Math.floor(tookMs * written));
          });
          const quickestMs = Math.min(...times.map(({ tookMs }) => tookMs));
          expect(Math.abs((skewAfter(...answers) ?? Number.NaN) - skewMs)).toBeLessThanOrEqual(
            1000 + quickestMs,
          );
        },
      ),
    );
  });
});
