// Somebody breaks a trust policy with the AWS CLI, in the spoke account, and it is repaired.

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { canonicalDocument } from '../../src/domain/statement.ts';
import { type Rig, accounts, endAll, startRig, users } from './harness.ts';

afterEach(endAll);

interface Answer {
  readonly Role: { readonly AssumeRolePolicyDocument: object };
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const aws = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { ...process.env, ...environment, AWS_CONFIG_FILE: devNull, AWS_PAGER: '' };
    execFile('aws', ['--output', 'json', ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ code, stdout, stderr });
    });
  });

/** The environment of someone who took the spoke role of dev. */
const inDev = async ({ sandbox: { environment } }: Rig): Promise<Readonly<Record<string, string>>> => {
  const answer = await aws(
    environment,
    'sts',
    'assume-role',
    '--role-session-name',
    'someone',
    '--external-id',
    'rolewarden-dev',
    '--role-arn',
    `arn:aws:iam::${accounts.dev}:role/rolewarden-spoke`,
  );
  expect(answer).toMatchObject({ code: 0, stderr: '' });
  const { Credentials } = JSON.parse(answer.stdout) as { Credentials: Record<string, string> };
  return {
    ...environment,
    AWS_ACCESS_KEY_ID: Credentials['AccessKeyId'] ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials['SecretAccessKey'] ?? '',
    AWS_SESSION_TOKEN: Credentials['SessionToken'] ?? '',
  };
};

it('a trust policy that the AWS CLI opens to a stranger is closed again', async (context) => {
  context.skip((await aws({}, '--version')).code !== 0, 'the AWS CLI (aws) is not installed');
  const rig = await startRig();
  const controller = await rig.startCalm();
  const dev = await inDev(rig);
  const role = ['--role-name', 'payments-debug'];
  const read = await aws(dev, 'iam', 'get-role', ...role);
  expect(read).toMatchObject({ code: 0, stderr: '' });
  const { Role } = JSON.parse(read.stdout) as Answer;
  const right = JSON.stringify(Role.AssumeRolePolicyDocument);
  const wrong = right.replace(users.onCall1, users.platform2);
  expect(wrong).not.toBe(right);
  const edit = await aws(dev, 'iam', 'update-assume-role-policy', ...role, '--policy-document', wrong);
  expect(edit).toMatchObject({ code: 0, stderr: '' });
  await controller.until(
    'the stranger is out, and the member who was taken out is back',
    async () => !(await rig.isAdmitted(users.platform2)) && rig.isAdmitted(users.onCall1),
  );
  // AWS returns lists in any order; the document means what it meant.
  const after = JSON.parse((await aws(dev, 'iam', 'get-role', ...role)).stdout) as Answer;
  expect(canonicalDocument(JSON.stringify(after.Role.AssumeRolePolicyDocument))).toBe(
    canonicalDocument(right),
  );
});

/** What the AWS CLI hands a session to: it only says that it was called, and with what. */
const standInPlugin = (rig: Rig): string => {
  const folder = join(rig.folder, 'bin');
  mkdirSync(folder);
  const file = join(folder, 'session-manager-plugin');
  writeFileSync(file, '#!/bin/sh\necho "session: $1"\n');
  chmodSync(file, 0o755);
  return `${folder}:${process.env['PATH'] ?? ''}`;
};

it('an engineer finds the service and opens a shell with the AWS CLI, and no other', async (context) => {
  context.skip((await aws({}, '--version')).code !== 0, 'the AWS CLI (aws) is not installed');
  const rig = await startRig();
  await rig.startCalm();
  const entry = await rig.sandbox.enter({
    userId: users.onCall1,
    accountId: accounts.dev,
    roleName: 'payments-debug',
  });
  const { credentials } = entry;
  const engineer = {
    ...rig.sandbox.environment,
    PATH: standInPlugin(rig),
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    AWS_SESSION_TOKEN: credentials?.sessionToken ?? '',
  };
  const ecs = (...args: readonly string[]): Promise<Outcome> =>
    aws(engineer, 'ecs', ...args, '--cluster', 'payments');
  const described = await ecs('describe-services', '--services', 'payments-api', 'nowhere');
  expect(described).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(described.stdout)).toMatchObject({
    services: [{ serviceName: 'payments-api', status: 'ACTIVE', enableExecuteCommand: true }],
    failures: [{ reason: 'MISSING' }],
  });
  const taskOf = async (service: string): Promise<string> => {
    const { stdout } = await ecs('list-tasks', '--service-name', service);
    return (JSON.parse(stdout) as { taskArns: readonly string[] }).taskArns[0] ?? '';
  };
  const shell = async (service: string, container: string): Promise<Outcome> =>
    ecs(
      'execute-command',
      '--task',
      await taskOf(service),
      '--container',
      container,
      '--interactive',
      '--command',
      '/bin/sh',
    );
  const opened = await shell('payments-api', 'api');
  expect(opened.stdout).toMatch(/session: .*"sessionId": ?"ecs-execute-command-/);
  for (const [service, container] of [
    ['payments-api', 'envoy'],
    ['payments-ledger', 'api'],
  ] as const) {
    const refused = await shell(service, container);
    expect(refused.code).toBeGreaterThan(250);
    expect(refused.stderr).toContain(
      'An error occurred (AccessDeniedException) when calling the ExecuteCommand',
    );
  }
});
