// What one replica has in the table, and how it reads and writes there. A write is known to have happened only if the table
// said so; of any other the next read tells.

import { type LeaseRecord, replicaName, shardName } from '../domain/lease.ts';
import type { LeaseStore } from '../domain/ports.ts';
import { type LeaseClock, type Moment, betweenMs, momentOf } from './lease-clock.ts';
import { type Sightings, sighted } from './sightings.ts';
import type { LeaseTimes } from './times.ts';

export interface Holding {
  readonly record: LeaseRecord;
  /** Before the request was sent that last wrote it. */
  readonly since: Moment;
}

export interface Holdings {
  /** Everything that is in the table, as far as we know. */
  sightings(): Sightings;
  ofShard(shard: number): Holding | undefined;
  /** The replica's own record, by which others know that it is there. */
  own(): Holding | undefined;
  ageMs(holding: Holding): number;
  /** Young enough to begin a write. */
  isFresh(holding: Holding | undefined): boolean;
  isRenewalDue(): boolean;
  /** Records that name us though we know nothing of them: of writes whose answers were lost. */
  hasStrays(): boolean;
  /** Writes all that is ours anew, and the own record if there is none. */
  renew(): Promise<void>;
  read(): Promise<void>;
  /** Each of them only if it is still as it was read. */
  take(shards: readonly number[]): Promise<void>;
  giveUp(shard: number): Promise<void>;
  /** Takes the own record away. */
  leave(): Promise<void>;
  /** Takes the record of another replica away. */
  forget(record: LeaseRecord): Promise<void>;
}

export interface HoldingsOptions {
  readonly store: LeaseStore;
  readonly replica: string;
  readonly shards: number;
  readonly times: LeaseTimes;
  readonly clock: LeaseClock;
  readonly signal: AbortSignal;
  /** Others may have taken us for gone before the own record was written now. */
  readonly onReturn: () => void;
}

/** All of them are tried, whatever becomes of one. */
export const allTried = async (writes: readonly Promise<void>[]): Promise<void> => {
  const failed = (await Promise.allSettled(writes)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};

export const createHoldings = (options: HoldingsOptions): Holdings => {
  const { store, replica, shards, times, clock, signal } = options;
  const ownName = replicaName(replica);
  let sightings: Sightings = new Map();
  /** By the name of the record. */
  const held = new Map<string, Holding>();

  const ageMs = ({ since }: Holding): number => betweenMs(since, momentOf(clock));
  const isSilence = (from: Moment, to: Moment): boolean => betweenMs(from, to) >= times.stopWritingAfterMs;

  const put = async (seen: LeaseRecord | undefined, next: LeaseRecord): Promise<void> => {
    const since = momentOf(clock);
    if (!(await store.replace(seen, next, signal))) return;
    const before = held.get(next.name);
    if (next.name === ownName && (before === undefined || isSilence(before.since, since))) options.onReturn();
    if (next.holder === replica) held.set(next.name, { record: next, since });
    else held.delete(next.name);
    sightings = new Map(sightings).set(next.name, { record: next, sinceMs: clock.monotonicMs() });
  };

  const ours = { holder: replica, lapseMs: times.lapseMs, shards };
  const renewed = (record: LeaseRecord): LeaseRecord => ({ ...record, ...ours, beat: record.beat + 1 });
  const taken = (name: string, record: LeaseRecord | undefined): LeaseRecord => ({
    name,
    ...ours,
    fence: (record?.fence ?? 0) + 1,
    beat: (record?.beat ?? 0) + 1,
  });

  const strays = (): readonly LeaseRecord[] =>
    [...sightings.values()]
      .map(({ record }) => record)
      .filter(({ name, holder }) => holder === replica && !held.has(name));

  return {
    sightings: () => sightings,
    ofShard: (shard) => held.get(shardName(shard)),
    own: () => held.get(ownName),
    ageMs,
    isFresh: (holding) => holding !== undefined && !isSilence(holding.since, momentOf(clock)),
    isRenewalDue: () =>
      !held.has(ownName) || [...held.values()].some((holding) => ageMs(holding) >= times.renewAfterMs),
    hasStrays: () => strays().length > 0,
    // All at once, so that others see them fall silent at once too.
    renew: async () => {
      const records = [...[...held.values()].map(({ record }) => record), ...strays()];
      const isKnown = records.some(({ name }) => name === ownName);
      await allTried([
        ...(isKnown ? [] : [put(undefined, taken(ownName, undefined))]),
        ...records.map((record) => put(record, renewed(record))),
      ]);
    },
    read: async () => {
      const reading = await store.read(signal);
      if (reading.state === 'unreadable') throw reading.problem;
      const records = reading.state === 'present' ? reading.value : [];
      sightings = sighted(sightings, records, clock.monotonicMs());
      for (const [name, holding] of held) {
        const record = sightings.get(name)?.record;
        if (record?.holder === replica && record.fence === holding.record.fence)
          held.set(name, { ...holding, record });
        else held.delete(name);
      }
    },
    take: (wanted) =>
      allTried(
        wanted.map((shard) => {
          const record = sightings.get(shardName(shard))?.record;
          return put(record, taken(shardName(shard), record));
        }),
      ),
    giveUp: async (shard) => {
      const record = held.get(shardName(shard))?.record;
      if (record !== undefined) await put(record, { ...record, holder: '', beat: record.beat + 1 });
    },
    leave: async () => {
      const own = held.get(ownName);
      if (own !== undefined) await store.remove(own.record, signal);
    },
    forget: async (record) => {
      await store.remove(record, signal);
    },
  };
};
