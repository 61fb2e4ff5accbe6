import { beforeEach, describe, expect, it } from 'vitest';
import { type AccountLoop, createAccountLoop } from '../../src/reconcile/account-loop.ts';
import { noShells } from '../../src/reconcile/end-shells.ts';
import type { SweepReport, SweepTrigger } from '../../src/reconcile/sweep-report.ts';
import { type ManualClock, manualClock } from '../aws/manual-clock.ts';
import { type ManualTimers, manualTimers, settle } from './manual-timers.ts';

let clock: ManualClock;
let timers: ManualTimers;
let swept: SweepTrigger[];
let defects: string[];
let finish: (() => void)[];
let next: Partial<SweepReport>;
let loop: AccountLoop;

const report = (trigger: SweepTrigger): SweepReport => ({
  account: 'dev',
  accountId: '111122223333',
  scope: 'access',
  trigger,
  startedAtMs: 0,
  durationMs: 0,
  result: 'ok',
  errorKind: undefined,
  message: '',
  plan: {
    account: 'dev',
    accountId: '111122223333',
    atMs: 0,
    roles: [],
    services: [],
    execReadiness: [],
    sideDoors: [],
    wakeAtMs: undefined,
    questions: { groups: [], assignments: [], standings: [], managedPolicyArns: [] },
    trustQuotaChars: 2_048,
  },
  outcomes: [],
  membersReadAtMs: undefined,
  policyRevision: '',
  policyCommit: undefined,
  clockSkewMs: 0,
  shells: noShells,
  ...next,
});

beforeEach(() => {
  clock = manualClock();
  timers = manualTimers(clock);
  [swept, defects, finish, next] = [[], [], [], {}];
  loop = createAccountLoop({
    sweep: (trigger) => {
      swept.push(trigger);
      return new Promise((resolve) => finish.push(() => resolve(report(trigger))));
    },
    onReport: () => undefined,
    onDefect: (error) => defects.push(error.message),
    now: () => clock.now(),
    timers,
    random: () => 1,
  });
});

const finishOne = async (): Promise<void> => {
  finish.shift()?.();
  await settle();
};

describe('the loop of an account', () => {
  it('sweeps one at a time, and triggers during a sweep collapse into one, the most urgent', async () => {
    for (const trigger of ['start', 'schedule', 'membership', 'policies'] as const) loop.trigger(trigger);
    expect(swept).toEqual(['start']);
    await finishOne();
    expect(swept).toEqual(['start', 'membership']);
    await finishOne();
    expect(swept.length).toBe(2);
  });

  it('backs off longer with each failure, up to five minutes, and starts afresh after a success', async () => {
    next = { result: 'unreadable' };
    loop.trigger('start');
    const delays: number[] = [];
    for (let failure = 0; failure < 10; failure += 1) {
      await finishOne();
      delays.push(timers.waiting()[0] ?? 0);
      await timers.advance(timers.waiting()[0] ?? 0);
    }
    expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
    next = {};
    await finishOne();
    expect(timers.waiting()).toEqual([]);
  });

  it('ignores the schedule while it backs off, but not a change of members', async () => {
    next = { result: 'unreadable' };
    loop.trigger('start');
    await finishOne();
    loop.trigger('schedule');
    expect(swept).toEqual(['start']);
    loop.trigger('membership');
    expect(swept).toEqual(['start', 'membership']);
  });

  it('looks once more after it wrote', async () => {
    next = { outcomes: [{ roleName: 'a', result: 'done' }] as unknown as SweepReport['outcomes'] };
    loop.trigger('start');
    await finishOne();
    next = {};
    await timers.advance(5_000);
    expect(swept).toEqual(['start', 'settled']);
    await finishOne();
    expect(timers.waiting()).toEqual([]);
  });

  it('wakes when something that is held may go on, and not sooner than after a second', async () => {
    const { plan } = report('start');
    next = { plan: { ...plan, wakeAtMs: clock.now() + 40_000 } };
    loop.trigger('start');
    await finishOne();
    expect(timers.waiting()).toEqual([40_000]);
    next = { plan: { ...plan, wakeAtMs: clock.now() } };
    await timers.advance(40_000);
    expect(swept).toEqual(['start', 'clock']);
    await finishOne();
    expect(timers.waiting()).toEqual([1_000]);
  });

  it('looks again at what it wrote before it thinks of what is held', async () => {
    next = {
      outcomes: [{ name: 'a', result: 'done' }] as unknown as SweepReport['outcomes'],
      plan: { ...report('start').plan, wakeAtMs: clock.now() + 40_000 },
    };
    loop.trigger('start');
    await finishOne();
    expect(timers.waiting()).toEqual([5_000]);
  });

  it('leaves no timer behind when it stops during a sweep: it would keep the process alive', async () => {
    next = { result: 'incomplete' };
    loop.trigger('start');
    const stopped = loop.stop();
    await finishOne();
    await stopped;
    expect(timers.waiting()).toEqual([]);
  });

  it('waits for the sweep under way when it stops, and begins no other', async () => {
    loop.trigger('start');
    loop.trigger('membership');
    let hasStopped = false;
    const stopped = loop.stop().then(() => {
      hasStopped = true;
    });
    await settle();
    expect(hasStopped).toBe(false);
    await finishOne();
    await stopped;
    expect(swept).toEqual(['start']);
    loop.trigger('membership');
    expect(swept).toEqual(['start']);
  });

  it('tells how long it has been busy', async () => {
    expect(loop.busySinceMs()).toBeUndefined();
    clock.advance(7);
    loop.trigger('start');
    expect(loop.busySinceMs()).toBe(7);
    await finishOne();
    expect(loop.busySinceMs()).toBeUndefined();
  });

  it('survives a sweep that throws, says so, and tries again', async () => {
    const failing = createAccountLoop({
      sweep: (trigger) => {
        swept.push(trigger);
        return Promise.reject(new Error('boom'));
      },
      onReport: () => undefined,
      onDefect: (error) => defects.push(error.message),
      now: () => clock.now(),
      timers,
      random: () => 0,
    });
    failing.trigger('start');
    await timers.advance(1_000);
    expect([swept, defects]).toEqual([
      ['start', 'retry'],
      ['a sweep ended unexpectedly: boom', 'a sweep ended unexpectedly: boom'],
    ]);
  });
});
