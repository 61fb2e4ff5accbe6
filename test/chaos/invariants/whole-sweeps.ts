// Where nothing fails and nobody interferes, a sweep does all that it planned.

import { settleMs } from './leavers.ts';
import type { SweepInvariant } from './of-sweeps.ts';

export const withoutFaultsAllIsDone: SweepInvariant = {
  name: 'without faults a sweep does all that it planned',
  check: (_account, report, _sweep, { records, timeline, wasFaulty }) => {
    const editedAtMs = records.lastEditAtMs();
    const isDisturbed = editedAtMs !== undefined && timeline.now() - editedAtMs <= settleMs;
    return wasFaulty || isDisturbed || report.result === 'ok' ? undefined : `it is ${report.message}`;
  },
};
