// Runs experiments one after the other, each with its own undoing, and says what became of each.

import type { Context, Experiment, Need, Observed } from './experiment.ts';
import { messageOf } from './message.ts';
import { type Leftover, type Undo, openUndo } from './undo.ts';

export type Verdict = 'as expected' | 'differs' | 'could not be told' | 'reported' | 'skipped';

export interface Result {
  readonly experiment: Experiment;
  readonly verdict: Verdict;
  readonly observed: string;
  readonly leftovers: readonly Leftover[];
}

export interface Run {
  /** What there is, and for what is not there why. */
  readonly missing: (need: Need) => string | undefined;
  /** `prefix`: unlike that of any other experiment, since what was deleted a moment ago may still be seen. */
  readonly contextFor: (undo: Undo, prefix: string) => Context;
  /** `rolewarden-conformance-1a2b3c4d` */
  readonly prefix: string;
  /** For the undoing: goes on after an interruption. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly began: (experiment: Experiment, undo: Undo) => void;
  readonly ended: (result: Result) => void;
}

const verdictOf = ({ isAsExpected }: Observed): Verdict => {
  if (isAsExpected === undefined) return 'could not be told';
  if (isAsExpected === 'reported') return 'reported';
  return isAsExpected ? 'as expected' : 'differs';
};

const skipped = (experiment: Experiment, why: string): Result => ({
  experiment,
  verdict: 'skipped',
  observed: why,
  leftovers: [],
});

const whySkipped = (experiment: Experiment, run: Run): string | undefined =>
  experiment.byHand === undefined
    ? experiment.needs.map(run.missing).find((why) => why !== undefined)
    : `by hand: --only ${experiment.name} prints the steps`;

/** A failure is no answer: nothing can be told from it. */
const observe = async (
  experiment: Experiment & Required<Pick<Experiment, 'run'>>,
  context: Context,
  signal: AbortSignal,
): Promise<Observed> => {
  try {
    return await experiment.run(context);
  } catch (error) {
    const why = signal.aborted ? 'interrupted' : `stopped by ${messageOf(error)}`;
    return { what: why, isAsExpected: undefined };
  }
};

const runOne = async (experiment: Experiment, position: number, run: Run): Promise<Result> => {
  const why = run.signal.aborted ? 'interrupted' : whySkipped(experiment, run);
  if (why !== undefined || experiment.run === undefined)
    return skipped(experiment, why ?? 'it has nothing to run');
  const undo = openUndo({ sleep: run.sleep });
  run.began(experiment, undo);
  const observed = await observe(
    { ...experiment, run: experiment.run },
    run.contextFor(undo, `${run.prefix}-${position}`),
    run.signal,
  );
  const leftovers = await undo.all();
  return { experiment, verdict: verdictOf(observed), observed: observed.what, leftovers };
};

export const runExperiments = async (
  experiments: readonly Experiment[],
  run: Run,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const [position, experiment] of experiments.entries()) {
    const result = await runOne(experiment, position + 1, run);
    run.ended(result);
    results.push(result);
  }
  return results;
};
