// Who may call: keys, signatures, sessions and the accounts they act in.

import { CreateRoleCommand, GetRoleCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Rig,
  hubId,
  hubKey,
  refusalOf,
  spokeId,
  spokeKey,
  startMs,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

const spokeArn = `arn:aws:iam::${spokeId}:role/spoke`;
const whoAmI = (credentials: Parameters<Rig['stsAs']>[0]) =>
  rig.stsAs(credentials).send(new GetCallerIdentityCommand({}));

const assume = (
  more: Partial<AssumeRoleCommandInput> = {},
  credentials: Parameters<Rig['stsAs']>[0] = hubKey,
) =>
  rig.stsAs(credentials).send(
    new AssumeRoleCommand({
      RoleArn: spokeArn,
      RoleSessionName: 'rolewarden',
      ExternalId: 'hub-to-spoke',
      ...more,
    }),
  );

const credentialsOf = (answer: Awaited<ReturnType<typeof assume>>) => ({
  accessKeyId: answer.Credentials?.AccessKeyId ?? '',
  secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
  sessionToken: answer.Credentials?.SessionToken ?? '',
});

const mismatch = /^403 SignatureDoesNotMatch: The request signature we calculated does not match/;
const invalid = /^403 InvalidClientTokenId: The security token included in the request is invalid\.$/;

test.each([
  ['the right key', hubKey, /^accepted$/],
  ['an unknown key', { ...hubKey, accessKeyId: 'AKIANOBODY' }, invalid],
  ['another account’s secret', { ...hubKey, secretAccessKey: spokeKey.secretAccessKey }, mismatch],
  ['a session token that belongs to no session', { ...hubKey, sessionToken: 'made-up' }, invalid],
])('with %s', async (_name, credentials, expected) => {
  expect(await refusalOf(whoAmI(credentials))).toMatch(expected);
  expect(await refusalOf(rig.iamAs(credentials).send(new ListRolesCommand({})))).toMatch(expected);
});

test('a request without a signature is refused', async () => {
  const body = new URLSearchParams({ Action: 'ListRoles', Version: '2010-05-08' });
  const answer = await fetch(rig.cloud.url, { method: 'POST', body });
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
  ]);
});

test('a request that was changed after it was signed is refused', async () => {
  const iam = rig.iamAs(hubKey);
  iam.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string };
      request.body = request.body.replace('alpha', 'omega');
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  expect(await refusalOf(iam.send(new GetRoleCommand({ RoleName: 'alpha' })))).toMatch(mismatch);
});

test('each key acts in its own account', async () => {
  const trust = trustOf({ Effect: 'Allow', Principal: { AWS: hubId }, Action: 'sts:AssumeRole' });
  await rig
    .iamAs(spokeKey)
    .send(new CreateRoleCommand({ RoleName: 'only-here', AssumeRolePolicyDocument: trust }));
  expect(rig.cloud.roles(hubId)).toEqual([]);
  expect(rig.cloud.roles(spokeId).map((role) => role.name)).toEqual(['only-here', 'spoke']);
  expect(await whoAmI(spokeKey)).toMatchObject({
    Account: spokeId,
    Arn: `arn:aws:iam::${spokeId}:user/administrator`,
  });
});

const denied =
  /^403 AccessDenied: User: arn:aws:iam::\d{12}:user\/administrator is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::/;

test.each([
  ['with its external id', {}, hubKey, /^accepted$/],
  ['without the external id', { ExternalId: undefined }, hubKey, denied],
  ['with another external id', { ExternalId: 'guess' }, hubKey, denied],
  ['from an account it does not trust', {}, spokeKey, denied],
  ['that does not exist', { RoleArn: `arn:aws:iam::${spokeId}:role/none` }, hubKey, denied],
  ['of an account that does not exist', { RoleArn: 'arn:aws:iam::999988887777:role/spoke' }, hubKey, denied],
  [
    'for longer than it allows',
    { DurationSeconds: 3_601 },
    hubKey,
    /^400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration/,
  ],
  ['for too short', { DurationSeconds: 899 }, hubKey, /^400 ValidationError/],
  ['under a name with a space', { RoleSessionName: 'a b' }, hubKey, /^400 ValidationError/],
])('entering a spoke role %s', async (_name, more, credentials, expected) => {
  expect(await refusalOf(assume(more, credentials))).toMatch(expected);
});

test('a session acts in the account of its role until it expires', async () => {
  const answer = await assume({ DurationSeconds: 900 });
  const session = credentialsOf(answer);
  expect(answer.Credentials?.Expiration).toEqual(new Date(startMs + 900_000));
  expect(await whoAmI(session)).toMatchObject({
    Account: spokeId,
    Arn: `arn:aws:sts::${spokeId}:assumed-role/spoke/rolewarden`,
    UserId: expect.stringMatching(/^AROA\w{17}:rolewarden$/) as string,
  });
  const iam = rig.iamAs(session);
  const listed = await iam.send(new ListRolesCommand({}));
  expect(listed.Roles?.map((role) => role.Arn)).toEqual([spokeArn]);
  const { sessionToken, ...withoutToken } = session;
  expect(sessionToken).not.toBe('');
  expect(await refusalOf(whoAmI(withoutToken))).toMatch(invalid);

  rig.clock.nowMs = startMs + 899_999;
  expect(await refusalOf(iam.send(new ListRolesCommand({})))).toBe('accepted');
  rig.clock.nowMs = startMs + 900_000;
  expect(await refusalOf(iam.send(new ListRolesCommand({})))).toBe(
    '403 ExpiredToken: The security token included in the request is expired',
  );
});

test('a session that enters another role gets an hour at most', async () => {
  const session = credentialsOf(await assume());
  rig.cloud.seedRole(hubId, {
    name: 'next',
    maxSessionSeconds: 43_200,
    trustDocument: trustOf({ Effect: 'Allow', Principal: { AWS: spokeArn }, Action: 'sts:AssumeRole' }),
  });
  const next = { RoleArn: `arn:aws:iam::${hubId}:role/next`, ExternalId: undefined };
  expect(await refusalOf(assume({ ...next, DurationSeconds: 3_600 }, session))).toBe('accepted');
  expect(await refusalOf(assume({ ...next, DurationSeconds: 3_601 }, session))).toBe(
    '400 ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
});

test('a spoke whose trust was taken away lets nobody in any more', async () => {
  rig.cloud.editRole(spokeId, 'spoke', (role) => {
    role.trustDocument = trustOf({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
  });
  expect(await refusalOf(assume())).toMatch(denied);
});
