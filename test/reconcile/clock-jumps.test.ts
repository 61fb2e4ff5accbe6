// By how much a clock was set, as far as another one that nobody sets can tell.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { watchForJumps } from '../../src/reconcile/clock-jumps.ts';
import { createWriteMemory, forgetOldWrites } from '../../src/reconcile/write-memory.ts';
import { controllerConfig } from '../builders.ts';
import { tagKeys } from '../../src/domain/role.ts';
import { observedAccount, rolesWith } from '../plan/scenario.ts';

const minute = 60_000;

describe('a clock that is set', () => {
  it.each([
    ['not', 5 * minute, 5 * minute, 0],
    ['a little, as clocks that are kept right are', 5 * minute + 900, 5 * minute, 0],
    ['forward', 5 * minute + 400_000, 5 * minute, -400_000],
    ['back, behind where it was', -2 * minute, 5 * minute, 7 * minute],
    ['back, and was ahead of where it was by then', 2 * minute, 5 * minute, 3 * minute],
    ['back a little', -500, 0, 500],
  ])('%s', (_, wallMs, passedMs, byMs) => {
    let elapsedMs = 0;
    const jumpedBy = watchForJumps(() => elapsedMs);
    expect(jumpedBy(1_000_000)).toBe(0);
    elapsedMs = passedMs;
    expect(jumpedBy(1_000_000 + wallMs)).toBe(byMs);
    expect(jumpedBy(1_000_000 + wallMs)).toBe(0);
  });

  it('a little each time is noticed once it has become much', () => {
    let elapsedMs = 0;
    const jumpedBy = watchForJumps(() => elapsedMs);
    const told: number[] = [];
    for (let n = 0; n <= 6; n += 1) {
      told.push(jumpedBy(elapsedMs + n * 300));
      elapsedMs += minute;
    }
    expect(told.reduce((sum, one) => sum + one, 0)).toBe(-1_200);
  });

  it('without another clock is known to be set back, and nothing else', () => {
    const jumpedBy = watchForJumps();
    expect([0, 10, 5_000_000, 20, 30].map(jumpedBy)).toEqual([0, 0, 0, 4_999_980, 0]);
  });

  it('makes no write younger or older than it is, to a second', () => {
    const steps = fc.array(
      fc.record({
        passesMs: fc.nat(2 * minute),
        setMs: fc.oneof(fc.constant(0), fc.integer({ min: -90 * minute, max: 90 * minute })),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let [elapsedMs, wallMs] = [0, 0];
        const memory = createWriteMemory(() => elapsedMs);
        memory.remember({ field: 'trust', roleName: 'r', before: 'a', after: 'b' }, wallMs);
        for (const { passesMs, setMs } of all) {
          elapsedMs += passesMs;
          wallMs += passesMs + setMs;
          forgetOldWrites(memory, controllerConfig().safety, wallMs, 10 * 3_600_000);
        }
        const [kept] = memory.all();
        expect(Math.abs(wallMs - (kept?.atMs ?? 0) - elapsedMs)).toBeLessThanOrEqual(1_000);
      }),
    );
  });

  it('forward ends no wait for the statements of others', () => {
    let elapsedMs = 0;
    const { instance } = controllerConfig();
    const theirs = rolesWith(1)().map((role) => ({
      ...role,
      path: '/team/',
      tags: { [tagKeys.adopt]: instance },
    }));
    const book = createOthersBook(() => elapsedMs);
    book.observe(observedAccount(theirs), instance, 0);
    elapsedMs = minute;
    book.observe(observedAccount(theirs), instance, 61 * minute);
    expect([...book.since().values()]).toEqual([60 * minute]);
  });
});
