// One schedule under way: the clouds, the model beside them, the process of the controller, and what is wrong with the world.

import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import type { Clouds } from './clouds.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { Ambush, Fuse } from './countdowns.ts';
import type { GroupReads } from './group-reads.ts';
import type { Knowledge, Model } from './model.ts';
import type { GitCheckout } from './policy-source.ts';
import type { Records } from './records.ts';
import type { AccountName } from './scene.ts';
import type { Timeline } from './timeline.ts';

/** Something was broken that must be kept. */
export class Violation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Violation';
  }
}

export interface Trial {
  readonly clouds: Clouds;
  readonly timeline: Timeline;
  readonly git: GitCheckout;
  readonly model: Model;
  readonly groupReads: GroupReads;
  readonly records: Records;
  /** The clocks against the timeline, in milliseconds. */
  readonly skew: { controller: number; clouds: number };
  readonly lag: { aws: number; entra: number };
  /** The time in the clouds, milliseconds since the epoch. */
  readonly cloudsNow: () => number;
  /** How many sweeps of an account have ended, by the newest process. */
  readonly reports: ReadonlyMap<AccountName, readonly SweepReport[]>;
  /** What the newest sweep of an account rests on. */
  readonly knowledge: ReadonlyMap<AccountName, Knowledge>;
  process(): ControllerProcess;
  setFuse(fuse: Fuse | undefined): void;
  setAmbush(ambush: Ambush): void;
  /** Nothing that was set waits to happen any more. */
  disarm(): void;
  /** Says that something is wrong with the world from now on, or was until now. */
  trouble(): void;
  /** The moment of the last trouble. */
  readonly lastTrouble: () => number;
  isFaulty: boolean;
  /** Whether anything failed while this process lived. */
  wasFaulty: boolean;
  /** Whether that, or an edit by hand that may not have settled yet, explains that something is done again or left undone. */
  isDisturbed(): boolean;
  /** Changes AWS in somebody else's name; everyone sees it at once. */
  byHand(edit: () => void): void;
  /** Starts a new process if the last one was killed. */
  restartIfDead(): Promise<void>;
  /** Throws what was broken first, if anything was. */
  check(): void;
  end(): Promise<void>;
}

/** For so long, what somebody puts back by hand may be taken for IAM that does not show our own write yet. */
export const settleMs = 330_000;

/** By so much clocks may differ before nothing is done because a time has come. */
export const toleratedSkewMs = 60_000;

/** How long IAM and Entra hide what is new, while they do. */
export const lagMs = 30_000;
