// What the writes of a sweep left of denies.

import type { Outcome } from './sweep-report.ts';

/** The documents that a sweep wrote, by role; those of other roles stand as they were observed. */
export const deniesWritten = (outcomes: readonly Outcome[]): ReadonlyMap<string, string | undefined> => {
  const written = new Map<string, string | undefined>();
  for (const { name, result, write, written: really } of outcomes)
    if (result === 'done' && write.op === 'putDenies') written.set(name, (really ?? write).after);
  return written;
};
