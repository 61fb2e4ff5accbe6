// The command as a reader runs it: what it refuses without touching anything, what it prints, and what becomes of it when it is
// interrupted or killed. Everything it could reach is on loopback.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ids } from '../entra/contoso.ts';
import { type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { experiments } from './experiments.ts';
import { type GraphStandIn, startGraphStandIn } from './graph-stand-in.ts';
import { accountId, clientSecret, keys, world } from './sandbox-clouds.ts';

let aws: AwsCloud;
let graph: GraphStandIn;
let folder: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  aws = await startAwsCloud({
    accounts: [
      { accountId, ...keys, samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] },
    ],
  });
  graph = await startGraphStandIn({
    world,
    clock: Date.now,
    issue: (claims) => aws.issueWebIdentityToken(claims as Parameters<AwsCloud['issueWebIdentityToken']>[0]),
  });
  folder = await mkdtemp(join(tmpdir(), 'rolewarden-conformance-test-'));
  await writeFile(join(folder, 'ca.pem'), graph.caCertificatePem);
});
afterAll(async () => {
  await Promise.all([aws.stop(), graph.stop(), rm(folder, { recursive: true })]);
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  aws.requests.clear();
  graph.requests.clear();
});

/** Nothing of the machine: no profile, no metadata service, no proxy. */
const bare = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
const ofAws = () => ({
  ROLEWARDEN_CONFORMANCE_ACCOUNT: accountId,
  AWS_ENDPOINT_URL: aws.url,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
});
const ofEntra = () => ({
  ROLEWARDEN_CONFORMANCE_TENANT: ids.tenant,
  ROLEWARDEN_CONFORMANCE_GRAPH: graph.url,
  AZURE_AUTHORITY_HOST: graph.url,
  AZURE_CLIENT_ID: ids.client,
  AZURE_CLIENT_SECRET: clientSecret,
  NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
});

const main = join(import.meta.dirname, 'main.ts');

const start = (args: readonly string[], env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...bare, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return { child, ended };
};
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => start(args, env).ended;

describe('nothing is touched', () => {
  test('without an account or a tenant, and it is said what is needed', async () => {
    const { code, out, err } = await run([], {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    });
    expect([code, out]).toEqual([2, '']);
    for (const word of [
      'ROLEWARDEN_CONFORMANCE_ACCOUNT',
      'ROLEWARDEN_CONFORMANCE_TENANT',
      'USD',
      'iam:',
      'Group.ReadWrite.All',
    ])
      expect(err).toContain(word);
    expect([aws.requests.list(), graph.requests.list()]).toEqual([[], []]);
  });

  test.each([['run'], ['--clean']])('in an account that was not named: %s', async (flag) => {
    const args = flag === 'run' ? [] : [flag];
    const { code, err } = await run(args, { ...ofAws(), ROLEWARDEN_CONFORMANCE_ACCOUNT: '999988887777' });
    expect(code).toBe(2);
    expect(err.trim()).toBe(
      `Refusal: ROLEWARDEN_CONFORMANCE_ACCOUNT is 999988887777, but the credentials are of account ${accountId}: nothing was touched`,
    );
    expect(aws.requests.list().map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
  });

  test('in a tenant that the token is not of', async () => {
    const { code, err } = await run([], {
      ...ofEntra(),
      AZURE_TENANT_ID: ids.tenant,
      ROLEWARDEN_CONFORMANCE_TENANT: ids.nobody,
    });
    expect(code).toBe(2);
    expect(err).toContain('AZURE_TENANT_ID');
    expect(graph.requests.list()).toEqual([]);
  });

  test('when AWS is right and Entra refuses', async () => {
    const { code, err } = await run([], { ...ofAws(), ...ofEntra(), AZURE_CLIENT_SECRET: 'wrong' });
    expect([code, err]).toEqual([2, expect.stringContaining('Entra gives no token')]);
    expect(aws.requests.list().map(({ operation }) => operation)).toEqual(['GetCallerIdentity']);
    expect(graph.requests.list()).toEqual([]);
  });

  test('with words or settings that are wrong', async () => {
    const words = await run(['--only', 'saml'], ofAws());
    expect([words.code, words.err]).toEqual([
      2,
      '--only saml: there is no such experiment; --list names them\n',
    ]);
    const settings = await run([], { ...ofAws(), ROLEWARDEN_CONFORMANCE_ACCOUNT: 'prod' });
    expect([settings.code, settings.err]).toEqual([
      2,
      expect.stringContaining('an account id has twelve digits'),
    ]);
    expect(aws.requests.list()).toEqual([]);
  });

  test('by --list, --help, and by what is done by hand', async () => {
    const list = await run(['--list'], ofAws());
    for (const { name, claim } of experiments) expect(list.out).toContain(`${name}\n  claim     ${claim}`);
    const byHand = await run(['--only', 'members-in-group-webhook'], ofAws());
    expect([byHand.code, byHand.out]).toEqual([0, expect.stringMatching(/\n {4}1\. serve an https address/)]);
    const help = await run(['--help'], ofAws());
    expect([list.code, help.code, help.out]).toEqual([0, 0, expect.stringContaining('Exit codes')]);
    expect(aws.requests.list()).toEqual([]);
  });
});

const quick = [
  'trust-names-missing-provider',
  'not-found-body',
  'unauthorized-body',
  'members-in-group-webhook',
  'exec-by-service-name-tag',
];
const only = (...names: readonly string[]): readonly string[] => names.flatMap((name) => ['--only', name]);

describe('a run', () => {
  test('as a table', async () => {
    const { code, out } = await run(only(...quick), { ...ofAws(), ...ofEntra() });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^as expected +trust-names-missing-provider\n {2}claim .*\[aws\.md §11\.4\]\n {2}matters +src\/sandbox\/aws\/iam\/trust-grammar\.ts: /,
    );
    expect(out).toMatch(
      /\nskipped +exec-by-service-name-tag\n {2}why +ROLEWARDEN_CONFORMANCE_SUBNET is not set\n/,
    );
    expect(out).toMatch(
      /\nskipped +members-in-group-webhook\n {2}why +by hand: --only members-in-group-webhook prints the steps\n/,
    );
    expect(out).toMatch(/\n3 as expected, 2 skipped\nnothing was left behind\n$/);
  });

  test('as JSON, of an account only', async () => {
    const { code, out, err } = await run([...only(...quick), '--output', 'json'], ofAws());
    expect(code).toBe(0);
    const report = JSON.parse(out) as { results: { name: string; verdict: string }[] };
    expect(report).toMatchObject({ account: accountId, tenant: null });
    expect(report.results.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['trust-names-missing-provider', 'as expected'],
      ['exec-by-service-name-tag', 'skipped'],
      ['not-found-body', 'skipped'],
      ['unauthorized-body', 'skipped'],
      ['members-in-group-webhook', 'skipped'],
    ]);
    expect(err).toContain('… trust-names-missing-provider');
  });

  test('in which something differs exits with 1', async () => {
    const { code, out } = await run(only('outbound-token-form'), ofAws());
    expect([code, out]).toEqual([1, expect.stringMatching(/^differs +outbound-token-form/)]);
  });

  test('tells no secret', async () => {
    const { out, err } = await run(only(...quick, 'outbound-token-form'), { ...ofAws(), ...ofEntra() });
    for (const secret of [keys.secretAccessKey, clientSecret, 'eyJ']) expect(out + err).not.toContain(secret);
  });
});

/** Resolves when the experiment waits with everything made: it then goes on for a minute. */
const twoRoles = (): Promise<void> =>
  new Promise((resolve) => {
    let made = 0;
    const stop = aws.onMutation(({ operation }) => {
      if (operation !== 'CreateRole' || (made += 1) < 2) return;
      stop();
      resolve();
    });
  });
const rolesNow = (): readonly string[] => aws.roles(accountId).map(({ name }) => name);

describe('stopped in the middle', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('by %s it undoes what it made', async (signal) => {
    const made = twoRoles();
    const { child, ended } = start(only('saml-sub-beside-session-tags'), ofAws());
    await made;
    child.kill(signal);
    const { code, out, err } = await ended;
    expect([code, err]).toEqual([130, expect.stringContaining('interrupted: what was made is undone')]);
    expect(out).toMatch(/could not be told +saml-sub-beside-session-tags[\s\S]*observed +interrupted/);
    expect(rolesNow()).toEqual([]);
  });

  test('for good, --clean removes what it left', async () => {
    const made = twoRoles();
    const { child, ended } = start(only('saml-sub-beside-session-tags'), ofAws());
    await made;
    child.kill('SIGKILL');
    await ended;
    expect(rolesNow()).toHaveLength(2);
    const { code, out } = await run(['--clean'], ofAws());
    expect([code, out]).toEqual([0, '3 looked at\nnothing was left behind\n']);
    expect(rolesNow()).toEqual([]);
  });

  test('twice, it says how to undo what it has left', async () => {
    const made = twoRoles();
    const { child, ended } = start(only('saml-sub-beside-session-tags'), ofAws());
    await made;
    const effect = { kind: 'hang' } as const;
    const remove = aws.addFault({ service: 'iam', operation: '*', effect });
    child.kill('SIGINT');
    // Its first request to undo hangs; the second interruption comes after the first was told.
    await new Promise<void>((resolve) => child.stderr?.on('data', () => resolve()));
    child.kill('SIGINT');
    const { code, err } = await ended;
    remove();
    expect(code).toBe(130);
    for (const name of rolesNow()) expect(err).toContain(`aws iam delete-role --role-name ${name}`);
    await run(['--clean'], ofAws());
    expect(rolesNow()).toEqual([]);
  });
});
