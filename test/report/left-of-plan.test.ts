// What a plan says once the sweep that made it has ended.

import { describe, expect, it } from 'vitest';
import { leftOfPlan } from '../../src/report/left-of-plan.ts';
import * as world from './builders.ts';

const stateOf = (report: Parameters<typeof leftOfPlan>[0]) => {
  const [role] = leftOfPlan(report).roles;
  return {
    state: role?.state,
    apply: role?.apply.map(({ why }) => why),
    writes: role?.writes.length,
    held: role?.held.length,
  };
};

describe('what is left of a plan', () => {
  it('nothing, once everything went through', () => {
    const report = world.sweepReport([world.applying(world.grant('alice'))]);
    expect(stateOf(report)).toEqual({ state: 'inSync', apply: [], writes: 0, held: 0 });
  });

  it('what waits goes on waiting', () => {
    const role = world.role({
      ...world.applying(world.grant('alice')),
      held: [world.held(world.revoke('bob'), 'breaker')],
    });
    expect(stateOf(world.sweepReport([role]))).toMatchObject({ state: 'hold', apply: [], held: 1 });
  });

  it('a write that failed is still to be done', () => {
    const role = world.applying(world.grant('alice'));
    const outcomes = role.writes.map((write) =>
      world.outcome(write, { result: 'failed', message: 'throttled' }),
    );
    expect(stateOf(world.sweepReport([role], { outcomes }))).toMatchObject({ state: 'apply', writes: 1 });
  });

  it('of two changes the one that went through is gone', () => {
    const [alice, bob] = [world.grant('alice'), world.grant('bob', { why: 'bob joined' })];
    const role = world.applying(alice, bob);
    const outcomes = role.writes.map((write) =>
      world.outcome(write, { carriedOut: [alice], result: 'dropped' }),
    );
    expect(stateOf(world.sweepReport([role], { outcomes }))).toMatchObject({
      state: 'apply',
      apply: ['bob joined'],
    });
  });

  it('what could not be read stays unknown', () => {
    const report = world.sweepReport([world.unknownRole('throttled')], {
      result: 'unreadable',
      outcomes: [],
    });
    expect(leftOfPlan(report)).toBe(report.plan);
  });
});
