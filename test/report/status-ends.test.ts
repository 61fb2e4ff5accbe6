// What status and `get` say of ends, denies and lockouts.

import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { renderStatus } from '../../src/report/render-status.ts';
import { createStatus } from '../../src/report/status.ts';
import type { RoleStatus } from '../../src/report/status-document.ts';
import * as world from './builders.ts';

const { dayMs, hourMs, startMs } = world;

const start = (...events: readonly ControllerEvent[]) => {
  const clock = world.manualClock();
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
  for (const event of events) status.observe(event);
  const role = (): RoleStatus => {
    const found = status.snapshot().policies[0]?.accounts[0];
    if (found === undefined) throw new Error('there is no role');
    return found;
  };
  const linesOf = (wide = false): readonly string[] =>
    renderStatus(status.snapshot(), 'text', { color: false, now: new Date(clock.now()), wide })
      .split('\n')
      .map((line) => line.trim().replace(/ +/g, ' '));
  return { clock, status, role, linesOf, snapshot: () => status.snapshot() };
};

const iso = (ms: number): string => new Date(ms).toISOString();
const inAnHour = startMs + hourMs;
const ending = world.role({
  closesAtMs: startMs + 6 * dayMs,
  breakGlass: new Set([world.subOf('zoe')]),
  admitted: () => [
    world.admit('zoe'),
    world.activated('bob', inAnHour),
    world.activated('alice', inAnHour),
    { ...world.admit('carol'), untilMs: startMs + 2 * dayMs },
  ],
});

describe('ends', () => {
  it('say how many are in until when, the soonest first, and who is in without one', () => {
    const { role } = start(world.sweep([ending]));
    expect(role()).toMatchObject({
      expiresAt: iso(startMs + 6 * dayMs),
      withoutEnd: 1,
      ends: [
        { at: iso(inAnHour), count: 2, labels: ['alice@contoso.com', 'bob@contoso.com'] },
        { at: iso(startMs + 2 * dayMs), count: 1, labels: ['carol@contoso.com'] },
      ],
    });
    expect(role().admitted.map(({ until, isBreakGlass }) => [until, isBreakGlass])).toEqual([
      [iso(inAnHour), false],
      [iso(inAnHour), false],
      [iso(startMs + 2 * dayMs), false],
      [null, true],
    ]);
    expect(role().admitted[0]?.activation).toMatchObject({ ticketNumber: 'INC-42' });
  });

  it('that are past by now are not told', () => {
    const { clock, role } = start(world.sweep([ending]));
    clock.advance(hourMs);
    expect(role().ends.map(({ count }) => count)).toEqual([1]);
  });

  it('are in the table and below it, names of the next day only', () => {
    const lines = start(world.sweep([ending])).linesOf();
    expect(lines).toContain('payments prod payments-exec ready Ready 4 in 60m - 512/2,048 (25%) 0s ago');
    expect(lines).toContain(
      'prod/payments-exec at 2026-11-23 04:00 UTC, in 60 minutes alice@contoso.com, bob@contoso.com',
    );
    expect(lines.join('\n')).not.toContain('carol');
  });

  it('are all told where wide is asked for', () => {
    const lines = start(world.sweep([ending])).linesOf(true);
    expect(lines).toContain('prod/payments-exec at 2026-11-25 03:00 UTC, in 2 days carol@contoso.com');
    expect(lines).toContain(
      'prod/payments-exec alice@contoso.com until 2026-11-23 04:00 UTC, bob@contoso.com until 2026-11-23 04:00 UTC, carol@contoso.com until 2026-11-25 03:00 UTC, zoe@contoso.com (break-glass)',
    );
  });
});

describe('a policy that ends', () => {
  const closing = (ms: number) => start(world.sweep([world.role({ closesAtMs: startMs + ms })]));
  const cases: readonly (readonly [number, string | undefined])[] = [
    [8 * dayMs, undefined],
    [7 * dayMs, undefined],
    [
      7 * dayMs - 1,
      'ExpiresSoon: expires in 6 days, at 2026-11-30 02:59 UTC; then its role is closed, and kept; set a later expiresAt if it is still needed',
    ],
    [
      -hourMs,
      'Expired: expired at 2026-11-23 02:00 UTC; its role is closed, and kept; set a later expiresAt to open it again, or remove the policy',
    ],
  ];
  it.each(cases)('%d ms away', (ms, expected) => {
    const { role, snapshot, linesOf } = closing(ms);
    const told = [role().conditions, snapshot().policies[0]?.conditions ?? []].map((conditions) =>
      conditions
        .filter(({ type }) => type === 'Expiring')
        .map(({ reason, message }) => `${reason}: ${message}`),
    );
    const once = expected === undefined ? [] : [expected];
    expect(told).toEqual([once, once]);
    expect(linesOf().includes('Policies that end')).toBe(expected !== undefined);
  });

  it('is told once, in however many accounts', () => {
    const sweeps = ['prod', 'dev'].map((account) =>
      world.sweep([world.role({ closesAtMs: inAnHour })], { account }),
    );
    const { snapshot } = start(...sweeps);
    expect(snapshot().policies[0]?.conditions.filter(({ type }) => type === 'Expiring')).toHaveLength(1);
  });
});

describe('denies', () => {
  const denies = world.deniesOf(
    world.putOut('bob'),
    world.putOut('alice', startMs - hourMs),
    { kind: 'letIn', sub: world.subOf('alice'), atMs: startMs },
    { kind: 'signOutEveryone', atMs: startMs },
  );
  const revoked = world.role({
    apply: [world.revoke('bob')],
    writes: [world.denyWrite(undefined, denies)],
    admitted: () => [world.admit('alice')],
  });

  it('name whom they concern, also who has left by now', () => {
    const before = world.role({ admitted: () => [world.admit('alice'), world.admit('bob')] });
    const after = world.role({ denies });
    const { role, linesOf } = start(world.sweep([before]), world.sweep([revoked]), world.sweep([after]));
    expect(role().denies).toMatchObject({
      chars: denies.length,
      quotaChars: 4_096,
      people: [
        { label: 'bob@contoso.com', until: iso(startMs + dayMs + hourMs / 4), sessionsBefore: null },
        { label: 'alice@contoso.com', sessionsBefore: iso(startMs), how: 'left' },
      ],
      everybody: { sessionsBefore: iso(startMs + 60_000), until: iso(startMs + dayMs + hourMs / 4) },
    });
    expect(linesOf(true)).toContain(
      'prod/payments-exec bob@contoso.com all sessions, until 2026-11-24 03:15 UTC (left)',
    );
    expect(linesOf(true)).toContain(
      'prod/payments-exec alice@contoso.com sessions from before 2026-11-23 03:00 UTC, since she came back, until 2026-11-24 02:15 UTC (left)',
    );
  });

  it('of people who are past are not told any more', () => {
    const { clock, role } = start(world.sweep([world.role({ denies })]));
    clock.advance(2 * dayMs);
    expect(role().denies).toMatchObject({ people: [], everybody: null });
  });

  it('are null where there are none', () => {
    expect(start(world.sweep([world.role()])).role().denies).toBeNull();
  });
});

describe('lockouts', () => {
  it('are told while they are in force, with the name where anything knows it', () => {
    const role = world.role({ names: new Map([[world.subOf('bob'), 'bob@contoso.com']]) });
    const { clock, snapshot, linesOf } = start(
      world.policies({ lockouts: [world.lockout('mallory'), world.lockout('bob')] }),
      world.sweep([role]),
    );
    expect(snapshot().lockouts).toEqual([
      {
        name: 'bob',
        person: world.subOf('bob'),
        label: 'bob@contoso.com',
        until: iso(startMs + 3 * dayMs),
        reason: 'laptop stolen, INC-77',
        source: { file: 'bob.yaml', line: 1 },
      },
      expect.objectContaining({ name: 'mallory', label: null }),
    ]);
    expect(linesOf()).toContain(
      'bob@contoso.com until 2026-11-26 03:00 UTC, 3 days more laptop stolen, INC-77 (bob.yaml:1)',
    );
    clock.advance(3 * dayMs);
    expect(snapshot().lockouts).toEqual([]);
    expect(snapshot().sources.policies.lockouts).toBe(0);
  });
});

describe('what nobody should overlook', () => {
  const signsIn = 'whoever belongs here signs in again';

  it('stands above the table', () => {
    const lines = start(world.sweep([world.role({ warnings: ['a guest', signsIn] })])).linesOf();
    expect(lines.indexOf(`Look here: prod/payments-exec: ${signsIn}`)).toBeGreaterThan(-1);
    expect(lines.indexOf(`Look here: prod/payments-exec: ${signsIn}`)).toBeLessThan(
      lines.findIndex((line) => line.startsWith('POLICY')),
    );
    expect(lines.join('\n')).not.toContain('a guest');
  });

  it('is a change of break-glass access that is held, too', () => {
    const role = world.role({
      breakGlass: new Set([world.subOf('alice')]),
      held: [world.held(world.grant('alice'), 'trustFull')],
    });
    const { role: status, linesOf } = start(world.sweep([role]));
    expect(linesOf()).toContain(
      'Look here: prod/payments-exec: a change of the break-glass access of alice@contoso.com is held (trustFull)',
    );
    expect(status().held[0]).toMatchObject({ nature: 'person', until: null });
  });
});
