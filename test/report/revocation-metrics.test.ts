// Out means out, in measured seconds; and what ends by itself, when.

import { describe, expect, it } from 'vitest';
import type { Change, LeaverProof } from '../../src/domain/change.ts';
import type { HoldReason, PlannedRole } from '../../src/domain/plan.ts';
import type { TrustGrant } from '../../src/domain/trust-grants.ts';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import * as world from './builders.ts';
import { samplesOf } from './exposition.ts';

const { dayMs, hourMs, startMs } = world;
const atSeconds = (seconds: number): number => startMs + seconds * 1_000;

const start = (...events: readonly ControllerEvent[]) => {
  const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock: world.manualClock() });
  for (const event of events) metrics.observe(event);
  return {
    metrics,
    of: async (name: string, but: readonly string[] = []) =>
      samplesOf(await metrics.text(), `rolewarden_${name}`, but),
  };
};

const out = (
  name: string,
  proof?: LeaverProof,
  grant: TrustGrant = world.personGrant(name),
  after?: TrustGrant,
): Change =>
  world.change({ kind: 'revoke', grant, after, proof }, { effect: 'narrows', id: `trust/${name}` });

/** Entra was read 4 s before the sweep begins at `seconds`, and every write takes a second. */
const sweepAt = (seconds: number, role: PlannedRole, result: 'done' | 'failed' = 'done') =>
  world.sweep([role], {
    atMs: atSeconds(seconds),
    outcomes: role.writes.map((write) => world.outcome(write, { result, atMs: atSeconds(seconds + 1) })),
  });

describe('a revocation', () => {
  const lockoutLoad = world.policies({ atMs: atSeconds(-10), revision: 'rev-1' });
  const cases: readonly (readonly [string, readonly ControllerEvent[], readonly number[]])[] = [
    ['is timed from the poll', [sweepAt(0, world.applying(out('alice')))], [5]],
    ['of several in one write counts once', [sweepAt(0, world.applying(out('alice'), out('bob')))], [5]],
    [
      'of an access that ended is timed from its end',
      [sweepAt(0, world.applying(out('alice', 'accessEnded', world.personGrant('alice', atSeconds(-30)))))],
      [31],
    ],
    [
      'by a lockout is timed from its load',
      [lockoutLoad, sweepAt(0, world.applying(out('alice', 'lockedOut')))],
      [11],
    ],
    [
      'by a lockout of long ago is timed from the sweep that found her inside again',
      [lockoutLoad, sweepAt(0, world.role()), sweepAt(60, world.applying(out('alice', 'lockedOut')))],
      [1],
    ],
    [
      'by a lockout that could not be carried out at first is timed from its load all the same',
      [
        lockoutLoad,
        world.unreadableSweep([world.unknownRole('denied')], { atMs: atSeconds(-5) }),
        sweepAt(0, world.applying(out('alice', 'lockedOut')), 'failed'),
        sweepAt(60, world.applying(out('alice', 'lockedOut'))),
      ],
      [71],
    ],
    [
      'that failed is timed on from its first try',
      [
        sweepAt(0, world.applying(out('alice')), 'failed'),
        world.unreadableSweep([world.unknownRole('denied')], { atMs: atSeconds(30) }),
        sweepAt(60, world.applying(out('alice'))),
        sweepAt(120, world.applying(out('alice'))),
      ],
      [65, 5],
    ],
    [
      'that was held is timed from when it was let go on',
      [
        world.sweep([world.role({ held: [world.held(out('alice'), 'breaker')] })]),
        sweepAt(hourMs / 1_000, world.applying(out('alice'))),
      ],
      [5],
    ],
    ['that was not carried out has no time', [sweepAt(0, world.applying(out('alice')), 'failed')], []],
    [
      'of an end drawn in is none',
      [
        sweepAt(
          0,
          world.applying(
            out('alice', undefined, world.personGrant('alice'), world.personGrant('alice', startMs)),
          ),
        ),
      ],
      [],
    ],
    [
      'of what only decorates a session is none',
      [sweepAt(0, world.applying(out('x', undefined, { kind: 'sourceIdentity', provider: world.provider })))],
      [],
    ],
    ['is no newcomer', [sweepAt(0, world.applying(world.grant('alice')))], []],
  ];
  it.each(cases)('%s', async (_name, events, seconds) => {
    const { of } = start(...events);
    const sum = seconds.reduce((total, one) => total + one, 0);
    expect(await of('revocation_seconds_count')).toEqual({ '': seconds.length });
    expect(await of('revocation_seconds_sum')).toEqual({ '': sum });
  });
});

describe('denies', () => {
  const denies = world.deniesOf(world.putOut('alice'), world.putOut('bob'));

  it('are counted by person and by character, where there are any', async () => {
    const { of } = start(world.sweep([world.role({ denies }), world.role({ name: 'other' })]));
    expect(await of('denied_people')).toEqual({ 'account=prod,role=payments-exec': 2 });
    expect(await of('denies_chars', ['account'])).toEqual({ 'role=payments-exec': denies.length });
  });

  it('that a sweep wrote count at once, and go with it', async () => {
    const [write, clear] = [world.denyWrite(undefined, denies), world.denyWrite(denies, undefined)];
    const { metrics, of } = start(world.sweep([world.role({ writes: [write] })]));
    expect(await of('denied_people', ['account'])).toEqual({ 'role=payments-exec': 2 });
    metrics.observe(world.sweep([world.role({ denies, writes: [clear] })]));
    expect(await of('denied_people')).toEqual({});
  });

  it('that could not be written do not count', async () => {
    const write = world.denyWrite(undefined, denies);
    const { of } = start(
      world.sweep([world.role()], { outcomes: [world.outcome(write, { result: 'failed' })] }),
    );
    expect(await of('denied_people')).toEqual({});
  });

  it('that are past do not count any more', async () => {
    const { of } = start(world.sweep([world.role({ denies })], { atMs: startMs + 2 * dayMs }));
    expect(await of('denied_people', ['account'])).toEqual({ 'role=payments-exec': 0 });
  });

  it('stay while the account cannot be read', async () => {
    const { of } = start(
      world.sweep([world.role({ denies, lastUsedAtMs: startMs })]),
      world.unreadableSweep([world.unknownRole('denied')]),
    );
    expect(await of('denied_people', ['account'])).toEqual({ 'role=payments-exec': 2 });
    expect(await of('role_last_used_timestamp_seconds', ['account'])).toEqual({
      'role=payments-exec': startMs / 1_000,
    });
  });
});

describe('ends', () => {
  const closesAtMs = startMs + 6 * dayMs;

  it('of a policy have one series, whatever number of accounts it is in, also once they are past', async () => {
    const { metrics, of } = start(
      world.sweep([world.role({ closesAtMs }), world.role({ name: 'b', owner: world.policyOwner('b') })]),
      world.sweep([world.role({ closesAtMs })], { account: 'dev' }),
    );
    expect(await of('policy_expiry_timestamp_seconds')).toEqual({ 'policy=payments': closesAtMs / 1_000 });
    metrics.observe(world.sweep([world.role({ closesAtMs, admitted: () => [] })], { atMs: closesAtMs + 1 }));
    expect(await of('policy_expiry_timestamp_seconds')).toEqual({ 'policy=payments': closesAtMs / 1_000 });
    expect(await of('next_end_timestamp_seconds', ['policy'])).toEqual({
      'account=dev': closesAtMs / 1_000,
    });
  });

  it('of people are told by the soonest that is to come', async () => {
    const admitted = [
      world.admit('zoe'),
      world.activated('past', startMs),
      world.activated('alice', startMs + 2 * hourMs),
      world.activated('bob', startMs + hourMs),
    ];
    const { of } = start(world.sweep([world.role({ admitted: () => admitted, closesAtMs })]));
    expect(await of('next_end_timestamp_seconds')).toEqual({
      'account=prod,policy=payments': (startMs + hourMs) / 1_000,
    });
  });
});

describe('who should be out and is in', () => {
  const failing = sweepAt(0, world.applying(out('alice')), 'failed');
  const holding = (...holds: readonly (readonly [string, HoldReason])[]): ControllerEvent =>
    world.sweep([world.role({ held: holds.map(([name, reason]) => world.held(out(name), reason)) })]);
  const barring = (isLockout: boolean): Change =>
    world.change(
      {
        kind: 'tightenDenies',
        edits: [
          world.putOut('alice'),
          world.putOut('bob'),
          { kind: 'cutOff', sub: world.subOf('eve'), fromMs: startMs },
        ],
        isLockout,
      },
      { effect: 'narrows' },
    );
  const cases: readonly (readonly [string, readonly ControllerEvent[], Readonly<Record<string, number>>])[] =
    [
      ['nobody, when all went through', [sweepAt(0, world.applying(out('alice')))], {}],
      ['whose removal failed', [failing], { 'policy=payments,reason=WriteFailed': 1 }],
      ['nobody any more, once it went through', [failing, sweepAt(60, world.applying(out('alice')))], {}],
      [
        'whose removal is held, by reason',
        [holding(['alice', 'breaker'], ['bob', 'breaker'], ['eve', 'stillMember'])],
        { 'policy=payments,reason=breaker': 2, 'policy=payments,reason=stillMember': 1 },
      ],
      [
        'whose sessions should have ended',
        [world.sweep([world.role({ held: [world.held(barring(true), 'foreignDeny')] })])],
        { 'policy=payments,reason=foreignDeny': 2 },
      ],
      [
        'not who only has less time',
        [
          world.sweep([
            world.role({
              held: [
                world.held(
                  out('alice', undefined, world.personGrant('alice'), world.personGrant('alice', startMs)),
                  'breaker',
                ),
              ],
            }),
          ]),
        ],
        {},
      ],
      [
        'who was found before the account could not be read',
        [holding(['alice', 'breaker']), world.unreadableSweep([world.unknownRole('denied')])],
        { 'policy=payments,reason=breaker': 1 },
      ],
      [
        'of a role of ours that has no policy on its tag',
        [world.sweep([world.role({ owner: undefined, held: [world.held(out('alice'), 'breaker')] })])],
        { 'policy=(unknown),reason=breaker': 1 },
      ],
    ];
  it.each(cases)('is counted: %s', async (_name, events, expected) => {
    expect(await start(...events).of('revocations_pending', ['account'])).toEqual(expected);
  });
});
