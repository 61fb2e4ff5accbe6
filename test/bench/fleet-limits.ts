// What the program has to keep over many accounts.

import {
  type FleetFigures,
  mostByMean,
  pollsShare,
  takeoverMs,
  takeoverSweepsMs,
  withSweepsShare,
} from './fleet-figures.ts';
import { type Verdict, atMost } from './limits.ts';

const idleMemoryMb = 130;
const idleCorePercent = 1;
const startLimitMs = 3_000;
const unevenLimit = 1.3;

export const verdictsOnFleet = ({ idle, starts, replicas }: FleetFigures): readonly Verdict[] => [
  ...(idle === undefined
    ? []
    : [
        atMost('memory while idle, median', idle.polls.medianRssMb, idleMemoryMb, ' MB'),
        atMost('CPU while idle, polls only', 100 * pollsShare(idle), idleCorePercent, ' % of a core', 2),
        atMost(
          'CPU while idle, with a sweep each 5 minutes',
          100 * withSweepsShare(idle),
          idleCorePercent,
          ' % of a core',
          2,
        ),
      ]),
  ...starts.map(({ roles, accounts, ms }) =>
    atMost(
      `start until ${roles} roles in ${accounts === 1 ? 'one account' : `${accounts} accounts`} are swept`,
      ms / 1_000,
      startLimitMs / 1_000,
      ' s',
      2,
    ),
  ),
  ...(replicas === undefined
    ? []
    : [
        atMost(
          'most accounts of a replica ÷ the mean, as processes',
          mostByMean(replicas),
          unevenLimit,
          '',
          2,
        ),
        atMost(
          `the same, the worst of ${replicas.spread.sets} sets of account ids`,
          replicas.spread.worst,
          unevenLimit,
          '',
          2,
        ),
        {
          ...atMost(
            'accounts of a killed replica are swept',
            takeoverMs(replicas) / 1_000,
            (replicas.leaseMs + takeoverSweepsMs(replicas)) / 1_000,
            ' s',
            2,
          ),
          limit: `≤ a lease and a sweep: ${((replicas.leaseMs + takeoverSweepsMs(replicas)) / 1_000).toFixed(2)} s`,
        },
      ]),
];
