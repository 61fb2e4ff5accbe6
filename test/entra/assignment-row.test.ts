// One row of PIM at a time: an assignment, nothing, or the reason why its whole list is not believed.

import { describe, expect, it } from 'vitest';
import { assignmentKey, readAssignmentRow } from '../../src/entra/assignment-row.ts';
import { ids, uuid } from './contoso.ts';

const now = Date.parse('2026-11-02T08:00:00Z');
const person = uuid('a', 1);
const scheduleId = `${ids.team}_member_${uuid('9', 1)}`;
const whole = {
  id: `${ids.team}_member_${person}`,
  principalId: person,
  startDateTime: '2026-11-02T07:48:00.273Z',
  endDateTime: '2026-11-02T09:47:19.6531234Z',
  assignmentType: 'Activated',
  accessId: 'member',
  groupId: ids.team,
  memberType: 'Direct',
  assignmentScheduleId: scheduleId,
};
const assignment = {
  principalId: person,
  startMs: Date.parse('2026-11-02T07:48:00.273Z'),
  endMs: Date.parse('2026-11-02T09:47:19.653Z'),
  kind: 'activated' as const,
  isInherited: false,
  scheduleId,
};
const past = { startDateTime: '2026-11-02T05:00:00Z', endDateTime: '2026-11-02T06:00:00Z' };
const pastMs = { startMs: Date.parse(past.startDateTime), endMs: Date.parse(past.endDateTime) };
const read = (change: object): unknown => readAssignmentRow({ ...whole, ...change }, ids.team, now);

describe('a row that is an assignment', () => {
  it.each<[string, object, object]>([
    ['as documented', {}, {}],
    ['with lower-case enums', { assignmentType: 'activated', memberType: 'direct' }, {}],
    ['with upper-case enums', { assignmentType: 'ACTIVATED', memberType: 'DIRECT', accessId: 'MEMBER' }, {}],
    ['with ids in upper case', { principalId: person.toUpperCase(), groupId: ids.team.toUpperCase() }, {}],
    ['that was assigned', { assignmentType: 'Assigned' }, { kind: 'assigned' }],
    ['by way of a group', { memberType: 'Group' }, { isInherited: true }],
    ['without end', { endDateTime: null }, { endMs: undefined }],
    ['without start', { startDateTime: null }, { startMs: undefined }],
    ['without either', { startDateTime: null, endDateTime: null }, { startMs: undefined, endMs: undefined }],
    ['that is over', past, pastMs],
    ['that ends as it starts', { startDateTime: whole.endDateTime }, { startMs: assignment.endMs }],
    ['with another zone', { endDateTime: '2026-11-02T10:47:19.653+01:00' }, {}],
    ['without schedule', { assignmentScheduleId: null }, { scheduleId: undefined }],
    ['with a schedule id that is none', { assignmentScheduleId: "x' or 1 eq 1" }, { scheduleId: undefined }],
  ])('%s', (_name, change, expected) => {
    expect(read(change)).toEqual({ ...assignment, ...expected });
  });
});

describe('a row that is none', () => {
  it.each<[string, object]>([
    ['of an owner', { accessId: 'owner' }],
    ['of an Owner who is not whole', { accessId: 'Owner', principalId: null, endDateTime: 'soon' }],
    ['that is over and of an unknown type', { ...past, assignmentType: 'granted' }],
    ['that is over and of nobody', { ...past, principalId: null }],
    ['that is over and starts after its end', { ...past, startDateTime: '2026-11-02T07:00:00Z' }],
  ])('%s', (_name, change) => {
    expect(read(change)).toBeUndefined();
  });
});

describe('a row that makes its list unreadable', () => {
  it.each<[string, object, string]>([
    ['without person', { principalId: null }, 'has an assignment without a valid principalId'],
    ['of a person by name', { principalId: 'ana' }, 'has an assignment without a valid principalId'],
    ['of another group', { groupId: ids.outer }, 'to another group'],
    ['without group', { groupId: null }, 'to another group'],
    ['without access', { accessId: null }, 'without a usable accessId'],
    ['with unknown access', { accessId: 'unknownFutureValue' }, "with accessId 'unknownFutureValue'"],
    ['of unknown type', { assignmentType: 'granted' }, "with assignmentType 'granted'"],
    ['without type', { assignmentType: undefined }, 'without a usable assignmentType'],
    ['of an unknown kind of member', { memberType: 'transitive' }, "with memberType 'transitive'"],
    ['with a start in words', { startDateTime: 'soon' }, "with startDateTime 'soon'"],
    ['with an end in words', { endDateTime: 'some other day' }, 'without a usable endDateTime'],
    ['with an end without zone', { endDateTime: '2026-11-02T09:00:00' }, 'with endDateTime'],
    ['with an end that is no day', { endDateTime: '2026-13-45T09:00:00Z' }, 'with endDateTime'],
    ['with an end in numbers', { endDateTime: 1_793_610_000_000 }, 'without a usable endDateTime'],
    ['that does not say whether it ends', { endDateTime: undefined }, 'without a usable endDateTime'],
    [
      'that ends before it starts',
      { startDateTime: '2026-11-02T10:00:00Z' },
      'that ends (2026-11-02T09:47:19.653Z) before it starts (2026-11-02T10:00:00.000Z)',
    ],
    ['without end and of nobody', { endDateTime: null, principalId: null }, 'without a valid principalId'],
  ])('%s', (_name, change, says) => {
    expect(read(change)).toContain(says);
  });

  it('that is no object', () => {
    expect(readAssignmentRow(null, ids.team, now)).toBe('has an assignment that is no object');
  });
});

it('the key of an assignment tells apart whatever is another assignment', () => {
  const row = assignment;
  const keys = [
    row,
    { ...row, principalId: uuid('a', 2) },
    { ...row, startMs: undefined },
    { ...row, endMs: undefined },
    { ...row, kind: 'assigned' as const },
    { ...row, isInherited: true },
    { ...row, scheduleId: undefined },
  ].map(assignmentKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(assignmentKey({ ...row })).toBe(keys[0]);
});
