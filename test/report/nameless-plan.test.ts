// A plan in which people are counted: nobody is named, by whatever name, and it still says what happens to how many.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlannedRole } from '../../src/domain/plan.ts';
import { renderPlan } from '../../src/report/render-plan.ts';
import * as world from './builders.ts';

const now = new Date(world.startMs);
const { hourMs, startMs } = world;

const counted = (plans: readonly Plan[], format: 'text' | 'markdown', verbose = false): string =>
  renderPlan(plans, format, { color: false, now, verbose, people: 'counts' });
const textOf = (...roles: readonly PlannedRole[]): readonly string[] =>
  counted([world.plan(roles)], 'text')
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '));

const [alice, bob, carol] = ['alice', 'bob', 'carol'] as const;
const disabled = (name: string) =>
  world.revoke(name, { why: `${name}@contoso.com: the account is disabled in Entra` });

describe('lines', () => {
  const cases: readonly (readonly [string, PlannedRole, string])[] = [
    [
      'of people to whom the same happens are one, with their number',
      world.role({
        apply: [world.grant(alice), world.grant(carol)],
        admitted: () => [world.admit(alice), world.admit(carol)],
      }),
      `+ 2 × gains access via group ${world.groupId}`,
    ],
    [
      'keep the reason',
      world.role({
        apply: [disabled(bob)],
        names: new Map([[world.subOf(bob), 'bob@contoso.com']]),
      }),
      '- 1 × loses access the account is disabled in Entra',
    ],
    [
      'of people of whom only an id is known are among them',
      world.role({ apply: [world.revoke(bob), world.revoke(carol)], admitted: () => [world.admit(alice)] }),
      '- 2 × loses access is in no group of the policy',
    ],
    [
      'say nothing of what somebody wrote when she activated it',
      world.role({
        apply: [world.grant(alice)],
        admitted: () => [world.activated(alice, startMs + hourMs)],
      }),
      `+ 1 × gains access via group ${world.groupId}`,
    ],
    [
      'mark the break-glass group',
      world.role({ apply: [world.grant(alice)], breakGlass: new Set([world.subOf(alice)]) }),
      `+ 1 × (break-glass) gains access via group ${world.groupId}`,
    ],
    [
      'of what is loud are counted',
      world.role({ apply: [world.grant(alice)], breakGlass: new Set([world.subOf(alice)]) }),
      'Look here: payments-exec: break-glass access changes: 1 person',
    ],
    [
      'of ends are counted',
      world.role({
        admitted: () => [alice, bob].map((name) => ({ ...world.admit(name), untilMs: startMs + hourMs })),
      }),
      'prod/payments-exec at 2026-11-23 04:00 UTC, in 60 minutes: 2 people',
    ],
    [
      'of what is held say how the word for Git is found, since it names people',
      world.role({
        held: [
          world.held(
            world.revoke(bob),
            'breaker',
            `4 of 6 people would lose access; if that is meant, commit this annotation: rolewarden/acknowledge: "scope=x subjects=${world.subOf(bob)}"`,
          ),
        ],
      }),
      'Held: breaker: 4 of 6 people would lose access; if that is meant, commit this annotation; rolewarden ack prints it',
    ],
    [
      'keep the ids of groups, which policies name too',
      world.role({
        held: [world.held(world.revoke(bob), 'groupVanished', `group "On-call" (${world.groupId}) is gone`)],
      }),
      `Held: groupVanished: group "On-call" (${world.groupId}) is gone`,
    ],
    [
      'blot out ids of whom nobody knows anything',
      world.role({ warnings: [`user ${world.subOf('zoe')} is locked out`, 'a guest'] }),
      'prod/payments-exec: user (a person) is locked out',
    ],
    [
      'name workloads, which are no people',
      world.role({
        apply: [world.grant('deploy')],
        admitted: () => [{ ...world.admit('deploy'), label: 'Deploy Pipeline', person: undefined }],
      }),
      `+ Deploy Pipeline gains access via group ${world.groupId}`,
    ],
  ];
  it.each(cases)('%s', (_name, role, expected) => {
    expect(textOf(role)).toContain(expected);
  });
});

it('holds that differ by a name only are one', () => {
  const held = [alice, bob].map((name) =>
    world.held(
      world.grant(name),
      'standingUnknown',
      `whether ${name}@contoso.com is enabled could not be read`,
    ),
  );
  const lines = textOf(world.role({ held, admitted: () => [world.admit(alice), world.admit(bob)] }));
  expect(lines.filter((line) => line.startsWith('Held'))).toEqual([
    'Held: standingUnknown: whether (a person) is enabled could not be read',
  ]);
});

it('permissions are shown, trust policies and denies are not', () => {
  const permissions = world.change({ kind: 'putPermissions', before: undefined, after: '{}' });
  const role = world.role({
    apply: [world.revoke(bob)],
    writes: [
      world.trustWrite(world.trustOf(bob), world.trustOf(), world.revoke(bob)),
      world.denyWrite(undefined, world.deniesOf(world.putOut(bob))),
    ],
    held: [world.held(permissions, 'observeOnly')],
  });
  for (const format of ['text', 'markdown'] as const) {
    const output = counted([world.plan([role])], format);
    expect(output).toContain('prod/payments-exec: permissions');
    expect(output).not.toMatch(/payments-exec: (?:trust policy|inline policy)/);
  }
});

const name = fc.stringMatching(/^[a-z]{3,8}[0-9]{1,3}$/).map((local) => `person.${local}`);
const sentence = (who: string) =>
  fc.constantFrom(
    `${who}@contoso.com is in group x in the second read`,
    `${world.subOf(who)}: the account is disabled in Entra`,
    `user '${who}@contoso.com' (${world.subOf(who)}) could not be read`,
    `commit: rolewarden/acknowledge: "scope=x subjects=${world.subOf(who)},${who}@contoso.com"`,
  );

const anyRole: fc.Arbitrary<PlannedRole> = fc.tuple(name, name).chain(([who, other]) =>
  fc
    .tuple(
      fc.oneof(sentence(who), fc.constant(`Person ${who} asked for it`)),
      sentence(other),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([why, message, isMember, isApplied]) => {
      const grant = world.grant(who, { why });
      const revoke = world.revoke(other, { why: message });
      const member = {
        ...world.activated(who, startMs + hourMs),
        label: isMember ? `Person ${who}` : `${who}@contoso.com`,
      };
      const held = [world.held(revoke, 'breaker', message), world.held(grant, 'trustFull', why)];
      return world.role({
        admitted: () => (isMember ? [member] : []),
        names: new Map([
          [world.subOf(other), `${other}@contoso.com`],
          [world.subOf(who), `Person ${who}`],
        ]),
        breakGlass: new Set([world.subOf(who)]),
        ...(isApplied ? { apply: [grant, revoke] } : { held }),
        writes: [
          world.trustWrite(world.trustOf(other), world.trustOf(who), grant, revoke),
          world.denyWrite(undefined, world.deniesOf(world.putOut(other)), revoke),
        ],
        warnings: [why, message, `all of ${who}@contoso.com sign in again`],
      });
    }),
);

describe('whoever is in it', () => {
  it.each(['text', 'markdown'] as const)('nobody is named in %s', (format) => {
    fc.assert(
      fc.property(fc.array(anyRole, { minLength: 1, maxLength: 3 }), fc.boolean(), (roles, verbose) => {
        const plans = [world.plan([...roles, world.unknownRole('person.x1@contoso.com failed')])];
        const output = counted(plans, format, verbose);
        expect(output).not.toMatch(/person\.[a-z]|@contoso|a0000000-/);
        expect(output).toContain(`${roles.length + 1} roles in 1 account`);
      }),
    );
  });
});
