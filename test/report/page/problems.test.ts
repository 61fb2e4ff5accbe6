import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../../src/reconcile/sweep-report.ts';
import { needingPeople, problemsOf } from '../../../src/report/page/problems.ts';
import { createStatus } from '../../../src/report/status.ts';
import * as world from '../builders.ts';

const sectionsOf = (events: readonly ControllerEvent[], laterMs = 0) => {
  const clock = world.manualClock();
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock });
  for (const event of events) status.observe(event);
  clock.advance(laterMs);
  return problemsOf(status.snapshot());
};

/** `Needs a person: breaker` */
const told = (events: readonly ControllerEvent[], laterMs?: number): readonly string[] =>
  sectionsOf(events, laterMs).flatMap(({ title, problems }) =>
    problems.map(({ reason }) => `${title}: ${reason}`),
  );

const holding = (reason: Parameters<typeof world.held>[1], account = 'prod') =>
  world.sweep([world.role({ held: [world.held(world.grant('alice'), reason)] })], { account });

const failing = (errorKind: 'denied' | 'transient') => {
  const one = world.applying(world.grant('alice'));
  const outcomes = one.writes.map((write) =>
    world.outcome(write, { result: 'failed', errorKind, message: 'access denied' }),
  );
  return world.sweep([one], { outcomes });
};

describe('what the overview begins with', () => {
  const cases: readonly (readonly [string, readonly ControllerEvent[], readonly string[]])[] = [
    [
      'nothing, where all is as it should be',
      [world.policies(), world.poll(), world.sweep([world.role()])],
      [],
    ],
    ['holds that a person has to end', [holding('breaker')], ['Needs a person: breaker']],
    ['holds that end by themselves', [holding('recentlyOut')], ['Waits, and needs nobody: recentlyOut']],
    ['holds of a roll-out', [holding('deploying')], ['Waits, and needs nobody: deploying']],
    ['what was chosen in Git, last', [holding('observeOnly')], ['As Git asks: observeOnly']],
    [
      'open shells that stay so as Git asks, and those that nobody can attribute',
      [
        world.sweep([world.role()], {
          shells: { ended: [], held: [world.heldShell('alice')], unattributed: 2, problem: undefined },
        }),
      ],
      ['Open shells of people who are out: unattributed', 'As Git asks: observeOnly'],
    ],
    ['writes that are refused for good', [failing('denied')], ['Needs a person: WriteFailed']],
    ['writes that failed', [failing('transient')], ['Failed, and is tried again: WriteFailed']],
    [
      'an account that cannot be read, once, and not for each of its roles',
      [
        world.unreadableSweep([
          world.unknownRole('access denied: allow sts:AssumeRole'),
          world.unknownRole('access denied: allow sts:AssumeRole', {
            name: 'other',
            owner: world.policyOwner('other'),
          }),
        ]),
      ],
      ['Cannot be read: account unreadable'],
    ],
    [
      'a role that cannot be judged',
      [world.sweep([world.unknownRole('half seen')])],
      ['Failed, and is tried again: Unknown'],
    ],
    [
      'policies that cannot be loaded',
      [world.unreadablePolicies('no such folder')],
      ['Cannot be read: policies'],
    ],
    [
      'policies that are invalid',
      [world.policies({ isComplete: false, errors: 1, messages: ['bad'] })],
      ['Cannot be read: policies'],
    ],
    ['groups that cannot be read', [world.poll({ message: 'throttled' })], ['Cannot be read: Entra']],
    [
      'what nobody should overlook',
      [world.sweep([world.role({ warnings: ['everybody signs in again'] })])],
      ['Look here: warning'],
    ],
    ['no other warnings', [world.sweep([world.role({ warnings: ['a group is empty'] })])], []],
    [
      'shells that would not open',
      [world.servicesSweep({ execReadiness: [world.execReadiness('execNotEnabled')] }), world.sweep([])],
      ['Shells that would not open: execNotEnabled'],
    ],
    [
      'a policy that has ended',
      [world.sweep([world.role({ closesAtMs: world.startMs - 1 })])],
      ['Policies that end: Expired'],
    ],
    [
      'a binding that is held, as a service',
      [
        world.servicesSweep({
          services: [world.service({ held: [world.held(world.bindChange(), 'mutableTags')] })],
        }),
      ],
      ['Needs a person: mutableTags'],
    ],
  ];
  it.each(cases)('%s', (_name, events, expected) => {
    expect(told(events)).toEqual(expected);
  });

  it('is sorted: what needs somebody first, the most urgent of it first', () => {
    const role = (reason: Parameters<typeof world.held>[1], name: string) =>
      world.role({
        name,
        owner: world.policyOwner(name),
        held: [world.held(world.grant('alice', { id: name, name }), reason, `held as ${reason}`)],
      });
    expect(
      told([
        world.sweep([
          role('observeOnly', 'a'),
          role('recentlyOut', 'b'),
          role('trustFull', 'c'),
          role('breaker', 'd'),
        ]),
      ]),
    ).toEqual([
      'Needs a person: breaker',
      'Needs a person: trustFull',
      'Waits, and needs nobody: recentlyOut',
      'As Git asks: observeOnly',
    ]);
  });

  it('tells a hold once, with all whom it concerns, all places, and the oldest of it', () => {
    const people = ['alice', 'bob'].map((name) => world.held(world.revoke(name), 'breaker', 'too many'));
    const later = world.startMs + 60_000;
    const role = world.role({
      admitted: () => [],
      held: people,
      names: new Map([[world.subOf('bob'), 'bob@contoso.com']]),
    });
    const [section] = sectionsOf([
      world.sweep([role], { account: 'prod', atMs: later }),
      world.sweep([role], { account: 'dev' }),
    ]);
    expect(section?.problems).toEqual([
      {
        look: 'held',
        reason: 'breaker',
        message: 'too many',
        since: new Date(world.startMs).toISOString(),
        where: [
          { kind: 'policy', name: 'payments', account: 'dev' },
          { kind: 'policy', name: 'payments', account: 'prod' },
        ],
        hold: {
          nature: 'person',
          changes: 4,
          kinds: ['revoke'],
          people: [world.subOf('alice'), 'bob@contoso.com'].sort(),
          acknowledge: null,
          until: null,
        },
      },
    ]);
  });

  it('counts what waits for somebody', () => {
    expect(needingPeople(sectionsOf([world.poll({ message: 'throttled' }), holding('breaker')]))).toBe(2);
    expect(needingPeople(sectionsOf([holding('observeOnly'), world.poll()]))).toBe(0);
  });

  it('tells of what failed for five minutes as of what needs somebody', () => {
    expect(told([failing('transient')], 300_000)).toEqual(['Needs a person: WriteFailed']);
  });
});
