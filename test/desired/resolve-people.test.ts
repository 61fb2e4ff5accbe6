import { describe, expect, it } from 'vitest';
import { type ResolvedPeople, resolvePeople } from '../../src/desired/resolve-people.ts';
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
