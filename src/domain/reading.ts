// What a read of the outside world can say. The difference between `absent` and `unreadable` is the product:
// nothing is ever removed because something could not be read.

import type { AppError } from './errors.ts';

export type Reading<T> =
  | { readonly state: 'present'; readonly value: T }
  /** The source answered, and said that there is no such thing. */
  | { readonly state: 'absent' }
  /** The source did not answer, or answered something we cannot rely on (a broken page chain, a null, a 403). */
  | { readonly state: 'unreadable'; readonly problem: AppError };

export const present = <T>(value: T): Reading<T> => ({ state: 'present', value });
export const absent: Reading<never> = { state: 'absent' };
export const unreadable = (problem: AppError): Reading<never> => ({ state: 'unreadable', problem });
