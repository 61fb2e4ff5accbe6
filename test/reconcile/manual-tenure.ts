// A tenure that a test moves by hand: it says which shards are ours, and since when no longer.

import { AppError, leaseOver } from '../../src/domain/errors.ts';
import type { ServeTerm, Tenure, Term } from '../../src/domain/ports.ts';

export interface ManualTenure extends Tenure {
  /** Ours from now on. */
  take(shard: number): void;
  /** No write may begin any more, but nobody has noticed: the clock alone would tell, as after SIGCONT. */
  expire(shard: number): void;
  /** Given away; resolves once nothing of it is in flight any more. */
  lose(shard: number, to?: string): Promise<void>;
  /** What is in flight is cut off. */
  cutOff(shard: number): void;
}

interface Held {
  readonly stopping: AbortController;
  readonly over: AbortController;
  isExpired: boolean;
  served: Promise<void>;
}

export const manualTenure = (shards: number): ManualTenure => {
  const held = new Map<number, Held>();
  const holders = new Map<number, string>();
  let serve: ServeTerm = () => Promise.resolve();
  let fence = 0;
  const end = (one: Held): void =>
    one.stopping.abort(new AppError('conflict', 'the lease is over', { code: leaseOver }));
  const lose = async (shard: number, to = 'another'): Promise<void> => {
    const one = held.get(shard);
    if (one === undefined) return;
    end(one);
    await one.served;
    held.delete(shard);
    holders.set(shard, to);
  };
  return {
    shards,
    begin: (serveTerm) => {
      serve = serveTerm;
    },
    take: (shard) => {
      const one: Held = {
        stopping: new AbortController(),
        over: new AbortController(),
        isExpired: false,
        served: Promise.resolve(),
      };
      held.set(shard, one);
      holders.set(shard, 'this');
      const term: Term = {
        shard,
        fence: (fence += 1),
        mayWrite: () => {
          if (one.isExpired) end(one);
          return !one.stopping.signal.aborted;
        },
        stopping: one.stopping.signal,
        over: one.over.signal,
      };
      one.served = serve(term);
    },
    expire: (shard) => {
      const one = held.get(shard);
      if (one !== undefined) one.isExpired = true;
    },
    lose,
    cutOff: (shard) => {
      const one = held.get(shard);
      if (one !== undefined) one.over.abort(one.stopping.signal.reason);
    },
    holderOf: (shard) => holders.get(shard),
    stop: async () => {
      await Promise.all([...held.keys()].map((shard) => lose(shard)));
    },
  };
};
