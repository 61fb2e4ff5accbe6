// How fast one service is asked in one region of an account: a budget for each operation, and slower once it throttles.

import { type Command, aroundAttempts } from './command-stack.ts';
import type { WriteBudget } from './write-budget.ts';

export interface Pace<Operation extends string> {
  /** The command, which from now on takes a token before every attempt, first come first served. */
  paced<C extends Command>(operation: Operation, command: C, signal: AbortSignal): C;
  /** The service throttled an attempt at this operation. */
  throttled(operation: string): void;
}

/** A retry counts as what it is, a request; and a signature would age while waiting. */
const takeToken = (command: Command, budget: WriteBudget, signal: AbortSignal): void =>
  aroundAttempts(command, 'rolewardenTakeToken', (next) => async (args) => {
    await budget.take(signal);
    return next(args);
  });

/** Operations that share a limit share a budget. */
export const paceOf = <Operation extends string>(
  budgets: Readonly<Record<Operation, WriteBudget>>,
): Pace<Operation> => ({
  paced: (operation, command, signal) => {
    takeToken(command, budgets[operation], signal);
    return command;
  },
  throttled: (operation) => {
    if (Object.hasOwn(budgets, operation)) budgets[operation as Operation].throttled();
  },
});
