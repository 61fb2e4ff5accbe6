// A schedule of steps: drawn from a seed, run, and, when it fails, made as small as it can be.

import fc from 'fast-check';
import { converges } from './converge.ts';
import { anySchedule, renderStep, runStep } from './steps/all.ts';
import type { Step } from './steps/step.ts';
import { startTrial, type Trial } from './trial.ts';
import { firstWill, noPolicies } from './will.ts';

export type Schedule = readonly Step[];

const follow = async (trial: Trial, schedule: Schedule): Promise<void> => {
  for (const step of schedule) {
    await trial.restartIfDead();
    await runStep(trial, step);
    trial.check();
  }
  await converges(trial);
};

/** In every third schedule the roles are made while the steps go on; in every fifth, IAM lags before anything else happens. */
const beginningOf = (seed: number) => ({
  will: seed % 3 === 0 ? noPolicies : firstWill,
  isLagging: seed % 5 === 0,
});

export interface Failure {
  readonly message: string;
  readonly records: readonly string[];
}

/** undefined: it kept every invariant. */
export const runSchedule = async (schedule: Schedule, seed: number): Promise<Failure | undefined> => {
  const trial = await startTrial({ seed, ...beginningOf(seed) });
  try {
    await follow(trial, schedule);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error && error.name !== 'Violation' ? `\n${error.stack ?? ''}` : '';
    return { message: `${message}${stack}`, records: trial.records.lines() };
  } finally {
    await trial.end();
  }
};

/** The schedule that a seed stands for. */
export const scheduleOf = (seed: number): Schedule => fc.sample(anySchedule, { seed, numRuns: 1 })[0] ?? [];

export interface Found {
  readonly schedule: Schedule;
  readonly failure: Failure;
}

/** Leaves steps out, many at a time and then single ones, for as long as what is left still fails. */
const shrink = async (found: Found, seed: number, untilMs: number): Promise<Found> => {
  let smallest = found;
  for (let size = Math.ceil(found.schedule.length / 2); size >= 1; ) {
    let isSmaller = false;
    for (let from = smallest.schedule.length - size; from >= 0; from -= size) {
      if (performance.now() > untilMs) return smallest;
      const schedule = smallest.schedule.toSpliced(from, size);
      const failure = await runSchedule(schedule, seed);
      if (failure === undefined) continue;
      smallest = { schedule, failure };
      isSmaller = true;
    }
    if (!isSmaller || size > 1) size = size === 1 ? 0 : Math.floor(size / 2);
  }
  return smallest;
};

/** Runs the schedule of one seed. undefined: it kept every invariant; else the smallest schedule found that does not. */
export const trySeed = async (seed: number, shrinkForMs = 60_000): Promise<Found | undefined> => {
  const schedule = scheduleOf(seed);
  const failure = await runSchedule(schedule, seed);
  return failure === undefined
    ? undefined
    : await shrink({ schedule, failure }, seed, performance.now() + shrinkForMs);
};

const shownLines = 120;

/** For people: what failed, by which steps, and all that happened last. */
export const render = (seed: number, { schedule, failure }: Found): string =>
  [
    `seed ${seed}: ${failure.message}`,
    '',
    'The smallest schedule found:',
    ...schedule.map((step, index) => `  ${index + 1}. ${renderStep(step)}`),
    '',
    `What happened last${failure.records.length > shownLines ? `, of ${failure.records.length} lines` : ''}:`,
    ...failure.records.slice(-shownLines),
    '',
    `Again: npm run chaos -- --seed ${seed}`,
  ].join('\n');
