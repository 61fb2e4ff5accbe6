// What replicas do with their leases, case by case, in virtual time: a lease of 15 s, read every half second.

import { describe, expect, it } from 'vitest';
import { replicaName, shardName } from '../../src/domain/lease.ts';
import { leaseRecord } from './leases-contract.ts';
import { type Mishap, type VirtualWorld, type WorldPlan, virtualWorld } from './virtual-world.ts';

const durationMs = 15_000;

const worldWith = (change: Partial<WorldPlan> & { counts: readonly number[] }): VirtualWorld => {
  const { counts, ...more } = change;
  return virtualWorld({
    seed: 1,
    durationMs,
    replicas: counts.map((shards) => ({ shards, rate: 1, startsAtMs: 0 })),
    mishaps: [],
    lost: 0,
    late: 0,
    calmAfterMs: 0,
    ...more,
  });
};

/** By replica, the shards in which it may write. */
const writersIn = ({ replicas }: VirtualWorld): readonly (readonly number[])[] =>
  replicas.map(({ terms, state }) =>
    [...(state() === 'runs' ? terms : [])]
      .filter((term) => term.mayWrite())
      .map(({ shard }) => shard)
      .sort((a, b) => a - b),
  );
const writerOf = (world: VirtualWorld): number => writersIn(world).findIndex((shards) => shards.length > 0);

const problemOf = (world: VirtualWorld, replica: number): string | undefined =>
  world.replicas[replica]?.reports.at(-1)?.problem;
const reasonToWait = (world: VirtualWorld, replica: number): string | undefined =>
  world.replicas[replica]?.reports.at(-1)?.waitsBecause;

/** Runs on until the condition holds; how long that took, in virtual milliseconds. */
const timeUntil = async (world: VirtualWorld, holds: () => boolean): Promise<number> => {
  const fromMs = world.nowMs();
  while (!holds()) {
    if (world.nowMs() > fromMs + 20 * durationMs) throw new Error('this never came true');
    await world.run(world.nowMs() + 20);
  }
  return world.nowMs() - fromMs;
};

describe('a replica alone', () => {
  it('takes its shard at once, keeps it, and renews it with every beat under the same fence', async () => {
    const world = worldWith({ counts: [1] });
    await world.run(300);
    expect(writersIn(world)).toEqual([[0]]);
    await world.run(5 * durationMs);
    expect(writersIn(world)).toEqual([[0]]);
    expect(world.begun()).toBe(1);
    const record = world.store.records.get(shardName(0));
    expect(record).toMatchObject({ holder: 'replica-0', fence: 1, lapseMs: 14_000 });
    expect(record?.beat).toBeGreaterThanOrEqual(15);
    expect(world.replicas[0]?.reports.at(-1)).toMatchObject({
      replica: 'replica-0',
      replicas: ['replica-0'],
      problem: '',
      shards: [{ shard: 0, holder: 'replica-0', fence: 1 }],
    });
  });

  it('goes on with the fence of whoever had the shard before', async () => {
    const world = worldWith({ counts: [1] });
    world.store.records.set(shardName(0), leaseRecord({ holder: '', fence: 41, beat: 900 }));
    await world.run(1_000);
    expect(world.store.records.get(shardName(0))).toMatchObject({
      holder: 'replica-0',
      fence: 42,
      beat: 901,
    });
  });

  it('takes what a dead one left only after all of its lease, and forgets it later', async () => {
    const world = worldWith({ counts: [1] });
    world.store.records.set(shardName(0), leaseRecord({ holder: 'dead', lapseMs: 60_000 }));
    world.store.records.set(replicaName('dead'), leaseRecord({ name: replicaName('dead'), holder: 'dead' }));
    await world.run(59_000);
    expect(writersIn(world)).toEqual([[]]);
    await world.run(62_000);
    expect(writersIn(world)).toEqual([[0]]);
    await world.run(90_000);
    expect([...world.store.records.keys()].sort()).toEqual([replicaName('replica-0'), shardName(0)]);
  });

  it('says what is wrong while the table is away, stops writing at two thirds, and goes on when it is back', async () => {
    const cut: Mishap = { kind: 'cut', replica: 0, atMs: 20_000, forMs: 40_000, loses: 'requests' };
    const world = worldWith({ counts: [1], mishaps: [cut] });
    await world.run(25_000);
    expect(writersIn(world)).toEqual([[0]]);
    await world.run(33_000);
    expect(writersIn(world)).toEqual([[]]);
    expect(problemOf(world, 0)).toBe('no answer in time');
    // What it cannot read, it cannot tell.
    expect(world.replicas[0]?.reports.at(-1)?.shards).toMatchObject([
      { holder: '', renewedMsAgo: undefined },
    ]);
    await world.run(65_000);
    expect(writersIn(world)).toEqual([[0]]);
    expect(problemOf(world, 0)).toBe('');
    // Nobody had it meanwhile, so the fence is the same.
    expect([...(world.replicas[0]?.terms ?? [])].map(({ fence }) => fence)).toEqual([1]);
  });

  it('does not begin while it never could read the table, and begins when it can', async () => {
    const cut: Mishap = { kind: 'cut', replica: 0, atMs: 1, forMs: 30_000, loses: 'answers' };
    const world = worldWith({ counts: [3], mishaps: [cut] });
    await world.run(29_000);
    expect([writersIn(world), world.replicas[0]?.reports.at(-1)?.readAtMs]).toEqual([[[]], undefined]);
    await world.run(40_000);
    expect(writersIn(world)).toEqual([[0, 1, 2]]);
  });

  it('keeps what it took although the answer was lost', async () => {
    const world = worldWith({
      counts: [1],
      mishaps: [{ kind: 'cut', replica: 0, atMs: 5_000, forMs: 2_000, loses: 'answers' }],
      replicas: [{ shards: 1, rate: 1, startsAtMs: 0 }],
    });
    world.store.records.set(shardName(0), leaseRecord({ holder: 'dead', lapseMs: 5_500 }));
    await world.run(12_000);
    expect(writersIn(world)).toEqual([[0]]);
    expect(world.store.records.get(shardName(0))).toMatchObject({ holder: 'replica-0', fence: 2 });
  });

  it('stops when its wall clock says that the machine slept, and goes on after the next renewal', async () => {
    const world = worldWith({
      counts: [1],
      mishaps: [{ kind: 'setWallClock', replica: 0, atMs: 20_000, byMs: 3_600_000 }],
    });
    await world.run(20_000);
    expect(writersIn(world)).toEqual([[]]);
    await world.run(40_000);
    expect(writersIn(world)).toEqual([[0]]);
  });
});

describe('two replicas on one shard', () => {
  it('are one that works and one that stands by', async () => {
    const world = worldWith({ counts: [1, 1] });
    await world.run(100_000);
    expect(writersIn(world).flat()).toEqual([0]);
    expect(world.begun()).toBe(1);
    const [, standby] = writerOf(world) === 0 ? world.replicas : world.replicas.toReversed();
    expect(standby?.reports.at(-1)).toMatchObject({
      problem: '',
      replicas: ['replica-0', 'replica-1'],
      shards: [{ holder: `replica-${writerOf(world)}`, renewedMsAgo: undefined }],
    });
  });

  it('killed: the other has its shard within one lease, whenever that was', async () => {
    for (let n = 0; n < 12; n += 1) {
      const world = worldWith({ counts: [1, 1], seed: n });
      await world.run(30_000 + n * 441);
      const holder = writerOf(world);
      const doomed = worldWith({
        counts: [1, 1],
        seed: n,
        mishaps: [{ kind: 'kill', replica: holder, atMs: 30_000 + n * 441 }],
      });
      await doomed.run(30_000 + n * 441);
      const tookMs = await timeUntil(doomed, () => writerOf(doomed) === 1 - holder);
      // And what the requests take in this world, 20 ms each way.
      expect(tookMs).toBeLessThanOrEqual(durationMs + 200);
      expect(doomed.store.records.get(shardName(0))?.fence).toBe(2);
    }
  });

  it('told to stop: the other has it at once, and nothing of the first is left in the table', async () => {
    const before = worldWith({ counts: [1, 1] });
    await before.run(30_000);
    const holder = writerOf(before);
    const world = worldWith({ counts: [1, 1], mishaps: [{ kind: 'leave', replica: holder, atMs: 30_000 }] });
    await world.run(30_000);
    await timeUntil(world, () => world.replicas[holder]?.state() === 'gone');
    expect(await timeUntil(world, () => writerOf(world) === 1 - holder)).toBeLessThan(1_500);
    expect(world.store.records.has(replicaName(`replica-${holder}`))).toBe(false);
  });

  it('stopped for longer than its lease: it may not write when it comes back, and stands by', async () => {
    const before = worldWith({ counts: [1, 1] });
    await before.run(30_000);
    const holder = writerOf(before);
    const stop: Mishap = { kind: 'stop', replica: holder, atMs: 30_000, forMs: 20_000, inRequest: false };
    const world = worldWith({ counts: [1, 1], mishaps: [stop] });
    await world.run(49_999);
    expect(writerOf(world)).toBe(1 - holder);
    const [frozen] = world.replicas[holder]?.terms ?? [];
    // Nothing of it has run since it was stopped: the clock alone tells.
    expect([frozen?.stopping.aborted, frozen?.mayWrite(), frozen?.stopping.aborted]).toEqual([
      false,
      false,
      true,
    ]);
    expect(frozen?.stopping.reason).toMatchObject({
      message: 'the lease of shard 0 could not be renewed in time',
      code: 'LeaseOver',
    });
    await world.run(80_000);
    expect([writerOf(world), world.violations]).toEqual([1 - holder, []]);
  });
});

describe('many replicas', () => {
  it.each([
    [10, 1],
    [10, 10],
    [4, 32],
    [3, 7],
  ])(
    '%i that start at once on %i shards: every shard has one holder, all have as much, nothing moves',
    async (count, shards) => {
      const world = worldWith({ counts: Array.from({ length: count }, () => shards) });
      await world.run(10_000);
      const before = writersIn(world);
      expect(before.flat().sort((a, b) => a - b)).toEqual([...Array(shards).keys()]);
      const loads = before.map((held) => held.length);
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      await world.run(100_000);
      expect(writersIn(world)).toEqual(before);
      expect([world.begun(), world.violations]).toEqual([shards, []]);
    },
  );

  it('give a share to one that comes later, one shard after the other, and once it has stayed', async () => {
    const replicas = [0, 0, 0, 30_000].map((startsAtMs) => ({ shards: 32, rate: 1, startsAtMs }));
    const world = worldWith({ counts: [], replicas });
    await world.run(38_000);
    expect(writersIn(world)[3]).toEqual([]);
    await world.run(200_000);
    expect(writersIn(world).map((held) => held.length)).toEqual([8, 8, 8, 8]);
    expect([world.begun(), world.violations]).toEqual([40, []]);
  });

  it('share what a killed one had', async () => {
    const world = worldWith({
      counts: [32, 32, 32, 32],
      mishaps: [{ kind: 'kill', replica: 2, atMs: 30_000 }],
    });
    await world.run(30_000 + durationMs + 1_000);
    const loads = writersIn(world).map((held) => held.length);
    expect(loads.toSorted((a, b) => a - b)).toEqual([0, 10, 11, 11]);
    expect(world.begun()).toBe(40);
  });

  it('that divide the accounts differently: the later one takes nothing, says why, and begins when the other is gone', async () => {
    const world = worldWith({
      counts: [],
      replicas: [
        { shards: 2, rate: 1, startsAtMs: 0 },
        { shards: 3, rate: 1, startsAtMs: 20_000 },
      ],
      mishaps: [{ kind: 'leave', replica: 0, atMs: 60_000 }],
    });
    await world.run(59_000);
    expect(writersIn(world)).toEqual([[0, 1], []]);
    expect(reasonToWait(world, 1)).toBe(
      'replica replica-0 divides the accounts into 2 shards and this one into 3, so this one takes none until the other is gone: give all replicas the same spec.replicas.shards',
    );
    expect(reasonToWait(world, 0)).toBe('');
    await world.run(90_000);
    expect(writersIn(world)).toEqual([[], [0, 1, 2]]);
    expect([reasonToWait(world, 1), world.violations]).toEqual(['', []]);
  });
});
