// Somebody breaks a trust policy with the AWS CLI, in the spoke account, and it is repaired.

import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
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
