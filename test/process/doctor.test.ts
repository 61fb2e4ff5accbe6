// `rolewarden doctor` as people and pipelines use it, against the sandbox: everything there, and then one thing missing.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../src/domain/check.ts';
import { demoWorld } from '../../src/sandbox/demo-world.ts';
import type { SandboxAccount, SandboxWorld } from '../../src/sandbox/world.ts';
import { type Dynalite, startDynalite } from '../lease/dynalite.ts';
import { spokePolicies } from '../manifests/deployed.ts';
import { type Rig, type RigOptions, accounts, endAll, groups, startRig } from './harness.ts';

afterEach(endAll);

interface Report {
  readonly code: number | null;
  readonly summary: Readonly<Record<string, number>>;
  readonly problems: readonly Check[];
  readonly stderr: string;
}

const doctor = async (rig: Rig, ...args: readonly string[]): Promise<Report> => {
  const { code, stdout, stderr } = await rig.run(['doctor', '--output', 'json', ...args]);
  const document = JSON.parse(stdout === '' ? '{}' : stdout) as {
    readonly summary: Record<string, number>;
    readonly checks: readonly Check[];
  };
  const problems = (document.checks ?? []).filter(({ state }) => state !== 'ok');
  return { code, summary: document.summary, problems, stderr };
};

const withPermissions = (...permissions: readonly string[]): SandboxWorld => {
  const world = demoWorld();
  return { ...world, applications: world.applications.map((one) => ({ ...one, permissions })) };
};

/** With the permissions that these policies need, and no more: none of them is about activations. */
const goodWorld = (): SandboxWorld =>
  withPermissions('Application.Read.All', 'GroupMember.Read.All', 'User.Read.All');

const openRig = (options: RigOptions = {}): Promise<Rig> => startRig({ world: goodWorld(), ...options });

const problemsOf = async (world: SandboxWorld, options: RigOptions = {}): Promise<Report> =>
  doctor(await openRig({ world, ...options }));

const withAccount = (change: (account: SandboxAccount) => Partial<SandboxAccount>): SandboxWorld => {
  const world = goodWorld();
  return {
    ...world,
    accounts: world.accounts.map((one) =>
      one.accountId === accounts.dev ? { ...one, ...change(one) } : one,
    ),
  };
};

const whats = ({ problems }: Report): readonly string[] =>
  problems.map(({ area, what, state }) => `${area} · ${what} · ${state}`);

describe('doctor, where everything is there', () => {
  it('says so, ends with 0, and writes nothing', async () => {
    const rig = await openRig({ bindings: true });
    const { code, stdout, stderr } = await rig.run(['doctor']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/[✗!?]  /);
    for (const area of ['Config', 'Entra', 'Federation entra', 'AWS, our own side'])
      expect(stdout).toMatch(new RegExp(`^${area}$`, 'm'));
    expect(stdout).toContain('account dev (111122223333)');
    expect(stdout).toContain('account prod (444455556666)');
    expect(stdout).toMatch(/^all \d+ checks are ok\n→ rolewarden plan/m);
    // IAM refused the one that is tried.
    expect(rig.awsWrites().map(({ operation, status }) => [operation, status])).toEqual([
      ['CreateRole', 400],
      ['CreateRole', 400],
    ]);
    expect(JSON.stringify(await doctor(rig))).not.toContain(rig.environment['AZURE_CLIENT_SECRET']);
  });

  it('is content with the documents of manifests/deploy, under their instance', async () => {
    const { never, read, write, 'ecs-writes': ecsWrites = '' } = spokePolicies();
    const own = (text = ''): string => text.replaceAll('contoso-main', 'demo');
    const policies = { never: own(never), read: own(read), write: own(write), ecs: own(ecsWrites) };
    const world = withAccount(({ spokeRoles }) => ({
      spokeRoles: spokeRoles.map((one) => ({ ...one, policies })),
    }));
    const rig = await openRig({ world, bindings: true });
    const report = await doctor(rig, '--account', 'dev');
    expect({ code: report.code, whats: whats(report) }).toEqual({ code: 0, whats: [] });
    expect((await rig.run(['doctor', '--account', 'dev'])).stdout).not.toContain('account prod');
  });
});

describe('doctor, where one thing is missing', () => {
  it('a Graph permission: named, with who needs it', async () => {
    const report = await problemsOf(withPermissions('Application.Read.All', 'GroupMember.Read.All'));
    expect(report.code).toBe(2);
    expect(whats(report)).toEqual([
      'Entra · User.Read.All · missing',
      'Entra · members · missing',
      'Entra · users, and deleted users · missing',
    ]);
  });

  it('Application.Read.All: what cannot be seen without it is unknown, and never ok', async () => {
    const world = withPermissions('GroupMember.Read.All', 'User.Read.All');
    const report = await problemsOf(world, { policies: { 'audit.yaml': auditPolicy } });
    expect(report.code).toBe(1);
    expect(whats(report)).toEqual(['Federation entra · enterprise application · unknown']);
  });

  it('nothing, but too much in Graph: a warning, which fails with --strict only', async () => {
    const rig = await openRig({
      world: withPermissions(
        'Application.Read.All',
        'Directory.ReadWrite.All',
        'GroupMember.Read.All',
        'User.Read.All',
      ),
    });
    const report = await doctor(rig);
    expect([report.code, whats(report)]).toEqual([0, ['Entra · Directory.ReadWrite.All · warning']]);
    expect((await doctor(rig, '--strict')).code).toBe(2);
  });

  it('a group: with the line that names it', async () => {
    const rig = await openRig();
    rig.sandbox.entra.deleteGroup(groups.paymentsOnCall);
    const report = await doctor(rig);
    expect(report.code).toBe(2);
    expect(report.problems).toContainEqual(
      expect.objectContaining({
        what: 'group Payments On-call',
        state: 'missing',
        found: expect.stringMatching(
          /^the directory has no group a1000000-.*; policies\/payments-debug\.yaml:\d+ names it$/,
        ),
      }),
    );
  });

  it('the way into an account: the other one is looked at all the same', async () => {
    const world = withAccount(({ spokeRoles }) => ({
      spokeRoles: spokeRoles.map((one) => ({ ...one, externalId: 'another' })),
    }));
    const report = await problemsOf(world);
    expect(report.code).toBe(2);
    expect(report.problems).toEqual([
      expect.objectContaining({
        area: 'account dev (111122223333)',
        what: 'entry',
        state: 'missing',
        advice: expect.stringContaining('sts:ExternalId rolewarden-dev'),
      }),
    ]);
  });

  it('a permission of the spoke role: the action, and the statement to add', async () => {
    const everythingBut = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', NotAction: ['iam:PutRolePolicy', 'iam:ListRoles'], Resource: '*' }],
    });
    const world = withAccount(({ spokeRoles }) => ({
      spokeRoles: spokeRoles.map((one) => ({ ...one, policies: { most: everythingBut } })),
    }));
    const report = await problemsOf(world);
    expect(report.code).toBe(2);
    expect(whats(report)).toEqual([
      'account dev (111122223333) · iam:ListRoles · missing',
      // The listing of roles failed as a whole, and with it what shows the role's own policies.
      'account dev (111122223333) · writes · unknown',
    ]);
    const writeOnly = everythingBut.replace(',"iam:ListRoles"', '');
    const other = await problemsOf(
      withAccount(({ spokeRoles }) => ({
        spokeRoles: spokeRoles.map((one) => ({ ...one, policies: { most: writeOnly } })),
      })),
    );
    expect(other.problems).toEqual([
      expect.objectContaining({
        what: 'iam:PutRolePolicy',
        state: 'missing',
        advice: expect.stringContaining('"Action":"iam:PutRolePolicy"'),
      }),
    ]);
  });

  it('a write that the organization forbids: a warning, as the documents allow it', async () => {
    const rig = await openRig();
    rig.sandbox.aws.addFault({
      service: 'iam',
      operation: 'CreateRole',
      accountId: accounts.dev,
      effect: {
        kind: 'error',
        status: 403,
        code: 'AccessDenied',
        message:
          'User: arn:aws:sts::111122223333:assumed-role/rolewarden-spoke/rolewarden is not authorized to perform: iam:CreateRole on resource: role rolewarden-doctor with an explicit deny in a service control policy',
      },
    });
    const report = await doctor(rig);
    expect([report.code, whats(report)]).toEqual([
      0,
      ['account dev (111122223333) · a write, tried · warning'],
    ]);
    expect(report.problems[0]?.found).toContain('AWS organization');
  });

  it('boundary and SAML provider: the commands that make them', async () => {
    const report = await problemsOf(withAccount(() => ({ managedPolicies: {}, samlProviders: [] })));
    expect(report.code).toBe(2);
    expect(report.problems.map(({ what, advice }) => [what, advice])).toEqual([
      ['boundary rolewarden-boundary', expect.stringContaining('aws iam create-policy --policy-name')],
      ['SAML provider EntraID', expect.stringMatching(/^curl .*aws iam create-saml-provider --name EntraID/)],
    ]);
  });

  it('the secret for Entra: AWS is looked at all the same', async () => {
    const rig = await openRig();
    const mixed = await rig.run(['doctor', '--assertion', 'sign-in.txt', '--strict']);
    expect([mixed.code, mixed.stderr]).toEqual([
      1,
      'rolewarden: --account and --strict are for what doctor looks at without --assertion: leave them out\n',
    ]);
    expect(await rig.run(['doctor', '--account', 'staging'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'rolewarden: no account is called staging; there are dev, prod\n',
    });
    const { code, stdout } = await rig.run(['doctor'], { AZURE_CLIENT_SECRET: '' });
    expect(code).toBe(2);
    expect(stdout).toContain('set AZURE_CLIENT_SECRET to the value of a client secret');
    expect(stdout).toContain('account dev (111122223333)\n  ✓  entry');
  });

  it('a valid config: every problem is counted, and nothing else is looked at', async () => {
    const rig = await openRig();
    writeFileSync(rig.config, readFileSync(rig.config, 'utf8').replace('instance: demo', 'instence: demo'));
    const { code, stdout } = await rig.run(['doctor']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/✗ {2}config {2}.*instence/);
    expect(rig.sandbox.aws.requests.list()).toEqual([]);
  });

  it('policies that are not there: our own side is looked at all the same', async () => {
    const rig = await openRig({ origin: '{ directory: nowhere }' });
    const report = await doctor(rig);
    expect(report.code).toBe(2);
    expect(whats(report)).toEqual(['Config · policies · missing']);
  });
});

const auditPolicy =
  readFileSync(join(import.meta.dirname, '../../manifests/example/policies/platform.yaml'), 'utf8').split(
    '---\n',
  )[1] ?? '';

describe('doctor, with replicas', () => {
  let dynalite: Dynalite;
  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite.stop());

  it('has the command that makes the lease table, and tries it once it is there', async () => {
    const rig = await openRig({
      spec: '  replicas: { shards: 1, lease: { table: rolewarden-leases, region: eu-west-1 } }\n',
      environment: { AWS_ENDPOINT_URL_DYNAMODB: dynalite.url },
    });
    const before = await doctor(rig);
    expect(before.code).toBe(2);
    expect(before.problems).toEqual([
      expect.objectContaining({
        what: 'lease table rolewarden-leases',
        state: 'missing',
        advice: expect.stringMatching(/^aws dynamodb create-table --table-name rolewarden-leases /),
      }),
    ]);
    await dynalite.createTable('rolewarden-leases');
    const after = await doctor(rig);
    expect([after.code, whats(after)]).toEqual([0, []]);
    expect(await dynalite.items('rolewarden-leases')).toEqual([]);
  });
});
