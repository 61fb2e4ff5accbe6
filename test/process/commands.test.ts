// The commands as people and pipelines use them: what they print, where, and the exit code.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareText } from '../../src/domain/statement.ts';
import type { StatusDocument } from '../../src/report/status-document.ts';
import { runProgram } from './child.ts';
import { type Rig, accounts, endAll, examples, groups, startRig, users } from './harness.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(endAll);

interface PlanDocument {
  readonly schemaVersion: number;
  readonly summary: Readonly<Record<string, number>>;
  readonly accounts: readonly {
    readonly account: string;
    readonly roles: readonly {
      readonly role: string;
      readonly state: string;
      readonly apply: readonly unknown[];
    }[];
  }[];
}

/** No longer observed, so that everything can be in sync. */
const enforceAll = (one: Rig): void => {
  const file = join(one.policies, 'platform.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('mode: observe', 'mode: enforce'));
};

describe('plan and run --once, as a pipeline uses them', () => {
  it('plan: 2 and nothing written; run --once: 0; plan: 0; with a fault 1', async () => {
    const own = await startRig();
    enforceAll(own);
    const json = await own.run(['plan', '--output', 'json']);
    expect(json.code, json.stderr).toBe(2);
    const document = JSON.parse(json.stdout) as PlanDocument;
    expect(document.schemaVersion).toBe(1);
    expect(document.summary).toMatchObject({ roles: 4, apply: 4, hold: 0, inSync: 0, unknown: 0 });
    expect(document.accounts.map(({ account, roles }) => [account, roles.map(({ role }) => role)])).toEqual([
      ['dev', ['payments-debug', 'platform-dev']],
      ['prod', ['audit-prod', 'payments-debug']],
    ]);
    const markdown = await own.run(['plan', '--output', 'markdown', '--account', 'dev']);
    expect(markdown.code).toBe(2);
    expect(markdown.stdout).toContain('oncall-1@contoso.com');
    expect(markdown.stdout).toMatch(/^#+ /m);
    expect(markdown.stdout).not.toContain('audit-prod');
    expect(own.awsWrites()).toEqual([]);

    const once = await own.run(['run', '--once']);
    expect(once.code, once.stderr).toBe(0);
    const ops = once.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; op?: string })
      .filter(({ event }) => event === 'write')
      .map(({ op }) => op ?? '');
    expect(ops.sort(compareText)).toEqual([
      ...Array.from({ length: 4 }, () => 'createRole'),
      ...Array.from({ length: 4 }, () => 'putInlinePolicy'),
      ...Array.from({ length: 4 }, () => 'updateTrust'),
    ]);
    expect(await own.isAdmitted(users.auditor1, 'audit-prod', accounts.prod)).toBe(true);

    own.sandbox.aws.requests.clear();
    const calm = await own.run(['plan']);
    expect(calm.code, calm.stdout).toBe(0);

    own.sandbox.entra.addFault({
      service: 'graph',
      operation: 'listMembers',
      resource: groups.auditors,
      effect: { kind: 'error', status: 403, code: 'Authorization_RequestDenied' },
    });
    const blind = await own.run(['plan']);
    expect(blind.code, 'a group could not be read').toBe(1);
    expect(blind.stderr).toMatch(/^Entra: .*Auditors|^Entra: .*a1000000-0000-4000-8000-000000000003/m);
    expect((await own.run(['run', '--once', '--no-journal'])).code).toBe(1);
    own.sandbox.entra.clearFaults();

    own.sandbox.aws.addFault({
      service: 'iam',
      operation: 'ListRoles',
      accountId: accounts.prod,
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const halfBlind = await own.run(['plan']);
    expect(halfBlind.code, halfBlind.stdout).toBe(1);
    expect(halfBlind.stdout).toContain('iam:ListRoles');
    expect((await own.run(['run', '--once', '--no-journal'])).code).toBe(1);
    expect(own.awsWrites()).toEqual([]);
  });

  it('an account that nobody knows is named, with those that are known', async () => {
    const ending = await rig.run(['plan', '--account', 'staging']);
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toBe('rolewarden: no account is called staging; there are dev, prod\n');
  });
});

describe('get', () => {
  it('shows a running controller, one policy, app-role values, and says who is unknown', async () => {
    const own = await startRig();
    const controller = await own.startCalm();
    const get = (...args: readonly string[]) => own.run(['get', '--url', controller.apiUrl, ...args]);
    const text = await get();
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toContain('payments-debug');
    expect(text.stdout).not.toContain('saml-provider');
    const wide = await get('--wide');
    expect(wide.stdout).toContain(
      `arn:aws:iam::${accounts.dev}:role/rolewarden/payments-debug,arn:aws:iam::${accounts.dev}:saml-provider/EntraID`,
    );
    expect(wide.stdout).toContain('oncall-1@contoso.com');
    const json = await get('payments-debug', '--output', 'json');
    const document = JSON.parse(json.stdout) as StatusDocument;
    expect(document.policies.map(({ name, state }) => [name, state])).toEqual([['payments-debug', 'ready']]);
    const unknown = await get('nothing');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toBe(
      'rolewarden: no policy or binding is called nothing; the controller knows audit-prod, payments-debug, platform-dev\n',
    );
    const port = new URL(controller.metricsUrl).port;
    const config = join(own.folder, 'second.yaml');
    writeFileSync(config, readFileSync(own.config, 'utf8').replace('port: 0', `port: ${port}`));
    const second = await own.run(['run', '--config', config]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(`rolewarden: .*${port}.*spec\\.metrics|spec\\.metrics.*${port}`),
    );
  });

  it('says so when no controller answers', async () => {
    const ending = await rig.run(['get', '--url', 'http://127.0.0.1:1']);
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toBe(
      'rolewarden: no controller answers at http://127.0.0.1:1/api/v1/status; is `rolewarden run` running, and does --url name its api address (spec.api of the ControllerConfig)?\n',
    );
  });
});

describe('validate', () => {
  const validate = (...args: readonly string[]) => runProgram(['validate', ...args], {}, rig.folder);
  const broken = (): string => {
    const file = join(rig.folder, 'broken.yaml');
    const good = readFileSync(join(examples, 'policies/payments-debug.yaml'), 'utf8');
    writeFileSync(file, good.replace('maxSession: 1h', 'maxSesion: 1h'));
    return 'broken.yaml';
  };

  it('finds nothing in the examples, in any format', async () => {
    const text = await validate(examples);
    expect(text).toMatchObject({ code: 0, stdout: 'no problems (11 documents in 8 files)\n', stderr: '' });
    expect(JSON.parse((await validate(examples, '-o', 'json')).stdout)).toMatchObject({ problems: [] });
    expect(await validate(examples, '-o', 'github')).toMatchObject({ code: 0, stdout: '' });
    const sarif = await validate(examples, '-o', 'sarif');
    expect(JSON.parse(sarif.stdout)).toMatchObject({ version: '2.1.0', runs: [{ results: [] }] });
  });

  it('tells file, line, column and what to do, in every format, with exit code 1', async () => {
    const file = broken();
    const text = await validate(file);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/broken\.yaml:17:5/);
    expect(text.stdout).toContain('maxSession');
    const json = await validate(file, '-o', 'json');
    expect(json.code).toBe(1);
    const { problems } = JSON.parse(json.stdout) as { problems: readonly Record<string, unknown>[] };
    expect(problems).toContainEqual(
      expect.objectContaining({ file, line: 17, column: 5, rule: 'unknownField', severity: 'error' }),
    );
    const github = await validate(file, '-o', 'github');
    expect(github.code).toBe(1);
    expect(github.stdout).toMatch(/^::error file=broken\.yaml,line=17,col(?:umn)?=5/m);
    const sarif = await validate(file, '-o', 'sarif');
    expect(sarif.code).toBe(1);
    const { runs } = JSON.parse(sarif.stdout) as {
      runs: readonly { results: readonly { ruleId: string }[] }[];
    };
    expect(runs[0]?.results.map(({ ruleId }) => ruleId)).toContain('unknownField');
  });

  it('a path that is not there is a problem', async () => {
    const ending = await validate('no-such-folder');
    expect(ending.code).toBe(1);
    expect(ending.stdout + ending.stderr).toContain('no-such-folder');
  });
});

describe('the command line', () => {
  it.for([
    ['run', ['--config', '--once', '--log-level', '--log-format', '--no-journal', 'AZURE_CLIENT_SECRET']],
    ['plan', ['--config', '--output', '--account', '--verbose', '--people', '--spoke-role', 'Exit code']],
    ['validate', ['<path...>', '--output', '--strict', 'Exit code']],
    ['get', ['[name]', '--url', '--output', '--wide']],
    ['explain', ['--who', '--policy', '--account', '--at', '--url', '--output', 'Exit code']],
    ['doctor', ['--config', '--account', '--output', '--strict', 'Exit code', 'service control']],
    ['sandbox', ['--aws-port', '--entra-port', '--control-port', 'export']],
    ['demo', ['--rounds', '--show-logs']],
  ] as const)('%s --help ends with 0 and tells what there is', async ([command, words]) => {
    const { code, stdout, stderr } = await runProgram([command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of words) expect(stdout).toContain(word);
  });

  it.for([
    [['pln'], 'unknown command'],
    [['plan', '--fromat', 'json'], 'unknown option'],
    [['plan', '--output', 'xml'], 'text, json, markdown'],
    [['doctor', '--output', 'xml'], 'text, json'],
    [['plan', '--people', 'some'], 'names, counts'],
    [['plan', '--spoke-role', 'arn:aws:iam::111122223333:role/x'], 'not its ARN'],
    [['demo', '--rounds', '0'], 'whole number'],
    [['validate'], 'missing required argument'],
  ] as const)('%j is refused with advice', async ([args, advice]) => {
    const { code, stdout, stderr } = await runProgram(args);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(advice);
    expect(stderr).toMatch(/--help|Did you mean/);
  });

  it('without a command it shows what there is', async () => {
    const { code, stdout, stderr } = await runProgram([]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('validate');
  });

  it('a bad config lists every problem with its place', async () => {
    writeFileSync(
      join(rig.folder, 'bad.yaml'),
      readFileSync(rig.config, 'utf8')
        .replace('pollInterval: 5s', 'pollInterval: 1s')
        .replace('instance: demo', 'instence: demo'),
    );
    const { code, stdout, stderr } = await rig.run(['run', '--config', 'bad.yaml']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/bad\.yaml:6:3.*instence/);
    expect(stderr).toMatch(/bad\.yaml:14:19.*5s/);
    expect(stderr).toContain('rolewarden: bad.yaml holds no valid ControllerConfig');
    const missing = await rig.run(['plan', '--config', 'nowhere.yaml']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('nowhere.yaml');
  });
});
