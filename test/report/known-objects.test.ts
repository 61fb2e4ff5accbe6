// One memory for all reporters: whoever asks second is told what the first was told.

import { expect, it } from 'vitest';
import { createKnownObjects } from '../../src/report/known-objects.ts';
import * as world from './builders.ts';

it('tells every reporter since when a change was due, the sweep that carries it out included', () => {
  const known = createKnownObjects();
  const role = world.applying(world.revoke('alice'));
  const outcomesOf = (result: 'failed' | 'done') =>
    role.writes.map((write) => world.outcome(write, { result }));
  const failed = world.sweepReport([role], { outcomes: outcomesOf('failed') });
  const done = world.sweepReport([role], {
    outcomes: outcomesOf('done'),
    atMs: failed.plan.atMs + world.hourMs,
  });
  known.observe(failed);
  const first = known.observe(done);
  expect(first.flatMap(({ found }) => found.map(({ sinceMs }) => sinceMs))).toEqual([failed.plan.atMs]);
  expect(known.observe(done)).toEqual(first);
});
