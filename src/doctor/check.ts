// How checks are made: their states in one word each, and what an error of an adapter says, taken apart.

import type { Check, CheckState } from '../domain/check.ts';
import type { AppError } from '../domain/errors.ts';

export interface Finding {
  readonly found: string;
  readonly advice?: string | undefined;
}

/** Checks of one area. */
export interface Checks {
  readonly ok: (what: string, found: string) => Check;
  readonly missing: (what: string, found: string, advice?: string) => Check;
  readonly warning: (what: string, found: string, advice?: string) => Check;
  readonly unknown: (what: string, found: string, advice?: string) => Check;
  /** By what went wrong: what somebody has to change is missing, what may pass is unknown. */
  readonly failed: (what: string, problem: AppError, advice?: string) => Check;
}

/** Messages of adapters say what happened, then a colon, then what to do. */
export const takenApart = (message: string): Finding => {
  const at = message.lastIndexOf(': ');
  return at < 0 ? { found: message } : { found: message.slice(0, at), advice: message.slice(at + 2) };
};

/** An answer that somebody gave, and that stays as it is until somebody changes something. */
export const stays = ({ kind }: AppError): boolean => kind === 'denied' || kind === 'invalid';

export const checksOf = (area: string): Checks => {
  const of =
    (state: CheckState) =>
    (what: string, found: string, advice?: string): Check => ({ area, what, state, found, advice });
  return {
    ok: (what, found) => of('ok')(what, found),
    missing: of('missing'),
    warning: of('warning'),
    unknown: of('unknown'),
    failed: (what, problem, advice) => {
      const parts = takenApart(problem.message);
      return of(stays(problem) ? 'missing' : 'unknown')(what, parts.found, advice ?? parts.advice);
    },
  };
};
