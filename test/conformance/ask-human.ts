// A person at the terminal does what no script can, and leaves a file.

import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import type { AskHuman } from './experiment.ts';

const read = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

/** Nobody is asked where nobody sits. */
export const askAtTerminal =
  (signal: AbortSignal): AskHuman =>
  async (steps, file) => {
    if (!process.stdin.isTTY) return undefined;
    const lines = steps.map((step, index) => `  ${index + 1}. ${step}`);
    process.stderr.write(`\nnow you:\n${lines.join('\n')}\n`);
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      for (;;) {
        const said = await terminal.question('Enter when that is done, s to skip: ', { signal });
        if (said.trim().toLowerCase() === 's') return undefined;
        const text = await read(file);
        if (text !== undefined) return text;
        process.stderr.write(`there is no file ${file} in ${process.cwd()}\n`);
      }
    } finally {
      terminal.close();
    }
  };
