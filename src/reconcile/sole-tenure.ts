// The lease of a process that is alone: taken at the start, and kept until it stops, as there is nobody to lose it to.

import { AppError, leaseOver } from '../domain/errors.ts';
import type { Tenure } from '../domain/ports.ts';

export const soleTenure = (): Tenure => {
  const stopping = new AbortController();
  const over = new AbortController();
  let served: Promise<void> = Promise.resolve();
  return {
    shards: 1,
    begin: (serve) => {
      // What is in flight when it stops is finished, so writes stay permitted.
      served = serve({
        shard: 0,
        fence: 1,
        mayWrite: () => true,
        stopping: stopping.signal,
        over: over.signal,
      });
    },
    holderOf: () => undefined,
    stop: async () => {
      stopping.abort(new AppError('conflict', 'the controller is stopping', { code: leaseOver }));
      await served;
    },
  };
};
