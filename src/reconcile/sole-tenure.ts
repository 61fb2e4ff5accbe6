// The lease of a process that is alone: taken at the start, and never lost, as there is nobody to lose it to.

import type { Tenure } from '../domain/ports.ts';

const never = new AbortController().signal;

export const soleTenure = (): Tenure => ({
  shards: 1,
  begin: (serve) => {
    void serve({ shard: 0, fence: 1, mayWrite: () => true, stopping: never, over: never });
  },
  holderOf: () => undefined,
  stop: () => Promise.resolve(),
});
