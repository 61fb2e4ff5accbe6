// What every `EcsPort` does, real or in memory. Each case starts from an account without clusters, in which a task takes
// `taskStartMs` to run.

import { afterEach, beforeEach, describe } from 'vitest';
import { describeEcsReads } from './ecs-contract-reads.ts';
import { contractWorld, type EcsHarness } from './ecs-contract-world.ts';
import { describeEcsWrites } from './ecs-contract-writes.ts';

export const describeEcsContract = (name: string, makeHarness: () => Promise<EcsHarness>): void => {
  describe(`ECS as ${name}`, () => {
    let harness: EcsHarness | undefined;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness?.stop());
    const world = contractWorld(() => {
      if (harness === undefined) throw new Error('no case runs');
      return harness;
    });
    describeEcsReads(world);
    describeEcsWrites(world);
  });
};
