// The workflow that plans pull requests: what an attacker with a pull request could make of it, and that it keeps one comment.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/policy/read-config.ts';
import { planSubject } from './deployed.ts';
import {
  type Bench,
  isInstalled,
  openBench,
  repository,
  scriptOf,
  workflow,
  workflowText,
} from './workflows.ts';

const files = ['rolewarden.yaml', 'rolewarden-plan.yaml'] as const;
const [main, planning] = files.map(workflow);
const jobs = files.flatMap((file) =>
  Object.entries(workflow(file).jobs).map(([name, job]) => ({ name: `${file} ${name}`, job })),
);
const planJob = planning?.jobs['plan'];
const commentJob = main?.jobs['comment'];

describe('the workflows', () => {
  it('run on pull requests, as they are proposed, and on nothing else', () => {
    expect(Object.keys(main?.on ?? {})).toEqual(['pull_request']);
    expect(Object.keys(planning?.on ?? {})).toEqual(['workflow_call']);
    for (const file of files) expect(workflowText(file)).not.toContain('pull_request_target');
  });

  it('have no rights but those that a job asks for', () => {
    expect([main?.permissions, planning?.permissions]).toEqual([{}, {}]);
    expect(Object.fromEntries(jobs.map(({ name, job }) => [name, job.permissions]))).toEqual({
      'rolewarden.yaml validate': { contents: 'read' },
      'rolewarden.yaml plan': { contents: 'read', 'id-token': 'write' },
      'rolewarden.yaml comment': { 'pull-requests': 'write' },
      'rolewarden-plan.yaml plan': { contents: 'read', 'id-token': 'write' },
    });
  });

  it('give forks neither a plan nor a comment', () => {
    const own = 'github.event.pull_request.head.repo.full_name == github.repository';
    expect([main?.jobs['plan']?.if, planJob?.if]).toEqual([own, own]);
    // Skipped with the plan.
    expect([commentJob?.needs, commentJob?.if]).toEqual(['plan', undefined]);
  });

  it('hand the roles to the workflow at the default branch', () => {
    const uses = main?.jobs['plan']?.uses ?? '';
    expect(planSubject).toContain(`:job_workflow_ref:${uses.replace('@main', '@refs/heads/main')}`);
  });

  it('use one action besides, by its commit, and leave no credentials in the checkout', () => {
    const steps = jobs.flatMap(({ job }) => job.steps ?? []).filter(({ uses }) => uses !== undefined);
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      expect(step.uses).toMatch(/^actions\/checkout@[0-9a-f]{40}$/);
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
    expect(commentJob?.steps?.filter(({ uses }) => uses !== undefined)).toEqual([]);
  });

  it('put nothing from outside into a script', () => {
    const scripts = jobs.flatMap(({ job }) => (job.steps ?? []).flatMap(({ run }) => run ?? []));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('need no secrets, and end by themselves', () => {
    for (const file of files) expect(workflowText(file)).not.toMatch(/\bsecrets\./);
    const endless = jobs.filter(({ job }) => job.uses === undefined && job['timeout-minutes'] === undefined);
    expect(endless).toEqual([]);
  });
});

describe('the repository of policies', () => {
  it('has owners for what decides where plans sign in, and what gets their roles', () => {
    const lines = readFileSync(resolve(repository, '.github/CODEOWNERS'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) expect(line).toMatch(/^(?:\*|\/[\w./*-]+)(?: +@contoso\/[a-z-]+)+$/);
    const owned = lines.map((line) => line.split(' ')[0]);
    expect(owned[0]).toBe('*');
    for (const path of ['/.github/', '/plan.yaml', '/policies/accounts.yaml', '/policies/federation.yaml'])
      expect(owned.slice(1)).toContain(path);
  });

  it('has a config to plan with', async () => {
    const { config, problems } = await readConfig(resolve(repository, 'plan.yaml'));
    expect(problems).toEqual([]);
    expect(config?.entra.credential).toBe('tokenFile');
  });
});

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => {
  bench.remove();
});

/** Notes how it was called, one word a line, and answers as it is told to. */
const noting = (name: string, answer = ''): string =>
  `printf '%s\\n' "$@" >> ${bench.temp}/${name}.args; echo -- >> ${bench.temp}/${name}.args\n${answer}`;
const callsOf = (name: string): readonly (readonly string[])[] =>
  bench
    .read(`temp/${name}.args`)
    .split('--\n')
    .filter((call) => call !== '')
    .map((call) => call.trimEnd().split('\n'));

describe('what is proposed', () => {
  const look = () => bench.run(scriptOf(planJob, 'Look at what is proposed'));

  it('must be files', async () => {
    mkdirSync(join(bench.folder, 'proposed/policies/team'), { recursive: true });
    writeFileSync(join(bench.folder, 'proposed/policies/team/a.yaml'), '');
    expect((await look()).code).toBe(0);
    symlinkSync('/proc/self/environ', join(bench.folder, 'proposed/policies/team/b.yaml'));
    expect(await look()).toMatchObject({
      code: 1,
      output: expect.stringContaining('symbolic links are not followed'),
    });
  });

  it('must be there', async () => {
    expect((await look()).code).not.toBe(0);
  });
});

const tokenWith = (sub: string): string =>
  `e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.signature-that-is-secret`;

it('the tokens are asked for each with its audience, and only whose they are is told', async (context) => {
  context.skip(!(await isInstalled(bench, 'jq')), 'jq is not installed');
  bench.command('curl', noting('curl', `echo '{"value":"${tokenWith(planSubject)}"}'`));
  const { code, output } = await bench.run(scriptOf(planJob, 'Ask for tokens'), {
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/?api-version=2',
  });
  expect({ code, output }).toEqual({ code: 0, output: `subject: ${planSubject}\n` });
  const audiences = callsOf('curl').map((call) => call.find((word) => word.startsWith('audience=')));
  expect(audiences).toEqual(['audience=sts.amazonaws.com', 'audience=api://AzureADTokenExchange']);
  for (const name of ['aws', 'entra']) expect(bench.read(`temp/tokens/${name}`)).toContain('e30.');
});

describe('the plan', () => {
  const plan = (answer: string) => {
    bench.command('docker', noting('docker', answer));
    return bench.run(scriptOf(planJob, 'Plan'), { IMAGE: 'rolewarden@sha256:0' });
  };
  const outputs = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      bench
        .read('output')
        .trimEnd()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );

  it('reads policies of the pull request, the config of its base, and may write nothing', async () => {
    expect((await plan('echo "### Rolewarden plan"; exit 2')).code).toBe(0);
    const [words = []] = callsOf('docker');
    const volumes = words.filter((_, index) => words[index - 1] === '--volume');
    expect(volumes.map((volume) => volume.replace(bench.folder, '.').replace(bench.temp, 'temp'))).toEqual([
      './proposed/policies:/repository/policies:ro',
      './trusted/plan.yaml:/repository/plan.yaml:ro',
      'temp/tokens:/tokens:ro',
    ]);
    expect(words).toContain('--read-only');
    expect(words.slice(words.indexOf('rolewarden@sha256:0') + 1).join(' ')).toBe(
      'plan --config plan.yaml --spoke-role rolewarden-plan-reader --output markdown --people counts',
    );
    expect(outputs()['code']).toBe('2');
    expect(bench.read('summary')).toBe('### Rolewarden plan\n');
  });

  it('tells problems without their being commands to the runner', async () => {
    const { code, output } = await plan('echo plan; echo "::add-mask::x" >&2; exit 1');
    expect({ code, output }).toEqual({ code: 0, output: '| ::add-mask::x\n' });
    expect(outputs()['code']).toBe('1');
  });

  it('fails where there is none', async () => {
    expect(await plan('echo "cannot sign in" >&2; exit 1')).toMatchObject({
      code: 1,
      output: '| cannot sign in\nthere is no plan (exit code 1)\n',
    });
  });

  it('that does not fit through an environment variable is left out with a sentence', async () => {
    await plan('head -c 300000 /dev/urandom | base64');
    expect(outputs()['plan']?.length).toBeLessThan(1_000);
  });
});

/** GitHub's comments on the pull request: at most one, in a file. */
const gh = (): string =>
  noting(
    'gh',
    `cd ${bench.temp}
test "$2" != --paginate || ls comment 2> /dev/null | sed 's/.*/1/'
for word in "$@"; do case "$word" in body=@*) cp "\${word#body=@}" comment ;; esac; done`,
  );

describe('the comment', () => {
  const comment = (text: string) =>
    bench.run(scriptOf(commentJob, 'Keep one comment'), {
      REPOSITORY: 'contoso/access-policies',
      NUMBER: '7',
      PLAN: gzipSync(text).toString('base64'),
    });

  it('is made once, and then kept up to date', async () => {
    bench.command('gh', gh());
    expect((await comment('first')).code).toBe(0);
    expect((await comment('second')).code).toBe(0);
    const methods = callsOf('gh').map((call) => call.slice(1).filter((word) => !word.startsWith('body=@')));
    expect(methods.map((words) => words.slice(0, 4))).toEqual([
      ['--paginate', 'repos/contoso/access-policies/issues/7/comments', '--jq', expect.any(String)],
      ['--silent', '--method', 'POST', 'repos/contoso/access-policies/issues/7/comments'],
      ['--paginate', 'repos/contoso/access-policies/issues/7/comments', '--jq', expect.any(String)],
      ['--silent', '--method', 'PATCH', 'repos/contoso/access-policies/issues/comments/1'],
    ]);
    expect(bench.read('temp/comment')).toBe('<!-- rolewarden-plan -->\nsecond');
  });

  it('is known by its mark and its author, so that nobody can put another in its place', async (context) => {
    context.skip(!(await isInstalled(bench, 'jq')), 'jq is not installed');
    bench.command('gh', gh());
    await comment('first');
    const [first = []] = callsOf('gh');
    const filter = first[first.indexOf('--jq') + 1] ?? '';
    const comments = [
      { id: 1, user: { login: 'octocat' }, body: '<!-- rolewarden-plan -->\nmine' },
      { id: 2, user: { login: 'github-actions[bot]' }, body: 'something else' },
      { id: 3, user: { login: 'github-actions[bot]' }, body: '<!-- rolewarden-plan -->\nours' },
    ];
    writeFileSync(join(bench.folder, 'comments.json'), JSON.stringify(comments));
    writeFileSync(join(bench.folder, 'filter.jq'), filter);
    expect((await bench.run('jq --from-file filter.jq comments.json')).output).toBe('3\n');
  });

  it.each([
    ['0', 0],
    ['2', 0],
    ['1', 1],
  ])('after a plan with exit code %s, the job ends with %d', async (exitCode, expected) => {
    const { code } = await bench.run(scriptOf(commentJob, 'Fail where something could not be read'), {
      CODE: exitCode,
    });
    expect(code).toBe(expected);
  });
});
