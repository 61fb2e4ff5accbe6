// What every look of doctor has around it.

import { toAppError } from '../domain/errors.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import { type Reading, unreadable } from '../domain/reading.ts';
import type { OnProgress } from '../reconcile/progress.ts';
import type { Terminal } from './output.ts';

export interface LookAroundOptions {
  readonly file: string;
  /** Only these, by name; undefined: all. */
  readonly accounts: readonly string[] | undefined;
  readonly terminal: Terminal;
  readonly onProgress: OnProgress;
}

export interface Surroundings extends LookAroundOptions {
  readonly config: ControllerConfig;
  readonly signal: AbortSignal;
}

/** What fails is a reading too; only the signal ends everything. */
export const attempted = async <T>(
  what: string,
  signal: AbortSignal,
  work: () => Promise<Reading<T>>,
): Promise<Reading<T>> => {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    return unreadable(toAppError(error, what));
  }
};
