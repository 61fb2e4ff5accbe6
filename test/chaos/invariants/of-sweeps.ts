// What must be so when a sweep has ended. An invariant is an entry of the list.

import type { SweepReport } from '../../../src/reconcile/sweep-report.ts';
import type { Knowledge } from '../model.ts';
import type { AccountName } from '../scene.ts';
import type { Trial } from '../trial.ts';
import { leaversAreOut } from './leavers.ts';
import { withoutFaultsAllIsDone } from './whole-sweeps.ts';

export interface SweepInvariant {
  readonly name: string;
  /** What is broken, as the end of a sentence. */
  readonly check: (
    account: AccountName,
    report: SweepReport,
    sweep: Knowledge,
    trial: Trial,
  ) => string | undefined;
}

/** A person who is locked out will be looked for here as well. */
export const sweepInvariants: readonly SweepInvariant[] = [leaversAreOut, withoutFaultsAllIsDone];
