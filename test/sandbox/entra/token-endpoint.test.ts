// Sign-in: who gets a token, how long it lives, and how refusals are worded.

import { expect, test } from 'vitest';
import { encodeToken } from '../../../src/sandbox/entra/paging.ts';
import { ids, useGraph } from './graph-session.ts';

const graph = useGraph();

const assertionForm = (claims: object): Record<string, string> => ({
  client_secret: '',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: `${encodeToken({ alg: 'RS256' })}.${encodeToken(claims)}.c2ln`,
});
const federated = {
  aud: 'api://AzureADTokenExchange',
  iss: 'https://issuer.example',
  sub: 'role',
  exp: 4_000_000_000,
};

test.each([
  ['the right secret', {}, 200, undefined],
  ['the wrong secret', { client_secret: 'wrong' }, 401, 'AADSTS7000215'],
  ['no secret', { client_secret: '' }, 400, 'AADSTS900144'],
  ['an unknown client', { client_id: ids.nobody }, 400, 'AADSTS700016'],
  ['another grant', { grant_type: 'password' }, 400, 'AADSTS70003'],
  ['a scope that is no resource', { scope: 'User.Read' }, 400, 'AADSTS1002012'],
  ['a federated assertion', assertionForm(federated), 200, undefined],
  ['an expired assertion', assertionForm({ ...federated, exp: 1 }), 401, 'AADSTS700024'],
  ['an assertion for someone else', assertionForm({ ...federated, aud: 'x' }), 401, 'AADSTS70021'],
  ['an assertion that is no token', { ...assertionForm({}), client_assertion: 'x' }, 401, 'AADSTS50027'],
])('%s', async (_, form, status, code) => {
  const answer = await graph.signIn(form);
  const described = /AADSTS\d+/.exec(JSON.stringify(answer.json['error_description'] ?? ''))?.[0];
  expect([answer.status, described]).toEqual([status, code]);
  expect('access_token' in answer.json).toBe(status === 200);
});

test('an unknown tenant is refused at discovery and at the token endpoint', async () => {
  const discovery = await graph.get(`${graph.cloud.url}/${ids.nobody}/v2.0/.well-known/openid-configuration`);
  const token = await graph.signIn({}, ids.nobody);
  for (const answer of [discovery, token])
    expect([answer.status, answer.json['error_description']]).toEqual([
      400,
      expect.stringContaining('AADSTS90002'),
    ]);
});

test('discovery names the token endpoint of this origin', async () => {
  const { json } = await graph.get(`${graph.cloud.url}/${ids.tenant}/v2.0/.well-known/openid-configuration`);
  expect(json['token_endpoint']).toBe(`${graph.cloud.url}/${ids.tenant}/oauth2/v2.0/token`);
});

test.each([
  ['none', ''],
  ['one that nobody issued', 'Bearer eyJhbGciOiJub25lIn0'],
  ['one in another scheme', 'Basic YTpi'],
])('Graph refuses a token: %s', async (_, authorization) => {
  const answer = await graph.get('/users', { authorization });
  expect([answer.status, answer.json.error.code]).toEqual([401, 'InvalidAuthenticationToken']);
});

test('a token lives for its time and not longer', async () => {
  graph.nowMs += 3_598_000;
  expect((await graph.get('/users?$top=1')).status).toBe(200);
  graph.nowMs += 1_000;
  expect((await graph.get('/users?$top=1')).status).toBe(401);
  expect((await graph.post('/$batch', { requests: [] })).status).toBe(401);
});

test('faults of the service token apply to sign-in only', async () => {
  graph.cloud.addFault({
    service: 'token',
    operation: 'token',
    times: 1,
    effect: { kind: 'error', status: 503, code: 'temporarily_unavailable', retryAfterSeconds: 3 },
  });
  expect((await graph.get('/users?$top=1')).status).toBe(200);
  const refused = await graph.signIn();
  expect([refused.status, refused.json.error, refused.headers.get('retry-after')]).toEqual([
    503,
    'temporarily_unavailable',
    '3',
  ]);
  expect((await graph.signIn()).status).toBe(200);
});
