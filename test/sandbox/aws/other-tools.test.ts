// Tools that know nothing of this project: the AWS CLI and Terraform work with the sandbox as with AWS.

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Rig,
  admits,
  audience,
  hubId,
  hubKey,
  issuer,
  samlProviderArn,
  spokeId,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
let folder: string;
beforeEach(async () => {
  rig = await startRig();
  folder = mkdtempSync(join(tmpdir(), 'rolewarden-tools-'));
});
afterEach(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Outcome> => {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: rig?.cloud.url,
    AWS_ACCESS_KEY_ID: hubKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: hubKey.secretAccessKey,
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    ...more,
  };
  return new Promise((resolve) => {
    execFile(command, [...args], { env, cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ exitCode, stdout, stderr });
    });
  });
};

const isInstalled = async (command: string): Promise<boolean> =>
  (await run(command, ['--version'])).exitCode === 0;

const aws = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
  const outcome = await run('aws', ['--output', 'json', ...args]);
  expect(outcome, args.join(' ')).toMatchObject({ exitCode: 0, stderr: '' });
  return outcome.stdout === '' ? {} : (JSON.parse(outcome.stdout) as Record<string, unknown>);
};

test('the AWS CLI makes, reads, pages and refuses', { timeout: 120_000 }, async (context) => {
  context.skip(!(await isInstalled('aws')), 'the AWS CLI (aws) is not installed');
  const trust = JSON.parse(trustOf(admits('anna', 'bert'))) as object;
  const role = ['--role-name', 'by-cli'];
  expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: hubId });
  const made = await aws(
    'iam',
    'create-role',
    ...role,
    '--path',
    '/rolewarden/',
    '--assume-role-policy-document',
    JSON.stringify(trust),
    '--tags',
    'Key=team,Value=a b',
  );
  expect(made['Role']).toMatchObject({ RoleName: 'by-cli', Tags: [{ Key: 'team', Value: 'a b' }] });
  const read = (await aws('iam', 'get-role', ...role)) as {
    Role: { AssumeRolePolicyDocument: { Statement: { Action: string }[] } };
  };
  // The CLI decodes and parses the document by itself.
  expect(read.Role.AssumeRolePolicyDocument.Statement[0]?.Action).toBe('sts:AssumeRoleWithSAML');

  rig.cloud.seedRole(hubId, { name: 'second', path: '/rolewarden/', trustDocument: trustOf(admits('a')) });
  const listed = (await aws('iam', 'list-roles', '--page-size', '1', '--path-prefix', '/rolewarden/')) as {
    Roles: { RoleName: string }[];
  };
  expect(listed.Roles.map((one) => one.RoleName)).toEqual(['by-cli', 'second']);
  const details = (await aws('iam', 'get-account-authorization-details', '--filter', 'Role')) as {
    RoleDetailList: unknown[];
  };
  expect(details.RoleDetailList).toHaveLength(2);
  const summary = (await aws('iam', 'get-account-summary')) as { SummaryMap: Record<string, number> };
  expect(summary.SummaryMap['AssumeRolePolicySizeQuota']).toBe(2_048);

  const refused = await run('aws', ['iam', 'create-role', ...role, '--assume-role-policy-document', '{}']);
  // 255 from version 1, 254 from version 2.
  expect(refused.exitCode).toBeGreaterThan(250);
  expect(refused.stderr).toContain(
    'An error occurred (EntityAlreadyExists) when calling the CreateRole operation: Role with name by-cli already exists.',
  );
  await aws('iam', 'delete-role', ...role);
  expect(rig.cloud.roles(hubId).map((one) => one.name)).toEqual(['second']);
});

test('the AWS CLI enters roles in both ways', { timeout: 120_000 }, async (context) => {
  context.skip(!(await isInstalled('aws')), 'the AWS CLI (aws) is not installed');
  const spoke = ['--role-arn', `arn:aws:iam::${spokeId}:role/spoke`, '--role-session-name', 'cli'];
  const session = await aws('sts', 'assume-role', ...spoke, '--external-id', 'hub-to-spoke');
  const keys = session['Credentials'] as Record<string, string>;
  const identity = await run('aws', ['sts', 'get-caller-identity', '--output', 'json'], {
    AWS_ACCESS_KEY_ID: keys['AccessKeyId'],
    AWS_SECRET_ACCESS_KEY: keys['SecretAccessKey'],
    AWS_SESSION_TOKEN: keys['SessionToken'],
  });
  expect(JSON.parse(identity.stdout)).toMatchObject({ Account: spokeId });

  rig.cloud.seedRole(hubId, { name: 'door', trustDocument: trustOf(admits('anna')) });
  const roleArn = `arn:aws:iam::${hubId}:role/door`;
  const enterAs = (nameId: string) => {
    const assertion = rig.cloud.issueAssertion({
      issuer,
      nameId,
      roleSessionName: nameId,
      roleArn,
      providerArn: samlProviderArn,
      recipient: audience,
    });
    return run('aws', [
      'sts',
      'assume-role-with-saml',
      '--role-arn',
      roleArn,
      '--principal-arn',
      samlProviderArn,
      '--saml-assertion',
      assertion,
    ]);
  };
  expect(await enterAs('anna')).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await enterAs('bert')).stderr).toContain(
    '(AccessDenied) when calling the AssumeRoleWithSAML operation: Not authorized to perform sts:AssumeRoleWithSAML',
  );
});

/** Terraform finds its provider through the CLI configuration; without one it would ask the network. */
const terraformIsMissing = async (): Promise<string | undefined> => {
  if (!(await isInstalled('terraform'))) return 'Terraform is not installed';
  const config = process.env['TF_CLI_CONFIG_FILE'];
  return config !== undefined && existsSync(config)
    ? undefined
    : 'TF_CLI_CONFIG_FILE names no file with a mirror that holds the AWS provider';
};

const terraform = async (command: string, ...args: readonly string[]): Promise<number> => {
  const outcome = await run('terraform', [command, '-no-color', '-input=false', ...args], {
    TF_VAR_endpoint: rig.cloud.url,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
  });
  expect(outcome.exitCode, outcome.stderr).not.toBe(1);
  return outcome.exitCode;
};

test('Terraform applies, finds no difference, notices drift and destroys', {
  timeout: 600_000,
}, async (context) => {
  const missing = await terraformIsMissing();
  context.skip(missing !== undefined, missing);
  copyFileSync(join(import.meta.dirname, 'terraform', 'main.tf'), join(folder, 'main.tf'));
  await terraform('init');
  await terraform('apply', '-auto-approve');
  expect(rig.cloud.roles(hubId)).toMatchObject([
    {
      name: 'terraformed',
      maxSessionSeconds: 7_200,
      tags: { team: 'platform', 'rolewarden:instance': 'demo' },
    },
  ]);
  // The order of every list changes from read to read; what a plan says must not.
  const plan = () => terraform('plan', '-detailed-exitcode');
  expect([await plan(), await plan()]).toEqual([0, 0]);

  rig.cloud.editRole(hubId, 'terraformed', (role) => {
    role.trustDocument = role.trustDocument.replace('"anna",', '');
  });
  expect(await plan()).toBe(2);
  await terraform('destroy', '-auto-approve');
  expect(rig.cloud.roles(hubId)).toEqual([]);
});
