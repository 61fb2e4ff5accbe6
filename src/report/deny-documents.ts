// The denies of a role once everything planned is written.

import type { PlannedRole } from '../domain/plan.ts';

/** The document; undefined: there is none. */
export const plannedDenies = (role: PlannedRole): string | undefined => {
  const write = role.writes.findLast(({ op }) => op === 'putDenies');
  return write?.op === 'putDenies' ? write.after : role.denies;
};
