// The whole controller under 300 random schedules, the same ones each time; `npm run chaos` runs others, and more of them.

import { describe, expect, it } from 'vitest';
import { firstSeed } from './seeds.ts';
import { render, runSchedule, scheduleOf, trySeed } from './schedule.ts';

const batches = 20;
const schedulesInBatch = 15;

describe('under random faults, crashes, jumping clocks and edits by others', () => {
  it.each(Array.from({ length: batches }, (_, batch) => firstSeed + batch * schedulesInBatch))(
    'the controller keeps its promises and converges (15 schedules from seed %i on)',
    async (from) => {
      for (let seed = from; seed < from + schedulesInBatch; seed += 1) {
        const found = await trySeed(seed, 30_000);
        if (found !== undefined) expect.fail(render(seed, found));
      }
    },
  );

  it('a seed tells the same story each time', async () => {
    for (const seed of Array.from({ length: 5 }, (_, index) => firstSeed + index)) {
      const tell = async () => await runSchedule(scheduleOf(seed), seed);
      expect(await tell()).toEqual(await tell());
    }
  });
});
