// The plan in people: until when, why, whose sessions end, what else ends, and how full it all is.

import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { DenyEdit } from '../../src/domain/denies.ts';
import type { Plan, PlannedRole } from '../../src/domain/plan.ts';
import type { PollReport } from '../../src/reconcile/sweep-report.ts';
import { renderPlan } from '../../src/report/render-plan.ts';
import * as world from './builders.ts';

const { dayMs, hourMs, startMs } = world;
const now = new Date(startMs);

const render = (plans: readonly Plan[], format: 'text' | 'markdown' | 'json', poll?: PollReport): string =>
  renderPlan(plans, format, { color: false, now, ...(poll === undefined ? {} : { poll }) });
const linesOf = (...roles: readonly PlannedRole[]): readonly string[] =>
  render([world.plan(roles)], 'text')
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '));

const inAnHour = startMs + hourMs;
const grantUntil = (name: string, untilMs: number): Change =>
  world.change(
    { kind: 'grant', grant: world.personGrant(name, untilMs), before: undefined },
    { effect: 'widens' },
  );
const tighten = (...edits: readonly DenyEdit[]): Change =>
  world.change({ kind: 'tightenDenies', edits, isLockout: false }, { effect: 'narrows', why: 'it ends' });
const lift = (name: string, why: string, ...edits: readonly DenyEdit[]): Change =>
  world.change({ kind: 'liftDenies', sub: world.subOf(name), edits }, { effect: 'widens', why });
const cutOff = (name: string, fromMs: number | undefined): DenyEdit => ({
  kind: 'cutOff',
  sub: world.subOf(name),
  fromMs,
});
const groupPath = `via group ${world.groupId}`;
const silent = { ...world.activation, justification: null, ticketNumber: null, ticketSystem: null };

describe('a line', () => {
  const cases: readonly (readonly [string, PlannedRole, string])[] = [
    [
      'of an activation has what she said, and what an auditor looks it up by',
      world.role({
        apply: [grantUntil('alice', inAnHour)],
        admitted: () => [world.activated('alice', inAnHour)],
      }),
      `+ alice@contoso.com gains access until 2026-11-23 04:00 UTC ${groupPath}; activated: "payments are stuck", ticket INC-42 (ServiceNow), request c0000000-0000-4000-8000-000000000042`,
    ],
    [
      'of an activation without a word says so',
      world.role({
        apply: [grantUntil('alice', inAnHour)],
        admitted: () => [{ ...world.activated('alice', inAnHour), activation: silent }],
      }),
      `+ alice@contoso.com gains access until 2026-11-23 04:00 UTC ${groupPath}; activated without a justification, request c0000000-0000-4000-8000-000000000042`,
    ],
    [
      'of an end that is the policy’s names it',
      world.role({
        apply: [grantUntil('alice', inAnHour)],
        admitted: () => [{ ...world.admit('alice'), untilMs: inAnHour }],
        closesAtMs: inAnHour,
      }),
      `+ alice@contoso.com gains access until 2026-11-23 04:00 UTC ${groupPath}; the policy ends then`,
    ],
    [
      'of a member of the break-glass group marks her',
      world.role({ apply: [world.grant('alice')], breakGlass: new Set([world.subOf('alice')]) }),
      `+ alice@contoso.com (break-glass) gains access ${groupPath}`,
    ],
    [
      'of a member who is out has her name',
      world.role({
        apply: [world.revoke('bob', { why: 'bob@contoso.com: the account is disabled in Entra' })],
        names: new Map([[world.subOf('bob'), 'bob@contoso.com']]),
      }),
      '- bob@contoso.com loses access the account is disabled in Entra',
    ],
    [
      'of somebody who leaves says that her sessions end',
      world.role({
        apply: [world.revoke('bob')],
        writes: [world.denyWrite(undefined, world.deniesOf(world.putOut('bob')))],
      }),
      `- ${world.subOf('bob')} loses access is in no group of the policy; open sessions end at once, denied until 2026-11-24 03:15 UTC`,
    ],
    [
      'of an entry that names nobody says that everybody’s do',
      world.role({
        apply: [
          world.change(
            {
              kind: 'revoke',
              grant: { kind: 'foreign', statement: {} },
              after: undefined,
              proof: undefined,
            },
            { effect: 'narrows', why: 'a statement that is not ours' },
          ),
        ],
        writes: [world.denyWrite(undefined, world.deniesOf({ kind: 'signOutEveryone', atMs: startMs }))],
      }),
      '- foreign statement is taken out a statement that is not ours; open sessions of everybody end, denied until 2026-11-24 03:15 UTC',
    ],
    [
      'of a removal that is held says nothing of sessions, whatever else is denied',
      world.role({
        held: [world.held(world.revoke('bob'), 'breaker')],
        writes: [world.denyWrite(undefined, world.deniesOf({ kind: 'signOutEveryone', atMs: startMs }))],
      }),
      `- ${world.subOf('bob')} would lose access is in no group of the policy`,
    ],
    [
      'of a cut-off says when sessions end',
      world.role({ apply: [tighten(cutOff('alice', inAnHour))] }),
      '- alice@contoso.com sessions end at 2026-11-23 04:00 UTC it ends',
    ],
    [
      'of a held cut-off says when they would',
      world.role({ held: [world.held(tighten(cutOff('alice', inAnHour)), 'observeOnly')] }),
      '- alice@contoso.com would see that sessions end at 2026-11-23 04:00 UTC it ends',
    ],
    [
      'of a deny alone says until when',
      world.role({
        apply: [tighten(world.putOut('bob'))],
        writes: [world.denyWrite(undefined, world.deniesOf(world.putOut('bob')))],
      }),
      `- ${world.subOf('bob')} is denied everything until 2026-11-24 03:15 UTC it ends`,
    ],
    [
      'of the end of a policy speaks of everybody',
      world.role({ apply: [tighten({ kind: 'close', fromMs: inAnHour, atMs: startMs })] }),
      '- everybody sessions end at 2026-11-23 04:00 UTC it ends',
    ],
    [
      'of denies written anew says that nothing changes',
      world.role({ apply: [tighten()] }),
      '- denies are written anew, same meaning it ends',
    ],
    [
      'of somebody who may stay longer says until when',
      world.role({
        apply: [lift('alice', `the access of ${world.subOf('alice')} ends later`, cutOff('alice', inAnHour))],
      }),
      '+ alice@contoso.com sessions end at 2026-11-23 04:00 UTC the access of alice@contoso.com ends later',
    ],
    [
      'of somebody who may stay without an end says that',
      world.role({
        apply: [
          lift('alice', `the access of ${world.subOf('alice')} ends later`, cutOff('alice', undefined)),
        ],
      }),
      '+ alice@contoso.com sessions do not end by themselves any more the access of alice@contoso.com ends later',
    ],
    [
      'of somebody who comes back says what stays denied',
      world.role({
        denies: world.deniesOf(world.putOut('alice', startMs - hourMs)),
        apply: [lift('alice', `${world.subOf('alice')} is let in again`, cutOff('alice', inAnHour))],
      }),
      '+ alice@contoso.com is denied no more until 2026-11-23 04:00 UTC; sessions from before stay denied is let in again',
    ],
    [
      'of past denies is short',
      world.role({ apply: [world.change({ kind: 'forgetDenies' }, { why: 'they are past' })] }),
      '~ past denies are cleared away they are past',
    ],
  ];
  it.each(cases)('%s', (_name, role, expected) => {
    expect(linesOf(role)).toContain(expected);
  });
});

const signsIn = 'all sessions that began before x are denied until y; whoever belongs here signs in again';

describe('what is loud', () => {
  it('comes before all else of an account, once, also where nothing is to be done', () => {
    for (const role of [
      world.role({ warnings: [signsIn, 'a guest'] }),
      world.role({ warnings: [signsIn, 'a guest'], apply: [world.grant('alice')] }),
    ]) {
      const lines = linesOf(role).filter((line) => line !== '');
      expect(lines[1]).toBe(`Look here: payments-exec: ${signsIn}`);
      expect(lines.filter((line) => line.includes(signsIn))).toHaveLength(1);
      expect(lines).toContain('prod/payments-exec: a guest');
    }
  });

  it('is every change of a member of the break-glass group', () => {
    const breakGlass = new Set([world.subOf('alice')]);
    const [loud, quiet] = [world.grant('alice'), world.grant('bob')].map((change) =>
      linesOf(world.role({ breakGlass, held: [world.held(change, 'trustFull')] })).filter((line) =>
        line.startsWith('Look here'),
      ),
    );
    expect(loud).toEqual(['Look here: payments-exec: break-glass access changes: alice@contoso.com']);
    expect(quiet).toEqual([]);
  });
});

describe('what ends', () => {
  it('within a day is told person by person, the soonest first, together where it ends together', () => {
    const ending = (name: string, untilMs: number) => ({ ...world.admit(name), untilMs });
    const lines = linesOf(
      world.role({
        admitted: () => [
          ending('dave', startMs + 2 * dayMs),
          ending('carol', inAnHour),
          ending('bob', startMs + dayMs),
          ending('alice', inAnHour),
          world.admit('zoe'),
        ],
      }),
    );
    const from = lines.indexOf('Access that ends within 24 hours');
    expect(lines.slice(from, from + 4)).toEqual([
      'Access that ends within 24 hours',
      'prod/payments-exec at 2026-11-23 04:00 UTC, in 60 minutes: alice@contoso.com, carol@contoso.com',
      'prod/payments-exec at 2026-11-24 03:00 UTC, in 24 hours: bob@contoso.com',
      '',
    ]);
  });

  it.each([
    [8 * dayMs, 'payments expires in 8 days, at 2026-12-01 03:00 UTC; then its role is closed, and kept'],
    [
      6 * dayMs,
      'payments soon: expires in 6 days, at 2026-11-29 03:00 UTC; then its role is closed, and kept',
    ],
    [-dayMs, 'payments expired at 2026-11-22 03:00 UTC; its role is closed, and kept'],
  ])('of a policy, %d ms away', (ms, expected) => {
    expect(linesOf(world.role({ closesAtMs: startMs + ms }))).toContain(expected);
  });
});

describe('how full the documents are', () => {
  const denies = world.deniesOf(world.putOut('bob'));
  const full =
    `prod/payments-exec trust policy 512 of 2,048 (25%), permissions 614 of 6,144 (10%), ` +
    `denies ${denies.length} of 4,096 (${Math.round((100 * denies.length) / 4_096)}%)`;
  it('is told of roles that change', () => {
    const role = { permissionsChars: 614, denies };
    expect(linesOf(world.role({ ...role, apply: [world.grant('alice')] }))).toContain(full);
    expect(linesOf(world.role(role))).not.toContain(full);
  });

  it('counts what is about to be written', () => {
    const role = world.role({
      permissionsChars: 614,
      apply: [world.revoke('bob')],
      writes: [world.denyWrite(undefined, denies)],
    });
    expect(linesOf(role)).toContain(full);
  });

  it('is told of others when little room is left', () => {
    expect(linesOf(world.role({ trustChars: 1_700 }))).toContain(
      'prod/payments-exec trust policy 1,700 of 2,048 (83%)',
    );
  });
});

describe('the snapshot of Entra', () => {
  const poll = {
    atMs: startMs - 5_000,
    durationMs: 10,
    groups: { present: 3, absent: 0, unreadable: 1 },
    servicePrincipals: { present: 0, absent: 0, unreadable: 0 },
    assignments: { present: 0, absent: 0, unreadable: 0 },
    clockSkewMs: 0,
    message: '',
  };
  const sentence =
    'Entra as of 2026-11-23 02:59 UTC, 5s ago: 3 groups read, 1 could not be; AWS as of 2026-11-23 03:00 UTC, 0s ago';

  it('has its age in every format', () => {
    const plans = [world.plan([world.role()])];
    expect(render(plans, 'text', poll).split('\n')[0]).toBe(sentence);
    expect(render(plans, 'markdown', poll)).toContain(sentence);
    expect(JSON.parse(render(plans, 'json', poll))).toMatchObject({
      entraReadAt: '2026-11-23T02:59:55.000Z',
    });
  });
});

it('markdown says all of it too', () => {
  const output = render(
    [
      world.plan([
        world.role({
          warnings: [signsIn],
          apply: [grantUntil('alice', inAnHour)],
          admitted: () => [world.activated('alice', inAnHour)],
          closesAtMs: startMs + 6 * dayMs,
        }),
      ]),
    ],
    'markdown',
  );
  expect(output).toContain(`> **Look here**: \`payments-exec\`: ${signsIn}`);
  expect(output).toContain('**gains access until 2026-11-23 04:00 UTC**');
  expect(output).toContain(
    '- `prod/payments-exec`: at 2026-11-23 04:00 UTC, in 60 minutes: `alice@contoso.com`',
  );
  expect(output).toContain('- `payments`: soon: expires in 6 days');
});

it('JSON has ends, activations and lengths', () => {
  const role = world.role({
    admitted: () => [world.activated('alice', inAnHour)],
    breakGlass: new Set([world.subOf('alice')]),
    closesAtMs: startMs + dayMs,
    permissionsChars: 614,
  });
  expect(JSON.parse(render([world.plan([role])], 'json'))).toMatchObject({
    accounts: [
      {
        roles: [
          {
            expiresAt: '2026-11-24T03:00:00.000Z',
            permissionsChars: 614,
            deniesChars: 0,
            admitted: [
              {
                until: '2026-11-23T04:00:00.000Z',
                isBreakGlass: true,
                activation: {
                  requestId: world.activation.requestId,
                  justification: 'payments are stuck',
                  ticketNumber: 'INC-42',
                  ticketSystem: 'ServiceNow',
                  requestedAt: '2026-11-23T02:59:00.000Z',
                },
              },
            ],
          },
        ],
      },
    ],
  });
});
