// What a command that threw says last, and its exit code.

import { CommanderError } from 'commander';
import { AppError } from '../domain/errors.ts';
import type { Terminal } from './output.ts';

/** 130 where somebody stopped it. Only a defect of ours shows its stack. */
export const endedBy = (error: unknown, terminal: Terminal): number => {
  // It has said what is wrong.
  if (error instanceof CommanderError) return error.exitCode;
  if (terminal.stopped.aborted) return 130;
  terminal.err(`rolewarden: ${error instanceof Error ? error.message : String(error)}\n`);
  if (!(error instanceof AppError) && error instanceof Error && error.stack !== undefined)
    terminal.err(`${error.stack}\n`);
  return 1;
};
