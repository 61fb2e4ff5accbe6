// Checks before a write throw; a read answers with what they say.

import { AppError } from '../domain/errors.ts';

/** Why the check refuses; undefined: it does not. */
export const refusalOf = (check: () => void): AppError | undefined => {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};
