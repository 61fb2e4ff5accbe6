// What Graph answers to single reads, as rules.

import { expect, test } from 'vitest';
import { advanced, ids, useGraph } from './graph-session.ts';

const graph = useGraph();
const cast = '/microsoft.graph.user';

test.each([
  ['a group', `/groups/${ids.parent}`, 200, undefined],
  ['a group by key syntax', `/groups('${ids.parent}')`, 200, undefined],
  ['a group in upper case', `/groups/${ids.parent.toUpperCase()}`, 200, undefined],
  ['a group that is not there', `/groups/${ids.nobody}`, 404, 'Request_ResourceNotFound'],
  ['a group id that is none', '/groups/payments', 400, 'Request_BadRequest'],
  ['members of a group that is not there', `/groups/${ids.nobody}/members`, 404, 'Request_ResourceNotFound'],
  ['a user by id', `/users/${ids.user(1)}`, 200, undefined],
  ['a user by principal name', '/users/PERSON-1@contoso.com', 200, undefined],
  ['a user that is not there', `/users/${ids.nobody}`, 404, 'Request_ResourceNotFound'],
  ['a service principal', `/servicePrincipals/${ids.principal}`, 200, undefined],
  ['a service principal by app id', `/servicePrincipals(appId='${ids.principalApp}')`, 200, undefined],
  [
    'a service principal by the wrong id',
    `/servicePrincipals/${ids.principalApp}`,
    404,
    'Request_ResourceNotFound',
  ],
  [
    'a deleted item that is not there',
    `/directory/deletedItems/${ids.user(1)}`,
    404,
    'Request_ResourceNotFound',
  ],
  ['a selected property that users do not have', `/users/${ids.user(1)}?$select=shoeSize`, 400, 'BadRequest'],
  ['a page of none', `/groups/${ids.parent}/members?$top=0`, 400, 'BadRequest'],
  ['the largest page', `/groups/${ids.parent}/members?$top=999`, 200, undefined],
  ['a page too large', `/groups/${ids.parent}/members?$top=1000`, 400, 'BadRequest'],
  ['a page size that is no number', `/users?$top=many`, 400, 'BadRequest'],
  ['a skip token that nobody issued', `/users?$skiptoken=abc`, 400, 'BadRequest'],
  ['a filter out of the grammar', `/groups?$filter=displayName like 'x'`, 400, 'BadRequest'],
  [
    'an inequality without the index',
    `/users?$filter=accountEnabled ne true`,
    400,
    'Request_UnsupportedQuery',
  ],
  ['an ending without the index', `/users?$filter=endswith(mail,'x')`, 400, 'Request_UnsupportedQuery'],
  ['an expansion', `/groups/${ids.parent}?$expand=members`, 400, 'Request_UnsupportedQuery'],
  [
    'an order of members',
    `/groups/${ids.parent}/members?$orderby=displayName`,
    400,
    'Request_UnsupportedQuery',
  ],
  ['a path that Graph does not have', '/grupos', 400, 'BadRequest'],
  ['a broken escape', '/users/%E0%A4%A', 400, 'BadRequest'],
])('%s', async (_, path, status, code) => {
  const answer = await graph.get(path);
  expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
});

test.each([
  ['a cast without both', cast, {}, 400],
  ['a cast with $count only', `${cast}?$count=true`, {}, 400],
  ['a cast with the header only', cast, advanced, 400],
  ['a cast with both', `${cast}?$count=true`, advanced, 200],
  ['a cast to no type', '/microsoft.graph.unicorn?$count=true', advanced, 400],
  ['a filter without the header', `?$count=true&$filter=displayName eq 'x'`, {}, 400],
  ['a filter with both', `?$count=true&$filter=displayName eq 'x'`, advanced, 200],
  ['a count in the page without the header', '?$count=true', {}, 400],
  ['a bare count without the header', '/$count', {}, 400],
  ['a bare count with it', '/$count', advanced, 200],
])('advanced query on members: %s', async (_, rest, headers, status) => {
  for (const reach of ['members', 'transitiveMembers']) {
    const answer = await graph.get(`/groups/${ids.parent}/${reach}${rest}`, headers);
    const code = status === 400 ? 'Request_UnsupportedQuery' : undefined;
    expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
  }
});

const typesById = async (path: string) =>
  Object.fromEntries((await graph.all(path)).map((item) => [item.id, item['@odata.type']]));

test('direct members are users and groups; v1.0 hides service principals', async () => {
  expect(await typesById(`/groups/${ids.parent}/members`)).toEqual({
    [ids.user(1)]: '#microsoft.graph.user',
    [ids.user(2)]: '#microsoft.graph.user',
    [ids.user(3)]: '#microsoft.graph.user',
    [ids.child]: '#microsoft.graph.group',
  });
});

test('transitive members are flat, each once, and end where groups contain each other', async () => {
  expect(await typesById(`/groups/${ids.parent}/transitiveMembers`)).toEqual({
    [ids.user(1)]: '#microsoft.graph.user',
    [ids.user(2)]: '#microsoft.graph.user',
    [ids.user(3)]: '#microsoft.graph.user',
    [ids.user(4)]: '#microsoft.graph.user',
    [ids.child]: '#microsoft.graph.group',
    [ids.principal]: '#microsoft.graph.servicePrincipal',
  });
});

test('without $select, members lack accountEnabled and userType', async () => {
  const [item] = await graph.all(`/groups/${ids.big}/members?$top=1`);
  expect(item).toHaveProperty('userPrincipalName');
  expect(item).not.toHaveProperty('accountEnabled');
  expect(item).not.toHaveProperty('userType');
});

test('$select gives what was asked and what the type has', async () => {
  const items = await graph.all(`/groups/${ids.parent}/members?$select=id,accountEnabled,displayName`);
  expect(items).toContainEqual({
    '@odata.type': '#microsoft.graph.user',
    id: ids.user(2),
    accountEnabled: false,
    displayName: 'Person 2',
  });
  expect(items).toContainEqual({
    '@odata.type': '#microsoft.graph.group',
    id: ids.child,
    displayName: 'Child',
  });
});

test('a group is found by a display name that needs escapes', async () => {
  const filter = encodeURIComponent("displayName eq 'Parent''s & Co #1'");
  const { json } = await graph.get(`/groups?$filter=${filter}&$select=id`);
  expect(json.value).toEqual([{ id: ids.parent }]);
});

test.each([
  ["userPrincipalName eq 'PERSON-7@contoso.com'", 1],
  ["id eq '" + ids.user(1) + "' or id eq '" + ids.user(2) + "'", 2],
  ["startswith(displayName,'person 24')", 11],
  ["endswith(userPrincipalName,'-2@contoso.com')", 1],
  ['accountEnabled eq false', 1],
  ["accountEnabled ne true and displayName eq 'Person 3'", 0],
  ['mail eq null and accountEnabled eq false', 1],
])('users with %s', async (filter, count) => {
  const { json } = await graph.get(`/users?$count=true&$filter=${encodeURIComponent(filter)}`, advanced);
  expect([json.value.length, json['@odata.count']]).toEqual([count, count]);
});

test.each([
  [`/groups/${ids.parent}`, '1'],
  [`/groups/${ids.parent}/members`, '3'],
  [`/groups/${ids.parent}/members?$select=id`, '2'],
  [`/groups/${ids.parent}/transitiveMembers?$select=id`, '4'],
  [`/users?$top=5&$select=id`, '1'],
])('%s costs %s units', async (path, units) => {
  expect((await graph.get(path)).headers.get('x-ms-resource-unit')).toBe(units);
});

test('a client request id comes back', async () => {
  const { headers } = await graph.get('/users?$top=1', { 'client-request-id': ids.nobody });
  expect(headers.get('client-request-id')).toBe(ids.nobody);
});

test('a deleted user leaves her groups, is 404 by id, and stands among the deleted items', async () => {
  graph.cloud.deleteUser(ids.user(1));
  expect(await typesById(`/groups/${ids.parent}/members`)).not.toHaveProperty(ids.user(1));
  expect((await graph.get(`/users/${ids.user(1)}`)).status).toBe(404);
  expect((await graph.get(`/directory/deletedItems/${ids.user(1)}`)).json).toMatchObject({
    '@odata.type': '#microsoft.graph.user',
    id: ids.user(1),
    userPrincipalName: `${ids.user(1).replaceAll('-', '')}person-1@contoso.com`,
  });
  const listed = await graph.all('/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime');
  expect(listed).toEqual([{ id: ids.user(1), deletedDateTime: '2026-03-02T09:00:00.000Z' }]);
  graph.cloud.purgeUser(ids.user(1));
  expect((await graph.get(`/directory/deletedItems/${ids.user(1)}`)).status).toBe(404);
});

test('a name that a deleted user had can be taken by a newcomer with another id', async () => {
  const before = graph.cloud.user(ids.user(1));
  graph.cloud.deleteUser(ids.user(1));
  if (before !== undefined) graph.cloud.addUser({ ...before, id: ids.nobody });
  expect((await graph.get('/users/person-1@contoso.com')).json).toMatchObject({ id: ids.nobody });
});

test('a deleted group is 404 and nobody’s member', async () => {
  graph.cloud.deleteGroup(ids.child);
  expect((await graph.get(`/groups/${ids.child}/members`)).status).toBe(404);
  expect(await typesById(`/groups/${ids.parent}/members`)).not.toHaveProperty(ids.child);
});

test.each([
  ['finds what exists and drops the rest', [ids.user(1), ids.nobody, ids.child, ids.principal], undefined, 3],
  ['keeps to the types asked for', [ids.user(1), ids.child], ['group'], 1],
  ['tells each object once', [ids.user(1), ids.user(1).toUpperCase()], undefined, 1],
])('getByIds %s', async (_, wanted, types, count) => {
  const answer = await graph.post('/directoryObjects/getByIds', { ids: wanted, types });
  expect([answer.status, answer.json.value.length]).toEqual([200, count]);
});

test.each([
  ['no ids', {}],
  ['an id that is none', { ids: ['payments'] }],
  ['more than a thousand', { ids: Array.from({ length: 1_001 }, () => ids.nobody) }],
])('getByIds refuses %s', async (_, body) => {
  expect((await graph.post('/directoryObjects/getByIds', body)).status).toBe(400);
});
