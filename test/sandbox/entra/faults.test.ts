// Every effect that can be scripted into Graph, seen from the client's side.

import { expect, test } from 'vitest';
import type { Fault, FaultEffect } from '../../../src/sandbox/world.ts';
import { ids, useGraph } from './graph-session.ts';

const graph = useGraph();
const members = `/groups/${ids.parent}/members?$select=id,displayName`;
const script = (effect: FaultEffect, rest: Partial<Fault> = {}) =>
  graph.cloud.addFault({ service: 'graph', operation: 'listMembers', ...rest, effect });
const throttle: FaultEffect = { kind: 'error', status: 429, code: 'TooManyRequests' };

test.each([
  ['429 with Retry-After', { ...throttle, retryAfterSeconds: 12 }, '12', 'Please retry again later.'],
  ['429 without', throttle, null, 'Please retry again later.'],
  [
    '403',
    { kind: 'error', status: 403, code: 'Authorization_RequestDenied' },
    null,
    'Insufficient privileges to complete the operation.',
  ],
  ['500 with words', { kind: 'error', status: 500, code: 'x', message: 'words' }, null, 'words'],
] satisfies [string, FaultEffect, string | null, string][])(
  'error: %s',
  async (_, effect, retryAfter, message) => {
    script(effect);
    const answer = await graph.get(members);
    expect([answer.status, answer.json.error.code]).toEqual([effect.status, effect.code]);
    expect([answer.headers.get('retry-after'), answer.json.error.message]).toEqual([retryAfter, message]);
  },
);

test('a scripted 410 says where to start over', async () => {
  script({ kind: 'error', status: 410, code: 'resyncRequired' }, { operation: 'delta' });
  const { status, headers } = await graph.get('/groups/delta');
  expect([status, headers.get('location')]).toEqual([
    410,
    `${graph.cloud.url}/v1.0/groups/delta?$deltatoken=`,
  ]);
});

test.each(['dropConnection', 'applyThenDrop'] as const)('%s: the request fails below HTTP', async (kind) => {
  script({ kind });
  await expect(graph.get(members)).rejects.toThrow('fetch failed');
});

test('truncateBody: a 200 that does not parse', async () => {
  script({ kind: 'truncateBody' });
  await expect(graph.get(members)).rejects.toThrow(SyntaxError);
});

test('hang: no answer, until the server stops', async () => {
  script({ kind: 'hang' });
  const asked = graph.get(members).catch((error: unknown) => error);
  await expect.poll(() => graph.cloud.requests.list().length, { timeout: 30_000 }).toBe(1);
  await graph.cloud.stop();
  expect(await asked).toBeInstanceOf(TypeError);
});

test('latency holds answers back until the server stops', async () => {
  graph.cloud.setLatency(86_400_000);
  const asked = graph.get(members).catch((error: unknown) => error);
  await expect.poll(() => graph.cloud.requests.list().length, { timeout: 30_000 }).toBe(1);
  await graph.cloud.stop();
  expect(await asked).toBeInstanceOf(TypeError);
});

test('delay: the answer is whole, and delays add to another effect', async () => {
  script({ kind: 'delay', ms: 1 });
  expect((await graph.get(members)).json.value).toHaveLength(4);
  script(throttle);
  expect((await graph.get(members)).status).toBe(429);
});

test('noValue: a 200 without value', async () => {
  script({ kind: 'noValue' });
  const { status, json } = await graph.get(members);
  expect([status, 'value' in json]).toEqual([200, false]);
});

test('emptyPage: a 200 with nobody and no next link', async () => {
  script({ kind: 'emptyPage' });
  const { json } = await graph.get(`/groups/${ids.parent}/members?$top=1`);
  expect([json.value, json['@odata.nextLink']]).toEqual([[], undefined]);
});

test('loopingNextLink: the next link leads back to the same page', async () => {
  script({ kind: 'loopingNextLink' });
  const { json } = await graph.get(members);
  const again = await graph.get(json['@odata.nextLink'] ?? '');
  expect(again.json['@odata.nextLink']).toBe(json['@odata.nextLink']);
  expect(again.json.value).toHaveLength(4);
});

test('loopingNextLink on a later page', async () => {
  script({ kind: 'loopingNextLink' }, { operation: 'nextPage' });
  const first = await graph.get(`/groups/${ids.parent}/members?$top=1`);
  const second = await graph.get(first.json['@odata.nextLink'] ?? '');
  expect(second.json['@odata.nextLink']).toBe(first.json['@odata.nextLink']);
});

test('nullProperties: type and id, everything else null', async () => {
  script({ kind: 'nullProperties' });
  expect((await graph.get(members)).json.value).toContainEqual({
    '@odata.type': '#microsoft.graph.user',
    id: ids.user(1),
    displayName: null,
  });
  script({ kind: 'nullProperties' }, { operation: 'getUser' });
  const user = await graph.get(`/users/${ids.user(1)}?$select=id,accountEnabled`);
  expect(user.json).toMatchObject({ id: ids.user(1), accountEnabled: null });
});

test('inside a batch, content faults hit one answer', async () => {
  script({ kind: 'emptyPage' }, { resource: ids.child });
  const requests = [ids.parent, ids.child].map((id) => ({ id, method: 'GET', url: `/groups/${id}/members` }));
  const { json } = await graph.post('/$batch', { requests });
  expect(Object.fromEntries(json.responses.map(({ id, body }) => [id, body.value.length]))).toEqual({
    [ids.parent]: 4,
    [ids.child]: 0,
  });
});

test('inside a batch, a dropped connection takes the whole batch along', async () => {
  script({ kind: 'dropConnection' }, { resource: ids.child });
  const requests = [{ id: '1', method: 'GET', url: `/groups/${ids.child}/members` }];
  await expect(graph.post('/$batch', { requests })).rejects.toThrow('fetch failed');
  expect(graph.cloud.requests.list().map(({ operation, status }) => [operation, status])).toEqual([
    ['listMembers', 0],
    ['batch', 0],
  ]);
});

/** Which of five reads of `parent` meet the fault. */
test.each([
  ['every one', {}, [429, 429, 429, 429, 429]],
  ['times', { times: 2 }, [429, 429, 200, 200, 200]],
  ['skip', { skip: 3 }, [200, 200, 200, 429, 429]],
  ['skip and times', { skip: 1, times: 2 }, [200, 429, 429, 200, 200]],
  ['any operation', { operation: '*' }, [429, 429, 429, 429, 429]],
  ['another operation', { operation: 'getGroup' }, [200, 200, 200, 200, 200]],
  ['a resource that fits', { resource: ids.parent.toUpperCase() }, [429, 429, 429, 429, 429]],
  ['a resource that does not', { resource: ids.child }, [200, 200, 200, 200, 200]],
  ['an AWS account', { accountId: '111122223333' }, [200, 200, 200, 200, 200]],
  ['the other service', { service: 'token' }, [200, 200, 200, 200, 200]],
] satisfies [string, Partial<Fault>, number[]][])('selectors: %s', async (_, selectors, statuses) => {
  script(throttle, selectors);
  const seen: number[] = [];
  for (const _ of statuses) seen.push((await graph.get(members)).status);
  expect(seen).toEqual(statuses);
});

test('a fault can be taken back, one or all', async () => {
  const remove = script(throttle);
  remove();
  expect((await graph.get(members)).status).toBe(200);
  script(throttle);
  graph.cloud.clearFaults();
  expect((await graph.get(members)).status).toBe(200);
});

test('faults show among the served requests', async () => {
  script(throttle);
  await graph.get(members);
  expect(graph.cloud.requests.list()).toEqual([
    { service: 'graph', operation: 'listMembers', resource: ids.parent, status: 429, atMs: graph.nowMs },
  ]);
});
