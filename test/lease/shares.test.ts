// Who should have which shard: from any state it comes to rest, evenly, and then nothing moves.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardOf } from '../../src/domain/lease.ts';
import { type Shares, nextGift, turns } from '../../src/lease/shares.ts';

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `replica-${n}`);
const steady = (count: number): Shares['replicas'] => ids(count).map((id) => ({ id, isSteady: true }));
const free = (count: number): Shares['holders'] => Array.from({ length: count }, () => undefined);
const ones = (count: number): readonly number[] => Array.from({ length: count }, () => 1);

/** One step of all replicas together: free shards are taken, or else one is given away. undefined: at rest. */
const step = (shares: Shares): Shares | undefined => {
  const next = turns(shares);
  if (next.size > 0)
    return { ...shares, holders: shares.holders.map((holder, shard) => holder ?? next.get(shard)) };
  const gift = nextGift(shares);
  if (gift === undefined) return undefined;
  return {
    ...shares,
    holders: shares.holders.map((holder, shard) => (shard === gift.shard ? undefined : holder)),
  };
};

/** How it ends, and how many shards were given away until then. */
const atRest = (from: Shares): { readonly shares: Shares; readonly gifts: number } => {
  let shares = from;
  let gifts = 0;
  for (let steps = 0; steps < 1_000; steps += 1) {
    const next = step(shares);
    if (next === undefined) return { shares, gifts };
    if (next.holders.includes(undefined)) gifts += 1;
    shares = next;
  }
  throw new Error('it never comes to rest');
};

/** Accounts of each replica. */
const loadsIn = ({ replicas, holders, weights }: Shares): readonly number[] =>
  replicas.map(({ id }) =>
    holders.reduce((sum, holder, shard) => sum + (holder === id ? (weights[shard] ?? 0) : 0), 0),
  );

const weightsOf = (accountIds: readonly string[], shards: number): readonly number[] => {
  const weights = Array.from({ length: shards }, () => 0);
  for (const id of accountIds) {
    const shard = shardOf(id, shards);
    weights[shard] = (weights[shard] ?? 0) + 1;
  }
  return weights;
};

const anyShares: fc.Arbitrary<Shares> = fc
  .record({ shards: fc.integer({ min: 1, max: 40 }), replicas: fc.integer({ min: 1, max: 8 }) })
  .chain(({ shards, replicas }) =>
    fc.record({
      replicas: fc.constant(steady(replicas)),
      holders: fc.array(fc.constantFrom(undefined, ...ids(replicas)), {
        minLength: shards,
        maxLength: shards,
      }),
      weights: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: shards, maxLength: shards }),
    }),
  );

describe('shares', () => {
  it('come to rest from any state, with every shard held', () => {
    fc.assert(
      fc.property(anyShares, (shares) => {
        const { shares: end } = atRest(shares);
        expect(end.holders).not.toContain(undefined);
      }),
    );
  });

  it('of equal shards differ by less than one and a tenth', () => {
    fc.assert(
      fc.property(anyShares, (shares) => {
        const equal = { ...shares, weights: ones(shares.holders.length) };
        const loads = loadsIn(atRest(equal).shares);
        const most = Math.max(...loads);
        expect(most - Math.min(...loads)).toBeLessThan(1 + most * 0.1);
      }),
    );
  });

  it('do not hang on the order in which replicas are listed', () => {
    fc.assert(
      fc.property(anyShares, (shares) => {
        const turned = { ...shares, replicas: shares.replicas.toReversed() };
        expect(turns(turned)).toEqual(turns(shares));
        expect(nextGift(turned)).toEqual(nextGift(shares));
      }),
    );
  });

  it('leave what nobody needs to move where it is: a shard alone, one more of eleven', () => {
    const [first = '', second = ''] = ids(2);
    const split = (a: number, b: number): Shares['holders'] => [
      ...Array.from({ length: a }, () => first),
      ...Array.from({ length: b }, () => second),
    ];
    for (const [a, b] of [
      [1, 0],
      [6, 5],
      [11, 10],
    ] as const)
      expect(nextGift({ replicas: steady(2), holders: split(a, b), weights: ones(a + b) })).toBeUndefined();
    expect(nextGift({ replicas: steady(2), holders: split(2, 0), weights: ones(2) })).toEqual({
      shard: 0,
      from: first,
    });
  });

  it('give nothing to a replica that has only just come, and nothing of one that is leaving', () => {
    const [first = '', second = ''] = ids(2);
    const replicas = [
      { id: first, isSteady: true },
      { id: second, isSteady: false },
    ];
    expect(nextGift({ replicas, holders: [first, first, first], weights: ones(3) })).toBeUndefined();
    const leaving = { replicas: steady(2), holders: ['gone', 'gone', first, second], weights: ones(4) };
    expect([nextGift(leaving), turns(leaving).size]).toEqual([undefined, 0]);
  });

  it('give free shards to whoever has least, the heaviest first', () => {
    const shares: Shares = {
      replicas: steady(2),
      holders: ['replica-0', undefined, undefined, undefined],
      weights: [9, 5, 3, 2],
    };
    expect([...turns(shares)]).toEqual([
      [1, 'replica-1'],
      [2, 'replica-1'],
      [3, 'replica-1'],
    ]);
  });
});

describe('200 accounts on 32 shards and 4 replicas', () => {
  const accounts = fc.uniqueArray(fc.integer({ min: 10 ** 11, max: 10 ** 12 - 1 }), {
    minLength: 200,
    maxLength: 200,
  });
  const meanLoad = 200 / 4;

  it('no replica is above 1.3 times the mean, whatever their ids, when all begin', () => {
    fc.assert(
      fc.property(accounts, (numbers) => {
        const weights = weightsOf(numbers.map(String), 32);
        const { shares, gifts } = atRest({ replicas: steady(4), holders: free(32), weights });
        expect(Math.max(...loadsIn(shares))).toBeLessThanOrEqual(1.3 * meanLoad);
        expect(gifts).toBe(0);
      }),
    );
  });

  it('nor when the first took all before the others came, and none is given away twice', () => {
    fc.assert(
      fc.property(accounts, (numbers) => {
        const weights = weightsOf(numbers.map(String), 32);
        const alone = atRest({ replicas: steady(1), holders: free(32), weights }).shares;
        const { shares, gifts } = atRest({ ...alone, replicas: steady(4) });
        expect(Math.max(...loadsIn(shares))).toBeLessThanOrEqual(1.3 * meanLoad);
        expect(gifts).toBeLessThanOrEqual(24);
      }),
    );
  });

  it('nor when one of four is killed and comes back', () => {
    fc.assert(
      fc.property(accounts, (numbers) => {
        const weights = weightsOf(numbers.map(String), 32);
        const four = atRest({ replicas: steady(4), holders: free(32), weights }).shares;
        const holders = four.holders.map((holder) => (holder === 'replica-3' ? undefined : holder));
        const three = atRest({ replicas: steady(3), holders, weights }).shares;
        expect(Math.max(...loadsIn(three))).toBeLessThanOrEqual((1.3 * 200) / 3);
        const { shares } = atRest({ ...three, replicas: steady(4) });
        expect(Math.max(...loadsIn(shares))).toBeLessThanOrEqual(1.3 * meanLoad);
      }),
    );
  });
});

describe('the shard of an account', () => {
  it('is the same for ever: another one would have two replicas on one account during an update', () => {
    const shards = ['111122223333', '444455556666', '777788889999'].map((id) => shardOf(id, 32));
    expect(shards).toEqual([6, 13, 14]);
    expect(shardOf('111122223333', 1)).toBe(0);
  });
});
