// The control API: every route does what it says, and every wrong body is told what is wrong.

import { beforeEach, expect, test } from 'vitest';
import { controlRoutes } from '../../src/sandbox/control.ts';
import { demoIds, demoWorld } from '../../src/sandbox/demo-world.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const { dev } = demoIds.accounts;
const { onCall1, platform1 } = demoIds.users;
const { paymentsOnCall } = demoIds.groups;
const group = '/groups/Payments%20On-call';
const role = `/accounts/${dev}/roles/payments-oncall`;
const trust = { Version: '2012-10-17', Statement: [] };

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox({ world: demoWorld() });
  sandbox.aws.seedRole(dev, {
    name: 'payments-oncall',
    path: '/rolewarden/',
    trustDocument: JSON.stringify(trust),
    inlinePolicies: { 'by-hand': JSON.stringify(trust) },
    tags: { 'rolewarden:instance': 'demo' },
  });
  return () => sandbox.stop();
});

/** As much of the answers as tests look at. */
interface ControlJson {
  readonly routes: readonly { readonly route: string; readonly example: string }[];
  readonly id: string;
  readonly code: string;
  readonly total: number;
  readonly error: string;
}

const call = async (method: string, path: string, body?: unknown) => {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.controlUrl}${path}`, init);
  return { status: response.status, json: (await response.json()) as ControlJson };
};
const roleNow = () => sandbox.aws.roles(dev).find(({ name }) => name === 'payments-oncall');

test('GET / lists every route with an example that works', async () => {
  const { aws, entra } = sandbox;
  const routes = controlRoutes({ world: demoWorld(), aws, entra, doors: sandbox });
  const { json } = await call('GET', '/');
  expect(json.routes.map(({ route }) => route)).toEqual(
    routes.map(({ method, path }) => `${method} ${path}`),
  );
  expect(json.routes[0]?.example).toMatch(/^curl -s 'http:\/\/127\.0\.0\.1:\d+\/world'$/);
});

const exampleRoutes = (() => {
  // Only the table is wanted here; the parts are never called.
  const world = demoWorld();
  const nothing = {} as never;
  return controlRoutes({ world, aws: nothing, entra: nothing, doors: nothing });
})();

test.each(exampleRoutes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  'the example of %s is accepted',
  async (_, { method, path, example }) => {
    if (path.endsWith('/purge')) sandbox.entra.deleteUser(onCall1);
    if (path === '/groups/:group/assignments/:user')
      sandbox.entra.activate(onCall1, paymentsOnCall, { durationMs: 60_000 });
    if (path === '/faults/:id')
      await call('POST', '/faults', { service: 'iam', operation: '*', effect: { kind: 'hang' } });
    expect(await call(method, example.path, example.body)).toMatchObject({ status: 200 });
  },
);

test.each([
  [
    'PUT',
    `${group}/members/platform-1@contoso.com`,
    undefined,
    () => sandbox.entra.members(paymentsOnCall).includes(platform1),
  ],
  [
    'DELETE',
    `${group}/members/${onCall1}`,
    undefined,
    () => !sandbox.entra.members(paymentsOnCall).includes(onCall1),
  ],
  [
    'POST',
    '/users/oncall-1@contoso.com/disable',
    undefined,
    () => sandbox.entra.user(onCall1)?.accountEnabled === false,
  ],
  [
    'POST',
    '/users',
    { id: onCall1.replace('b', '9'), userPrincipalName: 'x@contoso.com' },
    () => sandbox.entra.user('x@contoso.com') !== undefined,
  ],
  [
    'PATCH',
    `/users/${onCall1}`,
    { userPrincipalName: 'y@contoso.com' },
    () => sandbox.entra.user('y@contoso.com')?.id === onCall1,
  ],
  ['DELETE', `/users/${onCall1}`, undefined, () => sandbox.entra.deletedUsers().length === 1],
  [
    'POST',
    '/groups',
    { displayName: 'New', members: [onCall1] },
    () =>
      sandbox.entra
        .groups()
        .some(({ displayName, members }) => displayName === 'New' && members.includes(onCall1)),
  ],
  [
    'PATCH',
    group,
    { displayName: 'Duty' },
    () => sandbox.entra.groups().some(({ displayName }) => displayName === 'Duty'),
  ],
  ['DELETE', group, undefined, () => sandbox.entra.groups().length === 4],
  [
    'POST',
    `${group}/activations`,
    { user: 'platform-1@contoso.com', minutes: 5, justification: 'now', ticket: 'INC-42' },
    () => sandbox.entra.members(paymentsOnCall).includes(platform1),
  ],
  [
    'POST',
    `${group}/assignments`,
    { user: platform1, endMs: Date.parse('2999-01-01T00:00:00Z') },
    () =>
      sandbox.entra
        .assignments(paymentsOnCall)
        .some(({ principalId, type }) => principalId === platform1 && type === 'Assigned'),
  ],
  [
    'PUT',
    `${role}/trust`,
    { ...trust, Id: 'x' },
    () => JSON.parse(roleNow()?.trustDocument ?? '').Id === 'x',
  ],
  ['PUT', `${role}/inline-policies/extra`, trust, () => 'extra' in (roleNow()?.inlinePolicies ?? {})],
  [
    'DELETE',
    `${role}/inline-policies/by-hand`,
    undefined,
    () => !('by-hand' in (roleNow()?.inlinePolicies ?? {})),
  ],
  [
    'PUT',
    `${role}/attachments`,
    { arn: 'arn:aws:iam::aws:policy/X' },
    () => roleNow()?.attachedPolicyArns[0] === 'arn:aws:iam::aws:policy/X',
  ],
  ['PUT', `${role}/tags`, { a: 'b' }, () => JSON.stringify(roleNow()?.tags) === '{"a":"b"}'],
  [
    'PATCH',
    role,
    { maxSessionSeconds: 7_200, description: 'd' },
    () => roleNow()?.maxSessionSeconds === 7_200 && roleNow()?.description === 'd',
  ],
  ['DELETE', role, undefined, () => roleNow() === undefined],
  [
    'POST',
    `/accounts/${dev}/roles`,
    { name: 'foreign', trustDocument: trust },
    () => sandbox.aws.roles(dev).some(({ name, path }) => name === 'foreign' && path === '/'),
  ],
])('%s %s changes the world', async (method, path, body, holds) => {
  expect(holds()).toBe(false);
  expect(await call(method, path, body)).toMatchObject({ status: 200 });
  expect(holds()).toBe(true);
});

const effect = { kind: 'hang' };

test.each([
  ['no JSON', 'POST', '/users', 'text', 400, 'no JSON'],
  ['a missing field', 'POST', '/users', {}, 400, "must have required property 'userPrincipalName'"],
  ['an unknown field', 'PATCH', `/users/${onCall1}`, { shoeSize: 1 }, 400, '("shoeSize")'],
  [
    'several mistakes at once',
    'POST',
    '/groups',
    { id: 1, displayName: '' },
    400,
    'body.id must be string; body.displayName',
  ],
  [
    'a document without statements',
    'PUT',
    `${role}/trust`,
    {},
    400,
    "must have required property 'Statement'",
  ],
  [
    'an unknown service',
    'POST',
    '/faults',
    { service: 's3', operation: '*', effect },
    400,
    'iam, sts, ecs, ssm, dynamodb, graph, token',
  ],
  [
    'an unknown effect',
    'POST',
    '/faults',
    { service: 'iam', operation: '*', effect: { kind: 'x' } },
    400,
    'body.effect',
  ],
  [
    'an error without a status',
    'POST',
    '/faults',
    { service: 'iam', operation: '*', effect: { kind: 'error', code: 'x' } },
    400,
    "'status'",
  ],
  ['staleness in words', 'PUT', '/stale-reads', { ms: 'long' }, 400, 'body.ms must be number'],
  ['an unknown user', 'DELETE', '/users/nobody@contoso.com', undefined, 404, 'nobody@contoso.com'],
  ['an unknown group', 'GET', '/groups/x/members', undefined, 404, 'the groups are: Payments On-call'],
  [
    'an activation of no length',
    'POST',
    `${group}/activations`,
    { user: 'x', minutes: 0 },
    400,
    'body.minutes',
  ],
  ['an activation of nobody', 'POST', `${group}/activations`, { user: 'x', minutes: 1 }, 404, "no user 'x'"],
  ['an assignment without a user', 'POST', `${group}/assignments`, {}, 400, "required property 'user'"],
  [
    'an unknown kind of access',
    'POST',
    `${group}/assignments`,
    { user: 'x', access: 'guest' },
    400,
    'body.access',
  ],
  [
    'the end of nothing',
    'DELETE',
    `${group}/assignments/platform-1@contoso.com`,
    undefined,
    404,
    'platform-1@contoso.com has neither an activation nor an assignment in Payments On-call',
  ],
  ['a member lag in words', 'PUT', '/member-lag', { ms: 'long' }, 400, 'body.ms must be number'],
  ['an unknown refusal', 'PUT', '/pim-access', { access: 'maybe' }, 400, 'granted, noPermission, noLicence'],
  ['a stranger as member', 'PUT', `${group}/members/x`, undefined, 404, 'x'],
  [
    'someone who is no member',
    'DELETE',
    `${group}/members/${platform1}`,
    undefined,
    404,
    'no member of Payments On-call',
  ],
  [
    'an unknown account',
    'GET',
    '/accounts/1/roles',
    undefined,
    404,
    `the accounts are: ${demoIds.accounts.hub}`,
  ],
  ['an unknown role', 'GET', `/accounts/${dev}/roles/x`, undefined, 404, 'its roles are: payments-oncall'],
  ['an unknown inline policy', 'DELETE', `${role}/inline-policies/x`, undefined, 404, "inline policy 'x'"],
  ['an unknown fault', 'DELETE', '/faults/7', undefined, 404, 'GET /faults lists them'],
  [
    'a role twice',
    'POST',
    `/accounts/${dev}/roles`,
    { name: 'PAYMENTS-oncall', trustDocument: trust },
    409,
    'already has a role',
  ],
  [
    'a principal name twice',
    'POST',
    '/users',
    { userPrincipalName: 'oncall-1@contoso.com' },
    409,
    'already belongs',
  ],
  ['an unknown route', 'GET', '/rolls', undefined, 404, 'GET / lists every route'],
])('%s is refused with a reason', async (_, method, path, body, status, message) => {
  const raw = typeof body === 'string' ? { method, body } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.controlUrl}${path}`, body === undefined ? { method } : raw);
  expect([response.status, ((await response.json()) as ControlJson).error]).toEqual([
    status,
    expect.stringContaining(message),
  ]);
});

test('entering by principal name tells what STS says', async () => {
  const entry = { userId: 'oncall-1@contoso.com', accountId: dev, roleName: 'payments-oncall' };
  expect((await call('POST', '/enter', entry)).json).toMatchObject({ admitted: false, code: 'AccessDenied' });
});

test('what her browser would take to AWS is shown, and nothing of somebody whom Entra does not let in', async () => {
  const entry = { userId: 'oncall-1@contoso.com', accountId: dev, roleName: 'payments-oncall' };
  const { json } = await call('POST', '/sign-in', entry);
  const { SAMLResponse: response } = json as unknown as { readonly SAMLResponse: string };
  expect(Buffer.from(response, 'base64').toString('utf8')).toContain(`>${onCall1}</NameID>`);
  sandbox.entra.updateUser(onCall1, { accountEnabled: false });
  expect(await call('POST', '/sign-in', entry)).toMatchObject({
    status: 400,
    json: { error: expect.stringContaining('disabled') },
  });
});

test('faults reach their cloud, are listed, and can be taken back', async () => {
  const fault = {
    service: 'sts',
    operation: '*',
    effect: { kind: 'error', status: 503, code: 'ServiceUnavailable' },
  };
  const entry = { userId: onCall1, accountId: dev, roleName: 'payments-oncall' };
  const code = async () => (await call('POST', '/enter', entry)).json.code;
  const { json } = await call('POST', '/faults', fault);
  expect((await call('GET', '/faults')).json).toEqual([{ id: json.id, ...fault }]);
  expect(await code()).toBe('ServiceUnavailable');
  await call('DELETE', `/faults/${json.id}`);
  expect(await code()).toBe('AccessDenied');
  await call('POST', '/faults', fault);
  await call('DELETE', '/faults');
  expect(await code()).toBe('AccessDenied');
  expect((await call('GET', '/faults')).json).toEqual([]);
});

test('an activation is shown with its end, and ends when she is taken out', async () => {
  const body = { user: 'platform-1@contoso.com', minutes: 5 };
  const { json } = await call('POST', `${group}/activations`, body);
  expect(json).toMatchObject({ principalId: platform1, type: 'Activated', end: expect.any(String) });
  expect((await call('GET', `${group}/assignments`)).json).toEqual([json]);
  await call('DELETE', `${group}/assignments/platform-1@contoso.com`);
  expect((await call('GET', `${group}/assignments`)).json).toEqual([]);
  expect(sandbox.entra.members(paymentsOnCall)).not.toContain(platform1);
});

test('with a member lag the group is late', async () => {
  await call('PUT', '/member-lag', { ms: 3_600_000 });
  await call('POST', `${group}/activations`, { user: 'platform-1@contoso.com', minutes: 5 });
  expect(sandbox.entra.members(paymentsOnCall)).not.toContain(platform1);
});

test('requests are counted by service and operation, narrowed, and forgotten', async () => {
  await call('POST', '/enter', { userId: onCall1, accountId: dev, roleName: 'payments-oncall' });
  await call('POST', '/enter', { userId: onCall1, accountId: dev, roleName: 'payments-oncall' });
  const { json } = await call('GET', '/requests');
  expect(json).toMatchObject({ total: 2, counts: { sts: { AssumeRoleWithSAML: 2 } } });
  expect((await call('GET', '/requests?service=iam')).json.total).toBe(0);
  await call('DELETE', '/requests');
  expect((await call('GET', '/requests')).json.total).toBe(0);
});

test('the world shows roles and people, and no secret', async () => {
  const { json } = await call('GET', '/world');
  const text = JSON.stringify(json);
  expect(text).toContain('payments-oncall');
  expect(text).toContain('oncall-1@contoso.com');
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'AZURE_CLIENT_SECRET'])
    expect(text).not.toContain(sandbox.environment[name]);
});
