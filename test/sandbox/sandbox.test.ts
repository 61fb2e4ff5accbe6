// The assembled cloud: people enter or are refused, and other processes can use it by their environment alone.

import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { demoIds, demoWorld } from '../../src/sandbox/demo-world.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

const run = promisify(execFile);
const { dev, prod } = demoIds.accounts;
const { onCall1, onCall2 } = demoIds.users;
const audience = 'https://signin.aws.amazon.com/saml';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox({ world: demoWorld() });
  return () => sandbox.stop();
});

const admit = (...userIds: string[]) => ({
  name: 'payments-oncall',
  path: '/rolewarden/',
  trustDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${dev}:saml-provider/EntraID` },
        Action: 'sts:AssumeRoleWithSAML',
        Condition: {
          StringEquals: { 'saml:aud': audience, 'saml:sub': userIds, 'saml:sub_type': 'persistent' },
        },
      },
    ],
  }),
});

const attempt = (userId: string, rest: { accountId?: string; roleName?: string; audience?: string } = {}) =>
  sandbox.enter({ userId, accountId: dev, roleName: 'payments-oncall', ...rest });

test('who is trusted enters; who is not is refused by STS', async () => {
  sandbox.aws.seedRole(dev, admit(onCall1));
  expect(await attempt(onCall1)).toMatchObject({
    admitted: true,
    code: 'OK',
    message: `arn:aws:sts::${dev}:assumed-role/payments-oncall/${onCall1}`,
  });
  expect(await attempt(onCall2)).toMatchObject({ admitted: false, code: 'AccessDenied' });
});

test.each([
  ['another audience', { audience: 'https://example.com/saml' }],
  ['a role that is not there', { roleName: 'payments-admin' }],
  ['another account', { accountId: prod }],
])('%s is refused by STS', async (_, rest) => {
  sandbox.aws.seedRole(dev, admit(onCall1));
  expect(await attempt(onCall1, rest)).toMatchObject({ admitted: false, code: 'AccessDenied' });
});

test.each([
  ['disabled', 'AADSTS50057', () => sandbox.entra.updateUser(onCall1, { accountEnabled: false })],
  ['deleted', 'AADSTS50057', () => sandbox.entra.deleteUser(onCall1)],
  [
    'purged',
    'AADSTS50034',
    () => {
      sandbox.entra.deleteUser(onCall1);
      sandbox.entra.purgeUser(onCall1);
    },
  ],
])('a user who is %s does not even reach STS', async (_, code, change) => {
  sandbox.aws.seedRole(dev, admit(onCall1));
  change();
  expect(await attempt(onCall1)).toMatchObject({ admitted: false, code });
  expect(sandbox.aws.requests.list()).toEqual([]);
});

test('an account without a SAML provider cannot be entered', async () => {
  const { hub } = demoIds.accounts;
  await expect(attempt(onCall1, { accountId: hub })).rejects.toThrow(`account ${hub} has no SAML provider`);
});

const child = `
  import { EnvironmentCredential } from '@azure/identity';
  import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
  const credential = new EnvironmentCredential({ disableInstanceDiscovery: true });
  const { token } = await credential.getToken('https://graph.microsoft.com/.default');
  const url = process.env.AZURE_AUTHORITY_HOST + '/v1.0/groups?$select=displayName';
  const groups = await (await fetch(url, { headers: { authorization: 'Bearer ' + token } })).json();
  const roles = await new IAMClient({}).send(new ListRolesCommand({}));
  console.log(JSON.stringify({ groups: groups.value.length, roles: roles.Roles.length }));
`;

test('a process needs nothing but the environment to use it', async () => {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...sandbox.environment };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', child], { env });
  expect(JSON.parse(stdout)).toEqual({ groups: 5, roles: sandbox.aws.roles(demoIds.accounts.hub).length });
});

test('stop frees the ports and removes the folder with the CA', async () => {
  const caFile = sandbox.environment['NODE_EXTRA_CA_CERTS'] ?? '';
  expect(await readFile(caFile, 'utf8')).toBe(sandbox.entra.caCertificatePem);
  const other = await startSandbox({ world: demoWorld() });
  await other.stop();
  const port = (url: string) => Number(new URL(url).port);
  const ports = { aws: port(other.aws.url), entra: port(other.entra.url), control: port(other.controlUrl) };
  const again = await startSandbox({ world: demoWorld(), ports });
  expect([again.aws.url, again.entra.url, again.controlUrl]).toEqual([
    other.aws.url,
    other.entra.url,
    other.controlUrl,
  ]);
  await again.stop();
  await expect(access(again.environment['SSL_CERT_FILE'] ?? '')).rejects.toThrow('ENOENT');
});

test('a port that is taken fails the start, which leaves nothing behind', async () => {
  const ports = { control: Number(new URL(sandbox.controlUrl).port) };
  await expect(startSandbox({ world: demoWorld(), ports })).rejects.toThrow('EADDRINUSE');
});
