// A world in every kind of trouble, for whoever looks at the pages; and one with very many policies.

import type { ControllerEvent } from '../../../src/reconcile/sweep-report.ts';
import * as world from '../builders.ts';

/** `text` stands in every field that comes from outside. */
export const troubledWorld = (
  atMs: number,
  text: (plain: string) => string = (plain) => plain,
): readonly ControllerEvent[] => {
  const hold = (name: string, reason: Parameters<typeof world.held>[1], message: string, scope?: string) => ({
    change: world.revoke(name, { why: text(`${name} is in no group of the policy`) }),
    hold: {
      reason,
      message: text(message),
      untilMs: reason === 'recentlyOut' ? atMs + 300_000 : undefined,
      ...(scope === undefined ? {} : { acknowledgeable: { scope, subjects: [world.subOf(name)] } }),
    },
  });
  const labelled = (name: string, untilMs?: number) => ({
    ...(untilMs === undefined ? world.admit(name) : world.activated(name, untilMs)),
    label: text(`${name}@contoso.com`),
  });
  const own = (name: string) => ({
    name: text(name),
    owner: world.policyOwner(text(name)),
    source: { file: text(`policies/${name}.yaml`), line: 3 },
    groupNames: { [world.groupId]: text('Payments On-call') },
    appRoleValue: text(`arn:aws:iam::111122223333:role/rolewarden/${name},${world.provider}`),
  });
  const changeOf = (name: string, who: string) =>
    world.grant(who, { id: `${name}${who}`, name: text(name), owner: world.policyOwner(text(name)) });
  const failing = { ...world.applying(changeOf('deploy', 'erin')), ...own('deploy') };
  const breaking = world.role({
    ...own('payments'),
    admitted: () => [labelled('alice', atMs + world.hourMs), labelled('bob')],
    breakGlass: new Set([world.subOf('bob')]),
    names: new Map(
      [['zoe', 'yan'].map((name) => [world.subOf(name), text(`${name}@contoso.com`)] as const)].flat(),
    ),
    held: [
      hold(
        'zoe',
        'breaker',
        'too many would lose access; if that is meant, `rolewarden ack policy:prod/payments` prints what to commit',
        'policy:prod/payments',
      ),
      hold('yan', 'recentlyOut', 'she was out a minute ago'),
    ],
    trust: { before: world.trustOf('zoe', 'bob'), wanted: world.trustOf('alice', 'bob') },
    denies: world.deniesOf(world.putOut('yan', atMs)),
    warnings: [text('group x has no people in it'), text('everybody signs in again')],
    closesAtMs: atMs + world.dayMs,
  });
  const observed = world.role({
    ...own('audit'),
    admitted: () => [labelled('carol')],
    held: [
      {
        change: changeOf('audit', 'carol'),
        hold: { reason: 'observeOnly', message: text('mode: observe'), untilMs: undefined },
      },
    ],
  });
  const expired = world.role({ ...own('expired'), admitted: () => [], closesAtMs: atMs - world.hourMs });
  const calm = world.role({
    ...own('calm'),
    admitted: () => [labelled('dave')],
    trustInSync: () => world.trustOf('dave'),
  });
  const outcomes = failing.writes.map((write) =>
    world.outcome(write, {
      name: text('deploy'),
      result: 'failed',
      errorKind: 'denied',
      message: text('access denied: allow iam:UpdateAssumeRolePolicy'),
      atMs,
    }),
  );
  return [
    world.policies({
      atMs,
      policies: 5,
      accounts: 3,
      warnings: 1,
      messages: [text('policies/a.yaml:3:1: warning')],
      lockouts: [world.lockout('mallory', { untilMs: atMs + world.dayMs, reason: text('laptop stolen') })],
    }),
    world.poll({
      atMs,
      message: text('group "x" could not be read: throttled'),
      groups: { present: 4, absent: 1, unreadable: 1 },
    }),
    world.sweep([breaking, failing, observed, expired, calm], { atMs, outcomes }),
    world.sweep([calm], {
      account: 'dev',
      atMs,
      shells: {
        ended: [],
        held: [{ ...world.heldShell('yan'), sub: text('yan'), roleName: text('calm') }],
        unattributed: 2,
        problem: undefined,
      },
    }),
    world.unreadableSweep([world.unknownRole(text('access denied: allow sts:AssumeRole'), own('calm'))], {
      account: 'lost',
      atMs,
      message: text('access denied: allow sts:AssumeRole'),
    }),
    world.servicesSweep(
      {
        services: [
          world.service({ held: [world.held(world.bindChange(), 'mutableTags', text('images can change'))] }),
        ],
        execReadiness: [
          world.execReadiness('noTasks', { policies: [text('payments')], messages: [text('start tasks')] }),
          world.execReadiness('Ready', {
            place: { ...world.place, service: 'web' },
            policies: [text('calm')],
            warnings: [text('no log')],
          }),
        ],
        sideDoors: [world.sideDoor({ message: text('admin may open a shell') })],
      },
      { atMs },
    ),
  ];
};

/** `policy-000` and so on, or from a later one. Every tenth is held, by turns by the breaker and by its mode. */
export const largeWorld = (
  policies: number,
  accounts: readonly string[],
  atMs: number,
  first = 0,
): readonly ControllerEvent[] => [
  world.policies({ atMs, policies: policies - first, accounts: accounts.length }),
  world.poll({ atMs }),
  ...accounts.map((account) =>
    world.sweep(
      Array.from({ length: policies - first }, (_, offset) => {
        const index = first + offset;
        const name = `policy-${String(index).padStart(3, '0')}`;
        const held =
          index % 10 === 0
            ? [
                world.held(
                  world.grant('bob', { id: name, name }),
                  index % 20 === 0 ? 'breaker' : 'observeOnly',
                  index % 20 === 0 ? `too many people of ${name}` : 'mode: observe',
                ),
              ]
            : [];
        return world.role({ name, owner: world.policyOwner(name), held });
      }),
      { account, atMs },
    ),
  ),
];
