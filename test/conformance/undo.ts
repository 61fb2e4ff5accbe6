// What has to be undone, newest first. A step is noted before its thing is made, so that a crash in between leaves nothing
// behind; undoing what was never made succeeds.

import { messageOf } from './message.ts';

export interface UndoStep {
  /** `IAM role rolewarden-conformance-1a2b3c4d-door`. */
  readonly what: string;
  /** What a person runs if it could not be undone. */
  readonly command: string;
  /** Absent: a few. */
  readonly tries?: number;
  /** Resolves when it is gone, also if it never was there. */
  readonly run: () => Promise<void>;
}

/** What is still there, or may be. */
export interface Leftover {
  readonly what: string;
  readonly command: string;
  readonly why: string;
}

export interface Undo {
  readonly add: (step: UndoStep) => void;
  /** What has not been undone yet. */
  readonly pending: () => readonly UndoStep[];
  /** Undoes all, each as often as it takes within limits. Never throws. */
  readonly all: () => Promise<readonly Leftover[]>;
}

export interface UndoOptions {
  /** Not to be aborted: what was made goes away also after Ctrl-C. */
  readonly sleep: (ms: number) => Promise<void>;
}

const usualTries = 6;
const firstPauseMs = 1_000;
const longestPauseMs = 15_000;

/** How it failed the last time; undefined: it is undone. */
const attempt = async (step: UndoStep, { sleep }: UndoOptions): Promise<string | undefined> => {
  const { tries = usualTries } = step;
  let why = '';
  for (let tried = 0; tried < tries; tried += 1) {
    if (tried > 0) await sleep(Math.min(longestPauseMs, firstPauseMs * 2 ** (tried - 1)));
    try {
      await step.run();
      return undefined;
    } catch (error) {
      why = messageOf(error);
    }
  }
  return why;
};

export const openUndo = (options: UndoOptions): Undo => {
  const steps: UndoStep[] = [];
  return {
    add: (step) => void steps.push(step),
    pending: () => steps.toReversed(),
    all: async () => {
      const left: Leftover[] = [];
      for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
        const why = await attempt(step, options);
        // Only when it is over: an interruption meanwhile lists it.
        steps.pop();
        if (why !== undefined) left.push({ what: step.what, command: step.command, why });
      }
      return left;
    },
  };
};
