// How far the making of a thing has come, as its undoing has to know.

export type Progress = 'not asked' | 'refused' | 'not answered' | 'made';

export interface Making {
  progress: Progress;
}

/** Clouds read from replicas: only when a thing was missing so often is it believed to be gone. */
const believedAfter = 3;

/**
 * Undoes what may have been made.
 * @param remove deletes it; false: there is no such thing
 */
export const surely = (making: Making, remove: () => Promise<boolean>): (() => Promise<void>) => {
  let missed = 0;
  return async () => {
    if (making.progress === 'not asked' || making.progress === 'refused') return;
    if (await remove()) return;
    missed += 1;
    if (missed < believedAfter) throw new Error('it is not found, which a replica that lags would say too');
  };
};

/** What was there before this run is there beyond doubt. */
export const foundBefore: Making = { progress: 'made' };
