// Several requests whose answers are worth something only together.

import pMap from 'p-map';

/**
 * Runs `concurrency` at a time and waits for all to end, also after a failure: nothing goes on behind a result. The first
 * failure aborts the others and is thrown.
 */
export const allOrNothing = async <T, R>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  run: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<readonly R[]> => {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const both = AbortSignal.any([signal, stop.signal]);
  const results: R[] = [];
  const runOne = async (item: T, index: number): Promise<void> => {
    try {
      if (failures.length === 0) results[index] = await run(item, both);
    } catch (error) {
      failures.push(error);
      stop.abort(error);
    }
  };
  await pMap(items, runOne, { concurrency });
  if (failures.length > 0) throw failures[0];
  return results;
};
