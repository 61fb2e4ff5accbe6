import { describe, expect, it } from 'vitest';
import { type ResolvedPeople, resolvePeople } from '../../src/desired/resolve-people.ts';
import type { Assignment } from '../../src/domain/directory.ts';
import {
  accessPolicy,
  group,
  groupIds,
  groupSubject,
  people,
  person,
  samlFederation,
  snapshotOf,
} from '../builders.ts';
import { groupCases } from './group-cases.ts';
import { memberCases } from './member-cases.ts';
import { type PeopleCase, idOf, inOncall } from './people-case.ts';

const { oncall, developers } = groupIds;
const resolve = (one: PeopleCase): ResolvedPeople =>
  resolvePeople(accessPolicy({ groups: one.subjects ?? [groupSubject()] }), samlFederation(one.saml), {
    snapshot: snapshotOf({
      groups: one.groups,
      ...(one.emptyPolls === undefined ? {} : { emptyPolls: one.emptyPolls }),
    }),
    lockedOut: new Set(),
    nowMs,
  });
const nowMs = Date.UTC(2026, 0, 1, 12);

describe.each(Object.entries({ ...memberCases, ...groupCases }))('people: %s', (_topic, cases) => {
  it.each(cases)('$name', (one: PeopleCase) => {
    const found = resolve(one);
    if (one.admitted !== undefined) expect(found.admitted.map(({ sub }) => sub)).toEqual(one.admitted);
    if (one.doubtful !== undefined) expect(Object.fromEntries(found.doubtful)).toEqual(one.doubtful);
    if (one.gone !== undefined) expect(Object.fromEntries(found.gone)).toEqual(one.gone);
    if (one.groupStates !== undefined) expect(found.groups).toEqual(one.groupStates);
    if (one.warnings !== undefined) expect(found.warnings).toEqual(one.warnings);
  });
});

it('an admitted person tells her label, her groups and herself', () => {
  const found = resolve({
    name: '',
    subjects: [groupSubject(oncall), groupSubject(developers)],
    groups: { ...inOncall(person(1)), [developers]: group(developers, people(1)) },
  });
  expect(found.admitted).toEqual([
    {
      sub: idOf(1),
      label: 'oncall-1@contoso.com',
      via: [oncall, developers],
      person: person(1),
      untilMs: undefined,
      activation: undefined,
    },
  ]);
});

it('who came by the same groups has an end of her own by each assignment, and the end of the subject is for all', () => {
  const endMs = nowMs + 3_600_000;
  const assignment = (n: number, end: number | undefined): Assignment => ({
    principalId: idOf(n),
    startMs: undefined,
    endMs: end,
    kind: 'activated',
    isInherited: false,
    activation: undefined,
  });
  const context = {
    snapshot: snapshotOf({
      groups: {
        [oncall]: group(oncall, people(1, 2)),
        [developers]: group(developers, people(1, 2, 3, 4)),
      },
      assignments: { [oncall]: [assignment(1, endMs), assignment(2, undefined)] },
    }),
    lockedOut: new Set<string>(),
    nowMs,
  };
  const groups = [
    groupSubject(oncall, { pim: true }),
    groupSubject(developers, { expiresAtMs: endMs - 600_000 }),
  ];
  const found = resolvePeople(accessPolicy({ groups }), samlFederation(), context);
  expect(found.admitted.map(({ untilMs }) => untilMs)).toEqual([
    endMs,
    undefined,
    endMs - 600_000,
    endMs - 600_000,
  ]);
  expect([...found.ends.keys()]).toEqual([idOf(1), idOf(3), idOf(4)]);
  expect([...found.assigned]).toEqual([idOf(1), idOf(2)]);
});

it('without SAML there are no people, and nothing is said of groups', () => {
  const context = {
    snapshot: snapshotOf({ groups: inOncall(person(1)) }),
    lockedOut: new Set<string>(),
    nowMs,
  };
  expect(resolvePeople(accessPolicy(), undefined, context)).toEqual({
    admitted: [],
    doubtful: new Map(),
    unassigned: new Map(),
    mayBeLonger: new Set(),
    excluded: new Map(),
    gone: new Map(),
    assigned: new Set(),
    breakGlass: new Set(),
    names: new Map(),
    ends: new Map(),
    nextChangeMs: undefined,
    groups: [],
    groupNames: {},
    warnings: [],
  });
});
