// `explain` as people use it: against the sandbox's Entra and AWS, and against a running controller.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplanationDocument } from '../../src/report/explanation-document.ts';
import type { Ending } from './child.ts';
import { type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  const once = await rig.run(['run', '--once', '--no-journal']);
  expect(once.code, once.stderr).toBe(0);
});
afterAll(endAll);

const explain = (...args: readonly string[]): Promise<Ending> =>
  rig.run(['explain', '--policy', 'payments-debug', ...args]);
const documentOf = ({ stdout }: Ending): ExplanationDocument => JSON.parse(stdout) as ExplanationDocument;
const lastLine = ({ stdout }: Ending): string => stdout.trimEnd().split('\n').at(-1) ?? '';

/** What the README shows of it. */
const readmeBlock = (): readonly string[] => {
  const text = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  return (/^\$ rolewarden explain [^]*?(?=\n```)/m.exec(text)?.[0] ?? '').split('\n');
};

describe('explain, from Entra and AWS themselves', () => {
  it('agrees with what STS says, in every account, and writes nothing', async () => {
    rig.sandbox.aws.requests.clear();
    const inside = await explain('--who', 'ONCALL-1@Contoso.COM', '--output', 'json');
    expect(inside.code, inside.stderr).toBe(0);
    const { who, personId, accounts: blocks } = documentOf(inside);
    expect([who, personId]).toEqual(['oncall-1@contoso.com', users.onCall1]);
    expect(blocks.map(({ account, verdict }) => [account, verdict])).toEqual([
      ['dev', 'mayEnter'],
      ['prod', 'mayEnter'],
    ]);
    expect(await rig.isAdmitted(users.onCall1)).toBe(true);
    expect(await rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod)).toBe(true);
    expect(rig.awsWrites()).toEqual([]);

    const outside = await explain('--who', users.platform1, '--account', 'dev');
    expect(outside.code, outside.stderr).toBe(2);
    expect(await rig.isAdmitted(users.platform1)).toBe(false);
    expect(outside.stdout).toContain(
      '✗  group          she is in no group of the policy: "Payments On-call"',
    );
    // What runs in ECS, and for how long, is another story.
    const shown = readmeBlock().filter((line) => !/^(\$| +[^ ] {2}shells)/.test(line));
    expect(shown.length).toBeGreaterThan(15);
    expect(shown.filter((line) => !outside.stdout.split('\n').includes(line))).toEqual([]);
    expect(lastLine(outside)).toBe(`→ add her to "Payments On-call" (${groups.paymentsOnCall}) in Entra`);
  });

  it('tells nobody, the disabled and the deleted apart', async () => {
    const nobody = await explain('--who', 'nobody@contoso.com', '--account', 'dev');
    expect(nobody.code).toBe(2);
    expect(nobody.stdout).toContain('Entra knows no user nobody@contoso.com');

    rig.sandbox.entra.updateUser(users.platform2, { accountEnabled: false });
    const disabled = await explain('--who', users.platform2, '--account', 'dev');
    expect(disabled.stdout).toContain('✗  user           the account is disabled in Entra');
    rig.sandbox.entra.updateUser(users.platform2, { accountEnabled: true });

    rig.sandbox.entra.deleteUser(users.auditor1);
    const deleted = await explain('--who', users.auditor1, '--account', 'dev');
    expect(deleted.stdout).toContain('✗  user           the user was deleted in Entra');
    expect(lastLine(deleted)).toContain('restore the user');
  });

  it('a member of a group inside is told that it does not count', async () => {
    const inner = 'a1000000-0000-4000-8000-0000000000aa';
    rig.sandbox.entra.addGroup({ id: inner, displayName: 'Inner', members: [users.platform1] });
    rig.sandbox.entra.addMember(groups.paymentsOnCall, inner);
    const ending = await explain('--who', 'platform-1@contoso.com', '--account', 'dev');
    expect(lastLine(ending)).toContain('set nested: true in policies/payments-debug.yaml');
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, inner);
  });

  it('cannot tell what it cannot read: exit code 1', async () => {
    rig.sandbox.aws.addFault({
      service: 'iam',
      operation: 'ListRoles',
      accountId: accounts.prod,
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const blind = await explain('--who', 'oncall-1@contoso.com', '--account', 'prod');
    rig.sandbox.aws.clearFaults();
    expect(blind.code, blind.stdout).toBe(1);
    expect(blind.stdout).toMatch(
      /whether oncall-1@contoso\.com may enter .* cannot be told: .*iam:ListRoles/,
    );
  });

  it.each<[readonly string[], string]>([
    [['--who', 'oncall-1'], '"oncall-1" is neither a user principal name nor an object id'],
    [['--who', 'oncall-1@contoso.com', '--at', '2026-01-31'], 'is a date without a time'],
    [['--who', 'oncall-1@contoso.com', '--at', '2024-01-31T18:00:00Z'], 'the moment is past'],
    [['--who', 'oncall-1@contoso.com', '--account', 'devv'], 'no account is called devv; did you mean dev?'],
    [
      ['--who', 'oncall-1@contoso.com', '--policy', 'payment-debug'],
      'no policy is called payment-debug; did you mean payments-debug?',
    ],
  ])('refuses %j with advice', async (args, advice) => {
    const ending = await explain(...args);
    expect(ending.code).toBe(1);
    expect(ending.stdout).toBe('');
    expect(ending.stderr).toContain(advice);
  });
});

describe('explain, from a running controller', () => {
  it('follows an activation to its end, a Lockout, and says so over the API', async () => {
    const own = await startRig();
    const file = join(own.policies, 'payments-debug.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('name: Payments On-call', '$&\n        pim: true'),
    );
    own.sandbox.entra.enablePim(groups.paymentsOnCall);
    own.sandbox.entra.activate(users.platform1, groups.paymentsOnCall, {
      durationMs: 3_600_000,
      justification: 'payments are stuck',
      ticket: 'INC-42',
    });
    const controller = await own.startCalm();
    const ask = (...args: readonly string[]) =>
      own.run([
        'explain',
        '--policy',
        'payments-debug',
        '--account',
        'dev',
        '--url',
        controller.apiUrl,
        ...args,
      ]);

    const inside = await ask('--who', 'platform-1@contoso.com', '--output', 'json');
    expect(inside.code, inside.stdout + inside.stderr).toBe(0);
    const { sentence } =
      documentOf(inside).accounts[0]?.links.find(({ name }) => name === 'assignment') ?? {};
    expect(sentence).toContain('"payments are stuck", ticket INC-42');
    const later = new Date(Date.now() + 2 * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const after = await ask('--who', 'platform-1@contoso.com', '--at', later);
    expect(after.code, after.stdout).toBe(2);
    expect(after.stdout).toMatch(/✗ {2}assignment .* ended at/);

    writeFileSync(
      join(own.policies, 'lockout.yaml'),
      `apiVersion: rolewarden/v1alpha1
kind: Lockout
metadata: { name: laptop-stolen }
spec:
  person: ${users.platform1}
  until: ${later}
  reason: laptop stolen
`,
    );
    await controller.until('she is out', async () => !(await own.isAdmitted(users.platform1)));
    const out = await ask('--who', users.platform1);
    expect(out.code, out.stdout).toBe(2);
    expect(out.stdout).toContain('laptop stolen');
    expect(lastLine(out)).toContain('it ends by itself');

    const api = await fetch(
      `${controller.apiUrl}/api/v1/explain?who=${users.platform1}&policy=payments-debug&account=dev`,
    );
    const document = (await api.json()) as ExplanationDocument;
    expect([api.status, document.accounts[0]?.verdict]).toEqual([200, 'mayNotEnter']);
    const unknown = await fetch(`${controller.apiUrl}/api/v1/explain?who=${users.platform1}&policy=nothing`);
    expect([unknown.status, await unknown.json()]).toEqual([
      400,
      { error: 'no policy is called nothing; there are audit-prod, payments-debug, platform-dev' },
    ]);
    expect((await fetch(`${controller.metricsUrl}/api/v1/explain?who=x@y.z&policy=p`)).status).toBe(404);
  });

  it('says so when none answers', async () => {
    const ending = await explain('--who', 'oncall-1@contoso.com', '--url', 'http://127.0.0.1:1');
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toContain('no controller answers at http://127.0.0.1:1/api/v1/explain');
  });
});
