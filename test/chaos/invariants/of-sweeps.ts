// What must be so when a sweep has ended: a list, so that a new rule is an entry.

import { leaversAreOut } from './leavers.ts';
import type { SweepInvariant } from './sweep-invariant.ts';
import { withoutFaultsAllIsDone } from './whole-sweeps.ts';

/** A person who is locked out will be looked for here as well. */
export const sweepInvariants: readonly SweepInvariant[] = [leaversAreOut, withoutFaultsAllIsDone];
