// What a replica knows of the records of others: which it saw, and since when it has seen just that, by its own clock.

import type { LeaseRecord } from '../domain/lease.ts';
import { compareText } from '../domain/statement.ts';

export interface Sighting {
  readonly record: LeaseRecord;
  /** When an answer first showed it with this holder, fence and beat: not before it was written. Milliseconds of our clock. */
  readonly sinceMs: number;
}

/** By name. */
export type Sightings = ReadonlyMap<string, Sighting>;

export const isSameBeat = (a: LeaseRecord, b: LeaseRecord): boolean =>
  a.holder === b.holder && a.fence === b.fence && a.beat === b.beat;

/** What is known once all records were read; `atMs`: when the answer was there. */
export const sighted = (before: Sightings, records: readonly LeaseRecord[], atMs: number): Sightings =>
  new Map(
    records.map((record): [string, Sighting] => {
      const known = before.get(record.name);
      const isKnown = known !== undefined && isSameBeat(known.record, record);
      return [record.name, isKnown ? known : { record, sinceMs: atMs }];
    }),
  );

/** For how long it has been silent beyond what it said; below 0: it stands. */
export const overdueMs = ({ record, sinceMs }: Sighting, nowMs: number): number =>
  nowMs - sinceMs - record.lapseMs;

/** Whether somebody has it, as far as we may assume. */
export const stands = (sighting: Sighting, nowMs: number): boolean =>
  sighting.record.holder !== '' && overdueMs(sighting, nowMs) < 0;

const isReplica = ({ record }: Sighting): boolean => record.name.startsWith('replica/');

/**
 * The records of replicas that are there, by name. One of whose leases any has lapsed is not: its own record may just have
 * been the last that it wrote.
 */
export const liveReplicas = (sightings: Sightings, nowMs: number): readonly LeaseRecord[] => {
  const all = [...sightings.values()];
  const silent = new Set(
    all
      .filter((sighting) => sighting.record.holder !== '' && !stands(sighting, nowMs))
      .map(({ record }) => record.holder),
  );
  return all
    .filter((sighting) => isReplica(sighting) && stands(sighting, nowMs))
    .map(({ record }) => record)
    .filter(({ holder }) => !silent.has(holder))
    .sort((a, b) => compareText(a.name, b.name));
};

/** Records of replicas that have been silent for so long that nobody has to know of them. */
export const longSilent = (sightings: Sightings, afterMs: number, nowMs: number): readonly LeaseRecord[] =>
  [...sightings.values()]
    .filter((sighting) => isReplica(sighting) && overdueMs(sighting, nowMs) >= afterMs)
    .map(({ record }) => record);

/** A record of a replica that divides the accounts in another way, and that may still act on it. */
export const otherDivision = (
  sightings: Sightings,
  own: { readonly replica: string; readonly shards: number },
  nowMs: number,
): LeaseRecord | undefined =>
  [...sightings.values()].find(
    (sighting) =>
      sighting.record.shards !== own.shards &&
      sighting.record.holder !== own.replica &&
      stands(sighting, nowMs),
  )?.record;
