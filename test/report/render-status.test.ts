import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { renderStatus } from '../../src/report/render-status.ts';
import { createStatus } from '../../src/report/status.ts';
import * as world from './builders.ts';

const documentOf = (...events: readonly ControllerEvent[]) => {
  const status = createStatus({ instance: 'contoso-main', version: '1.2.3', clock: world.manualClock() });
  for (const event of events) status.observe(event);
  return status.snapshot();
};

const now = new Date(world.startMs + 180_000);
const show = (
  events: readonly ControllerEvent[],
  other: { readonly wide?: boolean; readonly color?: boolean } = {},
) => renderStatus(documentOf(...events), 'text', { color: false, now, ...other });
const squeezed = (value: string): readonly string[] =>
  value.split('\n').map((line) => line.trim().replace(/ +/g, ' '));

const full = world.role({
  owner: world.policyOwner('ledger'),
  name: 'ledger-exec',
  trustChars: 2_304,
  held: [
    world.held(
      world.grant('bob', { owner: world.policyOwner('ledger'), id: 'x' }),
      'trustFull',
      'the trust policy is full: split the policy',
    ),
  ],
});

it('open shells of people who are out stand there with whose they are, where that is known', () => {
  const shells = {
    ended: [],
    held: [world.heldShell('alice'), world.heldShell('zoe')],
    unattributed: 1,
    problem: undefined,
  };
  const zoe = world.subOf('zoe');
  const out = world.role({
    names: new Map([[zoe, 'zoe@contoso.com']]),
    denies: world.deniesOf(world.putOut('alice', world.startMs), world.putOut('zoe', world.startMs)),
  });
  const lines = squeezed(show([world.sweep([out], { shells })]));
  expect(lines.slice(lines.indexOf('Open shells of people who are out'))).toEqual([
    'Open shells of people who are out',
    'observeOnly, opened 3m ago: prod',
    '2 shells of people who were put out stay open (alice@contoso.com, zoe@contoso.com): the mode is observe',
    'unattributed: prod',
    'of 1 open shell nobody can tell whose they are, in roles that somebody was put out of; ssm:DescribeSessions lists them',
    '',
  ]);
});

it('open shells that nobody could look at are not said to be none', () => {
  const problem = { kind: 'denied', message: 'access denied' } as const;
  const unread = { ended: [], held: [], unattributed: 0, problem };
  expect(documentOf(world.sweep([world.role()], { shells: unread })).accounts[0]?.shells).toBeNull();
  expect(documentOf(world.sweep([world.role()])).accounts[0]?.shells).toEqual({ held: [], unattributed: 0 });
});

describe('the table', () => {
  it('has a row for each policy and account', () => {
    expect(squeezed(show([world.policies(), world.poll(), world.sweep([world.role(), full])]))).toEqual([
      'contoso-main (Rolewarden 1.2.3, up 3m) ready',
      'policies 1 policy for 1 account, revision rev-1, read 3m ago',
      'entra 1 group, 0 service principals, read 3m ago',
      '',
      'POLICY ACCOUNT ROLE STATE REASON PEOPLE NEXT-END DENIED TRUST LAST-SWEEP',
      'ledger prod ledger-exec held trustFull 1 - - 2,304/2,048 (113%) 2m ago',
      'payments prod payments-exec ready Ready 1 - - 512/2,048 (25%) 2m ago',
      '',
      'Needs a person',
      'trustFull for 3m: ledger in prod',
      'the trust policy is full: split the policy',
      '',
    ]);
  });

  it('has its columns under each other', () => {
    const lines = show([world.sweep([world.role(), full])]).split('\n');
    const rows = lines.slice(lines.findIndex((line) => line.startsWith('POLICY'))).slice(0, 3);
    for (const [column, values] of [
      ['ACCOUNT', ['prod', 'prod']],
      ['STATE', ['held', 'ready']],
      ['TRUST', ['2,304', '512']],
    ] as const) {
      const at = rows[0]?.indexOf(column) ?? -1;
      expect(rows.slice(1).map((row, index) => row.startsWith(values[index] ?? '?', at))).toEqual([
        true,
        true,
      ]);
    }
  });

  it('says so when there is nothing to show yet, and what is missing', () => {
    const output = show([]);
    expect(output).toContain('not ready');
    expect(output).toContain('the policies have not been loaded yet');
    expect(output).toContain('no policy has been swept yet');
  });
});

describe('trouble', () => {
  it('with an account is told with its last success', () => {
    const lines = squeezed(
      show([
        world.sweep([world.role()]),
        world.unreadableSweep([world.unknownRole('x')], { atMs: world.startMs + 170_000 }),
      ]),
    );
    expect(lines).toContain('prod (111122223333) unreadable, tried 8s ago, last success 2m ago');
    expect(lines).toContain('access denied: allow sts:AssumeRole');
  });

  it('with the sources is told with its messages', () => {
    const output = show([
      world.policies(),
      world.unreadablePolicies('the folder is empty'),
      world.poll({ groups: { present: 0, absent: 0, unreadable: 2 }, message: 'Graph answered 503' }),
    ]);
    expect(output).toContain('cannot be loaded, the last good ones stay in force');
    expect(output).toContain('the folder is empty');
    expect(output).toContain('2 unreadable');
    expect(output).toContain('Graph answered 503');
  });

  it('with policies that were never loaded says that nothing is done', () => {
    const output = show([world.unreadablePolicies('the server is away')]);
    expect(output).toContain('cannot be loaded, and there are none from before: nothing is done');
    expect(output).not.toContain('stay in force');
  });

  it('with policies tells of which commit those in force are', () => {
    const output = show([
      world.policies({ commit: world.commit(7, { committedAtMs: world.startMs - 7_200_000 }) }),
      world.unreadablePolicies('the server is away'),
    ]);
    expect(output).toContain('revision rev-1, commit 777777777777 of 2h ago, read');
  });

  it('that several policies share is told once', () => {
    const held = (policy: string) =>
      world.role({
        owner: world.policyOwner(policy),
        name: policy,
        held: [
          world.held(
            world.grant('bob', { owner: world.policyOwner(policy), name: policy, id: policy }),
            'providerMissing',
            'create the provider',
          ),
        ],
      });
    const output = show([world.sweep([held('a'), held('b')])]);
    expect(output.match(/create the provider/g)).toHaveLength(1);
    expect(output).toContain('a in prod, b in prod');
  });
});

describe('what is not ready', () => {
  it('and needs nobody is told apart from what needs a person', () => {
    const waiting = world.role({
      held: [world.held(world.grant('bob'), 'observeOnly', 'the mode is observe: nothing is written')],
    });
    const lines = squeezed(show([world.sweep([waiting, full])]));
    const places = [
      'Needs a person',
      'trustFull for 3m: ledger in prod',
      'Waits, and needs nobody',
      'observeOnly for 3m: payments in prod',
      'the mode is observe: nothing is written',
    ].map((line) => lines.indexOf(line));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(lines.filter((line) => line.startsWith('trustFull'))).toHaveLength(1);
  });
});

describe('wide', () => {
  it('shows who is admitted and what to paste', () => {
    const event = world.sweep([world.role({ admitted: () => [world.admit('zoe'), world.admit('alice')] })]);
    expect(show([event])).not.toContain('alice');
    const lines = squeezed(show([event], { wide: true }));
    expect(lines).toContain('prod/payments-exec alice@contoso.com, zoe@contoso.com');
    expect(lines).toContain(
      `prod/payments-exec arn:aws:iam::111122223333:role/rolewarden/payments-exec,${world.provider}`,
    );
  });
});

describe('colours', () => {
  it('are there only when asked for, and change no word', () => {
    const events = [world.sweep([world.role(), full])];
    const [plain, colored] = [show(events), show(events, { color: true })];
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });
});

it('as JSON it is the document', () => {
  const document = documentOf(world.sweep([world.role()]));
  expect(JSON.parse(renderStatus(document, 'json', { color: true, now }))).toEqual(document);
});
