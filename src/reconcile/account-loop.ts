// A loop of one account: one sweep at a time, triggers collapse into one, failures back off on their own. A throttled
// or broken account delays no other.

import { toAppError } from '../domain/errors.ts';
import type { SweepReport, SweepTrigger } from './sweep-report.ts';
import type { Timers } from './timers.ts';

export interface AccountLoop {
  /** Asks for a sweep as soon as the one under way has ended. */
  trigger(trigger: SweepTrigger): void;
  /** Since when the sweep under way runs, milliseconds since the epoch; undefined while idle. */
  busySinceMs(): number | undefined;
  /** Starts nothing any more, and waits for the sweep under way. */
  stop(): Promise<void>;
}

export interface AccountLoopOptions {
  readonly sweep: (trigger: SweepTrigger) => Promise<SweepReport>;
  readonly onReport: (report: SweepReport) => void;
  /** A sweep threw: a defect, not a failure of the world. */
  readonly onDefect: (error: Error) => void;
  readonly now: () => number;
  readonly timers: Timers;
  /** Between 0 and 1. */
  readonly random: () => number;
}

const firstRetryMs = 2_000;
const longestRetryMs = 300_000;
/** After writing, one more sweep sees whether the world is as written. */
const verifyAfterMs = 5_000;
/** A moment that has come already is no reason to sweep without a pause. */
const shortestWaitMs = 1_000;
/** Timers take no more than 24 days; whoever wakes early waits on. */
const longestWaitMs = 24 * 3_600_000;

/** Full jitter over an exponentially growing window. */
const retryDelayMs = (failures: number, random: number): number =>
  Math.round(Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20)) * (0.5 + random / 2));

/** More urgent triggers win when several collapse into one. */
const urgency: readonly SweepTrigger[] = [
  'schedule',
  'clock',
  'settled',
  'retry',
  'start',
  'services',
  'policies',
  'membership',
];
const moreUrgent = (a: SweepTrigger | undefined, b: SweepTrigger): SweepTrigger =>
  a === undefined || urgency.indexOf(b) > urgency.indexOf(a) ? b : a;

export const createAccountLoop = (options: AccountLoopOptions): AccountLoop => {
  let pending: SweepTrigger | undefined;
  let running: Promise<void> | undefined;
  let busySinceMs: number | undefined;
  let failures = 0;
  let isStopped = false;
  let cancelTimer = (): void => undefined;

  const later = (delayMs: number, trigger: SweepTrigger): void => {
    cancelTimer();
    if (isStopped) return;
    cancelTimer = options.timers.after(delayMs, () => {
      request(trigger);
    });
  };

  const settle = (report: SweepReport): void => {
    failures = report.result === 'ok' ? 0 : failures + 1;
    if (report.result !== 'ok') later(retryDelayMs(failures, options.random()), 'retry');
    else if (report.outcomes.length > 0) later(verifyAfterMs, 'settled');
    else if (report.plan.wakeAtMs !== undefined)
      later(Math.min(longestWaitMs, Math.max(shortestWaitMs, report.plan.wakeAtMs - options.now())), 'clock');
    options.onReport(report);
  };

  const runOnce = async (trigger: SweepTrigger): Promise<void> => {
    busySinceMs = options.now();
    try {
      settle(await options.sweep(trigger));
    } catch (error) {
      if (isStopped) return;
      failures += 1;
      later(retryDelayMs(failures, options.random()), 'retry');
      options.onDefect(toAppError(error, 'a sweep ended unexpectedly'));
    } finally {
      busySinceMs = undefined;
    }
  };

  const take = (): SweepTrigger | undefined => {
    const trigger = isStopped ? undefined : pending;
    pending = undefined;
    return trigger;
  };

  const drain = async (): Promise<void> => {
    for (let trigger = take(); trigger !== undefined; trigger = take()) await runOnce(trigger);
    running = undefined;
  };

  const request = (trigger: SweepTrigger): void => {
    if (isStopped) return;
    pending = moreUrgent(pending, trigger);
    running ??= drain();
  };

  return {
    trigger: (trigger) => {
      // While backing off, the schedule adds nothing; a change of policies or members is worth a try.
      if (failures > 0 && trigger === 'schedule') return;
      request(trigger);
    },
    busySinceMs: () => busySinceMs,
    stop: async () => {
      isStopped = true;
      cancelTimer();
      await running;
    },
  };
};
