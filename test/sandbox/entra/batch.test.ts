// `POST /$batch`: twenty requests in one, each with a fate of its own.

import { expect, test } from 'vitest';
import { ids, useGraph } from './graph-session.ts';

const graph = useGraph();
const ask = (id: string, url: string) => ({ id, method: 'GET', url });
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ask(`${index}`, `/users/${ids.user(1)}`));

test.each([
  ['twenty', { requests: many(20) }, 200],
  ['twenty-one', { requests: many(21) }, 400],
  ['none', { requests: [] }, 400],
  ['no list', {}, 400],
  ['ids that differ in case only', { requests: [ask('a', '/users'), ask('A', '/users')] }, 400],
  ['a request without an id', { requests: [{ method: 'GET', url: '/users' }] }, 400],
  ['a request without a url', { requests: [{ id: '1', method: 'GET' }] }, 400],
])('a batch of %s', async (_, body, status) => {
  expect((await graph.post('/$batch', body)).status).toBe(status);
});

test('answers come in another order than asked, each with its own status', async () => {
  const { status, json } = await graph.post('/$batch', {
    requests: [
      ask('good', `/groups/${ids.child}/members?$select=id`),
      ask('missing', `/groups/${ids.nobody}`),
      ask('prefixed', `/v1.0/groups/${ids.child}`),
      {
        id: 'cast',
        method: 'GET',
        url: `/groups/${ids.child}/members/$count`,
        headers: { ConsistencyLevel: 'eventual' },
      },
    ],
  });
  expect(status).toBe(200);
  expect(json.responses.map(({ id }) => id)).not.toEqual(['good', 'missing', 'prefixed', 'cast']);
  expect(Object.fromEntries(json.responses.map(({ id, status }) => [id, status]))).toEqual({
    good: 200,
    missing: 404,
    prefixed: 400,
    cast: 200,
  });
});

test('next links inside a batch are absolute and can be followed', async () => {
  const { json } = await graph.post('/$batch', {
    requests: [ask('1', `/groups/${ids.big}/members?$top=200`)],
  });
  const [first] = json.responses;
  const rest = await graph.get(first?.body['@odata.nextLink'] ?? '');
  expect((first?.body.value.length ?? 0) + rest.json.value.length).toBe(250);
});

test('one inner request is throttled with headers of its own; the batch is a 200', async () => {
  graph.cloud.addFault({
    service: 'graph',
    operation: 'listMembers',
    resource: ids.child,
    effect: { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 7 },
  });
  const urls = [ids.parent, ids.child].map((id) => ask(id, `/groups/${id}/members`));
  const { status, json } = await graph.post('/$batch', { requests: urls });
  const byId = Object.fromEntries(json.responses.map((response) => [response.id, response]));
  expect(status).toBe(200);
  expect(byId[ids.parent]).toMatchObject({ status: 200, headers: { 'x-ms-resource-unit': '3' } });
  expect(byId[ids.child]).toMatchObject({
    status: 429,
    headers: { 'Retry-After': '7' },
    body: { error: { code: 'TooManyRequests' } },
  });
});

test('a batch is listed once, its inner requests one by one', async () => {
  await graph.post('/$batch', {
    requests: [ask('1', `/users/${ids.user(1)}`), ask('2', `/groups/${ids.child}`)],
  });
  const listed = graph.cloud.requests.list().map(({ operation, inBatch }) => [operation, inBatch ?? false]);
  expect(listed).toEqual([
    ['getUser', true],
    ['getGroup', true],
    ['batch', false],
  ]);
});

test('a fault on the batch spares the inner requests, which are never made', async () => {
  graph.cloud.addFault({
    service: 'graph',
    operation: 'batch',
    effect: { kind: 'error', status: 503, code: 'x' },
  });
  expect((await graph.post('/$batch', { requests: many(2) })).status).toBe(503);
  expect(graph.cloud.requests.list().map(({ operation }) => operation)).toEqual(['batch']);
});

test('a batch inside a batch is refused', async () => {
  const { json } = await graph.post('/$batch', {
    requests: [{ id: '1', method: 'POST', url: '/$batch', body: { requests: many(1) } }],
  });
  expect(json.responses[0]?.status).toBe(400);
});
