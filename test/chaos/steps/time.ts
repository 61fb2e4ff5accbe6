// Time passes, and the schedule asks for a sweep.

import fc from 'fast-check';
import { accountNames } from '../scene.ts';
import type { Trial } from '../trial.ts';
import { type StepKind, stepKind } from './step.ts';

/** Until every account has ended a sweep that began now or later, or cannot. */
export const sweepAll = async (trial: Trial): Promise<void> => {
  const process = trial.process();
  const counts = accountNames.map((name) => trial.reports.get(name)?.length ?? 0);
  process.sweepNow();
  await trial.timeline.settle();
  // What a fault delays goes on by itself; two minutes are longer than all attempts of a request.
  for (let seconds = 0; seconds < 120; seconds += 10) {
    const isDone = accountNames.every(
      (name, index) => (trial.reports.get(name)?.length ?? 0) > (counts[index] ?? 0),
    );
    if (isDone || process.life.aborted) return;
    await trial.timeline.pass(10_000);
  }
};

export const timeSteps: readonly StepKind[] = [
  stepKind({
    name: 'time passes',
    weight: 6,
    arguments: fc.record({ seconds: fc.constantFrom(5, 30, 70, 70, 70, 140, 140, 400, 700) }),
    run: ({ timeline }, { seconds }) => timeline.pass(seconds * 1_000),
  }),
  stepKind({
    name: 'the schedule asks for a sweep',
    weight: 4,
    arguments: fc.constant({}),
    run: sweepAll,
  }),
];
