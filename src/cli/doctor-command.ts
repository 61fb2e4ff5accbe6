// `rolewarden doctor`: whether everything is there that the config needs, on both sides. Changes nothing.

import type { Check } from '../domain/check.ts';
import { countChecks, renderChecks } from '../report/render-checks.ts';
import { lookAround } from './look-around.ts';
import { type Terminal, wantsColor } from './output.ts';

export interface DoctorOptions {
  readonly config: string;
  /** Only these, by name; absent: all. */
  readonly account?: readonly string[];
  readonly output: 'text' | 'json';
  /** Warnings count as missing. */
  readonly strict?: boolean;
}

/** 0 everything is there, 2 something is missing, 1 something could not be looked at; 2 goes before 1. */
export const doctorExitCode = (checks: readonly Check[], strict: boolean): number => {
  const { missing, warning, unknown } = countChecks(checks);
  if (missing > 0 || (strict && warning > 0)) return 2;
  return unknown > 0 ? 1 : 0;
};

export const doctorCommand = async (options: DoctorOptions, terminal: Terminal): Promise<number> => {
  const progress = (text: string): void => {
    if (terminal.isErrTerminal) terminal.err(`${text}\n`);
  };
  const checks = await lookAround({
    file: options.config,
    accounts: options.account,
    terminal,
    progress,
  });
  const color = wantsColor(terminal, terminal.isOutTerminal);
  terminal.out(renderChecks(checks, options.output, { color }));
  return doctorExitCode(checks, options.strict === true);
};
