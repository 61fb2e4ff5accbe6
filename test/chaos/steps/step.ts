// A step of a schedule as data, and what a kind of step is: how often it comes, what it may say, and what it does.

import type fc from 'fast-check';
import type { Trial } from '../trial.ts';

export interface StepKind<A = never> {
  readonly name: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  readonly arguments: fc.Arbitrary<A>;
  /** Makes it happen. Time that it takes passes on the trial's timeline. */
  readonly run: (trial: Trial, args: A) => void | Promise<void>;
}

export interface Step {
  readonly do: string;
  readonly with: unknown;
}

/** Keeps the kinds of a list apart while each stays well typed in itself. */
export const stepKind = <A>(kind: StepKind<A>): StepKind => kind as unknown as StepKind;
