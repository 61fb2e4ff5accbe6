// A replica at work: it says that it is there, renews what it holds, reads what others do, takes what nobody has, and gives
// away what others should have. One round follows the other; nothing in the table is believed for longer than our own clock
// allows.

import { toAppError } from '../domain/errors.ts';
import { type LeasesReport, shardName } from '../domain/lease.ts';
import type { LeaseStore, ServeTerm, Tenure } from '../domain/ports.ts';
import { allTried, createHoldings } from './holdings.ts';
import type { LeaseClock } from './lease-clock.ts';
import { type RunningTerm, startTerm } from './running-term.ts';
import { type Shares, nextGift, turns } from './shares.ts';
import { liveReplicas, longSilent, otherDivision, stands } from './sightings.ts';
import { leaseTimes } from './times.ts';

export interface KeepLeasesOptions {
  readonly store: LeaseStore;
  /** The id of this replica: new with every start, and unlike every other. */
  readonly replica: string;
  readonly shards: number;
  /** Of a lease, milliseconds. */
  readonly durationMs: number;
  readonly clock: LeaseClock;
  /** Calls back once after so many milliseconds; returns how to cancel it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  readonly onReport: (report: LeasesReport) => void;
  /** A defect of ours. */
  readonly onDefect: (error: Error) => void;
}

/** A replica that comes and goes is given nothing: it has to have renewed twice. */
const steadyBeats = 3;

export const keepLeases = (options: KeepLeasesOptions): Tenure => {
  const { replica, shards, clock, after } = options;
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const times = leaseTimes(options.durationMs);
  const closing = new AbortController();
  const terms = new Map<number, RunningTerm>();
  /** Shards that are to be others'. */
  const giving = new Set<number>();
  /** Since when a shard was seen to be free, while it is. */
  const freeSince = new Map<number, number>();
  /** Since when we take part: others know that we are there, and none of them divides the accounts in another way. */
  let admittedMs: number | undefined;
  let isStopping = false;
  let readAtMs: number | undefined;
  let problem = '';
  let waitsBecause = '';
  let serve: ServeTerm = () => Promise.resolve();
  let weigh: () => readonly number[] | undefined = () => undefined;
  let cancelRound = (): void => undefined;
  let cancelWatch = (): void => undefined;
  let round: Promise<void> | undefined;

  const holdings = createHoldings({
    ...options,
    times,
    signal: closing.signal,
    onReturn: () => {
      admittedMs = undefined;
    },
  });

  /** Why no write may begin under the lease of that fence; empty: it may. */
  const refusal = (shard: number, fence: number): string => {
    const holding = holdings.ofShard(shard);
    if (isStopping) return 'this replica is stopping';
    if (giving.has(shard)) return `shard ${shard} is being given to another replica`;
    if (holding?.record.fence !== fence) return `shard ${shard} is another replica's now`;
    if (!holdings.isFresh(holding)) return `the lease of shard ${shard} could not be renewed in time`;
    return admittedMs === undefined || !holdings.isFresh(holdings.own())
      ? 'this replica could not say in time that it is still there'
      : '';
  };

  /** Ends what has to end by the clock. */
  const check = (): void => {
    if (!holdings.isFresh(holdings.own())) admittedMs = undefined;
    for (const [shard, term] of terms) {
      term.look();
      const holding = holdings.ofShard(shard);
      if (holding === undefined || holdings.ageMs(holding) >= times.cutOffAfterMs) term.cutOff();
    }
  };

  const noteFree = (nowMs: number): void => {
    for (const shard of all) {
      const sighting = holdings.sightings().get(shardName(shard));
      if (sighting !== undefined && stands(sighting, nowMs)) freeSince.delete(shard);
      else if (!freeSince.has(shard)) freeSince.set(shard, nowMs);
    }
  };

  /** Whether we take part, once the table was read after we had said that we are there. */
  const admit = (nowMs: number): void => {
    if (admittedMs !== undefined || !holdings.isFresh(holdings.own())) return;
    const other = otherDivision(holdings.sightings(), { replica, shards }, nowMs);
    if (other === undefined) {
      admittedMs = nowMs;
      return;
    }
    for (const shard of all) if (holdings.ofShard(shard) !== undefined) giving.add(shard);
    waitsBecause = `replica ${other.holder} divides the accounts into ${other.shards} shards and this one into ${shards}, so this one takes none until the other is gone: give all replicas the same spec.replicas.shards`;
  };

  const sharesNow = (nowMs: number): Shares => ({
    replicas: liveReplicas(holdings.sightings(), nowMs)
      .filter((record) => record.shards === shards)
      .map(({ holder, beat }) => ({ id: holder, isSteady: beat >= steadyBeats })),
    holders: all.map((shard) =>
      freeSince.has(shard) ? undefined : holdings.sightings().get(shardName(shard))?.record.holder,
    ),
    weights: weigh() ?? all.map(() => 1),
  });

  /** Free shards whose turn is ours; else one that was left by whoever's turn it is. */
  const toTake = (shares: Shares, nowMs: number): readonly number[] => {
    const free = [...turns(shares)].filter(([shard]) => !terms.has(shard));
    const own = free.flatMap(([shard, id]) => (id === replica ? [shard] : []));
    const left = free.flatMap(([shard]) =>
      nowMs - (freeSince.get(shard) ?? nowMs) >= times.patienceMs ? [shard] : [],
    );
    return own.length > 0 ? own : left.slice(0, 1);
  };

  const share = async (nowMs: number): Promise<void> => {
    if (admittedMs === undefined || (shards > 1 && nowMs - admittedMs < times.lookAroundMs)) return;
    const shares = sharesNow(nowMs);
    await holdings.take(toTake(shares, nowMs));
    const gift = giving.size > 0 ? undefined : nextGift(shares);
    if (gift?.from === replica) giving.add(gift.shard);
    const [silent] = longSilent(holdings.sightings(), times.forgetAfterMs, nowMs);
    if (silent !== undefined) await holdings.forget(silent);
  };

  /** Of which nothing is in flight any more. */
  const giveAway = (): Promise<void> =>
    allTried(
      [...giving]
        .filter((shard) => !terms.has(shard))
        .map(async (shard) => {
          await holdings.giveUp(shard);
          giving.delete(shard);
        }),
    );

  const beginTerm = (shard: number, fence: number): void => {
    const term = startTerm({
      shard,
      fence,
      refusal: () => refusal(shard, fence),
      serve,
      onDefect: options.onDefect,
    });
    terms.set(shard, term);
    void term.served.then(() => {
      terms.delete(shard);
      if (giving.has(shard)) nextRound();
    });
  };

  const beginTerms = (): void => {
    for (const shard of all) {
      const fence = holdings.ofShard(shard)?.record.fence;
      if (fence !== undefined && !terms.has(shard) && refusal(shard, fence) === '') beginTerm(shard, fence);
    }
  };

  const work = async (): Promise<void> => {
    check();
    if (holdings.isRenewalDue()) await holdings.renew();
    await holdings.read();
    const nowMs = clock.monotonicMs();
    readAtMs = clock.wallMs();
    problem = '';
    waitsBecause = '';
    noteFree(nowMs);
    admit(nowMs);
    check();
    if (holdings.hasStrays()) await holdings.renew();
    await giveAway();
    await share(nowMs);
    check();
    beginTerms();
  };

  const report = (): void => {
    const sightings = holdings.sightings();
    options.onReport({
      atMs: clock.wallMs(),
      replica,
      shards: all.map((shard) => {
        const holding = holdings.ofShard(shard);
        const record = sightings.get(shardName(shard))?.record;
        const isOurs = holding !== undefined && refusal(shard, holding.record.fence) === '';
        const others = freeSince.has(shard) || record?.holder === replica ? '' : (record?.holder ?? '');
        return {
          shard,
          holder: isOurs ? replica : others,
          fence: record?.fence ?? 0,
          renewedMsAgo: isOurs ? holdings.ageMs(holding) : undefined,
        };
      }),
      replicas: liveReplicas(sightings, clock.monotonicMs()).map(({ holder }) => holder),
      readAtMs,
      problem,
      waitsBecause,
    });
  };

  const runRound = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      problem = toAppError(error, 'a round on the lease table ended unexpectedly').message;
    }
    check();
    report();
  };

  const nextRound = (): void => {
    if (isStopping || round !== undefined) return;
    cancelRound();
    round = runRound().finally(() => {
      round = undefined;
      if (!isStopping) cancelRound = after(times.readEveryMs, nextRound);
    });
  };

  const watch = (): void => {
    check();
    cancelWatch = after(times.readEveryMs, watch);
  };

  /** As far as the table can be written; the rest lapses by itself. */
  const giveUpAll = async (): Promise<void> => {
    const given = all.map(async (shard) => {
      await terms.get(shard)?.served;
      await holdings.giveUp(shard);
    });
    // Ours goes first: others take what is free only once it is not our turn.
    await Promise.allSettled([holdings.leave(), ...given]);
  };

  return {
    shards,
    begin: (serveTerm, weighShards) => {
      serve = serveTerm;
      weigh = weighShards;
      watch();
      nextRound();
    },
    holderOf: (shard) => {
      const sighting = holdings.sightings().get(shardName(shard));
      return sighting !== undefined && stands(sighting, clock.monotonicMs())
        ? sighting.record.holder
        : undefined;
    },
    stop: async () => {
      isStopping = true;
      cancelRound();
      check();
      await round;
      await giveUpAll();
      cancelWatch();
      closing.abort(new Error('the leases are given away'));
      report();
    },
  };
};
