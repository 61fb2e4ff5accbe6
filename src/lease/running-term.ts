// A term while it is served: how it ends, and what comes after.

import { AppError, leaseOver } from '../domain/errors.ts';
import type { ServeTerm, Term } from '../domain/ports.ts';

export interface RunningTerm {
  readonly shard: number;
  /** Ends it if it has to: looks at the clock. */
  look(): void;
  /** Cuts off what is in flight. */
  cutOff(): void;
  /** Resolves when nothing of it is in flight any more. */
  readonly served: Promise<void>;
}

export interface TermOptions {
  readonly shard: number;
  readonly fence: number;
  /** Why no write may begin now; empty: it may. */
  readonly refusal: () => string;
  readonly serve: ServeTerm;
  readonly onDefect: (error: Error) => void;
}

export const startTerm = ({ shard, fence, refusal, serve, onDefect }: TermOptions): RunningTerm => {
  const stopping = new AbortController();
  const over = new AbortController();
  const end = (because: string): void => {
    if (!stopping.signal.aborted) stopping.abort(new AppError('conflict', because, { code: leaseOver }));
  };
  const mayWrite = (): boolean => {
    const because = stopping.signal.aborted ? '' : refusal();
    if (because !== '') end(because);
    return !stopping.signal.aborted;
  };
  const term: Term = { shard, fence, mayWrite, stopping: stopping.signal, over: over.signal };
  return {
    shard,
    look: () => void mayWrite(),
    cutOff: () => {
      if (over.signal.aborted) return;
      mayWrite();
      end(`the lease of shard ${shard} is over`);
      over.abort(stopping.signal.reason);
    },
    served: serve(term).catch((error: unknown) => {
      end(`the work for shard ${shard} ended unexpectedly`);
      onDefect(error instanceof Error ? error : new Error(String(error)));
    }),
  };
};
