// What every single write to AWS must keep: a list, so that a new rule is an entry.

import { whoLeavesWasDenied } from './denied-first.ts';
import { whoComesHasTheEnd } from './ends.ts';
import { foreignDeniesStay } from './foreign-denies.ts';
import { manyLoseByWord } from './large-removals.ts';
import { nobodyIsPutOutWithoutReason } from './narrowing.ts';
import { onlyClosedRolesAreDeleted, onlyOwnRoles, onlyWhereItMay } from './permission-to-act.ts';
import { nothingIsWrittenTwice } from './repetition.ts';
import { nobodyGainsBeyondThePolicy } from './widening.ts';
import type { WriteInvariant } from './write-invariant.ts';

export const writeInvariants: readonly WriteInvariant[] = [
  nobodyGainsBeyondThePolicy,
  nobodyIsPutOutWithoutReason,
  manyLoseByWord,
  whoComesHasTheEnd,
  whoLeavesWasDenied,
  onlyWhereItMay,
  onlyOwnRoles,
  foreignDeniesStay,
  onlyClosedRolesAreDeleted,
  nothingIsWrittenTwice,
];
