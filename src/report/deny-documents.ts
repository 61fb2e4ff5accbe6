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

/** As `plannedDenies`, of what really stands there now. */
export const writtenDenies = (role: PlannedRole, outcomes: readonly Outcome[]): string | undefined => {
  const last = outcomes.findLast(
    ({ object, name, result, write }) =>
      object === role.object && name === role.name && result === 'done' && write.op === 'putDenies',
  );
  if (last?.write.op !== 'putDenies') return role.denies;
  return last.written?.after ?? last.write.after;
};

/** What a document denies; nothing that we know of where it cannot be read, which the role's warnings say. */
export const deniesIn = (document: string | undefined): Denies => {
  const read = readDenies(document);
  return read.ok ? read.denies : noDenies;
};
