// Scripted faults: whom they meet, how often, and what the official client makes of them.

import { GetRoleCommand, ListRolesCommand, UpdateRoleDescriptionCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fault } from '../../../src/sandbox/world.ts';
import { type Rig, admits, hubId, hubKey, refusalOf, spokeKey, startRig, trustOf } from './cloud-fixture.ts';

let rig: Rig;
const trust = trustOf(admits('a'));

beforeEach(async () => {
  rig = await startRig();
  for (const name of ['alpha', 'beta']) rig.cloud.seedRole(hubId, { name, trustDocument: trust });
});
afterEach(() => rig.stop());

const getRole = (RoleName: string) => refusalOf(rig.iam.send(new GetRoleCommand({ RoleName })));
const describeRole = (Description: string, abortSignal?: AbortSignal) =>
  rig.iam.send(
    new UpdateRoleDescriptionCommand({ RoleName: 'alpha', Description }),
    abortSignal === undefined ? {} : { abortSignal },
  );
const truth = (): string | undefined => rig.cloud.roles(hubId)[0]?.description;
const throttling: Fault['effect'] = { kind: 'error', status: 400, code: 'Throttling' };
const throttled = '400 Throttling: Rate exceeded';

const selections: readonly (readonly [string, Partial<Fault>, readonly string[]])[] = [
  ['everything', {}, [throttled, throttled, throttled]],
  ['any operation', { operation: '*' }, [throttled, throttled, throttled]],
  ['another operation', { operation: 'ListRoles' }, ['accepted', 'accepted', 'accepted']],
  ['another service', { service: 'sts' }, ['accepted', 'accepted', 'accepted']],
  ['another account', { accountId: '222233334444' }, ['accepted', 'accepted', 'accepted']],
  ['this account', { accountId: hubId }, [throttled, throttled, throttled]],
  ['a part of the role’s name', { resource: 'bet' }, ['accepted', throttled, 'accepted']],
  ['the first call', { times: 1 }, [throttled, 'accepted', 'accepted']],
  ['the second call', { skip: 1, times: 1 }, ['accepted', throttled, 'accepted']],
  ['the second call of one role', { resource: 'alpha', skip: 1 }, ['accepted', 'accepted', throttled]],
];

test.each(selections)('a fault for %s', async (_name, selection, expected) => {
  rig.cloud.addFault({ service: 'iam', operation: 'GetRole', effect: throttling, ...selection });
  const answers: string[] = [];
  for (const name of ['alpha', 'beta', 'alpha']) answers.push(await getRole(name));
  expect(answers).toEqual(expected);
});

test('faults are taken back one by one or all together', async () => {
  const remove = rig.cloud.addFault({ service: 'iam', operation: 'GetRole', effect: throttling });
  rig.cloud.addFault({ service: 'iam', operation: 'ListRoles', effect: throttling });
  remove();
  expect(await getRole('alpha')).toBe('accepted');
  expect(await refusalOf(rig.iam.send(new ListRolesCommand({})))).toBe(throttled);
  rig.cloud.clearFaults();
  expect(await refusalOf(rig.iam.send(new ListRolesCommand({})))).toBe('accepted');
});

test('IAM takes writes of an account at a rate; more are throttled, and reads never', async () => {
  rig.cloud.setWriteLimit({ perSecond: 2, burst: 2 });
  const write = () => refusalOf(describeRole('written'));
  expect([await write(), await write(), await write()]).toEqual(['accepted', 'accepted', throttled]);
  expect(await getRole('alpha')).toBe('accepted');
  rig.clock.nowMs += 500;
  expect([await write(), await write()]).toEqual(['accepted', throttled]);
  rig.clock.nowMs += 60_000;
  expect([await write(), await write(), await write()]).toEqual(['accepted', 'accepted', throttled]);
  rig.cloud.setWriteLimit(undefined);
  expect(await write()).toBe('accepted');
});

const errors: readonly (readonly [Fault['effect'] & { kind: 'error' }, RegExp])[] = [
  [
    { kind: 'error', status: 403, code: 'AccessDenied' },
    /^403 AccessDenied: User: arn:aws:iam::111122223333:user\/administrator is not authorized to perform: iam:GetRole on resource: role alpha$/,
  ],
  [
    {
      kind: 'error',
      status: 403,
      code: 'AccessDenied',
      message: 'with an explicit deny in a service control policy',
    },
    /^403 AccessDenied: with an explicit deny in a service control policy$/,
  ],
  [
    { kind: 'error', status: 409, code: 'ConcurrentModification' },
    /^409 ConcurrentModification: Multiple requests/,
  ],
  [{ kind: 'error', status: 500, code: 'ServiceFailure' }, /^500 ServiceFailure: /],
  [
    { kind: 'error', status: 503, code: 'ServiceUnavailable', retryAfterSeconds: 7 },
    /^503 ServiceUnavailable: /,
  ],
];

test.each(errors)('the error $code', async (effect, expected) => {
  rig.cloud.addFault({ service: 'iam', operation: 'GetRole', effect });
  expect(await getRole('alpha')).toMatch(expected);
  expect(rig.cloud.requests.list().at(-1)).toMatchObject({ operation: 'GetRole', status: effect.status });
});

test('an error fault keeps the write from happening, and carries Retry-After only if told', async () => {
  rig.cloud.addFault({
    service: 'iam',
    operation: 'UpdateRoleDescription',
    times: 1,
    effect: { kind: 'error', status: 503, code: 'ServiceUnavailable', retryAfterSeconds: 7 },
  });
  const error = await describeRole('new').catch((problem: unknown) => problem);
  expect(error).toMatchObject({ $response: { headers: { 'retry-after': '7' } } });
  expect(truth()).toBe('');
  rig.cloud.addFault({ service: 'iam', operation: 'UpdateRoleDescription', effect: throttling });
  const other = await describeRole('new').catch((problem: unknown) => problem);
  expect((other as { $response: { headers: object } }).$response.headers).not.toHaveProperty('retry-after');
});

test('applyThenDrop writes and tells nobody', async () => {
  rig.cloud.addFault({ service: 'iam', operation: '*', times: 1, effect: { kind: 'applyThenDrop' } });
  expect(await refusalOf(describeRole('written'))).toMatch(/socket hang up|ECONNRESET/);
  expect(truth()).toBe('written');
});

test('dropConnection neither writes nor answers', async () => {
  rig.cloud.addFault({ service: 'iam', operation: '*', times: 1, effect: { kind: 'dropConnection' } });
  expect(await refusalOf(describeRole('lost'))).toMatch(/socket hang up|ECONNRESET/);
  expect(truth()).toBe('');
  expect(rig.cloud.requests.list().at(-1)).toMatchObject({ operation: 'UpdateRoleDescription', status: 0 });
});

test('truncateBody is a 200 that no client can read', async () => {
  rig.cloud.addFault({ service: 'iam', operation: 'ListRoles', times: 1, effect: { kind: 'truncateBody' } });
  expect(await refusalOf(rig.iam.send(new ListRolesCommand({})))).not.toBe('accepted');
  expect(rig.cloud.requests.list().at(-1)).toMatchObject({ operation: 'ListRoles', status: 200 });
});

/** Resolves as soon as the sandbox has served one more request. */
const served = async (count: number): Promise<void> => {
  while (rig.cloud.requests.list().length < count) await new Promise((resolve) => setImmediate(resolve));
};

test.each([
  ['hang', { kind: 'hang' } as const, ''],
  ['a long delay', { kind: 'delay', ms: 3_600_000 } as const, 'patient'],
])('with %s the caller gives up, and the write stands as told', async (_name, effect, description) => {
  rig.cloud.addFault({ service: 'iam', operation: 'UpdateRoleDescription', effect });
  const caller = new AbortController();
  const answer = refusalOf(describeRole('patient', caller.signal));
  await served(1);
  // A whole exchange later, there is still no answer.
  expect(await getRole('beta')).toBe('accepted');
  caller.abort();
  expect(await answer).toMatch(/AbortError/);
  expect(truth()).toBe(description);
});

test('latency holds back every answer, and stopping does not wait for it', async () => {
  rig.cloud.setLatency(3_600_000);
  const answer = refusalOf(describeRole('late'));
  await served(1);
  expect(truth()).toBe('late');
  await rig.cloud.stop();
  expect(await answer).not.toBe('accepted');
});

test('the list of requests says what was served, for which account and role', async () => {
  await getRole('alpha');
  await getRole('nobody');
  await rig.stsAs(spokeKey).send(new GetCallerIdentityCommand({}));
  await refusalOf(rig.iamAs({ ...spokeKey, secretAccessKey: 'wrong' }).send(new ListRolesCommand({})));
  const atMs = rig.clock.nowMs;
  expect(rig.cloud.requests.list()).toEqual([
    { service: 'iam', operation: 'GetRole', accountId: hubId, resource: 'alpha', status: 200, atMs },
    { service: 'iam', operation: 'GetRole', accountId: hubId, resource: 'nobody', status: 404, atMs },
    { service: 'sts', operation: 'GetCallerIdentity', accountId: '222233334444', status: 200, atMs },
    { service: 'iam', operation: 'ListRoles', status: 403, atMs },
  ]);
  rig.cloud.requests.clear();
  expect(rig.cloud.requests.list()).toEqual([]);
});

test('an action that does not exist, and a parameter that is missing, are refused as AWS refuses them', async () => {
  const iam = rig.iamAs(hubKey);
  iam.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string; headers: Record<string, string> };
      request.body = request.body.replace('Action=ListRoles', 'Action=MakeRoles');
      request.headers['content-length'] = String(request.body.length);
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  expect(await refusalOf(iam.send(new ListRolesCommand({})))).toBe(
    '400 InvalidAction: Could not find operation MakeRoles for version 2010-05-08',
  );
  expect(await refusalOf(iam.send(new GetRoleCommand({ RoleName: undefined })))).toBe(
    "400 ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
  );
});
