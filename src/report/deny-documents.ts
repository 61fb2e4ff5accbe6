// The denies of a role at two moments besides the one at which it was observed: once everything planned is written, and
// after a sweep that wrote what it could.

import { type Denies, noDenies, readDenies } from '../domain/denies.ts';
import type { PlannedRole } from '../domain/plan.ts';
import type { Outcome } from '../reconcile/sweep-report.ts';

/** The document; undefined: there is none. */
export const plannedDenies = (role: PlannedRole): string | undefined => {
  const write = role.writes.findLast(({ op }) => op === 'putDenies');
  return write?.op === 'putDenies' ? write.after : role.denies;
};

/** The documents that a sweep wrote, by role; those of other roles stand as they were observed. */
export const deniesWritten = (outcomes: readonly Outcome[]): ReadonlyMap<string, string | undefined> => {
  const written = new Map<string, string | undefined>();
  for (const { name, result, write, written: really } of outcomes)
    if (result === 'done' && write.op === 'putDenies') written.set(name, really?.after ?? write.after);
  return written;
};

/** What a document denies; nothing that we know of where it cannot be read, which the role's warnings say. */
export const deniesIn = (document: string | undefined): Denies => {
  const read = readDenies(document);
  return read.ok ? read.denies : noDenies;
};
