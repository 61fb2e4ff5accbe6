// The promise: at no moment may two replicas begin a write for one account. Held by the real keeper, in worlds that do
// their worst.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Mishap,
  type ReplicaPlan,
  type VirtualWorld,
  type WorldPlan,
  virtualWorld,
} from './virtual-world.ts';

const durationMs = 3_000;
const badUntilMs = 30_000;
/** Whoever was stopped last is back, and all that is owed is paid. */
const calmMs = badUntilMs + 12 * durationMs;

const replicaPlan = (shards: number): fc.Arbitrary<ReplicaPlan> =>
  fc.record({
    shards: fc.constant(shards),
    rate: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
    startsAtMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: badUntilMs / 2 })),
  });

const moment = fc.integer({ min: 0, max: badUntilMs });
const span = fc.integer({ min: 10, max: 4 * durationMs });
const mishap = (replicas: number): fc.Arbitrary<Mishap> => {
  const shared = { replica: fc.integer({ min: 0, max: replicas - 1 }), atMs: moment };
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('stop' as const),
        ...shared,
        forMs: span,
        inRequest: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('cut' as const),
        ...shared,
        forMs: span,
        loses: fc.constantFrom('requests' as const, 'answers' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), ...shared }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), ...shared }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('setWallClock' as const),
        ...shared,
        byMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
      }),
    },
  );
};

const worldOf = (shardCounts: fc.Arbitrary<readonly number[]>): fc.Arbitrary<WorldPlan> =>
  shardCounts.chain((counts) =>
    fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
      durationMs: fc.constant(durationMs),
      replicas: fc.tuple(...counts.map(replicaPlan)),
      mishaps: fc.array(mishap(counts.length), { maxLength: 12 }),
      lost: fc.constantFrom(0, 0.05, 0.3),
      late: fc.constantFrom(0, 0.02, 0.1),
      calmAfterMs: fc.constant(badUntilMs),
    }),
  );

const agreeing = fc
  .tuple(fc.constantFrom(1, 2, 5), fc.integer({ min: 2, max: 4 }))
  .map(([shards, replicas]) => Array.from({ length: replicas }, () => shards));
const disagreeing = fc.array(fc.constantFrom(1, 2, 3), { minLength: 2, maxLength: 4 });

/** By shard, who may write, under which fence. */
const holdersIn = ({ replicas }: VirtualWorld): ReadonlyMap<number, readonly string[]> => {
  const holders = new Map<number, readonly string[]>();
  for (const { id, terms, state } of replicas)
    for (const term of state() === 'runs' ? terms : [])
      if (term.mayWrite())
        holders.set(term.shard, [...(holders.get(term.shard) ?? []), `${id}/${term.fence}`]);
  return new Map([...holders].sort(([a], [b]) => a - b));
};

describe('replicas that lose messages, stop, and come back', () => {
  it('never both may begin a write; once it is calm they share everything, and nothing moves any more', async () => {
    let begun = 0;
    await fc.assert(
      fc.asyncProperty(worldOf(agreeing), async (plan) => {
        const world = virtualWorld(plan);
        await world.run(calmMs);
        const before = holdersIn(world);
        await world.run(calmMs + 4 * durationMs);
        expect(world.violations).toEqual([]);
        begun += world.begun();
        const running = world.replicas.filter(({ state }) => state() === 'runs');
        if (running.length === 0) return;
        const shards = plan.replicas[0]?.shards ?? 0;
        expect([...before.keys()]).toEqual([...Array(shards).keys()]);
        expect(holdersIn(world)).toEqual(before);
        for (const { id } of running) {
          const held = [...before.values()].filter((holders) =>
            holders.some((one) => one.startsWith(`${id}/`)),
          );
          expect(held.length).toBeLessThanOrEqual(Math.ceil(shards / running.length));
          expect(held.length).toBeGreaterThanOrEqual(Math.floor(shards / running.length));
        }
      }),
      { numRuns: 30 },
    );
    expect(begun).toBeGreaterThan(100);
  });

  it('never both may begin a write, although they divide the accounts differently', async () => {
    let begun = 0;
    await fc.assert(
      fc.asyncProperty(worldOf(disagreeing), async (plan) => {
        const world = virtualWorld(plan);
        await world.run(badUntilMs);
        expect(world.violations).toEqual([]);
        begun += world.begun();
      }),
      { numRuns: 40 },
    );
    expect(begun).toBeGreaterThan(40);
  });
});
