// Assignments as the real adapter reads them: whatever goes wrong is unreadable with a sentence, never a shorter list.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Assignment } from '../../src/domain/directory.ts';
import type { ErrorKind } from '../../src/domain/errors.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Fault, FaultEffect } from '../../src/sandbox/world.ts';
import { contoso, ids, problemOf, user, uuid, valueOf } from './contoso.ts';
import { errorEffect as error, type GraphHarness, limitFor, startGraphHarness } from './graph-harness.ts';

/** More than one page of 100. */
const crowdSize = 150;
const crowd = uuid('b', 10);
const people = Array.from({ length: crowdSize }, (_, n) => user(1000 + n));
const emptyGroups = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: uuid('b', from + n),
    displayName: `Group ${from + n}`,
    members: [],
  }));
const quiet = emptyGroups(100, 40);
const duties = emptyGroups(200, 4);
const world = {
  ...contoso,
  users: [...contoso.users, ...people],
  groups: [
    ...contoso.groups,
    { id: crowd, displayName: 'Crowd', members: people.map(({ id }) => id) },
    ...quiet,
    ...duties,
  ],
};
const hourMs = 3_600_000;

let harness: GraphHarness;
beforeAll(async () => {
  harness = await startGraphHarness(world);
  harness.cloud.enablePim(crowd);
});
afterAll(async () => {
  await harness.cloud.stop();
});
beforeEach(() => {
  harness.cloud.clearFaults();
  harness.cloud.setPimAccess('granted');
  harness.cloud.requests.clear();
  harness.told.length = 0;
  harness.slept.length = 0;
});

const never = (): AbortSignal => new AbortController().signal;
const readFrom = async (
  directory: GraphHarness['directory'],
  id: string,
): Promise<Reading<readonly Assignment[]> | undefined> =>
  (await directory.readAssignments([id], never())).get(id);
const read = async (id: string, change = {}) => await readFrom(harness.open(change), id);

interface Row {
  readonly name: string;
  readonly fault: Omit<Fault, 'service'>;
  readonly kind: ErrorKind;
  readonly says: string;
}

const list = (effect: FaultEffect) => ({ operation: 'listAssignmentScheduleInstances', effect });
const nextPage = (effect: FaultEffect) => ({ operation: 'nextPage', effect });
const batch = (effect: FaultEffect) => ({ operation: 'batch', effect });
const permission = 'PrivilegedAssignmentSchedule.Read.AzureADGroup';

const faults: readonly Row[] = [
  {
    name: '429',
    fault: list(error(429, 'TooManyRequests', 7)),
    kind: 'transient',
    says: '429 TooManyRequests',
  },
  { name: '500', fault: list(error(500, 'InternalServerError')), kind: 'transient', says: '500' },
  { name: '503', fault: list(error(503, 'ServiceUnavailable')), kind: 'transient', says: '503' },
  { name: '400', fault: list(error(400, 'BadRequest')), kind: 'invalid', says: '400 BadRequest' },
  { name: '403', fault: list(error(403, 'Authorization_RequestDenied')), kind: 'denied', says: permission },
  { name: '404 of someone else', fault: list(error(404, 'nginx')), kind: 'invalid', says: '404' },
  { name: 'an answer that hangs', fault: list({ kind: 'hang' }), kind: 'transient', says: 'within 200 ms' },
  { name: 'a lost connection', fault: list({ kind: 'dropConnection' }), kind: 'transient', says: 'reached' },
  { name: 'half a body', fault: list({ kind: 'truncateBody' }), kind: 'transient', says: 'JSON' },
  {
    name: 'a page without value',
    fault: list({ kind: 'noValue' }),
    kind: 'transient',
    says: 'without a value array',
  },
  {
    name: 'next links in a circle',
    fault: list({ kind: 'loopingNextLink' }),
    kind: 'transient',
    says: `the list of assignments of group ${crowd} has next links that go round in a circle`,
  },
  {
    name: 'rows of nulls',
    fault: list({ kind: 'nullProperties' }),
    kind: 'transient',
    says: `the list of assignments of group ${crowd} has an assignment without a valid principalId`,
  },
  { name: 'a second page that fails', fault: nextPage(error(503, 'x')), kind: 'transient', says: '503' },
  {
    name: 'a second page that is gone',
    fault: nextPage(error(404, 'ResourceNotFound')),
    kind: 'transient',
    says: 'broke off',
  },
  {
    name: 'a second page of nulls',
    fault: nextPage({ kind: 'nullProperties' }),
    kind: 'transient',
    says: 'principalId',
  },
  { name: 'a batch answered 403', fault: batch(error(403, 'x')), kind: 'denied', says: permission },
  { name: 'a batch that hangs', fault: batch({ kind: 'hang' }), kind: 'transient', says: 'within 200 ms' },
];

describe('a fault of graph that lasts', () => {
  it.each(faults)('$name makes the assignments unreadable', async ({ fault, kind, says }) => {
    harness.cloud.addFault({ service: 'graph', ...fault });
    const problem = problemOf(await read(crowd, limitFor(fault.effect)));
    expect(problem.kind).toBe(kind);
    expect(problem.message).toContain(says);
  });

  it.each(faults)('$name is forgotten when it is over', async ({ fault }) => {
    harness.cloud.addFault({ service: 'graph', ...fault });
    const directory = harness.open(limitFor(fault.effect));
    await readFrom(directory, crowd);
    harness.cloud.clearFaults();
    expect(valueOf(await readFrom(directory, crowd))).toHaveLength(crowdSize);
  });

  it('waits as long as graph tells', async () => {
    harness.cloud.addFault({ service: 'graph', ...list(error(429, 'TooManyRequests', 7)), times: 1 });
    expect(valueOf(await read(crowd))).toHaveLength(crowdSize);
    expect(harness.slept).toEqual([7000]);
  });
});

// An empty page is what a group without assignments looks like: no single read can tell, so an end that is known must
// not fall because of it.
it('an empty page reads as no assignments', async () => {
  harness.cloud.addFault({ service: 'graph', ...list({ kind: 'emptyPage' }) });
  expect(valueOf(await read(crowd))).toEqual([]);
});

describe('a refusal', () => {
  it.each([
    ['noPermission', '403 UnknownError'],
    ['noLicence', '400 AadPremiumLicenseRequired'],
  ] as const)(
    '(%s) names the permission and the licence, and is not asked again',
    async (access, answered) => {
      harness.cloud.setPimAccess(access);
      const problem = problemOf(await read(crowd));
      expect([problem.kind, problem.message]).toEqual([
        'denied',
        `graph answered ${answered} for group ${crowd}: grant the application ${permission} (application permissions, ` +
          'with admin consent); if it has that, the tenant lacks the licence for Privileged Identity Management ' +
          '(Microsoft Entra ID P2 or ID Governance)',
      ]);
      expect(harness.told).toEqual(['batch 200', `listAssignmentScheduleInstances ${answered.slice(0, 3)}`]);
    },
  );
});

describe('one doubtful row', () => {
  it.each<[string, object, string]>([
    ['of nobody', { principalId: null }, 'without a valid principalId'],
    ['of an unknown type', { assignmentType: 'granted' }, "with assignmentType 'granted'"],
    [
      'that ends before it starts',
      { startDateTime: '2036-01-02T00:00:00Z', endDateTime: '2036-01-01T00:00:00Z' },
      'before it starts',
    ],
    ['that ends some day', { endDateTime: 'some day' }, 'without a usable endDateTime'],
  ])('%s makes its group unreadable, and no other', async (_name, change, says) => {
    const row = {
      principalId: uuid('a', 1),
      accessId: 'member',
      assignmentType: 'assigned',
      memberType: 'direct',
      startDateTime: null,
      endDateTime: null,
    };
    const remove = harness.cloud.plantAssignmentRow(ids.team, { ...row, ...change });
    const readings = await harness.directory.readAssignments([ids.team, crowd], never());
    remove();
    expect(problemOf(readings.get(ids.team)).message).toContain(says);
    expect(valueOf(readings.get(crowd))).toHaveLength(crowdSize);
  });
});

describe('what activations say', () => {
  const [first, second, third, fourth] = duties.map(({ id }) => id) as [string, string, string, string];
  const requestsAsked = () =>
    harness.told.filter((told) => told.startsWith('listAssignmentScheduleRequests'));
  const saidIn = (reading: Reading<readonly Assignment[]> | undefined) =>
    valueOf(reading).map(({ activation }) => activation?.justification);

  it.each<FaultEffect>([
    error(503, 'x'),
    error(429, 'x', 30),
    error(403, 'x'),
    error(404, 'ResourceNotFound'),
    { kind: 'hang' },
    { kind: 'dropConnection' },
    { kind: 'truncateBody' },
    { kind: 'noValue' },
    { kind: 'emptyPage' },
    { kind: 'nullProperties' },
  ])('is missing when it cannot be read ($kind), and nothing more', async (effect) => {
    harness.cloud.activate(uuid('a', 1), first, { durationMs: hourMs, justification: 'now' });
    const directory = harness.open(limitFor(effect));
    harness.cloud.addFault({ service: 'graph', operation: 'listAssignmentScheduleRequests', effect });
    const reading = await readFrom(directory, first);
    harness.cloud.clearFaults();
    const later = await readFrom(directory, first);
    harness.cloud.endAssignment(uuid('a', 1), first);
    expect(saidIn(reading)).toEqual([undefined]);
    expect(saidIn(later)).toEqual(['now']);
    // Assignments do not wait for a justification.
    expect(harness.slept).toEqual([]);
  });

  it('is read once', async () => {
    harness.cloud.activate(uuid('a', 1), second, { durationMs: hourMs, justification: 'once' });
    const directory = harness.open();
    for (const _ of [1, 2, 3]) expect(saidIn(await readFrom(directory, second))).toEqual(['once']);
    expect(requestsAsked()).toHaveLength(1);
  });

  it('is read of no more than a batch of them in one poll', async () => {
    for (const { id } of people.slice(0, 30))
      harness.cloud.activate(id, third, { durationMs: hourMs, justification: 'many' });
    const directory = harness.open();
    const missing: number[] = [];
    for (const _ of [1, 2, 3])
      missing.push(saidIn(await readFrom(directory, third)).filter((said) => said === undefined).length);
    expect(missing).toEqual([10, 0, 0]);
    expect(requestsAsked()).toHaveLength(30);
  });

  it('is not asked about of an activation that is over, which is listed as it was read', async () => {
    const [startMs, endMs] = [harness.clock.now() - 2 * hourMs, harness.clock.now() - hourMs];
    const remove = harness.cloud.plantAssignmentRow(ids.empty, {
      principalId: uuid('a', 1),
      accessId: 'member',
      assignmentType: 'activated',
      memberType: 'direct',
      startDateTime: new Date(startMs).toISOString(),
      endDateTime: new Date(endMs).toISOString(),
      assignmentScheduleId: 'over',
    });
    const reading = await read(ids.empty);
    remove();
    expect(valueOf(reading)).toEqual([
      {
        principalId: uuid('a', 1),
        startMs,
        endMs,
        kind: 'activated',
        isInherited: false,
        activation: undefined,
      },
    ]);
    expect(requestsAsked()).toEqual([]);
  });

  it('stays with the activation after she ended another one', async () => {
    const [group, person] = [fourth, uuid('a', 2)];
    const short = harness.cloud.activate(person, group, { durationMs: hourMs, justification: 'short' });
    harness.cloud.activate(person, group, { durationMs: 2 * hourMs, justification: 'long' });
    harness.cloud.endAssignment(person, group, short.id);
    expect(saidIn(await read(group))).toEqual(['long']);
  });
});

it('40 groups are asked for in 2 batches', async () => {
  const asked = quiet.map(({ id }) => id);
  await harness.directory.readAssignments([...asked, ...asked.map((id) => id.toUpperCase())], never());
  expect(harness.told.filter((told) => told === 'listAssignmentScheduleInstances 200')).toHaveLength(40);
  expect(harness.told.filter((told) => told === 'batch 200')).toHaveLength(2);
});
