import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createLogReporter } from '../../src/report/logs.ts';
import { createShellLines } from '../../src/report/log-shells.ts';
import * as world from './builders.ts';
import { readableLog } from './log-lines.ts';

const start = (...events: readonly ControllerEvent[]) => {
  const log = readableLog();
  const reporter = createLogReporter(log.logger);
  const said = (): readonly string[] => log.entries().map(({ level, msg }) => `${level}: ${msg}`);
  for (const event of events) reporter.observe(event);
  return { ...log, reporter, said, observe: (event: ControllerEvent) => reporter.observe(event) };
};

const holding = (...names: readonly string[]): ControllerEvent =>
  world.sweep([
    world.role({ held: names.map((name) => world.held(world.grant(name), 'trustFull', 'it is full')) }),
  ]);

describe('a sweep', () => {
  it('that finds nothing is told once, and then only to those who listen closely', () => {
    const { observe, said } = start(world.sweep([world.role()]));
    expect(said()).toEqual(['info: account prod: nothing to do, 1 of 1 role in sync']);
    observe(world.sweep([world.role()]));
    expect(said()).toEqual(['debug: account prod: nothing to do, 1 of 1 role in sync']);
  });

  it('that wrote something says how much, with figures for machines', () => {
    const { entries } = start(world.sweep([world.applying(world.grant('alice'))]));
    expect(entries()).toMatchObject([
      {
        level: 'info',
        msg: 'account prod: 1 write done on 1 role',
        account: 'prod',
        accountId: '111122223333',
        trigger: 'schedule',
        result: 'ok',
        durationMs: 1_500,
        written: 1,
        policyRevision: 'rev-1',
      },
    ]);
  });

  it('that failed to write is a warning when it begins, and when the trouble is another one', () => {
    const failing = (message: string): ControllerEvent => {
      const one = world.applying(world.grant('alice'));
      return world.sweep([one], {
        outcomes: one.writes.map((write) => world.outcome(write, { result: 'failed', message })),
      });
    };
    const { said } = start(failing('denied'), failing('denied'), failing('throttled'));
    const sentence = 'account prod: 1 write did not go through and will be tried again';
    expect(said()).toEqual([
      `warn: ${sentence}: 1 of 1 writes did not go through: denied`,
      `info: ${sentence}: 1 of 1 writes did not go through: denied`,
      `warn: ${sentence}: 1 of 1 writes did not go through: throttled`,
    ]);
  });

  it('that cannot read the account is a warning once, and its end is told', () => {
    const unreadable = world.unreadableSweep([world.unknownRole('x')]);
    const { observe, said } = start(unreadable);
    const sentence =
      'account prod cannot be read, so nothing is changed there: access denied: allow sts:AssumeRole';
    expect(said()).toEqual([`warn: ${sentence}`]);
    observe(unreadable);
    expect(said()).toEqual([`debug: ${sentence}`]);
    observe(world.sweep([world.role()]));
    expect(said()).toEqual([
      'info: account prod can be read again',
      'info: account prod: nothing to do, 1 of 1 role in sync',
    ]);
  });
});

describe('holds', () => {
  it('are told when they begin, one line for a policy and reason, and when they end', () => {
    const { observe, said } = start(holding('alice', 'bob'));
    expect(said()).toEqual([
      'info: account prod: 2 changes held',
      'warn: account prod: 2 changes of policy payments held (trustFull): it is full',
    ]);
    observe(holding('alice', 'bob'));
    expect(said()).toEqual(['debug: account prod: 2 changes held']);
    observe(holding('alice', 'bob', 'carol'));
    expect(said()).toEqual([
      'info: account prod: 3 changes held',
      'warn: account prod: 1 change of policy payments held (trustFull): it is full',
    ]);
    observe(world.sweep([world.role()]));
    expect(said()).toEqual([
      'info: account prod: nothing to do, 1 of 1 role in sync',
      'info: account prod: 3 changes of policy payments no longer held (trustFull)',
    ]);
  });

  it('that were asked for in Git are no warning, and one line for the account', () => {
    const roles = ['a', 'b'].map((policy) =>
      world.role({
        owner: world.policyOwner(policy),
        name: policy,
        held: [
          world.held(
            world.grant('alice', { owner: world.policyOwner(policy), name: policy, id: policy }),
            'observeOnly',
            'the mode is observe',
          ),
        ],
      }),
    );
    expect(start(world.sweep(roles)).said()).toEqual([
      'info: account prod: 2 changes held',
      'info: account prod: 2 changes held (observeOnly): the mode is observe',
    ]);
  });

  it('of very many policies do not flood the log', () => {
    const roles = Array.from({ length: 100 }, (_, n) =>
      world.role({
        owner: world.policyOwner(`p${n}`),
        name: `p${n}`,
        held: [
          world.held(
            world.grant('alice', { owner: world.policyOwner(`p${n}`), name: `p${n}`, id: `p${n}` }),
            'trustFull',
          ),
        ],
      }),
    );
    const said = start(world.sweep(roles)).said();
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toBe(
      'warn: account prod: 81 more policies have held changes; "rolewarden get" lists them',
    );
  });
});

describe('policies', () => {
  it('are told when they change, with their problems, once', () => {
    const broken = world.policies({
      revision: 'rev-2',
      errors: 1,
      warnings: 1,
      messages: ['a.yaml:1:1: spec.groups: unknown field', 'b.yaml:2:1: odd'],
    });
    const { observe, said } = start(world.policies());
    expect(said()).toEqual(['info: policies loaded: 1 policy for 1 account']);
    observe(world.policies());
    expect(said()).toEqual(['debug: policies loaded: 1 policy for 1 account']);
    observe(broken);
    expect(said()).toEqual([
      'info: policies loaded: 1 policy for 1 account',
      'warn: policies: 1 error and 1 warning; until the errors are corrected, nothing counts as deleted: a.yaml:1:1: spec.groups: unknown field (and 1 more, in the field problems)',
    ]);
    observe(broken);
    expect(said()).toEqual(['debug: policies loaded: 1 policy for 1 account']);
  });

  it('of a new commit are told, though they say the same', () => {
    const { observe, said } = start(world.policies({ commit: world.commit(1) }));
    expect(said()).toEqual(['info: policies of commit 111111111111 loaded: 1 policy for 1 account']);
    observe(world.policies({ commit: world.commit(2) }));
    expect(said()).toEqual(['info: policies of commit 222222222222 loaded: 1 policy for 1 account']);
    observe(world.policies({ commit: world.commit(2) }));
    expect(said()).toEqual(['debug: policies of commit 222222222222 loaded: 1 policy for 1 account']);
  });

  it('that were never loaded are told so', () => {
    const { observe, said } = start(world.unreadablePolicies('the server is away'));
    expect(said()).toEqual([
      'warn: policies cannot be loaded, and there are none from before, so nothing is done: the server is away',
    ]);
    observe(world.unreadablePolicies('the token is over'));
    expect(said()).toEqual([
      'warn: policies cannot be loaded, and there are none from before, so nothing is done: the token is over',
    ]);
    observe(world.policies());
    expect(said()).toEqual(['info: policies loaded again: 1 policy for 1 account']);
  });

  it('that cannot be loaded are a warning once, and the end of that is told', () => {
    const { observe, said } = start(world.policies(), world.unreadablePolicies('the folder is empty'));
    const sentence = 'policies cannot be loaded, so the last good ones stay in force: the folder is empty';
    expect(said().at(-1)).toBe(`warn: ${sentence}`);
    observe(world.unreadablePolicies('the folder is empty'));
    expect(said()).toEqual([`debug: ${sentence}`]);
    observe(world.policies());
    expect(said()).toEqual(['info: policies loaded again: 1 policy for 1 account']);
  });
});

describe('Entra', () => {
  it('that cannot be read is a warning once for each trouble, and the end of that is told', () => {
    const down = (message: string) =>
      world.poll({ groups: { present: 3, absent: 0, unreadable: 2 }, message });
    const { observe, said } = start(world.poll());
    expect(said()).toEqual(['info: Entra was read: 1 group and 0 service principals']);
    observe(world.poll());
    observe(down('Graph answered 503'));
    observe(down('Graph answered 503'));
    observe(down('Graph answered 403'));
    observe(world.poll());
    const sentence =
      'Entra: 2 of 5 groups and service principals could not be read, so nobody loses access through them';
    expect(said()).toEqual([
      'debug: Entra was read: 1 group and 0 service principals',
      `warn: ${sentence}: Graph answered 503`,
      `debug: ${sentence}: Graph answered 503`,
      `warn: ${sentence}: Graph answered 403`,
      'info: Entra was read again, completely: 1 group and 0 service principals',
    ]);
  });
});

describe('the end of a policy', () => {
  const closesAtMs = world.startMs + 8 * world.dayMs;
  const left = (ms: number, account = 'prod', atEnd = closesAtMs): ControllerEvent =>
    world.sweep([world.role({ closesAtMs: atEnd })], { account, atMs: atEnd - ms });
  const told = (...events: readonly ControllerEvent[]): readonly string[] =>
    start(...events)
      .said()
      .filter((line) => line.startsWith('warn'));

  it('is told once a week ahead, once a day ahead, and once it has come, whatever number of accounts it is in', () => {
    const { dayMs, hourMs } = world;
    expect(
      told(
        left(8 * dayMs),
        left(7 * dayMs - 1),
        left(6 * dayMs),
        left(6 * dayMs, 'dev'),
        left(5 * hourMs),
        left(hourMs),
        left(0),
        left(-hourMs),
      ),
    ).toEqual([
      'warn: policy payments expires in 6 days, at 2026-12-01 03:00 UTC; then its role is closed, and kept',
      'warn: policy payments expires in 5 hours, at 2026-12-01 03:00 UTC; then its role is closed, and kept',
      'warn: policy payments expired at 2026-12-01 03:00 UTC; its role is closed, and kept',
    ]);
  });

  it('is told anew when it was moved', () => {
    const later = closesAtMs + world.dayMs;
    expect(told(left(world.hourMs), left(world.hourMs, 'prod', later))).toHaveLength(2);
  });
});

describe('break-glass access', () => {
  const breakGlass = new Set([world.subOf('alice'), world.subOf('bob')]);
  const warnings = (...events: readonly ControllerEvent[]): readonly string[] =>
    start(...events)
      .said()
      .filter((line) => line.includes('break-glass'));
  const sentence = 'warn: account prod: break-glass access of policy payments';

  it('that somebody gains is a warning, once for a sweep and without names', () => {
    const role = { ...world.applying(world.grant('alice'), world.grant('bob')), breakGlass };
    expect(warnings(world.sweep([role]))).toEqual([
      `${sentence} changes: 2 people gain access or time; the journal says who`,
    ]);
  });

  it('that somebody loses is one too, also when she has left the group, and until she is out', () => {
    const out = { ...world.applying(world.revoke('bob')), breakGlass: new Set([world.subOf('alice')]) };
    const failed = out.writes.map((write) => world.outcome(write, { result: 'failed' }));
    expect(
      warnings(
        world.sweep([world.role({ breakGlass })]),
        world.sweep([out], { outcomes: failed }),
        world.sweep([out]),
        world.sweep([{ ...world.role(), breakGlass: new Set([world.subOf('alice')]) }]),
      ),
    ).toEqual([`${sentence} changes: 1 person loses access or time; the journal says who`]);
  });

  it('that is held is told when that begins', () => {
    const holding = world.sweep([
      world.role({ breakGlass, held: [world.held(world.grant('alice'), 'trustFull')] }),
    ]);
    expect(warnings(holding, holding)).toEqual([
      `${sentence} would change, and is held: 1 person gains access or time; the journal says who`,
    ]);
  });

  it('is not meant by changes of others', () => {
    expect(warnings(world.sweep([{ ...world.applying(world.grant('carol')), breakGlass }]))).toEqual([]);
  });
});

describe('an account that is removed', () => {
  it('is told, and starts anew when it comes back', () => {
    const { observe, said } = start(world.sweep([world.role()]), {
      kind: 'accountRemoved',
      account: 'prod',
      lostBecause: undefined,
    });
    expect(said().at(-1)).toBe(
      'info: account prod is no longer in the policies and is left alone from now on',
    );
    observe(world.sweep([world.role()]));
    expect(said()).toEqual(['info: account prod: nothing to do, 1 of 1 role in sync']);
  });
});

it('names of people are not in the log, neither in sentences nor in fields', () => {
  const message = 'guest_fabrikam.com#EXT#@contoso.com cannot be let in (alice@contoso.com is)';
  const { said, observe } = start(
    world.sweep([world.role({ held: [world.held(world.grant('alice'), 'trustFull', message)] })]),
  );
  expect(said()[1]).toBe(
    'warn: account prod: 1 change of policy payments held (trustFull): (a person) cannot be let in ((a person) is)',
  );
  observe(world.policies({ warnings: 1, messages: ['a.yaml:1:1: alice@contoso.com'] }));
  expect(said().join('\n')).not.toContain('alice');
});

it('open shells are told in numbers, without anybody by name', () => {
  const shells = {
    ended: [world.endedShell('alice'), world.endedShell('bob', { result: 'failed', message: 'still open' })],
    held: [world.heldShell('alice'), world.heldShell('bob')],
    unattributed: 3,
    problem: undefined,
  };
  const lines = createShellLines();
  const report = world.sweepReport([], { shells });
  expect(lines.observe(report).map(({ level, text }) => `${level} ${text}`)).toEqual([
    'info account prod: 1 open shell of people who were put out was ended',
    'warn account prod: 1 open shell of people who were put out could not be ended and will be tried again',
    'info account prod: 2 open shells of people who were put out stay open (observeOnly): the mode is observe',
    'warn account prod: of 3 open shells nobody can tell whose they are, in roles that somebody was put out of; ssm:DescribeSessions lists them',
  ]);
  const again = world.sweepReport([], { shells: { ...shells, ended: [], held: [world.heldShell('alice')] } });
  expect(lines.observe(again).map(({ text }) => text)).toEqual([
    'account prod: 1 open shell of people who were put out stays open (observeOnly): the mode is observe',
  ]);
});
