// Delta queries: rounds that start from a link, and the ways in which they make one start over.

import { expect, test } from 'vitest';
import { type GraphItem, ids, useGraph } from './graph-session.ts';

const graph = useGraph();
const watched = `/groups/delta?$select=displayName,members&$filter=id eq '${ids.child}' or id eq '${ids.empty}'`;

/** All entries of a round and the link to the next one. */
const round = async (path: string) => {
  const entries: GraphItem[] = [];
  for (let next = path; ; ) {
    const { status, json } = await graph.get(next);
    expect(status).toBe(200);
    entries.push(...json.value);
    const { '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink } = json;
    expect([nextLink, deltaLink].filter((link) => link !== undefined)).toHaveLength(1);
    if (deltaLink !== undefined) return { entries, deltaLink };
    next = nextLink ?? '';
  }
};

const membersIn = (entry: GraphItem | undefined) => (entry?.['members@delta'] ?? []) as readonly GraphItem[];

test('the first round lists the groups asked for with their members', async () => {
  const { entries } = await round(watched);
  expect(entries.map(({ id }) => id).toSorted()).toEqual([ids.child, ids.empty]);
  const child = entries.find(({ id }) => id === ids.child);
  expect(membersIn(child)).toContainEqual({ '@odata.type': '#microsoft.graph.user', id: ids.user(4) });
  expect(entries.find(({ id }) => id === ids.empty)).toEqual({ id: ids.empty, displayName: 'Empty' });
});

test('a round after nothing happened is empty', async () => {
  const { deltaLink } = await round(watched);
  expect((await round(deltaLink)).entries).toEqual([]);
});

test('the next round tells the net change of members, and each link serves again', async () => {
  const { deltaLink } = await round(watched);
  graph.cloud.removeMember(ids.child, ids.user(4));
  graph.cloud.addMember(ids.child, ids.user(7));
  graph.cloud.addMember(ids.child, ids.user(8));
  graph.cloud.removeMember(ids.child, ids.user(8));
  graph.cloud.addMember(ids.big, ids.child);
  for (const link of [deltaLink, deltaLink]) {
    const { entries } = await round(link);
    expect(entries.map(({ id }) => id)).toEqual([ids.child]);
    const told = membersIn(entries[0]).map(({ id, '@removed': removed }) => [id, removed !== undefined]);
    expect(Object.fromEntries(told)).toEqual({
      [ids.user(4)]: true,
      [ids.user(7)]: false,
      [ids.user(8)]: true,
    });
  }
});

test('a deleted group is @removed', async () => {
  const { deltaLink } = await round(watched);
  graph.cloud.deleteGroup(ids.empty);
  expect((await round(deltaLink)).entries).toEqual([{ id: ids.empty, '@removed': { reason: 'deleted' } }]);
});

test('a deleted member does not show in the delta of groups, only in that of users', async () => {
  const groups = await round(watched);
  const users = await round('/users/delta?$select=userPrincipalName,accountEnabled');
  graph.cloud.deleteUser(ids.user(4));
  expect((await round(groups.deltaLink)).entries).toEqual([]);
  const removed = { id: ids.user(4), '@removed': { reason: 'changed' } };
  expect((await round(users.deltaLink)).entries).toEqual([removed]);
  graph.cloud.purgeUser(ids.user(4));
  const gone = { id: ids.user(4), '@removed': { reason: 'deleted' } };
  expect((await round(users.deltaLink)).entries).toEqual([gone]);
});

test('a disabled user shows in the delta of users', async () => {
  const { deltaLink } = await round(`/users/delta?$select=accountEnabled&$filter=id eq '${ids.user(1)}'`);
  graph.cloud.updateUser(ids.user(1), { accountEnabled: false });
  graph.cloud.updateUser(ids.user(3), { accountEnabled: false });
  expect((await round(deltaLink)).entries).toEqual([{ id: ids.user(1), accountEnabled: false }]);
});

test('a large group comes in slices under one id', async () => {
  const { entries } = await round(`/groups/delta?$select=members&$filter=id eq '${ids.big}'`);
  expect(entries.length).toBeGreaterThan(1);
  expect(new Set(entries.map(({ id }) => id))).toEqual(new Set([ids.big]));
  expect(entries.flatMap(membersIn)).toHaveLength(250);
});

test('many entries come in pages', async () => {
  graph.cloud.requests.clear();
  const { entries } = await round('/users/delta');
  expect(new Set(entries.map(({ id }) => id)).size).toBe(250);
  expect(graph.cloud.requests.list().map(({ operation }) => operation)).toContain('nextPage');
});

test('`latest` starts from now', async () => {
  const { entries, deltaLink } = await round('/groups/delta?$select=members&$deltatoken=latest');
  graph.cloud.addMember(ids.empty, ids.user(1));
  expect(entries).toEqual([]);
  expect((await round(deltaLink)).entries.map(({ id }) => id)).toEqual([ids.empty]);
});

test('a change that the replica has not heard of comes in a later round, not never', async () => {
  graph.cloud.setStaleReads(5_000);
  const { deltaLink } = await round(watched);
  graph.cloud.addMember(ids.empty, ids.user(1));
  const early = await round(deltaLink);
  expect(early.entries).toEqual([]);
  graph.nowMs += 5_000;
  expect((await round(early.deltaLink)).entries.map(({ id }) => id)).toEqual([ids.empty]);
});

test('a link older than seven days is refused', async () => {
  const { deltaLink } = await round(watched);
  graph.nowMs += 7 * 86_400_000 + 1;
  graph.token = String((await graph.signIn()).json['access_token']);
  const { status, json } = await graph.get(deltaLink);
  expect([status, json.error.code]).toEqual([400, 'syncStateNotFound']);
});

test('a link of another process says 410 and where to start over', async () => {
  const { status, headers, json } = await graph.get('/groups/delta?$deltatoken=eyJpbnN0YW5jZUlkIjoieCJ9');
  expect([status, json.error.code]).toEqual([410, 'resyncRequired']);
  expect((await graph.get(headers.get('location') ?? '')).status).toBe(200);
});

const manyIds = Array.from({ length: 51 }, (_, index) => `id eq '${ids.user(index)}'`).join(' or ');

test.each([
  ['$top', '/groups/delta?$top=10'],
  ['$expand', '/groups/delta?$expand=members'],
  ['a filter by name', "/groups/delta?$filter=displayName eq 'x'"],
  ['more than fifty ids', `/users/delta?$filter=${manyIds}`],
])('delta refuses %s', async (_, path) => {
  expect((await graph.get(path)).status).toBe(400);
});
