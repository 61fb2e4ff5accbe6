// `rolewarden doctor`: whether everything is there that the config needs, on both sides; or, with an assertion, whether Entra
// sends what a Federation says. Changes nothing.

import type { Check } from '../domain/check.ts';
import { AppError } from '../domain/errors.ts';
import { countChecks, renderChecks } from '../report/render-checks.ts';
import { doctorAssertion } from './doctor-assertion.ts';
import { lookAround } from './look-around.ts';
import { type Terminal, wantsColor } from './output.ts';
import { withProgress } from './progress.ts';

export interface DoctorOptions {
  readonly config: string;
  /** Only these, by name; absent: all. */
  readonly account?: readonly string[];
  readonly output: 'text' | 'json';
  /** Warnings count as missing. */
  readonly strict?: boolean;
  /** A file with a saved sign-in, which is looked at in the place of everything else. */
  readonly assertion?: string;
  /** The Federation of the assertion, by name, where several would fit. */
  readonly federation?: string;
}

/** 0 everything is there, 2 something is missing, 1 something could not be looked at; 2 goes before 1. */
export const doctorExitCode = (checks: readonly Check[], strict: boolean): number => {
  const { missing, warning, unknown } = countChecks(checks);
  if (missing > 0 || (strict && warning > 0)) return 2;
  return unknown > 0 ? 1 : 0;
};

const refuse = (message: string, resource: string): never => {
  throw new AppError('invalid', message, { resource });
};

export const doctorCommand = async (options: DoctorOptions, terminal: Terminal): Promise<number> => {
  const { assertion, federation } = options;
  if (assertion !== undefined) {
    if (options.account !== undefined || options.strict === true)
      refuse(
        '--account and --strict are for what doctor looks at without --assertion: leave them out',
        '--assertion',
      );
    return doctorAssertion({ ...options, assertion }, terminal);
  }
  if (federation !== undefined)
    refuse(
      '--federation says of which Federation an assertion is: give --assertion FILE as well',
      '--federation',
    );
  const checks = await withProgress(terminal, 'Looking', (onProgress) =>
    lookAround({ file: options.config, accounts: options.account, terminal, onProgress }),
  );
  const color = wantsColor(terminal, terminal.isOutTerminal);
  terminal.out(renderChecks(checks, options.output, { color }));
  return doctorExitCode(checks, options.strict === true);
};
