// Writes that were not begun, or refused at the last moment, because this process may not write any more.

import { AppError, leaseOver } from '../domain/errors.ts';

/** `because`: what the signal, or the permit, gave as reason. */
export const leftUndone = (because: unknown): string =>
  `${because instanceof Error ? because.message : 'the controller is stopping'}; the next one goes on`;

/** Whether the permit to write was refused, so that nothing was sent. */
export const isRefusal = (error: unknown): boolean => error instanceof AppError && error.code === leaseOver;
