// The whole controller over the real adapters, for what a change costs and how long it takes.

import { openAccounts } from '../../src/aws/open-accounts.ts';
import { isEmptyPlan } from '../../src/domain/plan.ts';
import { present } from '../../src/domain/reading.ts';
import { entraCredential } from '../../src/entra/credential.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { startController } from '../../src/reconcile/controller.ts';
import type { ControllerEvent, PollReport, SweepReport } from '../../src/reconcile/sweep-report.ts';
import { answerPeer } from './messages.ts';
import { type Settings, type Size, configFor, sceneOf } from './scene.ts';

export type ControllerQuestion =
  | { readonly kind: 'start'; readonly size: Size; readonly settings: Settings }
  /** Answered when a poll has ended. */
  | { readonly kind: 'nextPoll' }
  /** Answered when a sweep has written something. */
  | { readonly kind: 'nextWrite' }
  /** Answered when a sweep has found nothing to do. */
  | { readonly kind: 'nextQuietSweep' }
  /** Answered when sweeps have written something and one after them has found nothing to do. */
  | { readonly kind: 'allWritten' };

/** Times in milliseconds since the epoch. */
export interface Written {
  readonly writes: number;
  readonly pollStartedAtMs: number;
  readonly acknowledgedAtMs: number;
}

export interface AllWritten {
  /** Sweeps that wrote. */
  readonly sweeps: number;
  /** Of the poll that the first of them went by. */
  readonly pollStartedAtMs: number;
  /** The last write that took access away, read back. */
  readonly lastOutAtMs: number;
  /** Writes that did not go through, and were planned again. */
  readonly failed: number;
}

export interface ControllerAnswers {
  /** Answered after the first sweep, which must find everything in sync. */
  start: undefined;
  nextPoll: undefined;
  nextWrite: Written;
  nextQuietSweep: undefined;
  allWritten: AllWritten;
}

const listeners = new Set<(event: ControllerEvent) => void>();

const next = <T>(pick: (event: ControllerEvent) => T | undefined): Promise<T> =>
  new Promise((resolve) => {
    const listener = (event: ControllerEvent): void => {
      const picked = pick(event);
      if (picked === undefined) return;
      listeners.delete(listener);
      resolve(picked);
    };
    listeners.add(listener);
  });

const pollIn = (event: ControllerEvent): PollReport | undefined =>
  event.kind === 'poll' ? event.report : undefined;

const sweepIn = (event: ControllerEvent): SweepReport | undefined =>
  event.kind === 'sweep' ? event.report : undefined;

const quietSweepIn = (event: ControllerEvent): SweepReport | undefined => {
  const report = sweepIn(event);
  return report !== undefined && isEmptyPlan(report.plan) ? report : undefined;
};

const writtenIn = (event: ControllerEvent): Written | undefined => {
  const report = sweepIn(event);
  const last = report?.outcomes.at(-1);
  if (report?.membersReadAtMs === undefined || last === undefined) return undefined;
  const failed = report.outcomes.find(({ result }) => result !== 'done');
  if (failed !== undefined) throw new Error(`a write did not go through: ${failed.message}`);
  return {
    writes: report.outcomes.length,
    pollStartedAtMs: report.membersReadAtMs,
    acknowledgedAtMs: last.atMs,
  };
};

const allWritten = async (): Promise<AllWritten> => {
  const reports: SweepReport[] = [];
  await next((event) => {
    const report = sweepIn(event);
    if (report === undefined) return undefined;
    if (report.outcomes.length > 0) reports.push(report);
    return reports.length > 0 && isEmptyPlan(report.plan) ? report : undefined;
  });
  const outcomes = reports.flatMap((report) => report.outcomes);
  const narrowing = outcomes.filter(({ write, result }) => write.effect === 'narrows' && result === 'done');
  return {
    sweeps: reports.length,
    pollStartedAtMs: reports[0]?.membersReadAtMs ?? Number.NaN,
    lastOutAtMs: Math.max(...narrowing.map(({ atMs }) => atMs)),
    failed: outcomes.filter(({ result }) => result !== 'done').length,
  };
};

let stop = async (): Promise<void> => {};

const start = async (size: Size, settings: Settings): Promise<void> => {
  const { policies } = sceneOf(size);
  const config = configFor(process.env, settings);
  const clock = { now: () => Date.now() };
  const openAccount = openAccounts({ settings: config.aws, clock });
  const first = next(sweepIn);
  const controller = startController({
    config,
    clock,
    openAccount,
    source: { load: () => Promise.resolve(present(policies)), watch: () => () => undefined },
    directory: openEntraDirectory({
      settings: config.entra,
      credential: entraCredential(config.entra, process.env),
      clock,
    }),
    publish: (event) => {
      for (const listener of listeners) listener(event);
    },
    onDefect: (error) => {
      throw error;
    },
  });
  stop = async () => {
    await controller.stop();
    openAccount.close();
  };
  const report = await first;
  if (report.result !== 'ok' || !isEmptyPlan(report.plan) || report.outcomes.length > 0)
    throw new Error(`the first sweep did not find everything in sync: ${report.result} ${report.message}`);
};

const answer = async (question: ControllerQuestion): Promise<unknown> => {
  switch (question.kind) {
    case 'start':
      return await start(question.size, question.settings);
    case 'nextPoll':
      await next(pollIn);
      return undefined;
    case 'nextWrite':
      return await next(writtenIn);
    case 'nextQuietSweep':
      await next(quietSweepIn);
      return undefined;
    case 'allWritten':
      return await allWritten();
  }
};

answerPeer(answer, async () => await stop());
