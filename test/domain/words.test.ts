// The small words of the domain: durations, errors, modes, group keys, marks of ownership, readings.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupKey, noConfirmations, parseGroupKey } from '../../src/domain/directory.ts';
import { type Change, subjectOf } from '../../src/domain/change.ts';
import { durationPattern, formatDuration, parseDuration } from '../../src/domain/duration.ts';
import { AppError, toAppError } from '../../src/domain/errors.ts';
import { type Plan, type PlannedRole, hasQuestions, isEmptyPlan } from '../../src/domain/plan.ts';
import { modes, weakestMode } from '../../src/domain/policy.ts';
import { absent, present, unreadable } from '../../src/domain/reading.ts';
import { isOurs, rolePath, tagKeys } from '../../src/domain/role.ts';
import { groupIds, samlProvider } from '../builders.ts';

describe('durations', () => {
  it.each([
    ['45s', 45_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1d2h3m4s', 93_784_000],
    ['90m', 5_400_000],
    ['0s', 0],
  ])('%s is understood', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '1',
    'h',
    '30m1h',
    '1h1h',
    '1.5h',
    '-1h',
    ' 1h',
    '1h ',
    '1h\n',
    '1H',
    '1w',
    '٣h',
    `${'9'.repeat(20)}d`,
    `${'9'.repeat(400)}s`,
  ])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0s'],
    [999, '0s'],
    [-1_000, '0s'],
    [5_400_000, '1h30m'],
    [86_400_000, '1d'],
    [90_061_999, '1d1h1m1s'],
  ])('%i ms are written in the shortest way', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('come back from their text, which the schemas accept', () => {
    fc.assert(
      fc.property(fc.nat(4_000_000_000), (seconds) => {
        const text = formatDuration(seconds * 1_000);
        expect(parseDuration(text)).toBe(seconds * 1_000);
        expect(text).toMatch(new RegExp(durationPattern));
      }),
    );
  });
});

describe('errors', () => {
  it('hold kind, resource, code and cause', () => {
    const cause = new Error('socket closed');
    const error = new AppError('denied', 'no', { resource: 'arn:x', code: 'AccessDenied', cause });
    expect(error).toMatchObject({
      name: 'AppError',
      kind: 'denied',
      resource: 'arn:x',
      code: 'AccessDenied',
      cause,
    });
  });

  it('without a cause have none', () => {
    expect('cause' in new AppError('invalid', 'no')).toBe(false);
  });

  it('that are classified stay as they are', () => {
    const error = new AppError('conflict', 'no');
    expect(toAppError(error, 'reading')).toBe(error);
  });

  it.each([
    ['an error', new Error('socket closed'), 'reading: socket closed'],
    ['a text', 'socket closed', 'reading: socket closed'],
    ['nothing', undefined, 'reading: undefined'],
  ])('of unknown kind are transient: %s', (_name, thrown, message) => {
    expect(toAppError(thrown, 'reading')).toMatchObject({ kind: 'transient', message });
    expect(toAppError(thrown, 'reading').cause).toBe(thrown);
  });
});

describe('the weakest mode wins', () => {
  it.each([
    [['enforce', 'enforce'], 'enforce'],
    [['enforce', 'narrow-only', 'enforce'], 'narrow-only'],
    [['narrow-only', 'observe', 'enforce'], 'observe'],
    [[], 'observe'],
  ] as const)('of %j', (given, weakest) => {
    expect(weakestMode(...given)).toBe(weakest);
  });

  it('in whatever order they are given, and one more never strengthens', () => {
    const mode = fc.constantFrom(...modes);
    fc.assert(
      fc.property(fc.array(mode, { minLength: 1 }), mode, (given, other) => {
        const weakest = weakestMode(...given);
        expect(weakestMode(...given.toReversed())).toBe(weakest);
        expect(modes.indexOf(weakestMode(...given, other))).toBeLessThanOrEqual(modes.indexOf(weakest));
      }),
    );
  });
});

it.each([true, false])('a group key tells the query it was made of, nested: %s', (nested) => {
  const query = { id: groupIds.oncall, nested };
  expect(parseGroupKey(groupKey(query))).toEqual(query);
});

it('direct and nested members of a group are two readings', () => {
  expect(groupKey({ id: 'x', nested: true })).not.toBe(groupKey({ id: 'x', nested: false }));
});

it.each([
  ['our path and tag', rolePath, { [tagKeys.instance]: 'test' }, true],
  ['the tag of another instance', rolePath, { [tagKeys.instance]: 'prod' }, false],
  ['no tag', rolePath, {}, false],
  ['another path', '/', { [tagKeys.instance]: 'test' }, false],
])('a role of %s', (_name, path, tags, expected) => {
  expect(isOurs({ path, tags }, 'test')).toBe(expected);
});

it('readings are three states', () => {
  const problem = new AppError('transient', 'throttled');
  expect([present(1), absent, unreadable(problem)]).toEqual([
    { state: 'present', value: 1 },
    { state: 'absent' },
    { state: 'unreadable', problem },
  ]);
});

describe('the subject of a change', () => {
  const change = (detail: Change['detail']): Change => ({
    id: 'x',
    object: 'Role',
    name: 'r',
    owner: { kind: 'AccessPolicy', name: 'p' },
    source: undefined,
    effect: 'widens',
    driftClass: 'trust',
    why: '',
    detail,
  });
  const person = {
    kind: 'person',
    provider: samlProvider,
    audience: 'a',
    sub: 's',
    untilMs: undefined,
  } as const;

  it.each<[string, Change['detail'], string | undefined]>([
    ['of a person', { kind: 'grant', grant: person, before: undefined }, 's'],
    ['of a removal', { kind: 'revoke', grant: person, after: undefined, proof: undefined }, 's'],
    [
      'of everyone',
      {
        kind: 'grant',
        grant: { kind: 'anyone', provider: samlProvider, audience: 'a', untilMs: undefined },
        before: undefined,
      },
      undefined,
    ],
    ['of a deletion', { kind: 'deleteRole' }, undefined],
  ])('%s', (_name, detail, subject) => {
    expect(subjectOf(change(detail))).toBe(subject);
  });
});

describe('plans', () => {
  const noQuestions = { groups: [], assignments: [], standings: [], managedPolicyArns: [] };
  const plan = (overrides: Partial<Plan>): Plan => ({
    account: 'dev',
    accountId: '111122223333',
    atMs: 0,
    roles: [],
    services: [],
    execReadiness: [],
    sideDoors: [],
    wakeAtMs: undefined,
    questions: noQuestions,
    trustQuotaChars: 2_048,
    ...overrides,
  });
  const role = (state: PlannedRole['state']): PlannedRole => ({
    object: 'Role',
    name: 'r',
    owner: { kind: 'AccessPolicy', name: 'p' },
    source: undefined,
    state,
    unknownBecause: undefined,
    apply: [],
    writes: [],
    held: [],
    afterRevoke: 'keepTask',
    shellsHold: undefined,
    isSettling: false,
    warnings: [],
    trustChars: 0,
    appRoleValue: undefined,
    admitted: () => [],
    breakGlass: new Set(),
    names: new Map(),
    ends: new Map(),
    closesAtMs: undefined,
    groupNames: {},
    permissionsChars: undefined,
    denies: undefined,
    lastUsedAtMs: undefined,
    trust: undefined,
    trustInSync: () => undefined,
  });

  it.each([
    [['inSync', 'inSync'], true],
    [[], true],
    [['inSync', 'hold'], false],
    [['unknown'], false],
  ] as const)('of roles that are %j', (states, expected) => {
    expect(isEmptyPlan(plan({ roles: states.map(role) }))).toBe(expected);
  });

  it.each([
    ['none', {}, false],
    ['a group', { groups: ['g'] }, true],
    ['a person', { standings: ['s'] }, true],
    ['a policy', { managedPolicyArns: ['arn:x'] }, true],
  ])('ask questions: %s', (_name, questions, expected) => {
    expect(hasQuestions(plan({ questions: { ...noQuestions, ...questions } }))).toBe(expected);
  });

  it('begin without second looks', () => {
    expect(Object.values(noConfirmations).map((one: ReadonlyMap<string, unknown>) => one.size)).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
});
