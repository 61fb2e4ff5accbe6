#!/usr/bin/env node
// The process: signals, environment, exit code.

import { CommanderError } from 'commander';
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
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (stopping.signal.aborted) {
    process.exitCode = 130;
  } else {
    terminal.err(`rolewarden: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!(error instanceof AppError) && error instanceof Error && error.stack !== undefined)
      terminal.err(`${error.stack}\n`);
    process.exitCode = 1;
  }
}
