// Whether an action may be carried out, told by a call that changes nothing.

import type { AppError } from '../domain/errors.ts';
import type { Trial } from '../domain/examination.ts';
import type { Reading } from '../domain/reading.ts';
import { classifyError } from './classify-error.ts';

const isRefusal = ({ code }: AppError): boolean =>
  code !== undefined && /^(?:AccessDenied|UnauthorizedOperation)/.test(code);

/** A refusal for any other reason shows that IAM let the request through: what was asked for is not there, or is wrong. */
const outcomeOf = (problem: AppError): Trial['outcome'] => {
  if (isRefusal(problem)) return 'denied';
  return problem.kind === 'invalid' || problem.kind === 'conflict' ? 'allowed' : 'unknown';
};

export const trialOf = (action: string, region: string | undefined, problem: AppError | undefined): Trial => {
  const outcome = problem === undefined ? 'allowed' : outcomeOf(problem);
  return { action, region, outcome, because: outcome === 'allowed' ? '' : (problem?.message ?? '') };
};

export const trialOfReading = (action: string, reading: Reading<unknown>): Trial =>
  trialOf(action, undefined, reading.state === 'unreadable' ? reading.problem : undefined);

export interface Attempt {
  readonly action: string;
  readonly resource: string;
  readonly region?: string | undefined;
  readonly send: () => Promise<unknown>;
}

/** Throws only when `signal` aborts. */
export const attempt = async (
  { action, resource, region, send }: Attempt,
  signal: AbortSignal,
): Promise<Trial> => {
  try {
    await send();
    return trialOf(action, region, undefined);
  } catch (error) {
    signal.throwIfAborted();
    return trialOf(action, region, classifyError(error, { action, resource }));
  }
};
