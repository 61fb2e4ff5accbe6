// What every single write to AWS must keep: a list, so that a new rule is an entry.

import { foreignDeniesStay } from './foreign-denies.ts';
import { nobodyIsPutOutWithoutReason } from './narrowing.ts';
import { onlyClosedRolesAreDeleted, onlyOwnRoles, onlyWhereItMay } from './permission-to-act.ts';
import { nothingIsWrittenTwice } from './repetition.ts';
import { nobodyGainsBeyondThePolicy } from './widening.ts';
import type { WriteInvariant } from './write-invariant.ts';

/** A rule for writes that are still to come stands here as well: for instance, that whoever is put out was denied before. */
export const writeInvariants: readonly WriteInvariant[] = [
  nobodyGainsBeyondThePolicy,
  nobodyIsPutOutWithoutReason,
  onlyWhereItMay,
  onlyOwnRoles,
  foreignDeniesStay,
  onlyClosedRolesAreDeleted,
  nothingIsWrittenTwice,
];
