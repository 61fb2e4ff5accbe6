// An experiment asks a live cloud one thing that the documentation leaves open. It is data: what is claimed, where it
// matters, what is expected, and how to find out.

import type { AwsSide } from './aws/aws-side.ts';
import type { EntraSide } from './entra/entra-side.ts';
import type { Patience } from './patience.ts';
import type { Undo } from './undo.ts';

/** What must be there besides a throwaway account or tenant: a subnet for a task, an endpoint that Graph can reach, a person. */
export type Need = 'aws' | 'tenant' | 'subnet' | 'endpoint' | 'second tenant' | 'human';

/** `undefined`: it could not be told. `reported`: there was nothing to expect. */
export interface Observed {
  readonly what: string;
  readonly isAsExpected: boolean | 'reported' | undefined;
}

export const asExpected = (what: string): Observed => ({ what, isAsExpected: true });
export const differs = (what: string): Observed => ({ what, isAsExpected: false });
export const untold = (what: string): Observed => ({ what, isAsExpected: undefined });
export const reported = (what: string): Observed => ({ what, isAsExpected: 'reported' });

/** Names a person's steps, and waits for the file that they end with; undefined: nobody is there. */
export type AskHuman = (steps: readonly string[], file: string) => Promise<string | undefined>;

/** A channel into a container, as the Session Manager's plugin opens it. */
export interface Channel {
  readonly isOpen: () => boolean;
  readonly close: () => void;
}
export type OpenChannel = (streamUrl: string, token: string) => Promise<Channel>;

export interface Context {
  /** `rolewarden-conformance-1a2b3c4d-7`: how the names of all that this experiment makes begin. */
  readonly prefix: string;
  readonly aws: AwsSide;
  readonly entra: EntraSide;
  readonly undo: Undo;
  readonly patience: Patience;
  readonly askHuman: AskHuman;
  readonly openChannel: OpenChannel;
  /** A subnet with a way to the internet, for Fargate. */
  readonly subnet: string;
  /** A delta link that an earlier run printed. */
  readonly deltaLink: string | undefined;
}

export interface Experiment {
  readonly name: string;
  readonly claim: string;
  /** The section of the reference that leaves it open. */
  readonly source: string;
  /** The file that leans on it, from the root of the repository, and how. */
  readonly matters: { readonly file: string; readonly how: string };
  readonly needs: readonly Need[];
  readonly expected: string;
  /** What it makes, and what that costs if it is not nothing. */
  readonly makes: string;
  /** For what no script can do: the steps of a person. Such an experiment has no `run`. */
  readonly byHand?: readonly string[];
  readonly run?: (context: Context) => Promise<Observed>;
}
