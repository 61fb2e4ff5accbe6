// The one file that the image ships, built as `npm run build` builds it and run where there are no packages around it.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { describeWithGit, gitRepository } from '../policy/git/git-repository.ts';
import { startGitServer } from '../policy/git/git-server.ts';
import { endAll, examples, startRig } from './harness.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'rolewarden-bundle-'));
const bundle = join(folder, 'rolewarden.js');

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ending> =>
  new Promise((done) => {
    const options = { cwd: folder, env: { ...process.env, ...environment } };
    execFile(process.execPath, [bundle, ...args], options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

beforeAll(() => {
  execFileSync(process.execPath, ['.bundle.ts', bundle], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
});
afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

it('has no character beyond ASCII, which would double what its source takes in memory', () => {
  expect(readFileSync(bundle, 'utf8')).not.toMatch(/[^\0-\x7F]/);
});

it('starts, and validates the example', async () => {
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect(await run(['validate', examples])).toMatchObject({ code: 0, stderr: '' });
});

describeWithGit('with policies in Git', () => {
  it('plans', async () => {
    const repository = gitRepository();
    const server = await startGitServer(repository);
    try {
      const rig = await startRig({ origin: `{ git: { url: ${server.url}, ref: main } }` });
      const names = readdirSync(rig.policies);
      repository.commit(
        Object.fromEntries(names.map((name) => [name, readFileSync(join(rig.policies, name), 'utf8')])),
      );
      const plan = await run(['plan', '--config', rig.config], rig.environment);
      expect(plan.code, plan.stderr).toBe(2);
      expect(plan.stdout).toContain('payments-debug');
    } finally {
      await server.stop();
      repository.remove();
    }
  });
});
