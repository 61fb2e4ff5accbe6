#!/usr/bin/env node
// The process: signals, environment, exit code.

import { endedBy } from './cli/ended-by.ts';
import type { Terminal } from './cli/output.ts';
import { buildProgram } from './cli/program.ts';
import { AppError } from './domain/errors.ts';

const stopping = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    signals += 1;
    // Asked twice, a person means it.
    if (signals > 1) process.exit(130);
    stopping.abort(new AppError('transient', `stopped by ${signal}`));
  });
}

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  isOutTerminal: process.stdout.isTTY,
  isErrTerminal: process.stderr.isTTY,
  // A terminal that nobody sits at has none.
  errColumns: process.stderr.columns > 0 ? process.stderr.columns : undefined,
  stopped: stopping.signal,
};

// A reader that went away (`rolewarden plan | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await buildProgram(terminal, (code) => {
    process.exitCode = code;
  }).parseAsync();
} catch (error) {
  process.exitCode = endedBy(error, terminal);
}
