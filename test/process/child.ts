// The program, and others that it works with, as processes of their own: started, listened to, signalled, never left behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = resolve(import.meta.dirname, '../..');
const main = resolve(root, 'src/main.ts');

export interface Ending {
  /** null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly pid: number;
  /** Everything up to now. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ending>;
}

const alive = new Set<ChildProcess>();
// The tests themselves may be ended; what they started must not outlive them.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a command. `environment` goes on top of the test's own. */
export const startProcess = (
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = root,
): Child => {
  const child = spawn(command, [...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  const ended = new Promise<Ending>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => {
      alive.delete(child);
      done({ code, signal, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: (signal) => void child.kill(signal),
    ended,
  };
};

/** Starts `node ARGS`, as `startProcess`. */
export const startNode = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = root,
): Child => startProcess(process.execPath, args, environment, cwd);

/** Starts `rolewarden ARGS`. */
export const startProgram = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = root,
): Child => startProcess(process.execPath, [main, ...args], environment, cwd);

/** Runs `rolewarden ARGS` to its end. */
export const runProgram = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd = root,
): Promise<Ending> => startProgram(args, environment, cwd).ended;

/** Ends every process that is still there and waits until it is gone. */
export const killAll = async (): Promise<void> => {
  await Promise.all(
    [...alive].map(async (child) => {
      const gone = new Promise((done) => child.once('close', done));
      child.kill('SIGKILL');
      await gone;
    }),
  );
};

const usualPatienceMs = 45_000;

/** Asks again and again until the answer is true or there is nothing left to hope for; `lastWords` tell why. */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  lastWords: () => string = () => '',
  patienceMs = usualPatienceMs,
): Promise<void> => {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`this did not come true: ${what}\nLast words:\n${lastWords().slice(-3_000)}`);
    await pause(40);
  }
};
