import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { PlannedRole } from '../../src/domain/plan.ts';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import * as world from './builders.ts';
import { parseExposition, samplesOf } from './exposition.ts';

const start = (...events: readonly ControllerEvent[]) => {
  const clock = world.manualClock();
  const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock });
  for (const event of events) metrics.observe(event);
  const of = async (name: string, but: readonly string[] = []) =>
    samplesOf(await metrics.text(), `rolewarden_${name}`, but);
  return { clock, metrics, of };
};

const atSeconds = (seconds: number): number => world.startMs / 1_000 + seconds;
const heldRole = (...names: readonly string[]) =>
  world.role({ held: names.map((name) => world.held(world.grant(name), 'trustFull')) });

/** A bound service that waits, shells that would not open, and another way in. */
const busyServices = (other: Parameters<typeof world.servicesSweep>[1] = {}) =>
  world.servicesSweep(
    {
      roles: [world.taskRole()],
      services: [world.service({ held: [world.held(world.bindChange(), 'mutableTags')] })],
      execReadiness: [world.execReadiness('tagMissing')],
      sideDoors: [world.sideDoor(), world.sideDoor({ roleArn: world.taskRoleArn('ops') })],
    },
    other,
  );

describe('drift', () => {
  it('counts applied and held changes of a role by class and effect', async () => {
    const { of } = start(
      world.sweep([
        world.applying(world.grant('alice'), world.grant('bob'), world.revoke('carol')),
        world.role({
          name: 'ledger-exec',
          held: [world.held(world.change({ kind: 'restateTrust' }, { name: 'ledger-exec' }), 'observeOnly')],
        }),
      ]),
    );
    expect(await of('drift', ['account', 'kind'])).toEqual({
      'class=trust,effect=widens,name=payments-exec': 2,
      'class=trust,effect=narrows,name=payments-exec': 1,
      'class=trust,effect=none,name=ledger-exec': 1,
    });
  });

  it('is gone with the sweep that finds nothing, together with its time', async () => {
    const { metrics, of } = start(world.sweep([heldRole('alice')]));
    expect(Object.values(await of('drift'))).toEqual([1]);
    metrics.observe(world.sweep([world.role()]));
    expect(await of('drift')).toEqual({});
    expect(await of('drift_since_timestamp_seconds')).toEqual({});
  });

  it('keeps the time of the first sweep while it lasts, and starts anew when it came back', async () => {
    const since = async (...sweeps: readonly (readonly [number, readonly string[]])[]) => {
      const { of } = start(
        ...sweeps.map(([seconds, names]) =>
          world.sweep([heldRole(...names)], { atMs: world.startMs + seconds * 1_000 }),
        ),
      );
      return Object.values(await of('drift_since_timestamp_seconds'));
    };
    expect(await since([0, ['alice']], [60, ['alice', 'bob']])).toEqual([atSeconds(0)]);
    expect(await since([0, ['alice']], [60, ['bob']])).toEqual([atSeconds(60)]);
    expect(await since([0, ['alice']], [60, []], [120, ['alice']])).toEqual([atSeconds(120)]);
  });

  it('that was written and is found again is new', async () => {
    const { of } = start(
      world.sweep([world.applying(world.grant('alice'))]),
      world.sweep([world.applying(world.grant('alice'))], { atMs: world.startMs + 60_000 }),
    );
    expect(Object.values(await of('drift_since_timestamp_seconds'))).toEqual([atSeconds(60)]);
  });

  it('that could not be written goes on', async () => {
    const failing = (atMs: number) => {
      const one = world.applying(world.grant('alice'));
      const outcomes = one.writes.map((write) =>
        world.outcome(write, { result: 'failed', errorKind: 'denied' }),
      );
      return world.sweep([one], { atMs, outcomes });
    };
    const { of } = start(failing(world.startMs), failing(world.startMs + 60_000));
    expect(Object.values(await of('drift_since_timestamp_seconds'))).toEqual([atSeconds(0)]);
  });

  it('does not end because the account cannot be read, nor do holds and sizes', async () => {
    const { of } = start(
      world.sweep([heldRole('alice')]),
      world.unreadableSweep([world.unknownRole('denied')], { atMs: world.startMs + 60_000 }),
    );
    expect(await of('drift', ['account', 'kind', 'name'])).toEqual({ 'class=trust,effect=widens': 1 });
    expect(Object.values(await of('drift_since_timestamp_seconds'))).toEqual([atSeconds(0)]);
    expect(await of('changes_held', ['account'])).toEqual({ 'reason=trustFull': 1 });
    expect(await of('trust_policy_chars', ['account'])).toEqual({ 'role=payments-exec': 512 });
    expect(await of('trust_policy_quota_chars', ['account'])).toEqual({ '': 2_048 });
  });

  it('of a role whose policy is gone stays too while the account cannot be read', async () => {
    const orphan = world.role({
      name: 'old-exec',
      owner: world.policyOwner('old'),
      held: [
        world.held(
          world.change({ kind: 'deleteRole' }, { name: 'old-exec', owner: world.policyOwner('old') }),
          'awaitingPrune',
        ),
      ],
    });
    const { of } = start(world.sweep([orphan]), world.unreadableSweep([]));
    expect(await of('drift', ['account', 'kind', 'effect'])).toEqual({ 'class=orphaned,name=old-exec': 1 });
    expect(await of('policy_ready', ['account'])).toEqual({ 'policy=old,reason=Unknown': 0 });
  });
});

describe('policy_ready', () => {
  const failed = world.applying(world.grant('alice'));
  const cases: readonly (readonly [string, ControllerEvent, Readonly<Record<string, number>>])[] = [
    ['in sync', world.sweep([world.role()]), { 'policy=payments,reason=Ready': 1 }],
    [
      'all carried out',
      world.sweep([world.applying(world.grant('alice'))]),
      { 'policy=payments,reason=Ready': 1 },
    ],
    ['held', world.sweep([heldRole('alice')]), { 'policy=payments,reason=trustFull': 0 }],
    [
      'a write failed',
      world.sweep([failed], {
        outcomes: failed.writes.map((write) => world.outcome(write, { result: 'failed' })),
      }),
      { 'policy=payments,reason=WriteFailed': 0 },
    ],
    [
      'stopped before writing',
      world.sweep([failed], { outcomes: [] }),
      { 'policy=payments,reason=WriteFailed': 0 },
    ],
    ['unknown', world.sweep([world.unknownRole('half seen')]), { 'policy=payments,reason=Unknown': 0 }],
    [
      'a consequence does not hide its cause',
      world.sweep([
        world.role({
          held: [
            world.held(world.grant('alice'), 'afterHeldChange'),
            world.held(
              world.change({
                kind: 'createRole',
                boundary: 'b',
                tags: {},
                settings: { description: '', maxSessionSeconds: 3_600 },
                providers: [],
              }),
              'providerMissing',
            ),
          ],
        }),
      ]),
      { 'policy=payments,reason=providerMissing': 0 },
    ],
    [
      'the worst of two roles of one policy',
      world.sweep([
        world.role(),
        world.role({ name: 'old-exec', held: [world.held(world.revoke('bob'), 'breaker')] }),
      ]),
      { 'policy=payments,reason=breaker': 0 },
    ],
    ['a role of ours without a policy on its tag', world.sweep([world.role({ owner: undefined })]), {}],
  ];
  it.each(cases)('%s', async (_name, event, expected) => {
    expect(await start(event).of('policy_ready', ['account'])).toEqual(expected);
  });

  it('has one series for an account and policy, whatever the reasons were before', async () => {
    const { metrics, of } = start(world.sweep([heldRole('alice')]));
    expect(await of('policy_ready', ['account'])).toEqual({ 'policy=payments,reason=trustFull': 0 });
    metrics.observe(world.sweep([world.role()]));
    expect(await of('policy_ready', ['account'])).toEqual({ 'policy=payments,reason=Ready': 1 });
  });
});

describe('sweeps', () => {
  it('are counted by result and timed', async () => {
    const { of } = start(
      world.sweep([]),
      world.sweep([]),
      world.unreadableSweep([]),
      world.sweep([], { account: 'dev' }),
    );
    expect(await of('sweeps_total')).toEqual({
      'account=prod,result=ok,scope=access': 2,
      'account=prod,result=unreadable,scope=access': 1,
      'account=dev,result=ok,scope=access': 1,
    });
    expect(await of('sweep_duration_seconds_sum')).toEqual({
      'account=prod,scope=access': 4.5,
      'account=dev,scope=access': 1.5,
    });
  });

  it('that cannot read the account, or fail to write, are attempts and no successes', async () => {
    const { metrics, of } = start(world.sweep([]));
    metrics.observe(world.unreadableSweep([], { atMs: world.startMs + 60_000 }));
    expect(await of('last_sweep_attempt_timestamp_seconds', ['scope'])).toEqual({
      'account=prod': atSeconds(61.5),
    });
    expect(await of('last_sweep_success_timestamp_seconds', ['scope'])).toEqual({
      'account=prod': atSeconds(1.5),
    });
    expect(await of('unreadable')).toMatchObject({ 'source=aws:prod': 1 });
  });

  it('that never succeeded have no time of success', async () => {
    expect(await start(world.unreadableSweep([])).of('last_sweep_success_timestamp_seconds')).toEqual({});
  });
});

describe('changes', () => {
  it('are counted by what became of each, also when a part of a write was carried out', async () => {
    const [alice, bob] = [world.grant('alice'), world.revoke('bob')];
    const write = world.trustWrite(world.trustOf('bob'), world.trustOf('alice'), alice, bob);
    const part = world.outcome(write, { result: 'dropped', carriedOut: [bob] });
    const { of } = start(
      world.sweep([world.applying(alice, bob)]),
      world.sweep([world.applying(alice, bob)], { outcomes: [part] }),
      world.sweep([world.applying(alice, bob)], { outcomes: [world.outcome(write, { result: 'failed' })] }),
    );
    expect(await of('changes_total', ['account', 'effect'])).toEqual({
      'kind=grant,result=done': 1,
      'kind=revoke,result=done': 2,
      'kind=grant,result=dropped': 1,
      'kind=grant,result=failed': 1,
      'kind=revoke,result=failed': 1,
    });
  });

  it('of members are timed from the read of Entra, once for a write however many people it holds', async () => {
    const tags = world.change({ kind: 'tagRole', before: {}, after: { a: 'b' } });
    const { of } = start(
      world.sweep([world.applying(world.grant('alice'), world.grant('bob'), world.revoke('carol'))]),
      world.sweep([world.applying(world.grant('dave'))]),
      world.sweep([world.applying(tags)]),
      world.sweep([world.applying(world.grant('erin'))], { membersReadAtMs: undefined }),
    );
    expect(await of('membership_propagation_seconds_count')).toEqual({ '': 2 });
    expect(await of('membership_propagation_seconds_sum')).toEqual({ '': 10 });
    expect(await of('revocation_seconds_count')).toEqual({ '': 1 });
  });
});

describe('services', () => {
  const place = ['account', 'region', 'cluster', 'service'];

  it('have drift, holds, shells and side doors of their own, beside what the other loop found', async () => {
    const { of } = start(world.sweep([heldRole('alice')]), busyServices());
    expect(await of('drift', ['account', 'effect'])).toEqual({
      'class=trust,kind=Role,name=payments-exec': 1,
      'class=wrongTaskRole,kind=Service,name=eu-west-1/payments/api': 1,
    });
    expect(await of('binding_ready')).toEqual({
      'account=prod,binding=payments-api,reason=mutableTags': 0,
    });
    expect(await of('policy_ready')).toEqual({ 'account=prod,policy=payments,reason=trustFull': 0 });
    expect(await of('exec_ready')).toEqual({
      'account=prod,cluster=payments,reason=tagMissing,region=eu-west-1,service=api': 0,
    });
    expect(await of('side_doors', place)).toEqual({
      'door=executeCommand': 2,
      'door=startSession': 0,
      'door=assumeRole': 0,
      'door=passRole': 0,
    });
  });

  it('that are ready say so', async () => {
    const { metrics, of } = start(busyServices());
    metrics.observe(
      world.servicesSweep({
        roles: [world.taskRole()],
        services: [world.service()],
        execReadiness: [world.execReadiness()],
      }),
    );
    expect(await of('binding_ready', ['account'])).toEqual({ 'binding=payments-api,reason=Ready': 1 });
    expect(await of('exec_ready', place)).toEqual({ 'reason=Ready': 1 });
    expect(Object.values(await of('side_doors'))).toEqual([0, 0, 0, 0]);
    expect(await of('drift')).toEqual({});
    expect(await of('changes_held')).toEqual({});
  });

  it('are held for the same reasons as roles, and counted together', async () => {
    const suspended = world.held(world.bindChange(), 'suspended');
    const { metrics, of } = start(
      world.sweep([world.role({ held: [world.held(world.grant('alice'), 'suspended')] })]),
      world.servicesSweep({ services: [world.service({ held: [suspended] })] }),
    );
    expect(await of('changes_held', ['account'])).toEqual({ 'reason=suspended': 2 });
    metrics.observe(world.sweep([world.role()]));
    expect(await of('changes_held', ['account'])).toEqual({ 'reason=suspended': 1 });
  });

  it('stand as badly as the worse of service and task role', async () => {
    const change = world.change({ kind: 'restateTrust' }, { owner: world.bindingOwner() });
    const { of } = start(
      world.servicesSweep({
        roles: [world.taskRole({ held: [world.held(change, 'breaker')] })],
        services: [world.service({ held: [world.held(world.bindChange(), 'afterHeldChange')] })],
      }),
    );
    expect(await of('binding_ready', ['account'])).toEqual({ 'binding=payments-api,reason=breaker': 0 });
  });

  it('that cannot be read grow stale, and keep what was found of them', async () => {
    const { clock, metrics, of } = start(busyServices());
    clock.advance(60_000);
    metrics.observe(
      world.servicesSweep(
        {
          services: [world.service({ state: 'unknown', unknownBecause: 'ECS is down' })],
          execReadiness: [world.execReadiness('unreadable')],
        },
        { result: 'incomplete', message: 'ECS is down', atMs: clock.now() },
      ),
    );
    expect(await of('unreadable')).toMatchObject({ 'source=ecs:prod': 1 });
    expect(await of('source_staleness_seconds')).toMatchObject({ 'source=ecs:prod': 58.5 });
    expect(await of('drift', ['account', 'effect', 'kind'])).toEqual({
      'class=wrongTaskRole,name=eu-west-1/payments/api': 1,
    });
    expect(await of('changes_held', ['account'])).toEqual({ 'reason=mutableTags': 1 });
    expect(await of('last_sweep_success_timestamp_seconds', ['account'])).toEqual({
      'scope=services': atSeconds(1.5),
    });
  });

  it('keep their side doors while the roles of the account cannot be read', async () => {
    const { metrics, of } = start(busyServices());
    metrics.observe(
      world.servicesSweep(
        { services: [world.service({ state: 'unknown', unknownBecause: 'denied' })] },
        { result: 'unreadable', message: 'denied' },
      ),
    );
    expect(await of('side_doors', place)).toMatchObject({ 'door=executeCommand': 2 });
  });
});

describe('sources', () => {
  it('grow stale by the clock from the last good read, and from the start before the first', async () => {
    const { clock, metrics, of } = start();
    clock.advance(10_000);
    expect(await of('source_staleness_seconds')).toEqual({ 'source=policies': 10, 'source=entra': 10 });
    metrics.observe(world.policies({ atMs: clock.now() }));
    metrics.observe(world.poll({ atMs: clock.now() }));
    clock.advance(5_000);
    metrics.observe(world.unreadablePolicies('gone'));
    metrics.observe(
      world.poll({
        atMs: clock.now(),
        groups: { present: 0, absent: 0, unreadable: 3 },
        message: 'Graph is down',
      }),
    );
    clock.advance(5_000);
    expect(await of('source_staleness_seconds')).toEqual({ 'source=policies': 10, 'source=entra': 10 });
    expect(await of('unreadable')).toEqual({
      'source=policies': 1,
      'source=entra-groups': 3,
      'source=entra-assignments': 0,
      'source=entra-service-principals': 0,
    });
  });

  it('that were read in part are not stale, and the rest is counted as unreadable', async () => {
    const { clock, metrics, of } = start();
    clock.advance(10_000);
    metrics.observe(world.poll({ atMs: clock.now(), groups: { present: 9, absent: 0, unreadable: 1 } }));
    expect(await of('source_staleness_seconds')).toMatchObject({ 'source=entra': 0 });
    expect(await of('unreadable')).toMatchObject({ 'source=entra-groups': 1 });
  });

  it('tell which policies are in force, and no others, also while none can be loaded', async () => {
    const { metrics, of } = start();
    expect(await of('policies_info')).toEqual({});
    metrics.observe(world.policies());
    expect(await of('policies_info')).toEqual({ 'commit=,revision=rev-1': 1 });
    metrics.observe(world.policies({ commit: world.commit(1) }));
    metrics.observe(world.policies({ commit: world.commit(2), revision: 'rev-2' }));
    metrics.observe(world.unreadablePolicies('gone'));
    expect(await of('policies_info')).toEqual({ [`commit=${'2'.repeat(40)},revision=rev-2`]: 1 });
  });

  it('are ready once each was read since the start, and stay so', async () => {
    const { metrics, of } = start();
    const nothing = { 'source=policies': 0, 'source=leases': 1, 'source=entra': 0, 'source=accounts': 0 };
    expect(await of('ready')).toEqual(nothing);
    metrics.observe(world.policies({ accounts: 2 }));
    metrics.observe(world.accounts('dev', 'prod'));
    metrics.observe(world.sweep([], { account: 'dev' }));
    expect(await of('ready')).toEqual({ ...nothing, 'source=policies': 1 });
    metrics.observe(world.poll());
    metrics.observe(world.unreadableSweep([]));
    const everything = { 'source=policies': 1, 'source=leases': 1, 'source=entra': 1, 'source=accounts': 1 };
    expect(await of('ready')).toEqual(everything);
    metrics.observe(world.unreadablePolicies('gone'));
    metrics.observe(world.poll({ groups: { present: 0, absent: 0, unreadable: 1 } }));
    expect(await of('ready')).toEqual(everything);
  });

  it('tell how old Entra may become', async () => {
    expect(await start().of('source_staleness_limit_seconds')).toEqual({ 'source=entra': 86_400 });
  });

  it('tell how many problems are in the policy files', async () => {
    const { of } = start(world.policies({ errors: 2, warnings: 1, isComplete: false }));
    expect(await of('policy_problems')).toEqual({ 'severity=error': 2, 'severity=warning': 1 });
  });
});

describe('requests', () => {
  it('are counted by operation and code', async () => {
    const { metrics, of } = start();
    metrics.onAwsRequest({ service: 'iam', operation: 'ListRoles', code: '200' });
    metrics.onAwsRequest({ service: 'iam', operation: 'ListRoles', code: '200' });
    metrics.onEntraRequest({ operation: 'members', code: '429' });
    expect(await of('aws_requests_total')).toEqual({ 'code=200,operation=ListRoles,service=iam': 2 });
    expect(await of('entra_requests_total')).toEqual({ 'code=429,operation=members': 1 });
  });
});

describe('an account that is removed', () => {
  it('leaves no series behind, and others stay', async () => {
    const everything = (account: string): readonly ControllerEvent[] => [
      world.sweep([heldRole('alice'), world.applying(world.revoke('bob'))], { account }),
      world.unreadableSweep([], { account }),
      busyServices({ account }),
    ];
    const { metrics } = start(...everything('prod'), ...everything('dev'));
    const hasAccount = (account: string, text: string): boolean =>
      parseExposition(text).some(({ labels }) =>
        Object.values(labels).some((value) => value === account || value.endsWith(`:${account}`)),
      );
    metrics.observe({ kind: 'accountRemoved', account: 'prod', lostBecause: undefined });
    const text = await metrics.text();
    expect(hasAccount('prod', text)).toBe(false);
    expect(hasAccount('dev', text)).toBe(true);
  });
});

describe('a scrape', () => {
  it('says which version runs and what it costs', async () => {
    const { metrics, of } = start();
    expect(await of('build_info')).toEqual({ 'version=1.2.3': 1 });
    const names = parseExposition(await metrics.text()).map(({ name }) => name);
    expect(names).toContain('process_cpu_seconds_total');
    expect(names).toContain('process_resident_memory_bytes');
  });

  it('answers with the rest when a part cannot be worked out, and counts that', async () => {
    const clock = { now: (): number => world.startMs };
    const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock });
    metrics.observe(world.sweep([world.role()]));
    clock.now = () => {
      throw new Error('the clock is broken');
    };
    const text = await metrics.text();
    expect(samplesOf(text, 'rolewarden_policy_ready', ['account'])).toEqual({
      'policy=payments,reason=Ready': 1,
    });
    expect(samplesOf(text, 'rolewarden_scrape_failures_total')).toEqual({ '': 1 });
  });

  it.each([
    [
      'used, and each denying somebody',
      (name: string): PlannedRole =>
        world.role({
          name,
          owner: world.policyOwner(name),
          denies: world.deniesOf(world.putOut('alice')),
          lastUsedAtMs: world.startMs,
        }),
    ],
    [
      'missing, as on the first day',
      (name: string): PlannedRole => {
        const about = { name, owner: world.policyOwner(name), effect: 'widens' } as const;
        const made = { boundary: 'b', tags: {}, settings: { description: '', maxSessionSeconds: 1 } };
        const changes = [
          world.change({ kind: 'createRole', providers: [], ...made }, about),
          world.change({ kind: 'putPermissions', before: undefined, after: '{}' }, about),
          world.grant('alice', about),
        ];
        return world.role({ ...about, held: changes.map((one) => world.held(one, 'observeOnly')) });
      },
    ],
  ])('of 5,000 roles that are %s stays under 5 MB', async (_how, roleNamed) => {
    const names = Array.from({ length: 5_000 }, (_, number) => `policy-${1_000 + number}`);
    const { metrics } = start(world.policies(), world.poll(), world.sweep(names.map(roleNamed)));
    const text = await metrics.text();
    expect(text.length).toBeGreaterThan(2_000_000);
    expect(text.length).toBeLessThan(5_000_000);
  });

  it('has no series twice, in whatever number of accounts and effects something is', async () => {
    const closesAtMs = world.startMs + world.dayMs;
    const busy = (account: string): ControllerEvent =>
      world.sweep(
        [
          { ...world.applying(world.grant('alice'), world.revoke('bob')), closesAtMs },
          world.role({
            owner: world.policyOwner('other'),
            held: [world.held(world.grant('eve'), 'breaker')],
          }),
        ],
        { account },
      );
    const { metrics } = start(busy('prod'), busyServices(), busy('dev'), world.unreadableSweep([]));
    const series = parseExposition(await metrics.text()).map(
      ({ name, labels }) => `${name} ${JSON.stringify(labels)}`,
    );
    expect(series.length).toBeGreaterThan(40);
    expect(series.filter((one, index) => series.indexOf(one) !== index)).toEqual([]);
  });

  it('shows of an account what it was when what a sweep found cannot be spelled, and counts that', async () => {
    const used = (lastUsedAtMs: unknown): ControllerEvent =>
      world.sweep([world.role({ lastUsedAtMs: lastUsedAtMs as number, trustChars: 700 })]);
    const { metrics, of } = start(used(world.startMs));
    metrics.observe(used(Symbol('no number')));
    expect(await of('role_last_used_timestamp_seconds')).toEqual({
      'account=prod,role=payments-exec': atSeconds(0),
    });
    expect(await of('trust_policy_chars', ['account'])).toEqual({ 'role=payments-exec': 700 });
    expect(await of('scrape_failures_total')).toEqual({ '': 1 });
  });

  it('knows nothing of another controller in the same process', async () => {
    const [one, other] = [start(world.sweep([world.role()])), start()];
    expect(await other.of('sweeps_total')).toEqual({});
    expect(await one.of('sweeps_total', ['scope'])).toEqual({ 'account=prod,result=ok': 1 });
  });
});

describe('a role', () => {
  it('is that of its policy, and of the one that has it where two claim it', async () => {
    const claimed = world.role({
      owner: world.policyOwner('newcomer'),
      held: [world.held(world.grant('eve'), 'roleNameClaimed')],
    });
    const orphan = world.role({ name: 'nobodys', owner: undefined });
    for (const roles of [
      [claimed, world.role(), orphan],
      [orphan, world.role(), claimed],
    ]) {
      const { of } = start(world.sweep(roles), busyServices());
      expect(await of('role_info', ['account'])).toEqual({ 'policy=payments,role=payments-exec': 1 });
    }
  });
});

describe('break-glass access', () => {
  const glass = (names: readonly string[], other: Partial<PlannedRole> = {}): PlannedRole =>
    world.role({
      admitted: () => [...names, 'zoe'].map((name) => world.admit(name)),
      breakGlass: new Set(names.map(world.subOf)),
      ...other,
    });
  const writing = (names: readonly string[], change: Change): PlannedRole =>
    glass(names, { apply: [change], writes: [world.trustWrite('', '', change)] });
  const at = (seconds: number) => ({ atMs: world.startMs + seconds * 1_000 });

  it('is counted by policy, apart from that of others', async () => {
    const { of } = start(world.sweep([glass(['alice', 'bob']), world.role({ name: 'other' })]));
    expect(await of('break_glass_people', ['account'])).toEqual({ 'policy=payments': 2 });
    expect(await start(world.sweep([world.role()])).of('break_glass_people')).toEqual({});
  });

  it.each([
    ['somebody gets it', writing(['alice'], world.grant('alice')), { 'policy=payments': atSeconds(61.5) }],
    ['somebody loses it', writing([], world.revoke('bob')), { 'policy=payments': atSeconds(61.5) }],
    ['somebody else gets in', writing(['bob'], world.grant('zoe')), {}],
    ['it would change and is held', glass([], { held: [world.held(world.revoke('bob'), 'breaker')] }), {}],
  ])('has changed when %s', async (_what, role, expected) => {
    const { metrics, of } = start(world.sweep([glass(['bob'])]));
    metrics.observe(world.sweep([role], at(60)));
    expect(await of('break_glass_change_timestamp_seconds', ['account'])).toEqual(expected);
  });

  it('has changed when it last did, until the policy is gone', async () => {
    const { metrics, of } = start(world.sweep([writing(['alice'], world.grant('alice'))]));
    metrics.observe(world.sweep([glass(['alice'])], at(60)));
    expect(Object.values(await of('break_glass_change_timestamp_seconds'))).toEqual([atSeconds(1.5)]);
    metrics.observe(world.sweep([], at(120)));
    expect(await of('break_glass_change_timestamp_seconds')).toEqual({});
  });
});

describe('shells and clocks', () => {
  it('are unreadable when they cannot be listed, and what was counted stays', async () => {
    const looked = (unattributed: number, problem?: string): ControllerEvent =>
      world.sweep([world.role()], {
        shells: {
          ended: [],
          held: [],
          unattributed,
          problem: problem === undefined ? undefined : { kind: 'denied', message: problem },
        },
      });
    const { metrics, of } = start(looked(2));
    const shown = async () => [
      (await of('unreadable'))['source=shells:prod'],
      (await of('sessions_unattributed'))['account=prod'],
    ];
    expect(await shown()).toEqual([0, 2]);
    metrics.observe(looked(0, 'ssm:DescribeSessions is denied'));
    expect(await shown()).toEqual([1, 2]);
    metrics.observe(world.unreadableSweep([]));
    expect(await shown()).toEqual([1, 2]);
    metrics.observe(looked(0));
    expect(await shown()).toEqual([0, 0]);
  });

  it('are counted, and shown without anybody by name', async () => {
    const shells = {
      ended: [world.endedShell('alice'), world.endedShell('alice', { result: 'failed' })],
      held: [world.heldShell('alice')],
      unattributed: 2,
      problem: undefined,
    };
    const { metrics, of } = start(world.sweep([world.role()], { shells, clockSkewMs: -90_000 }));
    expect(await of('sessions_ended_total')).toEqual({
      'account=prod,result=done': 1,
      'account=prod,result=failed': 1,
    });
    expect(await of('sessions_unattributed')).toEqual({ 'account=prod': 2 });
    expect(await of('sessions_held')).toEqual({ 'account=prod,reason=observeOnly': 1 });
    expect(await of('clock_skew_seconds')).toEqual({ 'source=aws:prod': -90 });
    expect(await metrics.text()).not.toContain('alice');
  });
});
