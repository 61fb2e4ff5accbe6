// How long somebody is in, by memberships, assignments and the policy itself.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessPath, accessPath, assignedUntil, combinePaths } from '../../src/desired/access-path.ts';
import type { Assignment } from '../../src/domain/directory.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { GroupSubject } from '../../src/domain/policy.ts';
import { absent, present, type Reading, unreadable } from '../../src/domain/reading.ts';
import { groupIds, groupSubject, uuid } from '../builders.ts';

const ann = uuid('a', 1);
const minute = 60_000;
const nowMs = Date.UTC(2026, 0, 1, 12);
const at = (minutes: number): number => nowMs + minutes * minute;

const row = (
  from: number | undefined,
  to: number | undefined,
  more: Partial<Assignment> = {},
): Assignment => ({
  principalId: ann,
  startMs: from === undefined ? undefined : at(from),
  endMs: to === undefined ? undefined : at(to),
  kind: 'activated',
  isInherited: false,
  activation: undefined,
  ...more,
});

const path = (
  rows: readonly Assignment[] | Reading<readonly Assignment[]> | undefined,
  subject: Partial<GroupSubject> = {},
  standing: 'allowed' | 'forbidden' = 'allowed',
): AccessPath => {
  const reading =
    rows === undefined ? undefined : 'state' in rows ? rows : present<readonly Assignment[]>(rows);
  return accessPath(
    { standing, breakGlass: undefined },
    groupSubject(groupIds.oncall, { pim: true, ...subject }),
    ann,
    new Map(reading === undefined ? [] : [[groupIds.oncall, reading]]),
    nowMs,
  );
};

const until = (found: AccessPath): string =>
  found.kind === 'open'
    ? found.untilMs === undefined
      ? 'no end'
      : `${(found.untilMs - nowMs) / minute} min`
    : `${found.kind}: ${found.because}`;

describe('a member of a group under Privileged Identity Management', () => {
  it.each<[string, readonly Assignment[], string]>([
    ['is in until her assignment ends', [row(-10, 60)], '60 min'],
    ['which is rounded down to five minutes', [row(-10, 64)], '60 min'],
    ['is in until the latest of several', [row(-10, 30), row(-5, 60)], '60 min'],
    ['whose later activation begins before the first ends stays in', [row(-10, 30), row(20, 90)], '90 min'],
    ['whose later activation begins as the first ends stays in', [row(-10, 30), row(30, 90)], '90 min'],
    ['is out in a gap between two', [row(-10, 30), row(31, 90)], '30 min'],
    ['is not shortened by an assignment that ends earlier', [row(-10, 90), row(-5, 30)], '90 min'],
    ['who is permanent has no end', [row(undefined, undefined, { kind: 'assigned' })], 'no end'],
    ['is not helped by what is over', [row(-60, -1), row(-10, 25)], '25 min'],
    [
      'whose assignment is to begin waits',
      [row(30, 60)],
      'unsure: the assignment to group b0000000-0000-4000-8000-000000000001 begins at 2026-01-01 12:30 UTC',
    ],
    [
      'whose assignment is over waits for the group to say so',
      [row(-60, -1)],
      'unsure: the assignment to group b0000000-0000-4000-8000-000000000001 has ended, and the group still lists her; reads of groups lag',
    ],
    [
      'without any assignment waits for one',
      [row(-10, 60, { principalId: uuid('a', 2) })],
      'unsure: no assignment to group b0000000-0000-4000-8000-000000000001 says until when; it shows up within seconds of an activation',
    ],
    [
      'directly does not count through another group',
      [row(-10, undefined, { isInherited: true })],
      'unsure: no assignment to group b0000000-0000-4000-8000-000000000001 says until when; it shows up within seconds of an activation',
    ],
    [
      'whose access ends within the rounding is not let in for it',
      [row(-10, 4)],
      'unsure: the access through group b0000000-0000-4000-8000-000000000001 ends within minutes (ends are rounded down to five)',
    ],
  ])('%s', (_, rows, expected) => {
    expect(until(path(rows))).toBe(expected);
  });

  it('nested, counts through another group too', () => {
    expect(until(path([row(-10, 60, { isInherited: true })], { nested: true }))).toBe('60 min');
  });

  it.each<[string, Reading<readonly Assignment[]> | undefined, RegExp]>([
    ['not read yet', undefined, /have not been read yet/],
    ['unreadable', unreadable(new AppError('denied', 'grant the permission')), /grant the permission/],
    ['not under it', absent, /take pim: true out of the policy/],
  ])('of which nothing is known is neither let in nor put out: %s', (_, reading, sentence) => {
    expect(until(path(reading))).toMatch(sentence);
    expect(path(reading).kind).toBe('unsure');
  });

  it('without an end is kept out where standing access is forbidden, and with one is not', () => {
    expect(until(path([row(undefined, undefined)], {}, 'forbidden'))).toMatch(/^closed: is a permanent/);
    expect(until(path([row(-1, 30)], {}, 'forbidden'))).toBe('30 min');
    expect(until(path([], { pim: false }, 'forbidden'))).toMatch(/^closed: is a permanent/);
  });

  it('tells why she activated what ends last', () => {
    const activation = {
      requestId: uuid('e', 1),
      justification: 'INC-42',
      ticketNumber: null,
      ticketSystem: null,
      requestedAtMs: at(-10),
    };
    expect(path([row(-10, 30), row(-5, 60, { activation })])).toMatchObject({ isAssigned: true, activation });
  });
});

describe('a subject that ends in Git', () => {
  it.each<[string, AccessPath, string]>([
    ['bounds a membership', path([], { pim: false, expiresAtMs: at(20) }), '20 min'],
    ['bounds an assignment', path([row(-1, 60)], { expiresAtMs: at(20) }), '20 min'],
    ['is bounded by an assignment', path([row(-1, 15)], { expiresAtMs: at(20) }), '15 min'],
    [
      'and has ended keeps everybody out',
      path([row(-1, 60)], { expiresAtMs: at(0) }),
      'closed: the access through group b0000000-0000-4000-8000-000000000001 ended at 2026-01-01 12:00 UTC by the policy',
    ],
  ])('%s', (_, found, expected) => {
    expect(until(found)).toBe(expected);
  });
});

describe('several ways in', () => {
  const short = path([row(-1, 30)]);
  const long = path([row(-1, 60)]);
  const standing = path([], { pim: false });
  const unsure = path(absent);
  const shut = path([], { pim: false, expiresAtMs: at(-1) });

  it.each<[string, readonly AccessPath[], string, boolean]>([
    ['the latest end counts', [short, long], '60 min', false],
    ['no end is the latest', [long, standing, short], 'no end', false],
    ['one that cannot be read may be longer', [short, unsure], '30 min', true],
    ['one that is shut takes nothing away', [shut, short], '30 min', false],
  ])('%s', (_, paths, expected, mayBeLonger) => {
    const found = combinePaths(paths);
    expect(until(found)).toBe(expected);
    expect(found.kind === 'open' && found.mayBeLonger).toBe(mayBeLonger);
  });

  it('doubt wins over a shut way: she may be inside by it', () => {
    expect(combinePaths([shut, unsure]).kind).toBe('unsure');
  });
});

it('by any assignments, she is in exactly as long as one of them covers every moment', () => {
  const bound = fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined });
  const assignments = fc.array(
    fc.tuple(bound, bound).map(([a, b]) => row(a, b)),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(assignments, (rows) => {
      const covers = (ms: number): boolean =>
        rows.some(({ startMs, endMs }) => (startMs ?? -Infinity) <= ms && ms < (endMs ?? Infinity));
      const end = assignedUntil(rows, ann, nowMs);
      if (!covers(nowMs)) {
        expect(end).toBeUndefined();
        return;
      }
      for (let ms = nowMs; ms < Math.min(end ?? 0, at(25)); ms += minute) expect(covers(ms)).toBe(true);
      if (end !== undefined && end !== Infinity) expect(covers(end)).toBe(false);
      expect(end).toBeDefined();
    }),
    { numRuns: 1_000 },
  );
});
