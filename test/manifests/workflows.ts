// The workflows of manifests/github as GitHub reads them, and their scripts run as GitHub runs them.

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { manifests } from './templates.ts';

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export const repository = resolve(manifests, 'github');
const folder = resolve(repository, '.github/workflows');

export const workflowText = (name: string): string => readFileSync(resolve(folder, name), 'utf8');
export const workflow = (name: string): Workflow => parse(workflowText(name)) as Workflow;

export const scriptOf = (job: Job | undefined, name: string): string => {
  const script = job?.steps?.find((step) => step.name === name)?.run;
  if (script === undefined) throw new Error(`no step is called ${name}`);
  return script;
};

export interface Bench {
  readonly folder: string;
  /** Where a step may leave files for the next. */
  readonly temp: string;
  /** A command that stands in for another: a shell script. */
  command(name: string, script: string): void;
  read(name: string): string;
  run(
    script: string,
    environment?: Readonly<Record<string, string>>,
  ): Promise<{ code: number; output: string }>;
  remove(): void;
}

/** A folder in which steps are run by bash, as `shell: bash` has it. */
export const openBench = (): Bench => {
  const home = mkdtempSync(join(tmpdir(), 'rolewarden-workflow-'));
  const [bin, temp, work] = [join(home, 'bin'), join(home, 'temp'), join(home, 'work')];
  for (const made of [bin, temp, work]) mkdirSync(made);
  const file = join(home, 'step.sh');
  const files = { GITHUB_OUTPUT: join(home, 'output'), GITHUB_STEP_SUMMARY: join(home, 'summary') };
  for (const one of Object.values(files)) writeFileSync(one, '');
  return {
    folder: work,
    temp,
    command: (name, script) => {
      writeFileSync(join(bin, name), `#!/bin/bash\n${script}`);
      chmodSync(join(bin, name), 0o755);
    },
    read: (name) => readFileSync(join(home, name), 'utf8'),
    run: (script, environment = {}) => {
      writeFileSync(file, script);
      const env = {
        ...process.env,
        ...files,
        PATH: [bin, process.env['PATH']].join(delimiter),
        RUNNER_TEMP: temp,
        ...environment,
      };
      return new Promise((done) => {
        const args = ['--noprofile', '--norc', '-eo', 'pipefail', file];
        execFile('bash', args, { cwd: work, env }, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
          done({ code, output: `${stdout}${stderr}` });
        });
      });
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
};

export const isInstalled = async (bench: Bench, command: string): Promise<boolean> =>
  (await bench.run(`command -v ${command}`)).code === 0;
