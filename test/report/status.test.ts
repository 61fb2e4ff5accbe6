import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createStatus } from '../../src/report/status.ts';
import type { PolicyStatus, RoleStatus, StatusDocument } from '../../src/report/status-document.ts';
import * as world from './builders.ts';

const start = (...events: readonly ControllerEvent[]) => {
  const clock = world.manualClock();
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
  for (const event of events) status.observe(event);
  return { clock, status, snapshot: () => status.snapshot() };
};

const iso = (seconds: number): string => new Date(world.startMs + seconds * 1_000).toISOString();
const policyIn = (document: StatusDocument, name = 'payments'): PolicyStatus => {
  const found = document.policies.find((policy) => policy.name === name);
  if (found === undefined) throw new Error(`there is no policy ${name}`);
  return found;
};
const roleIn = (document: StatusDocument, name = 'payments'): RoleStatus => {
  const [role] = policyIn(document, name).accounts;
  if (role === undefined) throw new Error(`policy ${name} has no role`);
  return role;
};
const types = (role: Pick<RoleStatus, 'conditions'>): readonly string[] =>
  role.conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('a policy', () => {
  const failing = (errorKind: 'denied' | 'transient') => {
    const one = world.applying(world.grant('alice'));
    const outcomes = one.writes.map((write) =>
      world.outcome(write, {
        result: 'failed',
        errorKind,
        message: 'access denied: allow iam:UpdateAssumeRolePolicy',
      }),
    );
    return world.sweep([one], { outcomes });
  };
  const holding = (reason: Parameters<typeof world.held>[1]) =>
    world.sweep([world.role({ held: [world.held(world.grant('alice'), reason)] })]);
  const cases: readonly (readonly [string, ControllerEvent, string, readonly string[]])[] = [
    ['in sync is ready', world.sweep([world.role()]), 'ready', ['Ready=True Ready']],
    ['written is ready', world.sweep([world.applying(world.grant('alice'))]), 'ready', ['Ready=True Ready']],
    ['held by its mode is not stalled', holding('observeOnly'), 'held', ['Ready=False observeOnly']],
    [
      'waiting for another read is not stalled',
      holding('awaitingSecondRead'),
      'held',
      ['Ready=False awaitingSecondRead'],
    ],
    [
      'held by the breaker is stalled',
      holding('breaker'),
      'held',
      ['Ready=False breaker', 'Stalled=True breaker'],
    ],
    [
      'without room is stalled',
      holding('trustFull'),
      'held',
      ['Ready=False trustFull', 'Stalled=True trustFull'],
    ],
    [
      'denied is stalled',
      failing('denied'),
      'failed',
      ['Ready=False WriteFailed', 'Stalled=True WriteFailed'],
    ],
    ['throttled is not stalled', failing('transient'), 'failed', ['Ready=False WriteFailed']],
    [
      'unknown is not stalled at once',
      world.sweep([world.unknownRole('half seen')]),
      'unknown',
      ['Ready=Unknown Unknown'],
    ],
  ];
  it.each(cases)('%s', (_name, event, state, conditions) => {
    const document = start(event).snapshot();
    expect(roleIn(document).state).toBe(state);
    expect(policyIn(document).state).toBe(state);
    expect(types(roleIn(document))).toEqual(conditions);
    expect(types(policyIn(document))).toEqual(conditions);
  });

  it('that stays unknown for five minutes is stalled', () => {
    const { clock, snapshot } = start(world.sweep([world.unknownRole('half seen')]));
    clock.advance(299_000);
    expect(types(roleIn(snapshot()))).toEqual(['Ready=Unknown Unknown']);
    clock.advance(1_000);
    expect(types(roleIn(snapshot()))).toEqual(['Ready=Unknown Unknown', 'Stalled=True Unknown']);
  });

  it('keeps the time at which it stopped being ready, while reasons come and go', () => {
    const held = (reason: Parameters<typeof world.held>[1], seconds: number) =>
      world.sweep([world.role({ held: [world.held(world.grant('alice'), reason)] })], {
        atMs: world.startMs + seconds * 1_000,
      });
    const { snapshot } = start(world.sweep([world.role()]), held('observeOnly', 60), held('trustFull', 120));
    expect(roleIn(snapshot()).conditions).toEqual([
      { type: 'Ready', status: 'False', reason: 'trustFull', message: 'held as trustFull', since: iso(60) },
      { type: 'Stalled', status: 'True', reason: 'trustFull', message: 'held as trustFull', since: iso(120) },
    ]);
    expect(roleIn(snapshot()).held.map(({ since }) => since)).toEqual([iso(120)]);
  });

  it('shows who is admitted, what is held of whom, how full it is, and what to paste', () => {
    const { snapshot } = start(
      world.sweep([
        world.role({
          admitted: () => [world.admit('zoe'), world.admit('alice')],
          held: [world.held(world.grant('alice'), 'trustFull', 'the trust policy is full')],
          warnings: ['group x has no people in it'],
          isSettling: true,
        }),
      ]),
    );
    expect(policyIn(snapshot()).source).toEqual({ file: 'policies/payments.yaml', line: 3 });
    expect(roleIn(snapshot())).toMatchObject({
      account: 'prod',
      role: 'payments-exec',
      admittedCount: 2,
      admitted: [{ label: 'alice@contoso.com', kind: 'person' }, { label: 'zoe@contoso.com' }],
      held: [
        {
          kind: 'grant',
          label: 'alice@contoso.com',
          reason: 'trustFull',
          message: 'the trust policy is full',
        },
      ],
      trust: { chars: 512, quotaChars: 2_048 },
      appRoleValue: expect.stringContaining('role/rolewarden/payments-exec,'),
      warnings: ['group x has no people in it'],
      isSettling: true,
      sweptAt: iso(1.5),
    });
  });

  it('says what differs and since when, and what was to be written and was not', () => {
    const bob = world.applying(world.grant('bob'));
    const outcomes = bob.writes.map((write) => world.outcome(write, { result: 'failed', message: 'denied' }));
    const wants = (atMs: number) =>
      world.sweep(
        [
          {
            ...bob,
            admitted: () => [world.admit('alice'), world.admit('bob')],
            held: [world.held(world.grant('alice'), 'recentlyOut')],
          },
        ],
        { outcomes, atMs },
      );
    const { status, snapshot } = start(wants(world.startMs), wants(world.startMs + 60_000));
    const role = roleIn(snapshot());
    expect(role.drift).toEqual({ count: 2, since: iso(0) });
    expect(role.unwritten).toEqual([
      {
        kind: 'grant',
        effect: 'widens',
        class: 'trust',
        subject: world.subOf('bob'),
        label: 'bob@contoso.com',
        why: expect.stringContaining('bob@contoso.com is a member'),
        since: iso(0),
      },
    ]);
    status.observe(world.sweep([bob]));
    expect(roleIn(snapshot())).toMatchObject({ drift: null, unwritten: [] });
  });

  it('says what an acknowledgement would have to name, where one lets it go on', () => {
    const asked = { scope: 'policy:prod/payments', subjects: [world.subOf('bob')] };
    const hold = { ...world.held(world.revoke('bob'), 'breaker').hold, acknowledgeable: asked };
    const { snapshot } = start(
      world.sweep([
        world.role({
          held: [{ change: world.revoke('bob'), hold }, world.held(world.grant('alice'), 'observeOnly')],
        }),
      ]),
    );
    expect(roleIn(snapshot()).held.map(({ acknowledge }) => acknowledge)).toEqual([
      'policy:prod/payments',
      null,
    ]);
  });

  it('says why each one is in, as the plan does', () => {
    const { snapshot } = start(
      world.sweep([world.role({ groupNames: { [world.groupId]: 'Payments On-call' } })]),
    );
    expect(roleIn(snapshot()).admitted.map(({ why }) => why)).toEqual(['via group "Payments On-call"']);
  });

  it('whose file is gone has no source', () => {
    const { snapshot } = start(world.sweep([world.role({ source: undefined })]));
    expect(policyIn(snapshot()).source).toBeNull();
  });

  it('in several accounts is as bad as the worst, and says which one that is', () => {
    const { snapshot } = start(
      world.sweep([world.role()], { account: 'dev' }),
      world.sweep([world.role({ held: [world.held(world.grant('alice'), 'breaker', 'too many')] })]),
    );
    const policy = policyIn(snapshot());
    expect(policy.accounts.map(({ account, state }) => `${account} ${state}`)).toEqual([
      'dev ready',
      'prod held',
    ]);
    expect(policy.conditions.map(({ type, message }) => `${type}: ${message}`)).toEqual([
      'Ready: account prod: too many',
      'Stalled: account prod: too many',
    ]);
  });

  it('keeps what was held while the account cannot be read', () => {
    const { snapshot } = start(
      world.sweep([world.role({ held: [world.held(world.grant('alice'), 'trustFull')] })]),
      world.unreadableSweep([world.unknownRole('access denied')], { atMs: world.startMs + 60_000 }),
    );
    expect(roleIn(snapshot())).toMatchObject({
      state: 'unknown',
      message: 'access denied',
      held: [{ reason: 'trustFull', since: iso(0) }],
      trust: { chars: 512, quotaChars: 2_048 },
    });
  });
});

describe('an account', () => {
  it('shows its last sweep, and the last that succeeded', () => {
    const { snapshot } = start(
      world.sweep([world.applying(world.grant('alice'))]),
      world.unreadableSweep([world.unknownRole('x')], { atMs: world.startMs + 60_000, trigger: 'retry' }),
    );
    expect(snapshot().accounts).toEqual([
      {
        lastServicesSweep: null,
        shells: null,
        name: 'prod',
        accountId: '111122223333',
        roles: { ready: 0, held: 0, failed: 0, unknown: 1 },
        changesHeld: 0,
        trustQuotaChars: 2_048,
        lastSweep: {
          trigger: 'retry',
          result: 'unreadable',
          message: 'access denied: allow sts:AssumeRole',
          startedAt: iso(60),
          endedAt: iso(61.5),
          durationMs: 1_500,
          succeededAt: iso(1.5),
          policyRevision: 'rev-1',
          policyCommit: null,
          membersReadAt: iso(56),
          writes: { done: 0, failed: 0, dropped: 0 },
        },
      },
    ]);
  });

  it('that is removed is gone, with its policies', () => {
    const { status, snapshot } = start(
      world.sweep([world.role()]),
      world.sweep([world.role()], { account: 'dev' }),
    );
    status.observe({ kind: 'accountRemoved', account: 'prod', lostBecause: undefined });
    expect(snapshot().accounts.map(({ name }) => name)).toEqual(['dev']);
    expect(policyIn(snapshot()).accounts.map(({ account }) => account)).toEqual(['dev']);
  });
});

describe('sources', () => {
  it('keep the last good revision while the policies cannot be loaded', () => {
    const { clock, snapshot, status } = start(world.policies({ revision: 'rev-7' }));
    clock.advance(30_000);
    status.observe(world.unreadablePolicies('the folder is empty'));
    expect(snapshot().sources.policies).toMatchObject({
      revision: 'rev-7',
      commit: null,
      isReadable: false,
      messages: ['the folder is empty'],
      readAt: iso(0),
      ageSeconds: 30,
    });
  });

  it('show the commit of the policies in force, and that of each sweep', () => {
    const { snapshot, status } = start(
      world.policies({ commit: world.commit(1, { committedAtMs: world.startMs - 60_000 }) }),
      world.sweep([world.role()], { policyCommit: world.commit(1).id }),
    );
    status.observe(world.unreadablePolicies('the server is away'));
    expect(snapshot().sources.policies.commit).toEqual({ id: '1'.repeat(40), committedAt: iso(-60) });
    expect(snapshot().accounts.map(({ lastSweep }) => lastSweep.policyCommit)).toEqual(['1'.repeat(40)]);
  });

  it('show when Entra was last read, and what could not be', () => {
    const { clock, snapshot, status } = start(world.poll());
    clock.advance(30_000);
    status.observe(
      world.poll({
        atMs: clock.now(),
        groups: { present: 0, absent: 0, unreadable: 1 },
        message: 'Graph is down',
      }),
    );
    expect(snapshot().sources.entra).toMatchObject({
      groups: { unreadable: 1 },
      message: 'Graph is down',
      triedAt: iso(30),
      readAt: iso(0),
      ageSeconds: 30,
    });
  });
});

describe('the document', () => {
  it('is plain JSON: what is not known is null, never missing', () => {
    const document = start(
      world.sweep([world.role({ appRoleValue: undefined, source: undefined })]),
    ).snapshot();
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('is sorted, whatever order events come in', () => {
    const sweeps = ['prod', 'dev', 'test'].map((account) =>
      world.sweep(
        [
          world.role({ owner: world.policyOwner('b') }),
          world.role({ owner: world.policyOwner('a'), name: 'a' }),
        ],
        { account },
      ),
    );
    const [one, other] = [start(...sweeps).snapshot(), start(...sweeps.toReversed()).snapshot()];
    expect(one).toEqual(other);
    expect(one.accounts.map(({ name }) => name)).toEqual(['dev', 'prod', 'test']);
    expect(one.policies.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

describe('readiness', () => {
  const entraDown = world.poll({
    groups: { present: 0, absent: 0, unreadable: 2 },
    message: 'Graph answered 503; it is asked again',
  });
  const all = [world.policies({ accounts: 1 }), world.accounts('prod'), world.poll(), world.sweep([])];
  const cases: readonly (readonly [string, readonly ControllerEvent[], readonly string[]])[] = [
    [
      'nothing yet',
      [],
      [
        'the policies have not been loaded yet; if this lasts, look at the log of the controller',
        'Entra has not been read yet; it is read once the policies are loaded',
      ],
    ],
    [
      'policies that cannot be loaded',
      [world.unreadablePolicies('the folder policies is empty; check the mount')],
      [
        'the policies could not be loaded: the folder policies is empty; check the mount',
        'Entra has not been read yet; it is read once the policies are loaded',
      ],
    ],
    [
      'Graph down at start',
      [world.policies(), entraDown, world.sweep([])],
      ['Entra could not be read: Graph answered 503; it is asked again'],
    ],
    [
      'a part of Entra is enough',
      [
        world.policies(),
        world.poll({ groups: { present: 1, absent: 0, unreadable: 5 }, message: 'x' }),
        world.sweep([]),
      ],
      [],
    ],
    [
      'nothing named in Entra',
      [world.policies(), world.poll({ groups: { present: 0, absent: 0, unreadable: 0 } }), world.sweep([])],
      [],
    ],
    [
      'an account not swept',
      [world.policies({ accounts: 2 }), world.accounts('dev', 'prod'), world.poll(), world.sweep([])],
      ['1 of 2 accounts not swept yet; if this lasts, look at the log of the controller'],
    ],
    [
      'an account that cannot be read was swept',
      [world.policies(), world.poll(), world.unreadableSweep([])],
      [],
    ],
    ['on standby: others look after all accounts', [world.policies(), world.leases(), world.accounts()], []],
    [
      'leases that were never read',
      [
        world.policies(),
        world.accounts(),
        world.leases({ readAtMs: undefined, problem: 'there is no table leases' }),
      ],
      ['the leases could not be read yet, so this replica takes none: there is no table leases'],
    ],
    [
      'leases that went away later',
      [world.policies(), world.accounts(), world.leases({ problem: 'there is no table leases' })],
      [],
    ],
    [
      'a shard that was just taken',
      [world.policies({ accounts: 2 }), world.leases(), world.accounts('dev'), world.poll()],
      ['1 of 1 accounts not swept yet; if this lasts, look at the log of the controller'],
    ],
    [
      'an account that went to another replica',
      [
        world.policies({ accounts: 2 }),
        world.leases(),
        world.accounts('prod'),
        world.poll(),
        world.sweep([]),
        { kind: 'accountRemoved', account: 'prod', lostBecause: 'the lease is over' },
        world.accounts(),
      ],
      [],
    ],
    ['sources that went away later', [...all, world.unreadablePolicies('gone'), entraDown], []],
    [
      'no names of people',
      [
        world.policies(),
        world.poll({
          groups: { present: 0, absent: 0, unreadable: 1 },
          message: "o'neil@contoso.com was in the way",
        }),
        world.sweep([]),
      ],
      ['Entra could not be read: (a person) was in the way'],
    ],
  ];
  it.each(cases)('%s', (_name, events, reasons) => {
    const { status } = start(...events);
    expect(status.readiness()).toEqual({ ready: reasons.length === 0, reasons });
  });
});
