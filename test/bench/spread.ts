// How evenly accounts fall on replicas, worked out for many sets of account ids by the functions that the replicas use.

import { shardOf } from '../../src/domain/lease.ts';
import { type Shares, nextGift, turns } from '../../src/lease/shares.ts';
import { median } from './figures.ts';

export interface SpreadSize {
  readonly accounts: number;
  readonly shards: number;
  readonly replicas: number;
}

export interface SpreadFigures extends SpreadSize {
  /** Sets of account ids. */
  readonly sets: number;
  /** Of the replica with the most accounts, by the mean: the median, that of the 99th of 100 sets, and the worst. */
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
}

/** The same numbers in every run. */
const dice = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};

const accountId = (random: () => number): string => String(Math.floor(random() * 9e11) + 1e11);

const settled = (shares: Shares): Shares => {
  const first = turns(shares);
  let holders = shares.holders.map((holder, shard) => holder ?? first.get(shard));
  for (;;) {
    const gift = nextGift({ ...shares, holders });
    if (gift === undefined) return { ...shares, holders };
    holders = holders.with(gift.shard, undefined);
    holders = holders.with(gift.shard, turns({ ...shares, holders }).get(gift.shard));
  }
};

const mostByMean = (
  weights: readonly number[],
  holders: Shares['holders'],
  { accounts, replicas }: SpreadSize,
): number => {
  const loads = new Map<string | undefined, number>();
  for (const [shard, holder] of holders.entries())
    loads.set(holder, (loads.get(holder) ?? 0) + (weights[shard] ?? 0));
  return Math.max(...loads.values()) / (accounts / replicas);
};

const ofOneSet = (size: SpreadSize, random: () => number): number => {
  const weights = Array.from({ length: size.shards }, () => 0);
  for (let account = 0; account < size.accounts; account += 1) {
    const shard = shardOf(accountId(random), size.shards);
    weights[shard] = (weights[shard] ?? 0) + 1;
  }
  const replicas = Array.from({ length: size.replicas }, (_, index) => ({
    id: `replica-${index}`,
    isSteady: true,
  }));
  const none = Array.from({ length: size.shards }, () => undefined);
  return mostByMean(weights, settled({ replicas, holders: none, weights }).holders, size);
};

export const spreadOf = (size: SpreadSize, sets: number): SpreadFigures => {
  const random = dice(20261129);
  const found = Array.from({ length: sets }, () => ofOneSet(size, random)).sort((a, b) => a - b);
  return {
    ...size,
    sets,
    median: median(found),
    p99: found[Math.floor(sets * 0.99)] ?? Number.NaN,
    worst: found.at(-1) ?? Number.NaN,
  };
};
