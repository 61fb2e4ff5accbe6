// An invariant of sweeps looks at the world as a sweep has ended.

import type { SweepReport } from '../../../src/reconcile/sweep-report.ts';
import type { Knowledge } from '../model.ts';
import type { AccountName } from '../scene.ts';
import type { Trial } from '../trial.ts';

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
