// The whole controller over in-memory ports, with time moved by hand.

import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { AccessPolicy, Account, PolicySet, TaskRoleBinding } from '../../src/domain/policy.ts';
import type { EcsPort, ShellsPort } from '../../src/domain/ports.ts';
import { present, type Reading, unreadable } from '../../src/domain/reading.ts';
import { type Controller, startController } from '../../src/reconcile/controller.ts';
import type { ControllerEvent, SweepReport, SweepScope } from '../../src/reconcile/sweep-report.ts';
import { type InMemoryEcs, inMemoryEcs } from '../aws/in-memory-ecs.ts';
import { type InMemoryIam, inMemoryIam } from '../aws/in-memory-iam.ts';
import { manualClock } from '../aws/manual-clock.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  groupIds,
  meta,
  person,
  policySet,
  samlProvider,
  servicePlace,
  taskRoleBinding,
} from '../builders.ts';
import { inMemoryDirectory } from '../entra/in-memory-directory.ts';
import { mayPersonEnter, userOf } from './harness.ts';
import { manualTimers } from './manual-timers.ts';
import { container, madeRoleArn, seedService } from './services-harness.ts';

const prod = account({ meta: meta('prod'), accountId: '444455556666' });
const config = controllerConfig({ sweepSchedule: '0 0 1 1 *' });
const pollMs = config.entra.pollIntervalMs * 1.1;

let running: Controller | undefined;
afterEach(async () => {
  await running?.stop();
});

const start = (
  accounts: readonly Account[] = [account()],
  policies: readonly AccessPolicy[] = [accessPolicy()],
  bindings: readonly TaskRoleBinding[] = [],
  through: (ecs: EcsPort) => EcsPort = (ecs) => ecs,
) => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const timers = manualTimers(clock);
  const directory = inMemoryDirectory({
    users: [1, 2, 3, 4, 5].map(userOf),
    groups: [{ id: groupIds.oncall, displayName: 'Payments On-call', members: [person(1).id, person(2).id] }],
    servicePrincipals: [],
  });
  const iams = new Map<string, InMemoryIam>();
  const ecsOf = new Map<string, InMemoryEcs>();
  const events: ControllerEvent[] = [];
  let loaded: Reading<PolicySet> | Promise<Reading<PolicySet>> = present(
    policySet({ accounts, policies, bindings }),
  );
  let onChange = (): void => undefined;
  const controller = startController({
    config,
    clock,
    timers,
    random: () => 1,
    directory,
    source: {
      load: () => Promise.resolve(loaded),
      watch: (callback) => {
        onChange = callback;
        return () => undefined;
      },
    },
    openAccount: (opened) => {
      const iam =
        iams.get(opened.meta.name) ??
        inMemoryIam({
          account: opened,
          clock,
          samlProviderArns: [samlProvider.replace('111122223333', opened.accountId)],
          trustQuotaChars: 8_192,
        });
      iams.set(opened.meta.name, iam);
      const ecs = inMemoryEcs({ account: opened, clock });
      seedService(ecs);
      ecsOf.set(opened.meta.name, ecs);
      const shells: ShellsPort = {
        list: async () => present([]),
        end: async () => undefined,
        stopTask: async () => undefined,
      };
      return { iam, ecs: through(ecs), shells, clockSkewMs: () => 0 };
    },
    publish: (event) => events.push(event),
    onDefect: (error) => {
      throw error;
    },
  });
  running = controller;
  const admitted = (name = 'dev'): readonly number[] => {
    const document = iams.get(name)?.roles.get('payments-debug')?.trustDocument ?? '';
    return [1, 2, 3, 4, 5].filter((n) =>
      mayPersonEnter(document.replaceAll('444455556666', '111122223333'), n, clock.now()),
    );
  };
  const sweeps = (name: string, scope: SweepScope = 'access'): readonly SweepReport[] =>
    events.flatMap((event) =>
      event.kind === 'sweep' && event.report.account === name && event.report.scope === scope
        ? [event.report]
        : [],
    );
  return {
    controller,
    timers,
    directory,
    iams,
    ecs: (name = 'dev'): InMemoryEcs => {
      const found = ecsOf.get(name);
      if (found === undefined) throw new Error(`the account ${name} was never opened`);
      return found;
    },
    events,
    admitted,
    sweeps,
    change: (next: Reading<PolicySet> | Promise<Reading<PolicySet>>) => {
      loaded = next;
      onChange();
    },
  };
};

describe('the controller', () => {
  it('reconciles at start, polls, and follows the group', async () => {
    const world = start();
    await world.timers.advance(0);
    expect(world.admitted()).toEqual([1, 2]);
    world.directory.addMember(groupIds.oncall, person(3).id);
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([1, 2, 3]);
    world.directory.removeMember(groupIds.oncall, person(1).id);
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([2, 3]);
  });

  it('reads Entra once for all accounts, and sweeps nothing when nobody changed', async () => {
    const world = start([account(), prod], [accessPolicy({ accounts: ['dev', 'prod'] })]);
    await world.timers.advance(6_000);
    expect([world.admitted('dev'), world.admitted('prod')]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    const before = [world.sweeps('dev').length, world.sweeps('prod').length];
    const reads = world.directory.reads.length;
    await world.timers.advance(pollMs);
    expect([world.sweeps('dev').length, world.sweeps('prod').length]).toEqual(before);
    expect(world.directory.reads.length).toBe(reads + 1);
  });

  it('lets one broken account delay no other', async () => {
    const world = start([account(), prod], [accessPolicy({ accounts: ['dev', 'prod'] })]);
    await world.timers.advance(10_000);
    world.iams.get('dev')?.failNext('observe', new AppError('transient', 'throttled'), { times: 1_000 });
    world.directory.addMember(groupIds.oncall, person(4).id);
    await world.timers.advance(pollMs);
    expect([world.admitted('dev'), world.admitted('prod')]).toEqual([
      [1, 2],
      [1, 2, 4],
    ]);
    expect(world.sweeps('dev').at(-1)?.result).toBe('unreadable');
  });

  it('lets policies that do not come delay nobody who has to leave, and takes them once they come', async () => {
    const world = start();
    await world.timers.advance(0);
    let come = (_reading: Reading<PolicySet>): void => undefined;
    world.change(
      new Promise((resolve) => {
        come = resolve;
      }),
    );
    await world.timers.advance(0);
    world.directory.removeMember(groupIds.oncall, person(1).id);
    await world.timers.advance(2 * pollMs);
    expect(world.admitted()).toEqual([2]);
    const policies = [accessPolicy({ accounts: ['dev', 'prod'] })];
    come(present(policySet({ accounts: [account(), prod], policies, revision: '2' })));
    await world.timers.advance(0);
    expect(world.admitted('prod')).toEqual([2]);
  });

  it('takes an emptied group seriously at the next poll', async () => {
    const world = start();
    await world.timers.advance(0);
    for (const n of [1, 2]) world.directory.removeMember(groupIds.oncall, person(n).id);
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([1, 2]);
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([]);
  });

  it('follows a change of the policies at once, and opens and closes accounts with them', async () => {
    const world = start();
    await world.timers.advance(0);
    world.change(
      present(
        policySet({
          accounts: [account(), prod],
          policies: [accessPolicy({ accounts: ['dev', 'prod'] })],
          revision: '2',
        }),
      ),
    );
    await world.timers.advance(0);
    expect(world.admitted('prod')).toEqual([1, 2]);
    world.change(
      present(
        policySet({ accounts: [prod], policies: [accessPolicy({ accounts: ['prod'] })], revision: '3' }),
      ),
    );
    await world.timers.advance(0);
    expect(world.events.filter(({ kind }) => kind === 'accountRemoved')).toEqual([
      { kind: 'accountRemoved', account: 'dev', lostBecause: undefined },
    ]);
  });

  it('knows what it wrote to an account also after the account was changed in Git', async () => {
    const world = start();
    await world.timers.advance(10_000);
    const iam = world.iams.get('dev');
    iam?.setStaleMs(3 * pollMs);
    world.directory.addMember(groupIds.oncall, person(3).id);
    await world.timers.advance(pollMs);
    const calls = iam?.calls.length ?? 0;
    const annotated = account({ meta: { ...meta('dev'), annotations: { note: 'acknowledged' } } });
    world.change(present(policySet({ accounts: [annotated], policies: [accessPolicy()], revision: '2' })));
    await world.timers.advance(1_000);
    const later = iam?.calls.slice(calls).map(({ operation }) => operation) ?? [];
    expect(later).toContain('observe');
    expect(later.filter((operation) => operation === 'updateTrust')).toEqual([]);
  });

  it('keeps an account whose file is invalid', async () => {
    const world = start([account(), prod], [accessPolicy({ accounts: ['dev', 'prod'] })]);
    await world.timers.advance(0);
    world.change(
      present(
        policySet({ accounts: [account()], policies: [accessPolicy()], complete: false, revision: '2' }),
      ),
    );
    await world.timers.advance(0);
    expect(world.events.some(({ kind }) => kind === 'accountRemoved')).toBe(false);
    expect(world.admitted('prod')).toEqual([1, 2]);
  });

  it('starts without Entra, changes nothing, and begins when it answers', async () => {
    const world = start();
    world.directory.makeUnreadable('*');
    await world.timers.advance(0);
    expect([world.admitted(), world.events.find(({ kind }) => kind === 'poll')]).toMatchObject([
      [],
      { report: { groups: { unreadable: 1 } } },
    ]);
    world.directory.makeReadable('*');
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([1, 2]);
  });

  it('starts without policies and begins when they are there', async () => {
    const world = start();
    await world.timers.advance(0);
    world.change(unreadable(new AppError('transient', 'empty checkout')));
    await world.timers.advance(0);
    const last = world.events.findLast(({ kind }) => kind === 'policies');
    expect(last).toMatchObject({ report: { revision: undefined, messages: ['empty checkout'] } });
    expect(world.admitted()).toEqual([1, 2]);
  });

  it('repairs what somebody changed by hand at the next sweep, and says so', async () => {
    const world = start();
    await world.timers.advance(10_000);
    const iam = world.iams.get('dev');
    const now = iam?.roles.get('payments-debug')?.trustDocument ?? '';
    iam?.editRole('payments-debug', {
      trustDocument: now.replace(person(1).id, `${person(1).id}","${person(5).id}`),
    });
    expect(world.admitted()).toEqual([1, 2, 5]);
    world.directory.addMember(groupIds.oncall, person(3).id);
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([1, 2, 3]);
    const repaired = world
      .sweeps('dev')
      .flatMap(({ outcomes }) =>
        outcomes.flatMap(({ carriedOut }) => carriedOut.map(({ detail }) => detail.kind)),
      );
    expect(repaired).toContain('revoke');
  });
});

describe('what the controller found', () => {
  it('is what the newest sweeps of each account say, of those that are asked for', async () => {
    const world = start([account(), prod], [accessPolicy({ accounts: ['dev', 'prod'] })]);
    expect(() => world.controller.found()).toThrow('has not read policies and Entra yet');
    await world.timers.advance(6_000);
    const newest = ['dev', 'prod'].map((name) => world.sweeps(name).at(-1));
    const { sweeps, notSwept, poll, policies } = world.controller.found();
    expect(sweeps.map(({ access }) => access)).toEqual(newest);
    expect([notSwept, poll.message, policies.policies]).toEqual([[], '', 1]);
    expect(world.controller.found(['prod', 'prod']).sweeps.map(({ access }) => access.account)).toEqual([
      'prod',
    ]);
    expect(() => world.controller.found(['dev', 'stage'])).toThrow(
      'no account is called stage; there are dev, prod',
    );
  });

  it('is not there for an account until both of its loops have looked', async () => {
    let answer = (): void => undefined;
    const asked = new Promise<void>((resolve) => void (answer = resolve));
    const world = start([account()], [accessPolicy()], [taskRoleBinding()], (ecs) => ({
      ...ecs,
      observe: async (...parameters) => {
        await asked;
        return ecs.observe(...parameters);
      },
    }));
    await world.timers.advance(6_000);
    expect(world.sweeps('dev').length).toBeGreaterThan(0);
    expect(world.controller.found()).toMatchObject({ sweeps: [], notSwept: ['dev'] });
    answer();
    await world.timers.advance(6_000);
    const [own] = world.controller.found().sweeps;
    expect(own?.services).toBe(world.sweeps('dev', 'services').at(-1));
    expect(own?.services).toBeDefined();
  });
});

describe('the two loops of an account', () => {
  const writing = account({ ecsWrites: true });
  const deploying = taskRoleBinding({ rollout: 'deploy' });

  it('bind a service without waiting for any schedule', async () => {
    const world = start([writing], [accessPolicy()], [deploying]);
    await world.timers.advance(120_000);
    const { taskDefinitionArn } = world.ecs().serviceAt(servicePlace);
    expect(world.ecs().definitions.get(taskDefinitionArn ?? '')?.taskRoleArn).toBe(madeRoleArn);
    expect(world.sweeps('dev', 'services').at(-1)?.plan.services[0]?.state).toBe('inSync');
    expect(world.admitted()).toEqual([1, 2]);
  });

  it('keep nobody inside because ECS does not answer', async () => {
    const never = new Promise<never>(() => undefined);
    const world = start([writing], [accessPolicy()], [deploying], (ecs) => ({
      ...ecs,
      observe: () => never,
    }));
    await world.timers.advance(0);
    expect(world.admitted()).toEqual([1, 2]);
    world.directory.removeMember(groupIds.oncall, person(1).id);
    await world.timers.advance(pollMs);
    expect(world.admitted()).toEqual([2]);
    expect(world.sweeps('dev', 'services')).toEqual([]);
    running = undefined;
  });

  it('look at ECS only where a binding or a grant asks for it, and once more after the last was taken away', async () => {
    const world = start([writing]);
    await world.timers.advance(pollMs);
    expect(world.ecs().calls).toEqual([]);
    const services = () => world.sweeps('dev', 'services').length;
    world.change(present(policySet({ accounts: [writing], bindings: [deploying], revision: '2' })));
    await world.timers.advance(1_000);
    expect(services()).toBeGreaterThan(0);
    await world.timers.advance(300_000);
    const before = services();
    world.change(present(policySet({ accounts: [writing], revision: '3' })));
    await world.timers.advance(1_000);
    expect(services()).toBe(before + 1);
    expect(world.sweeps('dev', 'services').at(-1)?.plan.services).toEqual([]);
    world.change(present(policySet({ accounts: [writing], revision: '4' })));
    await world.timers.advance(300_000);
    expect(services()).toBe(before + 1);
  });

  it('give permissions for log groups as soon as ECS was read, and follow what is deployed', async () => {
    const policy = accessPolicy({
      ecs: [{ ...servicePlace, services: ['api'], containers: [], allow: ['logs'] }],
    });
    const world = start([account()], [policy]);
    const permissions = (): string =>
      JSON.stringify(world.iams.get('dev')?.roles.get('payments-debug')?.inlinePolicies ?? []);
    await world.timers.advance(6_000);
    expect(world.admitted()).toEqual([1, 2]);
    expect(permissions()).not.toContain('log-group');
    const logGroup = { region: 'eu-west-1', name: '/ecs/api' };
    world.ecs().pipelineDeploys(servicePlace, { containers: [{ ...container, logGroup }] });
    world.change(present(policySet({ policies: [policy], revision: '2' })));
    await world.timers.advance(6_000);
    expect(permissions()).toContain('log-group:/ecs/api:*');
    expect(world.sweeps('dev').map(({ trigger }) => trigger)).toContain('services');
  });
});
