// The image: its one bundled file, built from what the Dockerfile takes along and run as the Dockerfile runs it, where nothing can
// be written, with the permissions of a deployment.

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoIds } from '../../src/sandbox/demo-world.ts';
import { startNode, until } from '../process/child.ts';
import { endAll, type Rig, startRig, users } from '../process/harness.ts';
import { deployedDemo } from './deployed-demo.ts';
import { execForm, readText, root, stages, valuesOf } from './dockerfile.ts';

const [build = [], final = []] = stages;
const entrypoint = execForm(final, 'ENTRYPOINT');
const healthcheck = execForm(final, 'HEALTHCHECK');

describe('the Dockerfile', () => {
  it('has two stages, of which the last has nothing of npm', () => {
    expect(stages).toHaveLength(2);
    expect(valuesOf(final, 'RUN')).toEqual([]);
    expect(valuesOf(final, 'COPY').filter((copy) => /package|node_modules/.test(copy))).toEqual([]);
  });

  it('runs as a user without rights, in process 1, without a shell', () => {
    expect(valuesOf(final, 'USER')).toEqual(['node']);
    expect(entrypoint[0]).toBe('node');
    expect(execForm(final, 'CMD')[0]).toBe('run');
  });

  it('asks whether the loop is alive as ECS does', () => {
    expect(valuesOf(final, 'HEALTHCHECK')[0]).toMatch(
      /^--interval=30s --timeout=5s --start-period=20s CMD \[/,
    );
    const terraform = readText('manifests/deploy/modules/controller/main.tf');
    const script = healthcheck.at(-1)?.replaceAll('9464', '${local.metrics_port}') ?? '';
    expect(healthcheck.slice(0, 2)).toEqual(['node', '-e']);
    expect(terraform).toContain(`["CMD", "node", "-e", "${script}"]`);
    expect(terraform).toContain('metrics_port  = 9464');
  });

  it('finds its config where Terraform puts it', () => {
    const [, , config = ''] = execForm(final, 'CMD');
    const terraform = readText('manifests/deploy/modules/controller/main.tf');
    const folder = /config_folder = "([^"]+)"/.exec(terraform)?.[1] ?? '';
    const file = /config_file {3}= "\$\{local\.config_folder\}([^"]+)"/.exec(terraform)?.[1] ?? '';
    expect(config).toBe(`${folder}${file}`);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'rolewarden-image-'));
const app = join(folder, 'app');

/** In a folder with just those files that the build stage copies. */
const buildImage = (): void => {
  const workdir = join(folder, 'build');
  mkdirSync(workdir);
  mkdirSync(app);
  for (const copied of valuesOf(build, 'COPY'))
    for (const source of copied.split(' ').slice(0, -1))
      cpSync(resolve(root, source), join(workdir, source), { recursive: true });
  symlinkSync(resolve(root, 'node_modules'), join(workdir, 'node_modules'));
  const manifest = JSON.parse(readText('package.json')) as { scripts: { build: string } };
  const env = {
    ...process.env,
    PATH: [resolve(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  };
  execFileSync('sh', ['-c', manifest.scripts.build], { cwd: workdir, env, stdio: 'pipe' });
  cpSync(join(workdir, 'dist/rolewarden.js'), join(app, 'rolewarden.js'));
};

describe('the bundled file', () => {
  let rig: Rig;
  beforeAll(async () => {
    buildImage();
    rig = await startRig({ world: deployedDemo(), bindings: true });
    const config = readFileSync(rig.config, 'utf8');
    writeFileSync(rig.config, config.replace('  entra:\n', '  entra:\n    credential: awsRole\n'));
  });
  afterAll(async () => {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
  });

  const inApp = (args: readonly string[]): readonly string[] =>
    args.map((arg) => arg.replace(/^\/app(?=\/|$)/, app));

  it('is one file', () => {
    expect(readdirSync(app)).toEqual(['rolewarden.js']);
  });

  it('says its version', async () => {
    const child = startNode([...inApp(entrypoint.slice(1)), '--version'], {}, app);
    const manifest = JSON.parse(readText('package.json')) as { version: string };
    expect(await child.ended).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
  });

  it('does its work without a secret and without writing a file, is found healthy, and ends at SIGTERM', async () => {
    const refused: string[] = [];
    rig.sandbox.aws.onAsked(({ isRefused, request }) => {
      if (isRefused) refused.push(`${request.action} ${request.resource}`);
    });
    const child = startNode(
      // Node itself refuses every write to the file system, and every other process.
      ['--permission', '--allow-fs-read=*', ...inApp(entrypoint.slice(1)), 'run', '--config', rig.config],
      { ...rig.sandbox.environment, NODE_ENV: 'production', AZURE_CLIENT_SECRET: '' },
      app,
    );
    const lastWords = (): string => child.stderr();
    const metrics = (): string | undefined => /"metrics":"(http:[^"]+)"/.exec(child.stderr())?.[1];
    await until('it listens, or has ended', () => metrics() !== undefined || !child.isRunning(), lastWords);
    expect(child.isRunning(), child.stderr()).toBe(true);
    const { port } = new URL(metrics() ?? '');
    const isHealthy = async (): Promise<boolean> => {
      const script = healthcheck.map((arg) => arg.replaceAll('9464', port));
      return (await startNode(script.slice(1), {}, app).ended).code === 0;
    };
    expect(await isHealthy()).toBe(true);
    await until('a member may enter', () => rig.isAdmitted(users.onCall1), lastWords);
    await until('it is ready', async () => (await fetch(`${metrics()}/readyz`)).ok, lastWords);
    expect(rig.sandbox.aws.roles(demoIds.accounts.dev).map(({ name }) => name)).toContain(
      'payments-api-task',
    );

    child.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
    expect(await isHealthy()).toBe(false);
    expect(child.stderr()).not.toMatch(/ERR_ACCESS_DENIED/);
    expect(refused).toEqual([]);
    expect(readdirSync(app)).toEqual(['rolewarden.js']);
  });
});
