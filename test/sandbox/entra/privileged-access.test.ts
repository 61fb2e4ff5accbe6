// Privileged Identity Management: what Graph lists of it, and how groups follow it by the sandbox's clock.

import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/domain/errors.ts';
import { ids, useGraph } from './graph-session.ts';

const graph = useGraph();
const path = '/identityGovernance/privilegedAccess/group';
const instances = `${path}/assignmentScheduleInstances`;
const requests = `${path}/assignmentScheduleRequests`;
const ofGroup = (id: string) => `?$filter=${encodeURIComponent(`groupId eq '${id}'`)}`;
const minuteMs = 60_000;
const rows = (id: string) => graph.all(`${instances}${ofGroup(id)}`);
const isMember = async (id: string, user: string) =>
  (await graph.all(`/groups/${id}/members?$select=id`)).some((item) => item.id === user);

test.each([
  ['without a filter', instances, 400, 'BadRequest'],
  [
    'with a filter by neither group nor principal',
    `${instances}?$filter=accessId eq 'member'`,
    400,
    'BadRequest',
  ],
  ['with a filter by group', `${instances}${ofGroup(ids.empty)}`, 200, undefined],
  ['with a filter by principal', `${instances}?$filter=principalId eq '${ids.user(1)}'`, 200, undefined],
  [
    'with a filter by group and principal',
    `${instances}${ofGroup(ids.empty)}%20and%20principalId%20eq%20'${ids.user(1)}'`,
    200,
    undefined,
  ],
  ['of a group that is not there', `${instances}${ofGroup(ids.nobody)}`, 404, 'Request_ResourceNotFound'],
  ['with $top', `${instances}${ofGroup(ids.empty)}&$top=5`, 400, 'Request_UnsupportedQuery'],
  [
    'with $orderby',
    `${requests}${ofGroup(ids.empty)}&$orderby=createdDateTime`,
    400,
    'Request_UnsupportedQuery',
  ],
  ['of requests without a filter', requests, 400, 'BadRequest'],
  ['of requests by group', `${requests}${ofGroup(ids.empty)}`, 200, undefined],
])('a list %s', async (_, url, status, code) => {
  const answer = await graph.get(url);
  expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
});

test.each([
  ['noPermission', 403, 'UnknownError'],
  ['noLicence', 400, 'AadPremiumLicenseRequired'],
] as const)('%s refuses both lists, and nothing else', async (access, status, code) => {
  graph.cloud.setPimAccess(access);
  for (const list of [instances, requests]) {
    const { status: answered, json } = await graph.get(`${list}${ofGroup(ids.empty)}`);
    expect([answered, json.error.code]).toEqual([status, code]);
  }
  expect((await graph.get(`/groups/${ids.empty}/members`)).status).toBe(200);
  graph.cloud.setPimAccess('granted');
  expect((await graph.get(`${instances}${ofGroup(ids.empty)}`)).status).toBe(200);
});

describe('an activation', () => {
  test('is listed while it lasts, and so is the request for it', async () => {
    const said = { justification: 'now', ticket: 'INC-1', ticketSystem: 'Desk' };
    const { id } = graph.cloud.activate(ids.user(9), ids.empty, { durationMs: 30 * minuteMs, ...said });
    expect(await rows(ids.empty)).toEqual([
      {
        id: `${ids.empty}_member_${ids.user(9)}`,
        principalId: ids.user(9),
        startDateTime: '2026-03-02T09:00:00.000Z',
        endDateTime: '2026-03-02T09:30:00.000Z',
        assignmentType: 'Activated',
        accessId: 'member',
        groupId: ids.empty,
        memberType: 'Direct',
        assignmentScheduleId: id,
      },
    ]);
    const filter = `groupId eq '${ids.empty}' and targetScheduleId eq '${id}'`;
    expect(await graph.all(`${requests}?$filter=${encodeURIComponent(filter)}`)).toMatchObject([
      {
        action: 'selfActivate',
        createdDateTime: '2026-03-02T09:00:00.000Z',
        justification: 'now',
        ticketInfo: { ticketNumber: 'INC-1', ticketSystem: 'Desk' },
        principalId: ids.user(9),
        targetScheduleId: id,
      },
    ]);
    graph.nowMs += 30 * minuteMs;
    expect(await rows(ids.empty)).toEqual([]);
  });

  test('makes her a member, and its end takes her out, each after the lag', async () => {
    graph.cloud.setMemberLagMs(2 * minuteMs);
    graph.cloud.activate(ids.user(9), ids.empty, { durationMs: 10 * minuteMs });
    const seen: string[] = [];
    for (const minute of [0, 1, 2, 10, 11, 12]) {
      graph.nowMs = Date.parse('2026-03-02T09:00:00Z') + minute * minuteMs;
      if (await isMember(ids.empty, ids.user(9))) seen.push(`${minute}`);
    }
    expect(seen).toEqual(['2', '10', '11']);
  });

  test('shows in lagging replicas as of the time when it was due, whenever someone looks', async () => {
    graph.cloud.activate(ids.user(9), ids.empty, { durationMs: 10 * minuteMs });
    graph.nowMs += 50 * minuteMs;
    const seen: boolean[] = [];
    for (const staleMinutes of [51, 45, 30, 0]) {
      graph.cloud.setStaleReads(staleMinutes * minuteMs);
      seen.push(await isMember(ids.empty, ids.user(9)));
    }
    expect(seen).toEqual([false, true, false, false]);
  });

  test('that overlaps another keeps her in until the later end', async () => {
    graph.cloud.activate(ids.user(9), ids.empty, { durationMs: 10 * minuteMs });
    graph.cloud.activate(ids.user(9), ids.empty, { durationMs: 20 * minuteMs });
    expect(await rows(ids.empty)).toHaveLength(2);
    graph.nowMs += 15 * minuteMs;
    expect(await isMember(ids.empty, ids.user(9))).toBe(true);
    graph.nowMs += 5 * minuteMs;
    expect(await isMember(ids.empty, ids.user(9))).toBe(false);
  });

  test('of someone who is a member anyway leaves her one', async () => {
    graph.cloud.activate(ids.user(3), ids.child, { untilMs: graph.nowMs + minuteMs });
    graph.nowMs += minuteMs;
    expect(await isMember(ids.child, ids.user(3))).toBe(true);
  });

  test('can be ended early, alone or with all others', async () => {
    const { cloud } = graph;
    const { id } = cloud.activate(ids.user(9), ids.empty, { durationMs: minuteMs });
    cloud.activate(ids.user(9), ids.empty, { durationMs: minuteMs });
    cloud.assign(ids.user(9), ids.empty);
    expect(cloud.endAssignment(ids.user(9), ids.empty, id)).toBe(1);
    expect(await isMember(ids.empty, ids.user(9))).toBe(true);
    expect(cloud.endAssignment(ids.user(9), ids.empty)).toBe(2);
    expect(cloud.endAssignment(ids.user(9), ids.empty)).toBe(0);
    expect([await rows(ids.empty), await isMember(ids.empty, ids.user(9))]).toEqual([[], false]);
  });

  test.each([
    ['without an end', {}],
    ['with an end that has passed', { untilMs: 0 }],
    ['of no length', { durationMs: 0 }],
  ])('%s is refused', (_, activation) => {
    expect(() => graph.cloud.activate(ids.user(9), ids.empty, activation)).toThrow('ends in the future');
  });
});

describe('an assignment', () => {
  test('begins and ends when it says', async () => {
    const [startMs, endMs] = [graph.nowMs + minuteMs, graph.nowMs + 3 * minuteMs];
    graph.cloud.assign(ids.user(9), ids.empty, { startMs, endMs });
    const seen: [number, boolean][] = [];
    for (const _ of [0, 1, 2, 3]) {
      seen.push([(await rows(ids.empty)).length, await isMember(ids.empty, ids.user(9))]);
      graph.nowMs += minuteMs;
    }
    expect(seen).toEqual([
      [0, false],
      [1, true],
      [1, true],
      [0, false],
    ]);
  });

  test('of an owner is listed as such, and makes no member', async () => {
    graph.cloud.assign(ids.user(9), ids.empty, { access: 'owner' });
    expect(await rows(ids.empty)).toMatchObject([{ accessId: 'owner', endDateTime: null }]);
    expect(await isMember(ids.empty, ids.user(9))).toBe(false);
  });

  test.each([
    ['of nobody', ids.nobody, ids.empty],
    ['in no group', ids.user(1), ids.nobody],
  ])('%s is refused', (_, user, group) => {
    let refusal: unknown;
    try {
      graph.cloud.assign(user, group);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ kind: 'invalid', code: 'notFound' });
  });
});

describe('plain members of a group under PIM', () => {
  test('are listed as assigned without bounds', async () => {
    graph.cloud.enablePim(ids.child);
    graph.cloud.activate(ids.user(9), ids.child, { durationMs: minuteMs });
    const listed = (await rows(ids.child)).map((row) => [row['principalId'], row['endDateTime']]);
    expect(Object.fromEntries(listed)).toEqual({
      [ids.parent]: null,
      [ids.user(3)]: null,
      [ids.user(4)]: null,
      [ids.user(9)]: '2026-03-02T09:01:00.000Z',
    });
  });

  test('can be left out', async () => {
    graph.cloud.enablePim(ids.child, { showsPlainMembers: false });
    expect(await rows(ids.child)).toEqual([]);
  });

  test('are not listed of a group that is not under it', async () => {
    expect(await rows(ids.child)).toEqual([]);
  });
});

test('a list of many comes in pages', async () => {
  graph.cloud.enablePim(ids.big);
  const { json } = await graph.get(`${instances}${ofGroup(ids.big)}`);
  expect(json.value).toHaveLength(100);
  expect(await rows(ids.big)).toHaveLength(250);
});

test('a deleted user and a deleted group lose what they had', async () => {
  graph.cloud.activate(ids.user(9), ids.empty, { durationMs: minuteMs });
  graph.cloud.deleteUser(ids.user(9));
  expect(await rows(ids.empty)).toEqual([]);
  expect(await graph.all(`${requests}?$filter=principalId eq '${ids.user(9)}'`)).toEqual([]);
  graph.cloud.assign(ids.user(8), ids.empty);
  graph.cloud.deleteGroup(ids.empty);
  expect(await graph.all(`${instances}?$filter=principalId eq '${ids.user(8)}'`)).toEqual([]);
});

test('a planted row is listed as it is, until it is taken out', async () => {
  const remove = graph.cloud.plantAssignmentRow(ids.empty, { principalId: null, assignmentType: 'granted' });
  expect(await rows(ids.empty)).toEqual([
    { groupId: ids.empty, principalId: null, assignmentType: 'granted' },
  ]);
  remove();
  expect(await rows(ids.empty)).toEqual([]);
});

test('$select leaves what was asked for', async () => {
  graph.cloud.assign(ids.user(9), ids.empty);
  expect(await graph.all(`${instances}${ofGroup(ids.empty)}&$select=principalId`)).toEqual([
    { id: `${ids.empty}_member_${ids.user(9)}`, principalId: ids.user(9) },
  ]);
});

test('answers are dated by the clock, and by how far it is set off', async () => {
  const dated = async () => (await graph.get('/users?$top=1')).headers.get('date');
  expect(await dated()).toBe('Mon, 02 Mar 2026 09:00:00 GMT');
  graph.cloud.setClockSkewMs(90_000);
  expect(await dated()).toBe('Mon, 02 Mar 2026 09:01:30 GMT');
});
