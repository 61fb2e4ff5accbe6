// A shell outlives every deny, so that those of people who were put out are ended.

import { beforeEach, describe, expect, it } from 'vitest';
import { createShellMemory, endShells } from '../../src/reconcile/end-shells.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Lockout } from '../../src/domain/policy.ts';
import { present } from '../../src/domain/reading.ts';
import { accessPolicy, account, controllerConfig, groupIds, meta, person, policySet } from '../builders.ts';
import { type Harness, admittedIn, startHarness } from './harness.ts';

const minute = 60_000;
const roleArn = 'arn:aws:sts::111122223333:assumed-role/payments-debug';
const upn = (n: number): string => `oncall-${n}@contoso.com`;

let harness: Harness;
const begin = async (options: Parameters<typeof startHarness>[0] = {}): Promise<void> => {
  harness = startHarness({ members: [1, 2, 3], ...options });
  await harness.sweep();
  harness.clock.advance(minute);
};
beforeEach(async () => {
  await begin();
});

const shell = (name: string, role = roleArn) => harness.shells.open({ ownerArn: `${role}/${name}` });
const open = (): readonly string[] =>
  harness.shells.shells().map(({ ownerArn }) => ownerArn.split('/').at(-1) ?? '');
const leave = (n: number): void => {
  harness.directory.removeMember(groupIds.oncall, person(n).id);
};
const lists = (): number => harness.shells.calls.filter(({ operation }) => operation === 'list').length;

describe('the shells of a leaver', () => {
  it.each([
    ['her user principal name', upn(3)],
    ['in another case', upn(3).toUpperCase()],
    ['her object id', person(3).id],
  ])('named by %s are ended, those of colleagues are not', async (_, name) => {
    shell(name);
    shell(upn(1));
    shell(upn(3), 'arn:aws:sts::111122223333:assumed-role/other-role');
    leave(3);
    const report = await harness.sweep();
    expect([open(), admittedIn(harness)]).toEqual([
      [upn(1), upn(3)],
      [1, 2],
    ]);
    expect(report.shells.ended.map(({ result, sub, roleName }) => [result, sub, roleName])).toEqual([
      ['done', person(3).id, 'payments-debug'],
    ]);
  });

  it('that open while the deny spreads are ended by the next sweeps, and then nobody asks any more', async () => {
    leave(3);
    await harness.sweep();
    harness.clock.advance(2 * minute);
    shell(upn(3));
    await harness.sweep();
    expect(open()).toEqual([]);
    harness.clock.advance(5 * minute);
    await harness.sweep();
    const before = lists();
    await harness.sweep();
    expect(lists()).toBe(before);
  });

  it('are looked for again after a restart', async () => {
    leave(3);
    await harness.sweep();
    harness.clock.advance(10 * minute);
    await harness.sweep();
    shell(person(3).id);
    harness.restart();
    await harness.sweep();
    expect(open()).toEqual([]);
  });

  it('that do not end are said, and tried again soon', async () => {
    shell(upn(3));
    leave(3);
    const work = harness.shells.ignoreEnds();
    const report = await harness.sweep();
    expect([report.result, report.shells.ended.map(({ result }) => result)]).toEqual([
      'incomplete',
      ['failed'],
    ]);
    work();
    expect((await harness.sweep()).result).toBe('ok');
    expect(open()).toEqual([]);
  });

  it('that cannot be listed for want of a permission are said, and nothing is tried in a hurry', async () => {
    leave(3);
    harness.shells.failNext('list', new AppError('denied', 'grant ssm:DescribeSessions'));
    const report = await harness.sweep();
    expect([report.result, report.message]).toEqual([
      'ok',
      'open shells of people who were put out could not be listed: grant ssm:DescribeSessions',
    ]);
  });

  it('whoever they belong to, are counted if nobody can tell', async () => {
    shell('somebody');
    leave(3);
    expect((await harness.sweep()).shells.unattributed).toBe(1);
    expect(open()).toEqual(['somebody']);
  });

  it('take the task along where the policy says so', async () => {
    await begin({ policies: [accessPolicy({ afterRevoke: 'stopTask' })], ecsWrites: true });
    shell(upn(3));
    leave(3);
    await harness.sweep();
    expect(harness.shells.stoppedTasks.map(({ reason }) => reason)).toEqual([
      `Rolewarden: ${person(3).id} lost access to role payments-debug`,
    ]);
  });
});

describe('the shells of a leaver, after her deny', () => {
  const lockout: Lockout = {
    meta: meta('laptop-stolen'),
    person: person(2).id,
    userPrincipalName: undefined,
    untilMs: Date.UTC(2026, 0, 2),
    reason: 'laptop stolen',
  };
  const become = (overrides: Parameters<typeof accessPolicy>[0], lockouts: readonly Lockout[] = []): void => {
    harness.setPolicies(
      present(
        policySet({
          configs: [controllerConfig()],
          accounts: [account()],
          policies: [accessPolicy(overrides)],
          lockouts,
        }),
      ),
    );
  };
  const observing = ['observeOnly', 'the mode is observe: differences are reported, nothing is written'];
  const suspension = [
    'suspended',
    'the policy payments-debug says suspend: true; take that out to let changes go on',
  ];

  it.each([
    ['observe', { mode: 'observe' } as const, observing],
    ['suspended', { suspend: true }, suspension],
  ])('stay open while the policy is %s, are counted, and ended afterwards', async (_, overrides, hold) => {
    leave(3);
    await harness.sweep();
    shell(upn(3));
    become(overrides);
    const report = await harness.sweep();
    expect([open(), report.shells.ended, report.result]).toEqual([[upn(3)], [], 'ok']);
    expect(report.shells.held.map(({ sub, hold: { reason, message } }) => [sub, reason, message])).toEqual([
      [person(3).id, ...hold],
    ]);
    harness.clock.advance(6 * minute);
    await harness.sweep();
    become({});
    expect((await harness.sweep()).shells.held).toEqual([]);
    expect(open()).toEqual([]);
  });

  it('are ended while the policy is narrow-only', async () => {
    leave(3);
    await harness.sweep();
    shell(upn(3));
    become({ mode: 'narrow-only' });
    await harness.sweep();
    expect(open()).toEqual([]);
  });

  it.each([
    ['observe', { mode: 'observe' } as const],
    ['suspended', { suspend: true }],
  ])('are ended while the policy is %s if a Lockout names her', async (_, overrides) => {
    shell(upn(2));
    shell(upn(3));
    leave(3);
    become(overrides, [lockout]);
    await harness.sweep();
    expect([open(), admittedIn(harness)]).toEqual([[upn(3)], [1, 3]]);
  });

  it('stay open if the role has lost its policy and the controller observes by default', async () => {
    const observer = controllerConfig({ defaultMode: 'observe' });
    await begin({ config: observer, policies: [accessPolicy({ mode: 'enforce' })] });
    leave(3);
    await harness.sweep();
    shell(upn(3));
    harness.setPolicies(present(policySet({ configs: [observer], accounts: [account()], policies: [] })));
    const report = await harness.sweep();
    expect([open(), report.shells.held.length]).toEqual([[upn(3)], 1]);
  });
});

describe('the shells that are open when a policy ends', () => {
  const endsAtMs = Date.UTC(2026, 0, 1, 1);
  beforeEach(async () => {
    await begin({ policies: [accessPolicy({ expiresAtMs: endsAtMs })] });
    shell(upn(1));
    shell('somebody');
    shell(upn(1), 'arn:aws:sts::111122223333:assumed-role/other-role');
    await harness.sweep();
  });

  it('are all ended, whoever they belong to, and then nobody asks any more', async () => {
    expect(open().length).toBe(3);
    harness.clock.advance(endsAtMs - harness.clock.now());
    const report = await harness.sweep();
    expect(report.shells.ended.map(({ roleName, sub }) => [roleName, sub])).toEqual([
      ['payments-debug', upn(1)],
      ['payments-debug', 'somebody'],
    ]);
    expect([open(), report.shells.unattributed]).toEqual([[upn(1)], 0]);
    harness.clock.advance(6 * minute);
    await harness.sweep();
    const before = lists();
    await harness.sweep();
    expect(lists()).toBe(before);
  });

  it('stay open while clocks differ, since nobody can tell whether the end has come', async () => {
    harness.clock.advance(endsAtMs - harness.clock.now());
    harness.setClockSkew(-90_000);
    await harness.sweep();
    expect(open().length).toBe(3);
  });

  it('are not asked for days later, after a restart', async () => {
    harness.clock.advance(endsAtMs - harness.clock.now() + 48 * 60 * minute);
    harness.restart();
    const before = lists();
    await harness.sweep();
    expect(lists()).toBe(before);
  });
});

it('who was let in again keeps the shells that she opened since', async () => {
  leave(3);
  await harness.sweep();
  shell(upn(3));
  harness.clock.advance(11 * minute);
  harness.directory.addMember(groupIds.oncall, person(3).id);
  harness.restart();
  await harness.sweep();
  harness.clock.advance(minute);
  const later = shell(upn(3));
  await harness.sweep();
  expect(harness.shells.shells().map(({ id }) => id)).toEqual([later.id]);
});

it('as long as nobody is out, nobody asks for shells', async () => {
  harness.directory.addMember(groupIds.oncall, person(4).id);
  await harness.sweep();
  expect(lists()).toBe(0);
});

it('names are looked up only of those whose shells may be open', async () => {
  leave(3);
  await harness.sweep();
  const { plan } = await harness.sweep();
  const asked: string[] = [];
  const shellMemory = createShellMemory();
  const { signal } = new AbortController();
  const look = async (atMs: number): Promise<number> => {
    asked.length = 0;
    const namesOf = (sub: string): readonly string[] => {
      asked.push(sub);
      return [];
    };
    const clock = { now: () => atMs };
    const { shells } = harness;
    await endShells(plan, [], {
      shells,
      shellMemory,
      clock,
      namesOf,
      lockedOut: new Set(),
      endsUntilMs: undefined,
      signal,
      stopping: signal,
    });
    return asked.length;
  };
  const later = harness.clock.now() + 10 * minute;
  expect([await look(later), await look(later)]).toEqual([1, 0]);
});
