// Page chains: complete, in no fixed order, and honest about change.

import { expect, test } from 'vitest';
import { advanced, ids, useGraph } from './graph-session.ts';

const graph = useGraph();
const bigMembers = `/groups/${ids.big}/members`;
const listed = async (path: string) => (await graph.all(path)).map(({ id }) => id);

test.each([
  ['the default page', bigMembers, 3],
  ['small pages', `${bigMembers}?$top=50`, 5],
  ['one page for all', `${bigMembers}?$top=250&$select=id`, 1],
])('%s: each member once, over the right number of pages', async (_, path, pages) => {
  const found = await listed(path);
  expect(found.toSorted()).toEqual([...graph.cloud.members(ids.big)].toSorted());
  expect(graph.cloud.requests.list().map(({ operation }) => operation)).toEqual([
    'listMembers',
    ...Array.from({ length: pages - 1 }, () => 'nextPage'),
  ]);
});

test('two reads give two orders', async () => {
  const first = await listed(`${bigMembers}?$top=250`);
  const second = await listed(`${bigMembers}?$top=250`);
  expect(second).not.toEqual(first);
  expect(second.toSorted()).toEqual(first.toSorted());
});

test('next links are absolute and keep the options', async () => {
  const { json } = await graph.get(`${bigMembers}?$select=id&$top=10`);
  const next = new URL(json['@odata.nextLink'] ?? '');
  expect(next.origin).toBe(graph.cloud.url);
  expect([next.searchParams.get('$select'), next.searchParams.get('$top')]).toEqual(['id', '10']);
});

test('someone who leaves between two pages moves nobody else out of the chain', async () => {
  const { json } = await graph.get(`${bigMembers}?$top=100`);
  const [leaver] = json.value;
  graph.cloud.removeMember(ids.big, leaver?.id ?? '');
  const rest = await listed(json['@odata.nextLink'] ?? '');
  expect(new Set([...json.value.map(({ id }) => id), ...rest]).size).toBe(250);
});

test('an empty group is an empty page without a next link', async () => {
  const { status, json } = await graph.get(`/groups/${ids.empty}/members`);
  expect([status, json.value, json['@odata.nextLink']]).toEqual([200, [], undefined]);
});

test('stale reads answer the old list until the write is that old', async () => {
  graph.cloud.setStaleReads(5_000);
  graph.nowMs += 10_000;
  graph.cloud.addMember(ids.empty, ids.user(1));
  graph.cloud.removeMember(ids.child, ids.user(4));
  const read = async () => [
    await listed(`/groups/${ids.empty}/members`),
    (await listed(`/groups/${ids.parent}/transitiveMembers`)).includes(ids.user(4)),
  ];
  graph.nowMs += 4_999;
  expect(await read()).toEqual([[], true]);
  graph.nowMs += 1;
  expect(await read()).toEqual([[ids.user(1)], false]);
});

test('a replica that lags still lists a user who was deleted', async () => {
  graph.cloud.setStaleReads(5_000);
  graph.cloud.deleteUser(ids.user(4));
  expect(await listed(`/groups/${ids.child}/members`)).toContain(ids.user(4));
  graph.nowMs += 5_000;
  expect(await listed(`/groups/${ids.child}/members`)).not.toContain(ids.user(4));
});

test('casts and counts come from an index that has not heard the news', async () => {
  graph.cloud.removeMember(ids.child, ids.user(4));
  const cast = () => graph.get(`/groups/${ids.child}/members/microsoft.graph.user?$count=true`, advanced);
  const count = () => graph.get(`/groups/${ids.child}/members/$count`, advanced);
  expect(await listed(`/groups/${ids.child}/members`)).not.toContain(ids.user(4));
  expect((await cast()).json.value.map(({ id }) => id)).toContain(ids.user(4));
  expect((await cast()).json['@odata.count']).toBe(2);
  const counted = await graph.get(`/groups/${ids.child}/members?$count=true`, advanced);
  expect(counted.json.value.map(({ id }) => id)).toContain(ids.user(4));
  expect((await count()).text).toBe('3');
  graph.nowMs += 60_000;
  expect((await cast()).json.value.map(({ id }) => id)).toEqual([ids.user(3)]);
  expect((await count()).text).toBe('2');
});
