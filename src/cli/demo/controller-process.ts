// A controller of the demo as a process of its own, which the story kills and starts again; and other commands beside it.

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import type { Terminal } from '../output.ts';

export interface ControllerProcess {
  /** Resolves once it is ready. */
  start(): Promise<void>;
  /** As `kill -9` does: nothing is finished. */
  kill(): Promise<void>;
  /** As Ctrl-C does: the write in flight is finished. */
  stop(): Promise<void>;
  /** What another command prints, such as `plan`, with the same cloud and the same policies. */
  print(args: readonly string[]): Promise<string>;
}

export interface ControllerProcessOptions {
  /** As sentences begin with it: `The controller`. */
  readonly name: string;
  readonly config: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly metricsUrl: string;
  readonly showLogs: boolean;
  /** Before each line of its log; empty: nothing. */
  readonly logPrefix: string;
  readonly terminal: Terminal;
}

const gone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const end = (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> =>
  new Promise((resolve) => {
    if (child === undefined || gone(child)) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill(signal);
  });

/** The controller has nothing but settings to tell it where its cloud is. */
export const createControllerProcess = (options: ControllerProcessOptions): ControllerProcess => {
  const { name, config, environment, metricsUrl, showLogs, logPrefix, terminal } = options;
  const { stopped: signal } = terminal;
  const env = { ...terminal.env, ...environment };
  const program = process.argv[1] ?? '';
  let current: ChildProcess | undefined;

  const begin = (): ChildProcess => {
    const format = showLogs ? 'pretty' : 'json';
    const child = spawn(
      process.execPath,
      [program, 'run', '--config', config, '--no-journal', '--log-format', format],
      // Ctrl-C reaches the whole process group; the story decides when the controller stops.
      { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
    );
    let tail = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-4_000);
      if (showLogs) terminal.err(text.replaceAll(/^(?=.)/gm, logPrefix));
    });
    child.on('exit', (code) => {
      // Without a code, a signal ended it, which is part of the story.
      if (code !== 0 && code !== null && !signal.aborted)
        terminal.err(`\n${name} ended with code ${code}. Its last words:\n${tail}\n`);
    });
    return child;
  };

  return {
    start: async () => {
      const child = begin();
      current = child;
      for (;;) {
        if (gone(child))
          throw new AppError(
            'invalid',
            `${name.replace(/^./, (first) => first.toLowerCase())} did not start; see above`,
          );
        const isReady = await fetch(`${metricsUrl}/readyz`, { signal }).then(
          (response) => response.ok,
          () => false,
        );
        if (isReady) return;
        await sleep(200, undefined, { signal });
      }
    },
    kill: () => end(current, 'SIGKILL'),
    stop: () => end(current, 'SIGTERM'),
    print: (args) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [program, ...args, '--config', config], {
          env,
          signal,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let [printed, complaints] = ['', ''];
        child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => void (complaints += text));
        child.once('error', reject);
        child.once('close', () => {
          if (printed !== '') resolve(printed);
          else reject(new AppError('invalid', `rolewarden ${args.join(' ')} printed nothing: ${complaints}`));
        });
      }),
  };
};
