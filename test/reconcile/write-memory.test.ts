// What is remembered of our own writes, and for how long, whatever the clock does meanwhile.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecentWrite } from '../../src/plan/recent-writes.ts';
import { type WriteMemory, createWriteMemory, forgetOldWrites } from '../../src/reconcile/write-memory.ts';
import { controllerConfig, groupIds, person } from '../builders.ts';
import { type Harness, admittedIn, startHarness } from './harness.ts';

const { safety } = controllerConfig();
const minute = 60_000;
const role = 'payments-debug';

const trust = (before: string, after: string) => ({ field: 'trust', roleName: role, before, after }) as const;
const written = (memory: WriteMemory): readonly string[] =>
  memory.recentOf(role).flatMap((write) => ('after' in write ? [JSON.stringify(write.after)] : write.field));

describe('writes are forgotten in their time', () => {
  it('a write after five minutes', () => {
    const memory = createWriteMemory();
    memory.remember(trust('a', 'b'), 0);
    forgetOldWrites(memory, safety, safety.settleMs);
    expect(written(memory)).toEqual(['"b"']);
    forgetOldWrites(memory, safety, safety.settleMs + 1);
    expect(written(memory)).toEqual([]);
  });

  it('a write that a read showed, a minute after that', () => {
    const memory = createWriteMemory();
    memory.remember(trust('a', 'b'), 0);
    memory.noteShown(role, 10_000);
    forgetOldWrites(memory, safety, 70_000);
    expect(written(memory)).toEqual(['"b"']);
    forgetOldWrites(memory, safety, 70_001);
    expect(written(memory)).toEqual([]);
  });

  it('what was overtaken by a write that is forgotten goes with it', () => {
    const memory = createWriteMemory();
    memory.remember({ field: 'uncertain', roleName: role, what: 'trust', after: 'b' }, 0);
    memory.remember({ field: 'inline', roleName: role, policyName: 'p', before: 'x', after: 'y' }, 0);
    memory.remember(trust('a', 'c'), 1);
    memory.noteShown(role, 1, 'trust');
    forgetOldWrites(memory, safety, 70_000);
    expect(written(memory)).toEqual(['"y"']);
  });
});

describe('a clock that is set back', () => {
  it('makes no write younger than it was', () => {
    const memory = createWriteMemory();
    forgetOldWrites(memory, safety, 120 * minute);
    memory.remember(trust('a', 'b'), 120 * minute);
    forgetOldWrites(memory, safety, 122 * minute);
    forgetOldWrites(memory, safety, minute);
    expect(memory.all().map(({ atMs }) => atMs)).toEqual([-minute]);
    forgetOldWrites(memory, safety, 4 * minute);
    expect(written(memory)).toEqual(['"b"']);
    forgetOldWrites(memory, safety, 4 * minute + 1);
    expect(written(memory)).toEqual([]);
  });

  it('makes what a read showed no younger either', () => {
    const memory = createWriteMemory();
    memory.remember(trust('a', 'b'), 120 * minute);
    memory.noteShown(role, 120 * minute);
    forgetOldWrites(memory, safety, 0);
    forgetOldWrites(memory, safety, minute);
    expect(written(memory)).toEqual(['"b"']);
    forgetOldWrites(memory, safety, minute + 1);
    expect(written(memory)).toEqual([]);
  });

  it('is noticed when the next write is remembered', () => {
    const memory = createWriteMemory();
    memory.remember(trust('a', 'b'), 120 * minute);
    memory.remember(trust('b', 'a'), 0);
    expect(memory.all().map(({ atMs }) => atMs)).toEqual([0, 0]);
  });

  const writes: fc.Arbitrary<Parameters<WriteMemory['remember']>[0]> = fc.oneof(
    fc.record({
      field: fc.constant('trust' as const),
      roleName: fc.constant(role),
      before: fc.constantFrom('a', 'b'),
      after: fc.constantFrom('a', 'b'),
    }),
    fc.record({
      field: fc.constant('uncertain' as const),
      roleName: fc.constant(role),
      what: fc.constant('trust' as const),
      after: fc.constantFrom('a', 'b'),
    }),
  );
  const happening = fc.record({
    // Mostly time goes on; now and then the clock is set, either way.
    passesMs: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 2 * minute }) },
      { weight: 1, arbitrary: fc.integer({ min: -120 * minute, max: 120 * minute }) },
    ),
    write: fc.option(writes, { nil: undefined }),
    isShown: fc.boolean(),
  });

  it('leaves no write ahead of the present, and only the last ones of a document, in their order', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 20 }), (happenings) => {
        const memory = createWriteMemory();
        const made: Pick<RecentWrite, 'field'>[] = [];
        let nowMs = 0;
        for (const { passesMs, write, isShown } of happenings) {
          nowMs += passesMs;
          forgetOldWrites(memory, safety, nowMs);
          if (write !== undefined) {
            made.push(write);
            memory.remember(write, nowMs);
          }
          if (isShown) memory.noteShown(role, nowMs, 'trust');
          const left = memory.all();
          expect(Math.max(nowMs, ...left.map(({ atMs }) => atMs))).toBe(nowMs);
          const last = made.slice(made.length - left.length);
          expect(left).toEqual(last.map((one, index) => ({ ...one, atMs: left[index]?.atMs })));
        }
      }),
    );
  });
});

describe('an edit by hand after the clock was set back', () => {
  let harness: Harness;
  const trustNow = (): string => harness.iam.roles.get(role)?.trustDocument ?? '';

  it('is not taken for our own document before a write, for longer than IAM lags', async () => {
    harness = startHarness({ members: [1, 2, 3] });
    await harness.sweep();
    const before = trustNow();
    harness.clock.advance(120 * minute);
    harness.directory.removeMember(groupIds.oncall, person(3).id);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2]);
    harness.clock.advance(-120 * minute);
    await harness.sweep();
    harness.iam.editRole(role, { trustDocument: before });
    harness.clock.advance(safety.settleMs + 1_000);
    await harness.sweep();
    expect(admittedIn(harness)).toEqual([1, 2]);
  });
});
