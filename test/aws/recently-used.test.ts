import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recentlyUsed } from '../../src/aws/recently-used.ts';

it('forgets what was not used for the longest time, and only when it is full', () => {
  const memory = recentlyUsed<number>(2);
  memory.set('a', 1);
  memory.set('b', 2);
  expect(memory.get('a')).toBe(1);
  memory.set('c', 3);
  expect(['a', 'b', 'c'].map((key) => memory.get(key))).toEqual([1, undefined, 3]);
});

it('holds the last ones that were used, whatever was done with it', () => {
  const step = fc.record({ isSet: fc.boolean(), key: fc.constantFrom('a', 'b', 'c', 'd', 'e') });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (limit, steps) => {
      const memory = recentlyUsed<string>(limit);
      // The same, spelled out: the keys that are held, the last used one last.
      let held: readonly string[] = [];
      for (const { isSet, key } of steps) {
        if (isSet) memory.set(key, key);
        else expect(memory.get(key)).toBe(held.includes(key) ? key : undefined);
        if (isSet || held.includes(key)) held = [...held.filter((one) => one !== key), key].slice(-limit);
      }
    }),
  );
});
