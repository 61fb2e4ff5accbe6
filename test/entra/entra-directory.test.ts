import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { groupKey } from '../../src/domain/directory.ts';
import { contoso, ids, problemOf, user, uuid, valueOf } from './contoso.ts';
import { type GraphHarness, startGraphHarness } from './graph-harness.ts';

const people = Array.from({ length: 2500 }, (_, n) => user(1000 + n));
const groups = Array.from({ length: 1000 }, (_, n) => ({
  id: uuid('b', 1000 + n),
  displayName: `Group ${n}`,
  members: Array.from({ length: 20 }, (_, k) => people[(n * 7 + k * 31) % people.length]?.id ?? ''),
}));
const long = Array.from({ length: 3 }, (_, n) => ({
  id: uuid('b', 5000 + n),
  displayName: `Long ${n}`,
  members: people.map(({ id }) => id),
}));
const world = {
  ...contoso,
  users: [...contoso.users, ...people],
  groups: [...contoso.groups, ...groups, ...long],
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
const queriesOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => ({ id, nested: false }));
const httpRequests = () => harness.cloud.requests.list().filter(({ inBatch }) => inBatch !== true);
const count = (list: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of list) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
};

describe('the cost of a poll', () => {
  it('reads 1,000 groups of 20 in 53 HTTP requests, token requests included', async () => {
    const readings = await harness.open().readGroups(queriesOf(groups), never());
    expect([...readings.values()].every((reading) => valueOf(reading).people.length === 20)).toBe(true);
    expect(valueOf(readings.get(uuid('b', 1007))).displayName).toBe('Group 7');
    expect(count(httpRequests().map(({ operation }) => operation))).toEqual({
      openidConfiguration: 1,
      token: 1,
      batch: 50,
      getByIds: 1,
    });
  });

  it('gives the same value again for what is as it was', async () => {
    const directory = harness.open();
    const before = await directory.readGroups(queriesOf(groups), never());
    const after = await directory.readGroups(queriesOf(groups), never(), before);
    expect(after.size).toBe(groups.length);
    expect([...after].every(([key, reading]) => reading === before.get(key))).toBe(true);
  });

  it('reads the next pages of all long groups in common batches', async () => {
    const readings = await harness.directory.readGroups(queriesOf(long), never());
    expect(long.map(({ id }) => valueOf(readings.get(id)).people.length)).toEqual([2500, 2500, 2500]);
    expect(httpRequests().filter(({ operation }) => operation === 'batch')).toHaveLength(3);
  });

  it('asks for a group once, however often it is asked for', async () => {
    const queries = queriesOf([...long, ...long]);
    expect((await harness.directory.readGroups(queries, never())).size).toBe(3);
    expect(harness.told.filter((told) => told === 'listMembers 200')).toHaveLength(9);
  });

  it('keeps the token for the next poll', async () => {
    const directory = harness.open();
    await directory.readGroups(queriesOf(long), never());
    harness.cloud.requests.clear();
    await directory.readStandings([uuid('a', 1)], never());
    expect(httpRequests().map(({ service }) => service)).toEqual(['graph']);
  });
});

describe('what is told of requests', () => {
  it('each HTTP request once, and each answer inside a batch under its own name', async () => {
    const queries = [
      { id: ids.team, nested: false },
      { id: ids.nobody, nested: false },
      { id: ids.outer, nested: true },
    ];
    await harness.directory.readGroups(queries, never());
    await harness.directory.readServicePrincipals([ids.principal], never());
    await harness.directory.readStandings([uuid('a', 1), uuid('a', 99)], never());
    expect(count(harness.told)).toEqual({
      'batch 200': 4,
      'getByIds 200': 1,
      'listMembers 200': 1,
      'listMembers 404': 1,
      'listTransitiveMembers 200': 1,
      'getServicePrincipal 200': 1,
      'getUser 200': 1,
      'getUser 404': 1,
      'getDeletedItem 404': 1,
    });
  });

  it.each([
    ['timeout', { kind: 'hang' }],
    ['network', { kind: 'dropConnection' }],
    ['503', { kind: 'error', status: 503, code: 'x' }],
  ] as const)('a request that ends with %s', async (code, effect) => {
    harness.cloud.addFault({ service: 'graph', operation: 'batch', effect, times: 1 });
    await harness.open({ requestTimeoutMs: 300 }).readGroups([{ id: ids.team, nested: false }], never());
    expect(harness.told[0]).toBe(`batch ${code}`);
  });

  it.each([0, 90_000, -90_000])('that the clock of the server is %i ms ahead', async (skewMs) => {
    harness.cloud.setClockSkewMs(skewMs);
    const directory = harness.open();
    expect(directory.clockSkewMs()).toBeUndefined();
    for (const _ of [1, 2, 3]) await directory.readStandings([uuid('a', 1)], never());
    harness.cloud.setClockSkewMs(0);
    expect(Math.abs((directory.clockSkewMs() ?? Number.NaN) - skewMs)).toBeLessThanOrEqual(1000);
  });
});

describe('throttling', () => {
  it('waits as long as told, then goes on', async () => {
    const effect = { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 37 } as const;
    harness.cloud.addFault({ service: 'graph', operation: 'batch', effect, times: 1 });
    const readings = await harness.directory.readGroups(queriesOf(long), never());
    expect(readings.get(uuid('b', 5000))?.state).toBe('present');
    expect(harness.slept).toEqual([37_000]);
  });

  it('gives up at once, saying how long it was told to wait, if the poll has less time', async () => {
    const effect = { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 600 } as const;
    harness.cloud.addFault({ service: 'graph', operation: 'listMembers', effect });
    const readings = await harness.directory.readGroups([{ id: ids.team, nested: false }], never());
    const problem = problemOf(readings.get(ids.team));
    expect(problem.kind).toBe('transient');
    expect(problem.message).toBe(
      `graph answered 429 TooManyRequests for group ${ids.team}, asking to wait 600 s; only 60 s of this poll are left`,
    );
    expect(harness.slept).toEqual([]);
  });
});

describe('when the caller gives up', () => {
  it.each([
    ['hangs', { kind: 'hang' }],
    ['asks to wait', { kind: 'error', status: 429, code: 'x', retryAfterSeconds: 30 }],
  ] as const)('the read ends with its reason while graph %s', async (_name, effect) => {
    harness.cloud.addFault({ service: 'graph', operation: 'batch', effect });
    const stop = new AbortController();
    const directory = harness.open(
      {},
      {
        // Never ends by itself, and does not look at the signal.
        sleep: () => {
          stop.abort(new Error('stopping'));
          return new Promise(() => {});
        },
      },
    );
    const reading = directory.readGroups([{ id: ids.team, nested: false }], stop.signal);
    if (effect.kind === 'hang') {
      await expect
        .poll(() => harness.cloud.requests.list().map(({ operation }) => operation))
        .toContain('batch');
      stop.abort(new Error('stopping'));
    }
    await expect(reading).rejects.toThrow('stopping');
  });
});

describe('what is never sent', () => {
  it.each(['', 'me', '../users', 'b0000000-0000-4000-8000-00000000000g', `${ids.team}/owners`])(
    "the id '%s'",
    async (id) => {
      const groupReadings = await harness.directory.readGroups([{ id, nested: false }], never());
      const principals = await harness.directory.readServicePrincipals([id], never());
      const standings = await harness.directory.readStandings([id], never());
      const assignments = await harness.directory.readAssignments([id], never());
      const kinds = [
        groupReadings.get(groupKey({ id, nested: false })),
        principals.get(id),
        standings.get(id),
        assignments.get(id),
      ];
      expect(kinds.map((reading) => problemOf(reading).kind)).toEqual(Array(4).fill('invalid'));
      expect(harness.cloud.requests.list()).toEqual([]);
    },
  );

  it('the secret, in any problem', async () => {
    const secret = 'wrong-and-very-secret';
    const refused = await harness.open({}, { secret }).readStandings([uuid('a', 1)], never());
    harness.cloud.addFault({ service: 'token', operation: '*', effect: { kind: 'dropConnection' } });
    const lost = await harness.open({}, { secret }).readStandings([uuid('a', 1)], never());
    for (const readings of [refused, lost]) {
      const problem = problemOf(readings.get(uuid('a', 1)));
      expect(inspect(problem, { depth: 20, showHidden: true })).not.toContain(secret);
    }
  });
});

it('refuses a graph endpoint over http, because the client would send no token there', () => {
  expect(() => harness.open({ graphEndpoint: 'http://localhost:1' })).toThrow(
    "graphEndpoint 'http://localhost:1' is no https URL",
  );
});
