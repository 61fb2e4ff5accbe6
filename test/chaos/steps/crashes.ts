// The process dies, and clocks jump.

import fc from 'fast-check';
import type { Countdown } from '../countdowns.ts';
import { type StepKind, stepKind } from './step.ts';

/** Any request of the next sweeps, or one of the few that matter most. */
export const countdown: fc.Arbitrary<Pick<Countdown, 'left' | 'of'>> = fc.oneof(
  fc.record({ of: fc.constant('requests' as const), left: fc.integer({ min: 1, max: 30 }) }),
  fc.record({
    of: fc.constantFrom('writes' as const, 'roleReads' as const),
    left: fc.integer({ min: 1, max: 4 }),
  }),
);

export const crashSteps: readonly StepKind[] = [
  stepKind({
    name: 'the process dies at a request',
    weight: 12,
    arguments: fc.record({
      countdown,
      moment: fc.constantFrom<'before' | 'after'>('before', 'after'),
    }),
    run: (trial, { countdown: { left, of }, moment }) => {
      trial.setFuse({ left, of, moment });
    },
  }),
  stepKind({
    name: 'the process dies, and is away for a while',
    weight: 1,
    arguments: fc.record({ seconds: fc.constantFrom(0, 60, 3_700) }),
    run: async (trial, { seconds }) => {
      trial.process().kill();
      await trial.timeline.pass(seconds * 1_000);
    },
  }),
  stepKind({
    name: 'the clock of the controller jumps',
    weight: 1,
    arguments: fc.record({ seconds: fc.constantFrom(-7_200, -400, -60, 60, 400, 7_200) }),
    run: (trial, { seconds }) => {
      trial.skew.controller += seconds * 1_000;
      trial.wasFaulty = true;
      trial.isFaulty = true;
      trial.trouble();
    },
  }),
  stepKind({
    // As when the machine slept: no timer has noticed.
    name: 'all clocks jump',
    weight: 1,
    arguments: fc.record({ seconds: fc.constantFrom(60, 400, 7_200) }),
    run: (trial, { seconds }) => {
      trial.skew.controller += seconds * 1_000;
      trial.skew.clouds += seconds * 1_000;
      trial.trouble();
    },
  }),
];
