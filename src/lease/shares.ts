// Who should have which shard. Every replica works it out by itself from what it reads, and mostly they agree; where they
// do not, the table lets one of them through.

import { compareText } from '../domain/statement.ts';

export interface Shares {
  /** Those that are there. `isSteady`: long enough to be given something. */
  readonly replicas: readonly { readonly id: string; readonly isSteady: boolean }[];
  /** By shard; undefined: anybody may take it. Some may be held by replicas that are on their way out. */
  readonly holders: readonly (string | undefined)[];
  /** How much work each shard is: its accounts. */
  readonly weights: readonly number[];
}

/** Empty shards count too, but all of them together less than one account. */
const costOf = ({ weights }: Shares, shard: number): number =>
  (weights[shard] ?? 0) * (weights.length + 1) + 1;

const loadsOf = (shares: Shares): Map<string, number> => {
  const loads = new Map(shares.replicas.map(({ id }) => [id, 0]));
  for (const [shard, holder] of shares.holders.entries()) {
    const load = holder === undefined ? undefined : loads.get(holder);
    if (holder !== undefined && load !== undefined) loads.set(holder, load + costOf(shares, shard));
  }
  return loads;
};

/** From the least loaded; of equals the first by id. */
const byLoad = (loads: ReadonlyMap<string, number>): readonly string[] =>
  [...loads].sort(([a, x], [b, y]) => x - y || compareText(a, b)).map(([id]) => id);

/** For every free shard the replica whose turn it is: the heaviest shard goes to the least loaded, and so on. */
export const turns = (shares: Shares): ReadonlyMap<number, string> => {
  const loads = loadsOf(shares);
  const free = [...shares.holders.keys()]
    .filter((shard) => shares.holders[shard] === undefined)
    .sort((a, b) => costOf(shares, b) - costOf(shares, a) || a - b);
  const taken = new Map<number, string>();
  for (const shard of free) {
    const [next] = byLoad(loads);
    if (next === undefined) break;
    loads.set(next, (loads.get(next) ?? 0) + costOf(shares, shard));
    taken.set(shard, next);
  }
  return taken;
};

/** A move restarts the sweeps of its accounts, so whoever gets a shard has to stay a tenth below what the giver had. */
const roomLeft = 0.9;

export interface Gift {
  readonly shard: number;
  readonly from: string;
}

/**
 * The shard to be given away next, so that the least loaded has more: one at a time, and none while any is free. Each gift
 * makes loads more equal, so that with the same replicas there is a last one.
 */
export const nextGift = (shares: Shares): Gift | undefined => {
  if (shares.holders.includes(undefined)) return undefined;
  const loads = loadsOf(shares);
  const steady = new Set(shares.replicas.filter(({ isSteady }) => isSteady).map(({ id }) => id));
  const order = byLoad(loads);
  const to = order.find((id) => steady.has(id));
  const most = Math.max(...loads.values());
  const from = order.find((id) => loads.get(id) === most);
  if (from === undefined || to === undefined) return undefined;
  const least = loads.get(to) ?? 0;
  const greaterAfter = (shard: number): number =>
    Math.max(most - costOf(shares, shard), least + costOf(shares, shard));
  const [best] = [...shares.holders.keys()]
    .filter((shard) => shares.holders[shard] === from)
    .filter((shard) => least + costOf(shares, shard) <= most * roomLeft)
    .sort((a, b) => greaterAfter(a) - greaterAfter(b) || a - b);
  return best === undefined ? undefined : { shard: best, from };
};
