// Follows what each sweep rests on: the policies that were loaded last, and since when Entra may have been as it was read.

import type { ControllerEvent, SweepReport } from '../../src/reconcile/sweep-report.ts';
import type { Knowledge, Model } from './model.ts';
import { type AccountName, accountNames } from './scene.ts';
import type { Will } from './will.ts';

export interface SweepWatch {
  readonly knowledge: ReadonlyMap<AccountName, Knowledge>;
  /** By account, of the newest process. */
  readonly reports: ReadonlyMap<AccountName, readonly SweepReport[]>;
  noteLoad(will: Will): void;
  /** Groups are about to be read. */
  noteRead(): void;
  noteSweep(account: AccountName): void;
  noteEvent(event: ControllerEvent): void;
  /** A new process knows nothing yet. */
  forget(): void;
}

export interface Times {
  readonly now: () => number;
  readonly cloudsNow: () => number;
}

export const watchSweeps = (model: Model, { now, cloudsNow }: Times, first: Will): SweepWatch => {
  const knowledge = new Map<AccountName, Knowledge>();
  const reports = new Map<AccountName, SweepReport[]>();
  type Since = Pick<Knowledge, 'fromMoment' | 'fromMs'>;
  const here = (): Since => ({ fromMoment: model.tick(), fromMs: now() });
  let reading: Since | undefined;
  let polled: Since = { fromMoment: 0, fromMs: now() };
  let loaded = first;
  let read = first;
  return {
    knowledge,
    reports,
    // What was read counts once the controller has taken it over, which it tells.
    noteLoad: (will) => {
      read = will;
    },
    // Second looks are reads as well: then the poll may rest on less than this says, and never on more.
    noteRead: () => {
      reading ??= here();
    },
    noteSweep: (account) => {
      knowledge.set(account, { will: loaded, ...polled, beganAt: model.tick(), beganAtMs: cloudsNow() });
    },
    noteEvent: (event) => {
      if (event.kind === 'sweep') reports.get(event.report.account as AccountName)?.push(event.report);
      if (event.kind === 'policies') loaded = read;
      if (event.kind !== 'poll') return;
      polled = reading ?? here();
      reading = undefined;
    },
    forget: () => {
      knowledge.clear();
      for (const account of accountNames) reports.set(account, []);
      reading = undefined;
    },
  };
};
