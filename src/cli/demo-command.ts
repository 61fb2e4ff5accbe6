// `npm start`: the sandbox, the real controller as a process of its own, and a story told in plain sentences.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import { demoWorld } from '../sandbox/demo-world.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { createNarrator } from './demo-narrator.ts';
import { tellStory } from './demo-story.ts';
import type { Terminal } from './output.ts';
import { sandboxPorts } from './sandbox-ports.ts';

export interface DemoOptions {
  readonly rounds?: number;
  readonly showLogs?: boolean;
}

/** The examples of the checkout: two folders up from here, one up from the bundle. */
const exampleConfig = (): string => {
  const candidates = ['../../manifests/example/config.yaml', '../manifests/example/config.yaml'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined)
    throw new AppError(
      'invalid',
      'the demo needs manifests/example of the Rolewarden checkout; run it from there with `npm start`',
    );
  return found;
};
const metricsUrl = 'http://127.0.0.1:9464';
const apiUrl = 'http://127.0.0.1:9465';

/** The controller with nothing but settings to tell it where its cloud is. */
const startProcess = (sandbox: Sandbox, options: DemoOptions, terminal: Terminal): ChildProcess => {
  const child = spawn(
    process.execPath,
    [
      process.argv[1] ?? '',
      'run',
      '--config',
      exampleConfig(),
      '--no-journal',
      '--log-format',
      options.showLogs === true ? 'pretty' : 'json',
    ],
    {
      env: { ...terminal.env, ...sandbox.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C reaches the whole process group; the story decides when the controller stops.
      detached: true,
    },
  );
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4_000);
    if (options.showLogs === true) terminal.err(text);
  });
  child.on('exit', (code) => {
    if (code !== 0 && !terminal.stopped.aborted)
      terminal.err(`\nThe controller ended with code ${code}. Its last words:\n${tail}\n`);
  });
  return child;
};

const stopProcess = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });

const waitUntilReady = async (child: ChildProcess, signal: AbortSignal): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new AppError('invalid', 'the controller did not start; see above');
    const ready = await fetch(`${metricsUrl}/readyz`, { signal }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await sleep(200, undefined, { signal });
  }
};

export const demoCommand = async (options: DemoOptions, terminal: Terminal): Promise<number> => {
  const narrator = createNarrator(terminal);
  narrator.title('Rolewarden demo: an embedded Entra ID and AWS, and the real controller between them');
  const sandbox = await startSandbox({ world: demoWorld(), ports: sandboxPorts });
  const child = startProcess(sandbox, options, terminal);
  try {
    narrator.say(
      'The controller starts: two accounts (dev, prod), three groups, policies from manifests/example/policies.',
    );
    await waitUntilReady(child, terminal.stopped);
    narrator.links({
      Metrics: `${metricsUrl}/metrics`,
      Health: `${metricsUrl}/healthz`,
      Readiness: `${metricsUrl}/readyz`,
      Status: `${apiUrl}/api/v1/status`,
      'Sandbox control': sandbox.controlUrl,
    });
    await tellStory({
      sandbox,
      narrator,
      metricsUrl,
      rounds: options.rounds ?? Infinity,
      signal: terminal.stopped,
    });
    return 0;
  } catch (error) {
    if (terminal.stopped.aborted) return 0;
    throw error;
  } finally {
    narrator.say('The controller finishes what it is doing and stops.');
    await stopProcess(child);
    await sandbox.stop();
    narrator.say('Done.');
  }
};
