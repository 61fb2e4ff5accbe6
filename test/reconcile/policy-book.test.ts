// The policies in force, and since when others are gone: what counts, and what starts the count anew.

import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { Commit, PolicySet } from '../../src/domain/policy.ts';
import { present, type Reading, unreadable } from '../../src/domain/reading.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import { manualClock } from '../aws/manual-clock.ts';
import { accessPolicy, policySet } from '../builders.ts';

const { signal } = new AbortController();

const commit = (n: number, ...parents: readonly number[]): Commit => ({
  id: String(n).repeat(40),
  parents: parents.map((parent) => String(parent).repeat(40)),
  committedAtMs: 0,
});

/** A book that loads these one after the other, a minute apart. */
const after = async (...readings: readonly Reading<PolicySet>[]) => {
  const clock = manualClock(0);
  const left = [...readings];
  const book = createPolicyBook(
    {
      load: async () => left.shift() ?? unreadable(new AppError('transient', 'nothing is left')),
      watch: () => () => undefined,
    },
    clock,
  );
  const loads = [];
  for (let n = 0; n < readings.length; n += 1) {
    clock.advance(60_000);
    loads.push(await book.load(signal));
  }
  return { book, loads };
};

const full = (of?: Commit) => present(policySet({ commit: of }));
const empty = (of?: Commit) => present(policySet({ policies: [], revision: 'without', commit: of }));
const gone = unreadable(new AppError('transient', 'the server is away'));
const policy = accessPolicy().meta.name;

describe('a policy that is gone', () => {
  const counts: readonly (readonly [
    title: string,
    loads: readonly Reading<PolicySet>[],
    expected: { readonly sinceMs: number; readonly goodLoads: number },
  ])[] = [
    ['in a folder', [full(), empty(), empty()], { sinceMs: 120_000, goodLoads: 2 }],
    [
      'in a repository that stays as it is',
      [full(commit(1)), empty(commit(2, 1)), empty(commit(2, 1))],
      { sinceMs: 120_000, goodLoads: 2 },
    ],
    [
      'in a repository that goes on',
      [full(commit(1)), empty(commit(2, 1)), empty(commit(3, 7, 2))],
      { sinceMs: 120_000, goodLoads: 2 },
    ],
    [
      'in a repository with another history',
      [full(commit(1)), empty(commit(2, 1)), empty(commit(3, 1))],
      { sinceMs: 180_000, goodLoads: 1 },
    ],
    [
      'in a repository that was away meanwhile',
      [full(commit(1)), empty(commit(2, 1)), gone, empty(commit(2, 1))],
      { sinceMs: 120_000, goodLoads: 2 },
    ],
    [
      'since before the start, with another history since then',
      [empty(commit(1)), empty(commit(1)), empty(commit(2))],
      { sinceMs: 180_000, goodLoads: 1 },
    ],
  ];
  it.for(counts)('%s', async ([, loads, expected]) => {
    const { book } = await after(...loads);
    expect(book.absence('dev', policy)).toEqual(expected);
  });
});

describe('a load', () => {
  it('of another commit with the same content changes nothing but the commit in force', async () => {
    const { book, loads } = await after(full(commit(1)), full(commit(2, 1)));
    expect(loads.map(({ changed }) => changed)).toEqual([true, false]);
    expect(book.current()?.commit?.id).toBe('2'.repeat(40));
    expect(loads.map(({ report }) => report.commit?.id.slice(0, 1))).toEqual(['1', '2']);
  });

  it('that fails keeps policies and commit, and reports neither', async () => {
    const { book, loads } = await after(full(commit(1)), gone);
    expect(book.current()?.commit?.id).toBe('1'.repeat(40));
    expect(loads.at(-1)).toMatchObject({
      changed: false,
      report: { revision: undefined, commit: undefined, messages: ['the server is away'] },
    });
  });

  it('of another history with broken files forgets no Lockout that is known', async () => {
    const broken = present(policySet({ complete: false, commit: commit(2) }));
    const { book } = await after(full(commit(1)), broken);
    expect(book.knowsLockouts()).toBe(true);
  });
});
