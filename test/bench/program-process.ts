// The program itself, as the image runs it: the bundle, Node's flags, the journal and the log going somewhere. Looked at from
// outside: what Linux tells of the process, and what it tells itself on its listeners.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeEnvironment, nodeFlags } from './runtime.ts';

export interface Program {
  readonly pid: number;
  /** When it was started, milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly metricsUrl: string;
  readonly apiUrl: string;
  /** User and system time of all its threads so far, milliseconds. */
  cpuMs(): Promise<number>;
  /** Resident now, and the most that it ever was. */
  memoryMb(): Promise<{ readonly nowMb: number; readonly peakMb: number }>;
  /** The sum of the samples of a metric that have these labels. */
  metric(name: string, labels?: readonly string[]): Promise<number>;
  /** Each of them. */
  samples(name: string, labels?: readonly string[]): Promise<readonly number[]>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** `getconf CLK_TCK` of every Linux that Node runs on. */
const ticksPerSecond = 100;

const cpuOf = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the command may hold anything, a closing parenthesis too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000;
};

const memoryOf = async (pid: number): Promise<{ readonly nowMb: number; readonly peakMb: number }> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') };
};

const samplesOf = async (
  url: string,
  name: string,
  labels: readonly string[],
): Promise<readonly number[]> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
};

/** Resolves once it listens. */
export const startProgram = async (
  file: URL,
  config: string,
  env: Readonly<Record<string, string>>,
): Promise<Program> => {
  const startedAtMs = Date.now();
  const child = spawn(process.execPath, [...nodeFlags, file.pathname, 'run', '--config', config], {
    env: { ...process.env, ...nodeEnvironment, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  const log: string[] = [];
  let isListening = false;
  // Kept only until it listens; but read for as long as it runs, else it would wait for somebody who does.
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (isListening || log.push(text)));
  const addresses = (): RegExpExecArray | null => /"metrics":"([^"]+)","api":"([^"]+)"/.exec(log.join(''));
  while (addresses() === null) {
    if (child.exitCode !== null) throw new Error(`the program ended:\n${log.join('')}`);
    await pause(5);
  }
  const [, metricsUrl = '', apiUrl = ''] = addresses() ?? [];
  isListening = true;
  const pid = child.pid ?? 0;
  return {
    pid,
    startedAtMs,
    metricsUrl,
    apiUrl,
    cpuMs: () => cpuOf(pid),
    memoryMb: () => memoryOf(pid),
    samples: (name, labels = []) => samplesOf(metricsUrl, name, labels),
    metric: async (name, labels = []) =>
      (await samplesOf(metricsUrl, name, labels)).reduce((sum, one) => sum + one, 0),
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await gone;
    },
  };
};
