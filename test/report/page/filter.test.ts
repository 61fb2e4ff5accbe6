import { describe, expect, it } from 'vitest';
import { type Filter, findableText, isShown, readFilter } from '../../../src/report/page/filter.ts';
import type { PolicyStatus } from '../../../src/report/status-document.ts';
import { createStatus } from '../../../src/report/status.ts';
import * as world from '../builders.ts';

const policy = (reason?: Parameters<typeof world.held>[1]): PolicyStatus => {
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock: world.manualClock() });
  const held = reason === undefined ? [] : [world.held(world.grant('alice'), reason)];
  status.observe(world.sweep([world.role({ held })]));
  const [found] = status.snapshot().policies;
  if (found === undefined) throw new Error('there is no policy');
  return found;
};

describe('the filter of policies', () => {
  it.each([
    [{}, { text: '', state: 'all' }],
    [
      { q: '  Pay ', state: 'held' },
      { text: 'pay', state: 'held' },
    ],
    [{ state: 'person' }, { text: '', state: 'person' }],
    [{ state: '<script>' }, { text: '', state: 'all' }],
    [{ state: 'toString' }, { text: '', state: 'all' }],
  ] as const)(
    'is read from the address: %j',
    (asked: { readonly q?: string; readonly state?: string }, expected) => {
      expect(readFilter({ q: asked.q, state: asked.state })).toEqual(expected);
    },
  );

  it('looks in the names of policy, account and role, in state and reason', () => {
    expect(findableText(policy('breaker'))).toBe('payments held prod payments-exec breaker');
  });

  const shown: readonly (readonly [Partial<Filter>, Parameters<typeof policy>[0], boolean])[] = [
    [{}, undefined, true],
    [{ text: 'pay' }, undefined, true],
    [{ text: 'exec' }, undefined, true],
    [{ text: 'breaker' }, 'breaker', true],
    [{ text: 'breaker' }, undefined, false],
    [{ state: 'ready' }, undefined, true],
    [{ state: 'held' }, undefined, false],
    [{ state: 'held' }, 'observeOnly', true],
    [{ state: 'person' }, 'observeOnly', false],
    [{ state: 'person' }, 'breaker', true],
    [{ state: 'held', text: 'nothing' }, 'breaker', false],
  ];
  it.each(shown)('%j shows a policy held as %s: %s', (filter, reason, expected) => {
    expect(isShown({ text: '', state: 'all', ...filter }, policy(reason))).toBe(expected);
  });
});
