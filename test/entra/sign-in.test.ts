// The ways to sign in, through the real @azure/identity against the sandbox's token endpoint.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { EntraCredential } from '../../src/domain/policy.ts';
import { entraCredential } from '../../src/entra/credential.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { makeLoopbackCertificate } from '../../src/sandbox/certificate.ts';
import { ids, problemOf, uuid, valueOf } from './contoso.ts';
import { clientSecret, type GraphHarness, startGraphHarness } from './graph-harness.ts';

let harness: GraphHarness;
let folder = '';
let env: Readonly<Record<string, string>> = {};

const workloadToken = (aud = 'api://AzureADTokenExchange'): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(harness.clock.now() / 1000) + 3600;
  const claims = { aud, iss: 'https://issuer.test', sub: 'rolewarden', exp };
  return `${part({ alg: 'RS256' })}.${part(claims)}.signature`;
};

beforeAll(async () => {
  harness = await startGraphHarness();
  folder = await mkdtemp(join(tmpdir(), 'rolewarden-'));
  // The assertion is signed with RSA; which certificate the key belongs to only Entra would check.
  const { certificatePem } = await makeLoopbackCertificate();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const locked = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
    .toString();
  await writeFile(join(folder, 'client.pem'), `${plain}\n${certificatePem}\n`);
  await writeFile(join(folder, 'locked.pem'), `${locked}\n${certificatePem}\n`);
  await writeFile(join(folder, 'token'), workloadToken());
  await writeFile(join(folder, 'nonsense.pem'), 'nonsense');
  env = {
    AZURE_CLIENT_ID: ids.client,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'client.pem'),
    AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token'),
  };
});
afterAll(async () => {
  await harness.cloud.stop();
  await rm(folder, { recursive: true });
});

const asked: string[] = [];
let vouching: () => Promise<string> = async () => workloadToken();

const standing = async (credential: EntraCredential, change: Readonly<Record<string, string>> = {}) => {
  const settings = { ...harness.settings, credential };
  const directory = openEntraDirectory({
    settings,
    credential: entraCredential(settings, { ...env, ...change }, (audience) => {
      asked.push(audience);
      return vouching();
    }),
    clock: harness.clock,
    sleep: harness.sleep,
  });
  const readings = await directory.readStandings([uuid('a', 1)], new AbortController().signal);
  return readings.get(uuid('a', 1));
};

it.each<EntraCredential>(['clientSecret', 'certificate', 'tokenFile', 'awsRole'])(
  'signs in by %s',
  async (credential) => {
    expect(valueOf(await standing(credential)).is).toBe('enabled');
  },
);

it('asks whoever vouches for us for a token that is for Entra', async () => {
  asked.length = 0;
  await standing('awsRole');
  expect(asked).toEqual(['api://AzureADTokenExchange']);
});

it('waits for a federated credential that Entra does not know everywhere yet', async () => {
  asked.length = 0;
  vouching = async () => workloadToken(asked.length < 3 ? 'not-known-yet' : undefined);
  const reading = await standing('awsRole');
  vouching = async () => workloadToken();
  expect(valueOf(reading).is).toBe('enabled');
  expect(asked).toHaveLength(3);
});

it('says what whoever vouches for us says', async () => {
  const refused = new AppError('denied', 'STS vouches for nobody');
  vouching = () => Promise.reject(refused);
  const problem = problemOf(await standing('awsRole'));
  vouching = async () => workloadToken();
  expect([problem.kind, problem.message]).toEqual(['denied', refused.message]);
});

it.each([
  ['open', 'present'],
  ['wrong', 'unreadable'],
])("reads a locked certificate with the password '%s': %s", async (password, state) => {
  const change = {
    AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'locked.pem'),
    AZURE_CLIENT_CERTIFICATE_PASSWORD: password,
  };
  const reading = await standing('certificate', change);
  expect(reading?.state).toBe(state);
  expect(reading?.state === 'unreadable' ? reading.problem.kind : 'invalid').toBe('invalid');
});

it('says which file is missing', async () => {
  const problem = problemOf(
    await standing('tokenFile', { AZURE_FEDERATED_TOKEN_FILE: join(folder, 'gone') }),
  );
  expect([problem.kind, problem.resource]).toEqual(['invalid', 'AZURE_FEDERATED_TOKEN_FILE']);
});

it('is unreadable with a certificate that is none', async () => {
  const change = { AZURE_CLIENT_CERTIFICATE_PATH: join(folder, 'nonsense.pem') };
  expect((await standing('certificate', change))?.state).toBe('unreadable');
});
