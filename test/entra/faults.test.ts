// Whatever Graph or the token endpoint does wrong: unreadable, never empty, never absent.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Group } from '../../src/domain/directory.ts';
import type { ErrorKind } from '../../src/domain/errors.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Fault, FaultEffect } from '../../src/sandbox/world.ts';
import { contoso, ids, problemOf, user, uuid, valueOf } from './contoso.ts';
import { errorEffect as error, type GraphHarness, limitFor, startGraphHarness } from './graph-harness.ts';

const crowd = uuid('b', 10);
/** More than one page of 999. */
const crowdSize = 1100;
const people = Array.from({ length: crowdSize }, (_, n) => user(1000 + n));
const world = {
  ...contoso,
  users: [...contoso.users, ...people],
  groups: [...contoso.groups, { id: crowd, displayName: 'Crowd', members: people.map(({ id }) => id) }],
};

let harness: GraphHarness;
beforeAll(async () => {
  harness = await startGraphHarness(world);
});
afterAll(async () => {
  await harness.cloud.stop();
});
beforeEach(() => {
  harness.cloud.clearFaults();
  harness.cloud.requests.clear();
  harness.told.length = 0;
  harness.slept.length = 0;
});

const never = (): AbortSignal => new AbortController().signal;
const readGroup = async (id: string, change = {}): Promise<Reading<Group> | undefined> => {
  const readings = await harness.open(change).readGroups([{ id, nested: false }], never());
  return readings.get(id);
};

interface Row {
  readonly name: string;
  readonly fault: Omit<Fault, 'service'>;
  readonly kind: ErrorKind;
  readonly says: string;
}

const listMembers = (effect: FaultEffect): Omit<Fault, 'service'> => ({ operation: 'listMembers', effect });
const nextPage = (effect: FaultEffect): Omit<Fault, 'service'> => ({ operation: 'nextPage', effect });
const batch = (effect: FaultEffect): Omit<Fault, 'service'> => ({ operation: 'batch', effect });

const graphFaults: readonly Row[] = [
  {
    name: '429',
    fault: listMembers(error(429, 'TooManyRequests', 7)),
    kind: 'transient',
    says: '429 TooManyRequests',
  },
  { name: '500', fault: listMembers(error(500, 'InternalServerError')), kind: 'transient', says: '500' },
  { name: '502', fault: listMembers(error(502, 'BadGateway')), kind: 'transient', says: '502' },
  { name: '503', fault: listMembers(error(503, 'ServiceUnavailable')), kind: 'transient', says: '503' },
  { name: '504', fault: listMembers(error(504, 'GatewayTimeout')), kind: 'transient', says: '504' },
  { name: '400', fault: listMembers(error(400, 'BadRequest')), kind: 'invalid', says: '400 BadRequest' },
  { name: '401', fault: listMembers(error(401, 'InvalidAuthenticationToken')), kind: 'denied', says: '401' },
  {
    name: '403',
    fault: listMembers(error(403, 'Authorization_RequestDenied')),
    kind: 'denied',
    says: 'GroupMember.Read.All',
  },
  { name: '404 of someone else', fault: listMembers(error(404, 'nginx')), kind: 'invalid', says: '404' },
  {
    name: 'an answer that hangs',
    fault: listMembers({ kind: 'hang' }),
    kind: 'transient',
    says: 'within 200 ms',
  },
  {
    name: 'an answer that is late',
    fault: listMembers({ kind: 'delay', ms: 5000 }),
    kind: 'transient',
    says: '200 ms',
  },
  {
    name: 'a lost connection',
    fault: listMembers({ kind: 'dropConnection' }),
    kind: 'transient',
    says: 'reached',
  },
  {
    name: 'a connection lost after the work',
    fault: listMembers({ kind: 'applyThenDrop' }),
    kind: 'transient',
    says: 'reached',
  },
  { name: 'half a body', fault: listMembers({ kind: 'truncateBody' }), kind: 'transient', says: 'JSON' },
  {
    name: 'a page without value',
    fault: listMembers({ kind: 'noValue' }),
    kind: 'transient',
    says: 'without a value array',
  },
  {
    name: 'next links in a circle',
    fault: listMembers({ kind: 'loopingNextLink' }),
    kind: 'transient',
    says: 'circle',
  },
  {
    name: 'a second page that fails',
    fault: nextPage(error(503, 'ServiceUnavailable')),
    kind: 'transient',
    says: '503',
  },
  {
    name: 'a second page that is gone',
    fault: nextPage(error(404, 'Request_ResourceNotFound')),
    kind: 'transient',
    says: 'broke off',
  },
  {
    name: 'a second page without value',
    fault: nextPage({ kind: 'noValue' }),
    kind: 'transient',
    says: 'without a value array',
  },
  {
    name: 'a second page that leads to itself',
    fault: nextPage({ kind: 'loopingNextLink' }),
    kind: 'transient',
    says: 'circle',
  },
  {
    name: 'a second page that hangs',
    fault: nextPage({ kind: 'hang' }),
    kind: 'transient',
    says: 'within 200 ms',
  },
  {
    name: 'a second page that is cut',
    fault: nextPage({ kind: 'truncateBody' }),
    kind: 'transient',
    says: 'JSON',
  },
  {
    name: 'a batch answered 429',
    fault: batch(error(429, 'TooManyRequests', 7)),
    kind: 'transient',
    says: '429',
  },
  {
    name: 'a batch answered 404',
    fault: batch(error(404, 'Request_ResourceNotFound')),
    kind: 'invalid',
    says: '404',
  },
  {
    name: 'a batch answered 403',
    fault: batch(error(403, 'Authorization_RequestDenied')),
    kind: 'denied',
    says: 'User.Read.All',
  },
  {
    name: 'a batch answered 401',
    fault: batch(error(401, 'InvalidAuthenticationToken')),
    kind: 'denied',
    says: '401',
  },
  { name: 'a batch that is cut', fault: batch({ kind: 'truncateBody' }), kind: 'transient', says: 'JSON' },
  { name: 'a batch that hangs', fault: batch({ kind: 'hang' }), kind: 'transient', says: 'within 200 ms' },
  {
    name: 'a batch whose connection drops',
    fault: batch({ kind: 'dropConnection' }),
    kind: 'transient',
    says: 'reached',
  },
];

describe('a fault of graph that lasts', () => {
  it.each(graphFaults)('$name makes the group unreadable', async ({ fault, kind, says }) => {
    harness.cloud.addFault({ service: 'graph', ...fault });
    const problem = problemOf(await readGroup(crowd, limitFor(fault.effect)));
    expect(problem.kind).toBe(kind);
    expect(problem.message).toContain(says);
  });

  it.each(graphFaults)('$name is forgotten when it is over', async ({ fault }) => {
    harness.cloud.addFault({ service: 'graph', ...fault });
    const directory = harness.open(limitFor(fault.effect));
    await directory.readGroups([{ id: crowd, nested: false }], never());
    harness.cloud.clearFaults();
    const readings = await directory.readGroups([{ id: crowd, nested: false }], never());
    expect(valueOf(readings.get(crowd)).people).toHaveLength(crowdSize);
  });

  it.each(
    graphFaults.filter(
      ({ kind, name }) => kind === 'transient' && !/value|circle|itself|gone|late/.test(name),
    ),
  )('$name twice is only a delay', async ({ fault }) => {
    harness.cloud.addFault({ service: 'graph', ...fault, times: 2 });
    expect(valueOf(await readGroup(crowd, limitFor(fault.effect))).people).toHaveLength(crowdSize);
  });
});

describe('a fault that no single read can see', () => {
  // An empty page is what an empty group looks like. The plan's guards read such a group again before they believe it.
  it('an empty page reads as an empty group', async () => {
    harness.cloud.addFault({ service: 'graph', ...listMembers({ kind: 'emptyPage' }) });
    expect(valueOf(await readGroup(ids.team)).people).toEqual([]);
  });

  it('properties that are null are unknown, and the people stay', async () => {
    harness.cloud.addFault({ service: 'graph', ...listMembers({ kind: 'nullProperties' }) });
    const group = valueOf(await readGroup(ids.team));
    const unknown = { userPrincipalName: null, mail: null, accountEnabled: null, userType: null };
    expect(group.people).toEqual(
      [uuid('a', 1), uuid('a', 2), uuid('a', 3)].map((id) => ({ id, ...unknown })),
    );
  });
});

describe('one bad group among many', () => {
  it('leaves the others readable', async () => {
    const fault = { service: 'graph', operation: 'listMembers', resource: ids.team } as const;
    harness.cloud.addFault({ ...fault, effect: error(503, 'ServiceUnavailable') });
    const queries = [ids.team, ids.outer, crowd].map((id) => ({ id, nested: false }));
    const readings = await harness.directory.readGroups(queries, never());
    expect(queries.map(({ id }) => readings.get(id)?.state)).toEqual(['unreadable', 'present', 'present']);
  });

  it('is alone in being asked again', async () => {
    const fault = { service: 'graph', operation: 'listMembers', resource: ids.team } as const;
    harness.cloud.addFault({ ...fault, effect: error(429, 'TooManyRequests', 2), times: 1 });
    const queries = [ids.team, ids.outer, ids.inner].map((id) => ({ id, nested: false }));
    await harness.directory.readGroups(queries, never());
    const asked = harness.cloud.requests.list().filter(({ operation }) => operation === 'listMembers');
    expect(asked.map(({ resource }) => resource)).toEqual([ids.team, ids.outer, ids.inner, ids.team]);
    expect(harness.slept).toEqual([2000]);
  });
});

describe('display names', () => {
  it.each<FaultEffect>([
    error(503, 'x'),
    error(429, 'x', 30),
    error(403, 'x'),
    { kind: 'truncateBody' },
    { kind: 'noValue' },
  ])('that cannot be read ($kind) are null, and nothing more', async (effect) => {
    harness.cloud.addFault({ service: 'graph', operation: 'getByIds', effect });
    const group = valueOf(await readGroup(ids.team));
    expect([group.displayName, group.people.length]).toEqual([null, 3]);
    // Memberships do not wait for names.
    expect(harness.told.filter((told) => told.startsWith('getByIds'))).toHaveLength(1);
    expect(harness.slept).toEqual([]);
  });
});

describe('looking people up', () => {
  const leaver = user(70);
  it.each<[string, Omit<Fault, 'service'>]>([
    ['403 on the user', { operation: 'getUser', effect: error(403, 'Authorization_RequestDenied') }],
    ['503 on the user', { operation: 'getUser', effect: error(503, 'x') }],
    ['404 of someone else on the user', { operation: 'getUser', effect: error(404, 'nginx') }],
    [
      '403 on the deleted',
      { operation: 'getDeletedItem', effect: error(403, 'Authorization_RequestDenied') },
    ],
    ['503 on the deleted', { operation: 'getDeletedItem', effect: error(503, 'x') }],
    ['404 of someone else on the deleted', { operation: 'getDeletedItem', effect: error(404, 'nginx') }],
    ['a cut body', { operation: 'getDeletedItem', effect: { kind: 'truncateBody' } }],
  ])('%s is unreadable, never gone', async (_name, fault) => {
    harness.cloud.addFault({ service: 'graph', ...fault });
    const readings = await harness.directory.readStandings([leaver.id], never());
    expect(readings.get(leaver.id)?.state).toBe('unreadable');
  });

  it('a property that is null is unknown', async () => {
    harness.cloud.addFault({ service: 'graph', operation: 'getUser', effect: { kind: 'nullProperties' } });
    const readings = await harness.directory.readStandings([uuid('a', 1)], never());
    expect(valueOf(readings.get(uuid('a', 1)))).toEqual({
      is: 'unknown',
      id: uuid('a', 1),
      userPrincipalName: null,
    });
  });
});
