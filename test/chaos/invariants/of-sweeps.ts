// What must be so when a sweep has ended: a list, so that a new rule is an entry.

import { endsComeByThemselves } from './ends.ts';
import { leaversAreOut } from './leavers.ts';
import { whoIsLockedOutIsOut } from './lockouts.ts';
import type { SweepInvariant } from './sweep-invariant.ts';
import { withoutFaultsAllIsDone } from './whole-sweeps.ts';

export const sweepInvariants: readonly SweepInvariant[] = [
  leaversAreOut,
  whoIsLockedOutIsOut,
  endsComeByThemselves,
  withoutFaultsAllIsDone,
];
