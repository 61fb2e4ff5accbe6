import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { type JournalEntry, createJournal } from '../../src/report/journal.ts';
import { createRecentJournal } from '../../src/report/recent-journal.ts';
import * as world from './builders.ts';

const everything = (): boolean => true;

const entry = (number: number): JournalEntry => ({
  time: new Date(world.startMs + number).toISOString(),
  event: 'write',
  account: 'prod',
  op: `write-${number}`,
});

const told = (...events: readonly ControllerEvent[]) => {
  const recent = createRecentJournal();
  const journal = createJournal((_line, one) => recent.note(one));
  for (const event of events) journal.observe(event);
  return recent.entries(everything);
};

describe('the newest entries of the journal', () => {
  it.each([
    [0, []],
    [2, ['write-1', 'write-0']],
    [3, ['write-2', 'write-1', 'write-0']],
    [4, ['write-3', 'write-2', 'write-1']],
    [8, ['write-7', 'write-6', 'write-5']],
  ])('of %i, three are kept, the newest first', (count, expected) => {
    const recent = createRecentJournal(3);
    for (let number = 0; number < count; number += 1) recent.note(entry(number));
    expect(recent.entries(everything).map(({ what }) => what)).toEqual(expected);
  });

  it('are asked for by what they are about', () => {
    const recent = createRecentJournal();
    recent.note({ ...entry(1), policy: 'a' });
    recent.note({ ...entry(2), policy: 'b' });
    expect(recent.entries(({ policy }) => policy === 'a').map(({ what }) => what)).toEqual(['write-1']);
  });

  it('are the lines that are written, in words and without documents', () => {
    const entries = told(world.sweep([world.applying(world.grant('alice'))]));
    expect(entries).toEqual([
      {
        time: new Date(world.startMs + 1_000).toISOString(),
        event: 'write',
        account: 'prod',
        policy: 'payments',
        binding: null,
        object: 'payments-exec',
        what: 'updateTrust',
        who: null,
        result: 'done',
        because: '',
      },
      {
        time: new Date(world.startMs + 1_000).toISOString(),
        event: 'change',
        account: 'prod',
        policy: 'payments',
        binding: null,
        object: 'payments-exec',
        what: 'grant',
        who: 'alice@contoso.com',
        result: 'done',
        because: `is a member of ${world.groupId}`,
      },
    ]);
  });

  it('tell why something is held, what went wrong, and whose shell was ended', () => {
    const one = world.applying(world.grant('bob'));
    const failed = one.writes.map((write) => world.outcome(write, { result: 'failed', message: 'denied' }));
    const entries = told(
      world.sweep([world.role({ held: [world.held(world.grant('alice'), 'breaker', 'too many')] })]),
      world.sweep([one], {
        outcomes: failed,
        shells: { ended: [world.endedShell('zoe')], held: [], unattributed: 0, problem: undefined },
      }),
    );
    const becauseOf = (event: string): readonly string[] =>
      entries.filter((one) => one.event === event).map(({ because }) => because);
    expect(becauseOf('held')).toEqual([`breaker: too many; is a member of ${world.groupId}`]);
    expect(becauseOf('released')).toEqual([`breaker; alice@contoso.com is a member of ${world.groupId}`]);
    expect(becauseOf('write')).toEqual(['denied']);
    expect(becauseOf('change')).toEqual([`denied; bob@contoso.com is a member of ${world.groupId}`]);
    expect(entries.find(({ event }) => event === 'shell')).toMatchObject({
      object: 'payments-exec',
      who: world.subOf('zoe'),
      what: 'shell',
      result: 'done',
    });
  });

  it('are short, whatever they are about', () => {
    const recent = createRecentJournal();
    recent.note({
      ...entry(1),
      why: 'x'.repeat(100_000),
      role: 'y'.repeat(100_000),
      before: 'z'.repeat(100_000),
    });
    expect(JSON.stringify(recent.entries(everything)).length).toBeLessThan(3_000);
  });
});
