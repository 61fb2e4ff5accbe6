// The real `prometheus` and `promtool`, where they are installed.

import { execFile, spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';

export const hasPrometheus = ['prometheus', 'promtool'].every(
  (command) => spawnSync(command, ['--version']).status === 0,
);

/** Skips a test, with a sentence, where there is no Prometheus. */
export const needPrometheus = (context: TestContext): void => {
  context.skip(!hasPrometheus, 'prometheus and promtool are not installed (Debian: prometheus)');
};

export interface Said {
  readonly code: number;
  readonly text: string;
}

/** Runs promtool to its end; `stdin` is what it reads there. */
export const promtool = (args: readonly string[], stdin = ''): Promise<Said> =>
  new Promise((done) => {
    const child = execFile('promtool', [...args], { maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, text: `${stdout}${stderr}` });
    });
    child.stdin?.end(stdin);
  });
