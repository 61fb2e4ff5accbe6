// What every `LeaseStore` does, real or in memory. Each case starts from an empty table.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LeaseRecord, replicaName, shardName } from '../../src/domain/lease.ts';
import type { LeaseStore } from '../../src/domain/ports.ts';

export interface LeasesHarness {
  readonly store: LeaseStore;
  stop(): Promise<void>;
}

const signal = new AbortController().signal;

export const leaseRecord = (change: Partial<LeaseRecord> = {}): LeaseRecord => ({
  name: shardName(0),
  holder: 'ip-10-0-0-1.0011223344556677',
  fence: 1,
  beat: 1,
  lapseMs: 14_000,
  shards: 1,
  ...change,
});

export const describeLeasesContract = (name: string, makeHarness: () => Promise<LeasesHarness>): void => {
  describe(`a lease table as ${name}`, () => {
    let harness: LeasesHarness;
    let store: LeaseStore;
    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.store;
    });
    afterEach(() => harness.stop());

    const all = async (): Promise<readonly LeaseRecord[]> => {
      const reading = await store.read(signal);
      if (reading.state !== 'present') throw new Error(`the table is ${reading.state}`);
      return [...reading.value].sort((a, b) => (a.name < b.name ? -1 : 1));
    };

    it('is empty at first', async () => {
      expect(await all()).toEqual([]);
    });

    it('gives back what was written, free shards and replicas too', async () => {
      const records = [
        leaseRecord({ name: replicaName('ip-10-0-0-1.0011223344556677'), beat: 7 }),
        leaseRecord({ name: shardName(0), holder: '', fence: 4 }),
        leaseRecord({ name: shardName(255), shards: 256, lapseMs: 2_800 }),
      ];
      for (const record of records) expect(await store.replace(undefined, record, signal)).toBe(true);
      expect(await all()).toEqual(records);
    });

    it('creates a record once', async () => {
      const record = leaseRecord();
      expect(await store.replace(undefined, record, signal)).toBe(true);
      expect(await store.replace(undefined, leaseRecord({ holder: 'another' }), signal)).toBe(false);
      expect(await all()).toEqual([record]);
    });

    it.each([
      ['another holds it', { holder: 'another' }],
      ['nobody holds it', { holder: '' }],
      ['it was taken over since', { fence: 2 }],
      ['it was renewed since', { beat: 2 }],
    ])('replaces and removes nothing when %s', async (_name, change) => {
      const there = leaseRecord(change);
      await store.replace(undefined, there, signal);
      const next = leaseRecord({ holder: 'me', fence: 9, beat: 9 });
      expect(await store.replace(leaseRecord(), next, signal)).toBe(false);
      expect(await store.remove(leaseRecord(), signal)).toBe(false);
      expect(await all()).toEqual([there]);
    });

    it('replaces and removes what is still as it was seen', async () => {
      const [first, next] = [leaseRecord(), leaseRecord({ holder: '', beat: 2 })];
      await store.replace(undefined, first, signal);
      expect(await store.replace(first, next, signal)).toBe(true);
      expect(await store.replace(first, next, signal)).toBe(false);
      expect(await all()).toEqual([next]);
      expect(await store.remove(next, signal)).toBe(true);
      expect(await store.remove(next, signal)).toBe(false);
      expect(await store.replace(next, first, signal)).toBe(false);
      expect(await all()).toEqual([]);
    });

    it('lets one of forty through who all saw the same', async () => {
      const seen = leaseRecord();
      await store.replace(undefined, seen, signal);
      const contenders = Array.from({ length: 40 }, (_, n) =>
        leaseRecord({ holder: `replica-${n}`, fence: 2, beat: 2 }),
      );
      const through = await Promise.all(contenders.map((next) => store.replace(seen, next, signal)));
      expect(through.filter((is) => is)).toHaveLength(1);
      expect(await all()).toEqual([contenders[through.indexOf(true)]]);
    });

    it('asks nothing once the signal has aborted', async () => {
      const gone = AbortSignal.abort(new Error('stopping'));
      await expect(store.read(gone)).rejects.toThrow('stopping');
      await expect((async () => store.replace(undefined, leaseRecord(), gone))()).rejects.toThrow('stopping');
      await expect((async () => store.remove(leaseRecord(), gone))()).rejects.toThrow('stopping');
      expect(await all()).toEqual([]);
    });
  });
};
