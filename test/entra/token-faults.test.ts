// The token endpoint's faults, and tokens that Graph refuses: one clear problem for all, never one attempt per group.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Group } from '../../src/domain/directory.ts';
import type { ErrorKind } from '../../src/domain/errors.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { FaultEffect } from '../../src/sandbox/world.ts';
import { ids, problemOf, uuid } from './contoso.ts';
import { errorEffect as error, type GraphHarness, limitFor, startGraphHarness } from './graph-harness.ts';

let harness: GraphHarness;
beforeAll(async () => {
  harness = await startGraphHarness();
});
afterAll(async () => {
  await harness.cloud.stop();
});
beforeEach(() => {
  harness.cloud.clearFaults();
  harness.cloud.requests.clear();
  harness.told.length = 0;
});

const never = (): AbortSignal => new AbortController().signal;

const readGroup = async (id: string, change = {}): Promise<Reading<Group> | undefined> => {
  const readings = await harness.open(change).readGroups([{ id, nested: false }], never());
  return readings.get(id);
};

const tokenFaults: readonly { name: string; effect: FaultEffect; kind: ErrorKind; says: string }[] = [
  { name: 'a refusal', effect: error(401, 'invalid_client'), kind: 'denied', says: 'invalid_client' },
  { name: '429', effect: error(429, 'slow_down', 5), kind: 'transient', says: 'slow_down' },
  {
    name: '503',
    effect: error(503, 'temporarily_unavailable'),
    kind: 'transient',
    says: 'temporarily_unavailable',
  },
  { name: 'an answer that hangs', effect: { kind: 'hang' }, kind: 'transient', says: '200 ms' },
  { name: 'an answer that is late', effect: { kind: 'delay', ms: 5000 }, kind: 'transient', says: '200 ms' },
  { name: 'a lost connection', effect: { kind: 'dropConnection' }, kind: 'transient', says: 'network_error' },
  {
    name: 'a connection lost after the work',
    effect: { kind: 'applyThenDrop' },
    kind: 'transient',
    says: 'network_error',
  },
  { name: 'half a body', effect: { kind: 'truncateBody' }, kind: 'transient', says: 'network_error' },
];

describe('without a token', () => {
  const queries = Array.from({ length: 100 }, (_, n) => ({ id: uuid('b', 1000 + n), nested: false }));

  it.each(tokenFaults)(
    '($name) all readings have one and the same problem',
    async ({ effect, kind, says }) => {
      harness.cloud.addFault({ service: 'token', operation: 'token', effect });
      const readings = await harness.open(limitFor(effect)).readGroups(queries, never());
      const problems = new Set([...readings.values()].map(problemOf));
      expect([...problems].map((problem) => problem.kind)).toEqual([kind]);
      expect([...problems][0]?.message).toContain(says);
      const graphRequests = harness.cloud.requests.list().filter(({ service }) => service === 'graph');
      expect(graphRequests).toEqual([]);
    },
  );

  it.each(tokenFaults.filter(({ kind }) => kind === 'transient'))(
    '($name) only at first, the read succeeds',
    async ({ effect }) => {
      harness.cloud.addFault({ service: 'token', operation: 'token', effect, times: 2 });
      expect((await readGroup(ids.team, limitFor(effect)))?.state).toBe('present');
    },
  );

  it('asks for one once when it is refused, not once per group', async () => {
    const readings = await harness.open({}, { secret: 'wrong' }).readGroups(queries, never());
    expect(problemOf(readings.get(uuid('b', 1000))).code).toBe('AADSTS7000215');
    const asked = harness.cloud.requests.list().filter(({ operation }) => operation === 'token');
    expect(asked).toHaveLength(1);
    expect(new Set(harness.told)).toEqual(new Set(['batch token']));
  });

  it('says so when the tenant has no sign-in configuration', async () => {
    const problem = problemOf(await readGroup(ids.team, { tenantId: uuid('f', 2) }));
    expect(problem.message).toContain('check the tenant id');
  });
});

describe('a token that graph refuses', () => {
  it('is replaced once, and the read goes on', async () => {
    await readGroup(ids.team);
    harness.cloud.addFault({
      service: 'graph',
      operation: 'batch',
      effect: error(401, 'InvalidAuthenticationToken'),
      times: 1,
    });
    harness.cloud.requests.clear();
    expect((await readGroup(ids.team))?.state).toBe('present');
    const tokens = harness.cloud.requests.list().filter(({ operation }) => operation === 'token');
    expect(tokens).toHaveLength(2);
  });

  it('is replaced once in all, however many batches are refused', async () => {
    harness.cloud.addFault({
      service: 'graph',
      operation: 'batch',
      effect: error(401, 'InvalidAuthenticationToken'),
    });
    const queries = Array.from({ length: 200 }, (_, n) => ({ id: uuid('b', 1000 + n), nested: false }));
    const readings = await harness.open().readGroups(queries, never());
    expect([...readings.values()].every(({ state }) => state === 'unreadable')).toBe(true);
    const tokens = harness.cloud.requests.list().filter(({ operation }) => operation === 'token');
    expect(tokens).toHaveLength(2);
  });
});
