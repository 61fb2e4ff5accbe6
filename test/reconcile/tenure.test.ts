// A controller that shares the accounts with others: it looks after those whose shard it holds, from the moment it has it,
// and after nothing else. Over in-memory ports, with leases and time moved by hand.

import { afterEach, describe, expect, it } from 'vitest';
import { shardOf } from '../../src/domain/lease.ts';
import type { Account, PolicySet } from '../../src/domain/policy.ts';
import type { EcsPort, IamPort, ShellsPort, WritePermit } from '../../src/domain/ports.ts';
import { present, type Reading } from '../../src/domain/reading.ts';
import { type Controller, startController } from '../../src/reconcile/controller.ts';
import type { ControllerEvent, SweepReport } from '../../src/reconcile/sweep-report.ts';
import { type InMemoryIam, inMemoryIam } from '../aws/in-memory-iam.ts';
import { manualClock } from '../aws/manual-clock.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  groupSubject,
  groupIds,
  meta,
  person,
  policySet,
  samlProvider,
} from '../builders.ts';
import { inMemoryDirectory } from '../entra/in-memory-directory.ts';
import { userOf } from './harness.ts';
import { manualTenure } from './manual-tenure.ts';
import { manualTimers, settle } from './manual-timers.ts';

const dev = account();
const prod = account({ meta: meta('prod'), accountId: '444455556666' });
const shards = 2;
const [devShard, prodShard] = [dev, prod].map(({ accountId }) => shardOf(accountId, shards)) as [
  number,
  number,
];

const minuteMs = 60_000;
const config = controllerConfig({
  sweepSchedule: '0 0 1 1 *',
  safety: { ...controllerConfig().safety, maxStalenessMs: 10 * minuteMs },
});
const pollMs = config.entra.pollIntervalMs * 1.1;
const devPolicy = accessPolicy();
const prodPolicy = accessPolicy({
  meta: meta('platform'),
  accounts: ['prod'],
  groups: [groupSubject(groupIds.developers)],
  role: { ...accessPolicy().role, name: 'platform' },
});

let running: Controller | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** As the real adapter: no write without leave. */
const permitted = (iam: InMemoryIam, permit: WritePermit): IamPort =>
  new Proxy<IamPort>(iam, {
    get: (target, name: keyof IamPort) => {
      if (name === 'observe' || name.startsWith('read')) return target[name];
      return async (...args: never[]): Promise<void> => {
        permit();
        await (target[name] as (...given: never[]) => Promise<void>)(...args);
      };
    },
  });

const start = (through: (iam: IamPort, of: Account) => IamPort = (iam) => iam) => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const timers = manualTimers(clock);
  const tenure = manualTenure(shards);
  const directory = inMemoryDirectory({
    users: [1, 2, 3].map(userOf),
    groups: [
      { id: groupIds.oncall, displayName: 'Payments On-call', members: [person(1).id] },
      { id: groupIds.developers, displayName: 'Platform', members: [person(2).id] },
    ],
    servicePrincipals: [],
  });
  const iams = new Map(
    [dev, prod].map((of) => [
      of.meta.name,
      inMemoryIam({
        account: of,
        clock,
        samlProviderArns: [samlProvider.replace('111122223333', of.accountId)],
        trustQuotaChars: 8_192,
      }),
    ]),
  );
  const events: ControllerEvent[] = [];
  let loaded: Reading<PolicySet> = present(
    policySet({ accounts: [dev, prod], policies: [devPolicy, prodPolicy] }),
  );
  let onChange = (): void => undefined;
  const controller = startController({
    config,
    clock,
    timers,
    tenure,
    random: () => 1,
    directory,
    source: {
      load: () => Promise.resolve(loaded),
      watch: (callback) => {
        onChange = callback;
        return () => undefined;
      },
    },
    openAccount: (opened, permit = () => undefined) => {
      const iam = iams.get(opened.meta.name);
      if (iam === undefined) throw new Error(`there is no account ${opened.meta.name}`);
      const ecs = { observe: () => Promise.reject(new Error('nobody asked')) } as unknown as EcsPort;
      const shells: ShellsPort = {
        list: async () => present([]),
        end: async () => undefined,
        stopTask: async () => undefined,
      };
      return { iam: through(permitted(iam, permit), opened), ecs, shells, clockSkewMs: () => 0 };
    },
    publish: (event) => events.push(event),
    onDefect: (error) => {
      throw error;
    },
  });
  running = controller;
  return {
    timers,
    tenure,
    directory,
    controller,
    iam: (name: string): InMemoryIam => {
      const iam = iams.get(name);
      if (iam === undefined) throw new Error(`there is no account ${name}`);
      return iam;
    },
    events,
    sweeps: (name: string): readonly SweepReport[] =>
      events.flatMap((event) =>
        event.kind === 'sweep' && event.report.account === name ? [event.report] : [],
      ),
    /** Groups that were read since the last time. */
    groupsRead: (): readonly string[] => {
      const keys = directory.reads.filter(({ method }) => method === 'readGroups').at(-1)?.keys ?? [];
      return [...keys].map((key) => key.replace(/\+nested$/, '')).sort();
    },
    change: (next: PolicySet) => {
      loaded = present(next);
      onChange();
    },
  };
};

const rolesIn = (iam: InMemoryIam): readonly string[] => [...iam.roles.keys()];

describe('a replica without a shard', () => {
  it('loads policies, and neither looks at accounts nor at Entra', async () => {
    const world = start();
    await world.timers.advance(10 * pollMs);
    expect(new Set(world.events.map(({ kind }) => kind))).toEqual(new Set(['policies', 'accounts']));
    expect(world.events.find(({ kind }) => kind === 'accounts')).toEqual({ kind: 'accounts', accounts: [] });
    expect([world.iam('dev').calls, world.iam('prod').calls, world.directory.reads]).toEqual([[], [], []]);
  });

  it('says who can explain, and who has a plan', async () => {
    const world = start();
    await world.timers.advance(0);
    world.tenure.take(devShard);
    await world.tenure.lose(devShard, 'ip-10-0-0-2.bb');
    const question = {
      who: 'oncall-1@contoso.com',
      policy: 'payments-debug',
      account: undefined,
      atMs: undefined,
    };
    await expect(world.controller.explain(question)).rejects.toThrow(
      'this replica looks after no account now: ask ip-10-0-0-2.bb, or leave out --url to look yourself',
    );
    expect(() => world.controller.found()).toThrow(
      'this replica looks after no account now: ask ip-10-0-0-2.bb, or leave out --url to look yourself',
    );
  });
});

describe('a replica that gets a shard', () => {
  it('sweeps its accounts at once, and reads their groups only', async () => {
    const world = start();
    await world.timers.advance(0);
    world.tenure.take(devShard);
    await world.timers.advance(0);
    expect(world.sweeps('dev').map(({ trigger }) => trigger)).toEqual(['start']);
    expect([rolesIn(world.iam('dev')), world.iam('prod').calls]).toEqual([['payments-debug'], []]);
    expect(world.groupsRead()).toEqual([groupIds.oncall]);
    expect(world.events.findLast(({ kind }) => kind === 'accounts')).toEqual({
      kind: 'accounts',
      accounts: ['dev'],
    });
  });

  it('that it gets before the policies are there: as soon as they are', async () => {
    const world = start();
    world.tenure.take(prodShard);
    await world.timers.advance(0);
    expect([rolesIn(world.iam('prod')), rolesIn(world.iam('dev'))]).toEqual([['platform'], []]);
  });

  it('besides another: reads the groups of both, and disturbs the first no more than a poll', async () => {
    const world = start();
    world.tenure.take(devShard);
    await world.timers.advance(10_000);
    const before = world.sweeps('dev').length;
    world.tenure.take(prodShard);
    await world.timers.advance(0);
    expect(world.sweeps('prod').map(({ trigger }) => trigger)).toEqual(['start']);
    expect(world.sweeps('dev')).toHaveLength(before);
    expect(world.groupsRead()).toEqual([groupIds.oncall, groupIds.developers].sort());
  });

  it('looks after new accounts of the policies only where they are in its shards', async () => {
    const world = start();
    world.tenure.take(devShard);
    await world.timers.advance(0);
    world.change(policySet({ accounts: [dev], policies: [devPolicy], revision: '2' }));
    await world.timers.advance(0);
    world.change(policySet({ accounts: [dev, prod], policies: [devPolicy, prodPolicy], revision: '3' }));
    await world.timers.advance(0);
    expect(world.sweeps('prod')).toEqual([]);
    expect(world.sweeps('dev').length).toBeGreaterThan(1);
  });

  it('says of the accounts of others whose they are', async () => {
    const world = start();
    world.tenure.take(prodShard);
    await world.tenure.lose(prodShard, 'ip-10-0-0-2.bb');
    world.tenure.take(devShard);
    await world.timers.advance(0);
    const question = { who: 'oncall-2@contoso.com', policy: 'platform', account: 'prod', atMs: undefined };
    await expect(world.controller.explain(question)).rejects.toThrow(
      'account prod is in the care of replica ip-10-0-0-2.bb: ask that one, or leave out --url to look yourself',
    );
    expect(() => world.controller.found(['prod'])).toThrow(
      'account prod is in the care of replica ip-10-0-0-2.bb',
    );
    const { sweeps, notSwept, accountsInAll } = world.controller.found();
    expect([sweeps.map(({ access }) => access.account), notSwept, accountsInAll]).toEqual([['dev'], [], 2]);
  });
});

describe('a replica that loses a shard', () => {
  it('forgets its accounts, writes there no more, and reads their groups no more', async () => {
    const world = start();
    world.tenure.take(devShard);
    world.tenure.take(prodShard);
    await world.timers.advance(10_000);
    await world.tenure.lose(devShard);
    expect(world.events.slice(-2)).toEqual([
      { kind: 'accountRemoved', account: 'dev', lostBecause: 'the lease is over' },
      { kind: 'accounts', accounts: ['prod'] },
    ]);
    world.iam('dev').calls.length = 0;
    world.directory.addMember(groupIds.oncall, person(3).id);
    await world.timers.advance(2 * pollMs);
    expect([world.iam('dev').calls, world.groupsRead()]).toEqual([[], [groupIds.developers]]);
    world.tenure.take(devShard);
    await world.timers.advance(0);
    expect(world.sweeps('dev').at(-1)?.trigger).toBe('start');
    expect(world.iam('dev').roles.get('payments-debug')?.trustDocument).toContain(person(3).id);
  });

  it('without having noticed: begins no write, says why, and tries none of them again', async () => {
    const world = start();
    world.tenure.take(devShard);
    await world.timers.advance(10_000);
    const before = world.iam('dev').roles.get('payments-debug')?.trustDocument;
    world.tenure.expire(devShard);
    world.directory.addMember(groupIds.oncall, person(3).id);
    await world.timers.advance(10 * pollMs);
    expect(world.iam('dev').roles.get('payments-debug')?.trustDocument).toBe(before);
    const [outcome] = world.sweeps('dev').at(-1)?.outcomes ?? [];
    expect([outcome?.result, outcome?.message]).toEqual([
      'dropped',
      'the lease is over; the next one goes on',
    ]);
    expect(world.events).toContainEqual({
      kind: 'accountRemoved',
      account: 'dev',
      lostBecause: 'the lease is over',
    });
  });

  it('lets the write in flight finish, begins no other, and is done with the shard only then', async () => {
    let finish = (): void => undefined;
    const world = start((iam) => ({
      ...iam,
      observe: (...args) => iam.observe(...args),
      readRole: (...args) => iam.readRole(...args),
      readInlinePolicy: (...args) => iam.readInlinePolicy(...args),
      createRole: async (...args) => {
        await iam.createRole(...args);
        await new Promise<void>((done) => {
          finish = done;
        });
      },
      putInlinePolicy: (...args) => iam.putInlinePolicy(...args),
      updateTrust: (...args) => iam.updateTrust(...args),
    }));
    world.tenure.take(devShard);
    await world.timers.advance(0);
    let isLost = false;
    const lost = world.tenure.lose(devShard).then(() => {
      isLost = true;
    });
    await settle();
    expect([isLost, rolesIn(world.iam('dev'))]).toEqual([false, ['payments-debug']]);
    finish();
    await lost;
    const writes = world.iam('dev').calls.filter(({ operation }) => !/^(?:observe|read)/.test(operation));
    expect(writes.map(({ operation }) => operation)).toEqual(['createRole']);
    expect(
      world
        .sweeps('dev')
        .at(-1)
        ?.outcomes.map(({ result }) => result),
    ).toEqual(['done', 'dropped', 'dropped']);
  });

  it('cuts off what does not finish', async () => {
    const world = start((iam) => ({
      ...iam,
      observe: (...args) => iam.observe(...args),
      readRole: (...args) => iam.readRole(...args),
      createRole: (_role, signal) =>
        new Promise((_done, failed) => {
          signal.addEventListener('abort', () => failed(signal.reason as Error));
        }),
    }));
    world.tenure.take(devShard);
    await world.timers.advance(0);
    const lost = world.tenure.lose(devShard);
    world.tenure.cutOff(devShard);
    await lost;
    expect(world.events.at(-2)).toEqual({
      kind: 'accountRemoved',
      account: 'dev',
      lostBecause: 'the lease is over',
    });
  });
});

describe('a replica that gets a shard back after a while', () => {
  const isIn = (world: ReturnType<typeof start>): boolean =>
    world.iam('dev').roles.get('payments-debug')?.trustDocument.includes(person(1).id) === true;

  it('does not take Entra for unread since it last read it itself', async () => {
    const world = start();
    world.change(
      policySet({ accounts: [dev, prod], policies: [{ ...devPolicy, onStale: 'close' }], revision: '2' }),
    );
    world.tenure.take(devShard);
    await world.timers.advance(10_000);
    await world.tenure.lose(devShard);
    await world.timers.advance(20 * minuteMs);
    world.directory.makeUnreadable('*');
    world.tenure.take(devShard);
    await world.timers.advance(minuteMs);
    expect([world.sweeps('dev').at(-1)?.trigger, isIn(world)]).toEqual(['start', true]);
    await world.timers.advance(15 * minuteMs);
    expect(isIn(world)).toBe(false);
  });

  it('does not count an empty group of long ago as its second poll', async () => {
    const world = start();
    world.tenure.take(devShard);
    await world.timers.advance(10_000);
    world.directory.removeMember(groupIds.oncall, person(1).id);
    await world.timers.advance(pollMs);
    await world.tenure.lose(devShard);
    await world.timers.advance(20 * minuteMs);
    world.tenure.take(devShard);
    await world.timers.advance(0);
    expect(isIn(world)).toBe(true);
    await world.timers.advance(pollMs);
    expect(isIn(world)).toBe(false);
  });
});

describe('a replica that is told to stop', () => {
  it('gives its shards away after the last write, and says nothing of accounts any more', async () => {
    const world = start();
    world.tenure.take(devShard);
    await world.timers.advance(10_000);
    const before = world.events.length;
    await world.controller.stop();
    expect(world.tenure.holderOf(devShard)).toBe('another');
    expect(world.events.slice(before)).toEqual([]);
  });
});
