// A schedule of steps: drawn from a seed, run, and, when it fails, made as small as it can be.

import fc from 'fast-check';
import { converges } from './converge.ts';
import { anySchedule, renderStep, runStep } from './steps/all.ts';
import type { Step } from './steps/step.ts';
import { startTrial } from './start-trial.ts';
import { type Trial, Violation } from './trial.ts';
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

export interface Outcome {
  /** What was broken; undefined: nothing. */
  readonly broken: string | undefined;
  readonly records: readonly string[];
}

const describeError = (error: unknown): string => {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

export const runSchedule = async (schedule: Schedule, seed: number): Promise<Outcome> => {
  const trial = await startTrial({ seed, ...beginningOf(seed) });
  try {
    await follow(trial, schedule);
    return { broken: undefined, records: trial.records.lines() };
  } catch (error) {
    return { broken: describeError(error), records: trial.records.lines() };
  } finally {
    await trial.end();
  }
};

/** The schedule that a seed stands for. */
export const scheduleOf = (seed: number): Schedule => fc.sample(anySchedule, { seed, numRuns: 1 })[0] ?? [];

/** A schedule that breaks something. */
export interface Found {
  readonly schedule: Schedule;
  readonly outcome: Outcome;
}

/** Leaves steps out, many at a time and then single ones, for as long as what is left still fails. */
const shrink = async (found: Found, seed: number, untilMs: number): Promise<Found> => {
  let smallest = found;
  for (let size = Math.ceil(found.schedule.length / 2); size >= 1; ) {
    let isSmaller = false;
    for (let from = smallest.schedule.length - size; from >= 0; from -= size) {
      if (performance.now() > untilMs) return smallest;
      const schedule = smallest.schedule.toSpliced(from, size);
      const outcome = await runSchedule(schedule, seed);
      if (outcome.broken === undefined) continue;
      smallest = { schedule, outcome };
      isSmaller = true;
    }
    if (!isSmaller || size > 1) size = size === 1 ? 0 : Math.floor(size / 2);
  }
  return smallest;
};

/** Runs the schedule of one seed. undefined: it kept every invariant; else the smallest schedule found that does not. */
export const trySeed = async (seed: number, shrinkForMs = 60_000): Promise<Found | undefined> => {
  const schedule = scheduleOf(seed);
  const outcome = await runSchedule(schedule, seed);
  return outcome.broken === undefined
    ? undefined
    : await shrink({ schedule, outcome }, seed, performance.now() + shrinkForMs);
};

const shownLines = 120;

/** For people: what failed, by which steps, and all that happened last. */
export const render = (seed: number, { schedule, outcome }: Found): string =>
  [
    `seed ${seed}: ${outcome.broken ?? ''}`,
    '',
    'The smallest schedule found:',
    ...schedule.map((step, index) => `  ${index + 1}. ${renderStep(step)}`),
    '',
    `What happened last, of ${outcome.records.length} lines:`,
    ...outcome.records.slice(-shownLines),
    '',
    `Again: npm run chaos -- --seed ${seed}`,
  ].join('\n');
