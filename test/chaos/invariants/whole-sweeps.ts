// Where nothing fails and nobody interferes, a sweep does all that it planned.

import type { SweepInvariant } from './sweep-invariant.ts';

export const withoutFaultsAllIsDone: SweepInvariant = {
  name: 'without faults a sweep does all that it planned',
  check: (_account, report, _sweep, trial) =>
    trial.isDisturbed() || report.result === 'ok' ? undefined : `it is ${report.message}`,
};
