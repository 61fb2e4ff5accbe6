// The real Prometheus, which scrapes what it is told to every second and evaluates rules as often.

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Child, startProcess, until } from './child.ts';

type Labels = Readonly<Record<string, string>>;

export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
}

export interface Series {
  readonly metric: Labels;
  /** Seconds since the epoch, and the value. */
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

export interface Prometheus extends Child {
  /** What it scrapes from now on: `127.0.0.1:9464`. */
  target(...addresses: readonly string[]): void;
  /** Pending and firing ones. */
  alerts(): Promise<readonly ActiveAlert[]>;
  /** At each second from the start until now. */
  history(query: string): Promise<readonly Series[]>;
}

const config = (rules: string, targets: string) => ({
  global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
  rule_files: [rules],
  scrape_configs: [
    { job_name: 'rolewarden', file_sd_configs: [{ files: [targets], refresh_interval: '1s' }] },
  ],
});

/** `rules`: the file of rules. Everything it writes is in `folder`. */
export const startPrometheus = async (folder: string, rules: string): Promise<Prometheus> => {
  const [file, targets] = [join(folder, 'prometheus.yaml'), join(folder, 'targets.json')];
  const target = (...addresses: readonly string[]): void => {
    // In one step, so that it never reads half a file.
    writeFileSync(`${targets}.new`, JSON.stringify([{ targets: addresses }]));
    renameSync(`${targets}.new`, targets);
  };
  target();
  writeFileSync(file, stringify(config(rules, targets)));
  const child = startProcess(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      '--web.listen-address=127.0.0.1:0',
      '--log.format=json',
    ],
    {},
    folder,
  );
  const address = (): string | undefined =>
    /"address":"(127\.0\.0\.1:[1-9]\d*)"[^\n]*"msg":"Listening on"/.exec(child.stderr())?.[1];
  const isReady = async (): Promise<boolean> => {
    if (!child.isRunning()) throw new Error(`prometheus ended:\n${child.stderr()}`);
    return address() !== undefined && (await fetch(`http://${address()}/-/ready`)).ok;
  };
  await until('prometheus is ready', isReady, child.stderr);
  const startedAtMs = Date.now();

  const ask = async <T>(path: string, parameters: Labels = {}): Promise<T> => {
    const response = await fetch(`http://${address()}/api/v1/${path}`, {
      method: Object.keys(parameters).length > 0 ? 'POST' : 'GET',
      ...(Object.keys(parameters).length > 0 ? { body: new URLSearchParams(parameters) } : {}),
    });
    const answer = (await response.json()) as { readonly data: T; readonly error?: string };
    if (!response.ok) throw new Error(`${parameters['query'] ?? path}: ${answer.error}`);
    return answer.data;
  };

  return {
    ...child,
    target,
    alerts: async () => (await ask<{ readonly alerts: readonly ActiveAlert[] }>('alerts')).alerts,
    history: async (query) => {
      const [start, end] = [startedAtMs, Date.now()].map((ms) => String(ms / 1_000));
      const parameters = { query, start: start ?? '', end: end ?? '', step: '1' };
      return (await ask<{ readonly result: readonly Series[] }>('query_range', parameters)).result;
    },
  };
};
