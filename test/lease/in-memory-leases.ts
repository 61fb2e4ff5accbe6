// A lease table in memory, which every replica that is given it shares.

import type { LeaseRecord } from '../../src/domain/lease.ts';
import type { LeaseStore } from '../../src/domain/ports.ts';
import { present } from '../../src/domain/reading.ts';

export interface InMemoryLeases extends LeaseStore {
  /** By name. */
  readonly records: Map<string, LeaseRecord>;
}

const isStill = (found: LeaseRecord | undefined, seen: LeaseRecord | undefined): boolean =>
  found?.holder === seen?.holder && found?.fence === seen?.fence && found?.beat === seen?.beat;

export const inMemoryLeases = (): InMemoryLeases => {
  const records = new Map<string, LeaseRecord>();
  return {
    records,
    read: async (signal) => {
      signal.throwIfAborted();
      return present([...records.values()]);
    },
    replace: async (seen, next, signal) => {
      signal.throwIfAborted();
      if (!isStill(records.get(next.name), seen)) return false;
      records.set(next.name, next);
      return true;
    },
    remove: async (seen, signal) => {
      signal.throwIfAborted();
      return isStill(records.get(seen.name), seen) && records.delete(seen.name);
    },
  };
};
