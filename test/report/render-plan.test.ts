import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ChangeDetail } from '../../src/domain/change.ts';
import type { Plan, PlannedRole } from '../../src/domain/plan.ts';
import { renderPlan } from '../../src/report/render-plan.ts';
import * as world from './builders.ts';

const now = new Date(world.startMs);
const text = (
  plans: readonly Plan[],
  other: { readonly color?: boolean; readonly verbose?: boolean } = {},
): string => renderPlan(plans, 'text', { color: false, now, ...other });
const textOf = (...roles: readonly PlannedRole[]): string => text([world.plan(roles)]);
/** Columns as one space, so that a width is no part of a test. */
const squeezed = (value: string): readonly string[] =>
  value.split('\n').map((line) => line.trim().replace(/ +/g, ' '));

const permissions = (...actions: readonly string[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] });
const putPermissions = world.change(
  {
    kind: 'putPermissions',
    before: permissions('ecs:List*'),
    after: permissions('ecs:List*', 'ecs:Describe*'),
  },
  { effect: 'widens' },
);

describe('people', () => {
  const until = Date.UTC(2026, 10, 23, 5);
  const later = { ...world.personGrant('alice'), untilMs: until } as const;
  const cases: readonly (readonly [string, PlannedRole, string])[] = [
    [
      'who gain access are named, with their group',
      world.role({ apply: [world.grant('alice')] }),
      `+ alice@contoso.com gains access via group ${world.groupId}`,
    ],
    [
      'with the name of the group, where it is known',
      world.role({ apply: [world.grant('alice')], groupNames: { [world.groupId]: 'Payments On-call' } }),
      '+ alice@contoso.com gains access via group "Payments On-call"',
    ],
    [
      'who come through a nested group',
      world.role({
        apply: [world.grant('alice')],
        admitted: () => [world.admit('alice', [`${world.groupId}+nested`])],
      }),
      `+ alice@contoso.com gains access via group ${world.groupId} (or a group in it)`,
    ],
    [
      'who lose access are known by their id, with the reason',
      world.role({ apply: [world.revoke('bob')] }),
      `- ${world.subOf('bob')} loses access is in no group of the policy`,
    ],
    [
      'who have left for good',
      world.role({
        apply: [world.revoke('bob', { why: `${world.subOf('bob')}: the account is disabled in Entra` })],
      }),
      `- ${world.subOf('bob')} loses access the account is disabled in Entra`,
    ],
    [
      'who stay members and lose one way in',
      world.role({ apply: [world.revoke('alice')] }),
      '- alice@contoso.com loses one form of access is in no group of the policy',
    ],
    [
      'whose grant is replaced',
      world.role({
        apply: [
          world.grant('alice'),
          world.revoke('alice', { id: 'other', why: 'alice@contoso.com is not for this audience' }),
        ],
      }),
      `~ alice@contoso.com enters in another form via group ${world.groupId}`,
    ],
    [
      'whose access is written anew',
      world.role({ apply: [world.grant('alice', { effect: 'none' })] }),
      `~ alice@contoso.com keeps access, written anew via group ${world.groupId}`,
    ],
    [
      'whose access ends earlier',
      world.role({
        apply: [
          world.change(
            { kind: 'revoke', grant: world.personGrant('alice'), after: later, proof: undefined },
            { effect: 'narrows', why: 'the access ends earlier' },
          ),
        ],
      }),
      '- alice@contoso.com has access until 2026-11-23 05:00 UTC only the access ends earlier',
    ],
    [
      'whose access ends later',
      world.role({
        apply: [
          world.change(
            { kind: 'grant', grant: world.personGrant('alice'), before: later },
            { effect: 'widens' },
          ),
        ],
      }),
      `+ alice@contoso.com keeps access without an end via group ${world.groupId}`,
    ],
    [
      'who are let in for a time',
      world.role({
        apply: [world.change({ kind: 'grant', grant: later, before: undefined }, { effect: 'widens' })],
      }),
      `+ alice@contoso.com gains access until 2026-11-23 05:00 UTC via group ${world.groupId}`,
    ],
    [
      'whose grant is held',
      world.role({ held: [world.held(world.grant('alice'), 'trustFull')] }),
      `+ alice@contoso.com would gain access via group ${world.groupId}`,
    ],
    [
      'with two audiences are one line',
      world.role({ apply: [world.grant('alice'), world.grant('alice', { id: 'second audience' })] }),
      `+ alice@contoso.com gains access via group ${world.groupId}`,
    ],
  ];
  it.each(cases)('%s', (_name, role, expected) => {
    expect(squeezed(textOf(role)).filter((line) => line === expected)).toHaveLength(1);
  });

  it('come first, those who gain before those who lose', () => {
    const lines = squeezed(
      textOf(world.role({ apply: [putPermissions, world.revoke('bob'), world.grant('alice')] })),
    );
    expect(
      lines.filter((line) => /^[-+~] /.test(line)).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['+ alice@contoso.com', `- ${world.subOf('bob')}`, '+ permissions']);
  });

  it('too many to read are counted, unless all are asked for', () => {
    const names = Array.from({ length: 30 }, (_, n) => `user${n}`);
    const role = world.role({
      apply: names.map((name) => world.grant(name)),
      admitted: () => names.map((name) => world.admit(name)),
    });
    expect(textOf(role)).toContain('… and 5 more; --verbose shows all');
    expect(text([world.plan([role])], { verbose: true })).toContain('user29@contoso.com');
  });
});

describe('everything else', () => {
  const settings = { description: 'old', maxSessionSeconds: 3_600 };
  const cases: readonly (readonly [ChangeDetail, string])[] = [
    [
      { kind: 'createRole', boundary: 'b', tags: {}, settings, providers: [] },
      '~ role is created, closed at first because',
    ],
    [{ kind: 'setBoundary', before: undefined, after: 'arn:b' }, '~ boundary becomes arn:b because'],
    [{ kind: 'restateTrust' }, '~ trust policy is written anew, same access because'],
    [{ kind: 'putPermissions', before: undefined, after: '{}' }, '~ permissions are written (none) because'],
    [
      { kind: 'stripPolicy', policyName: 'debug', before: '{}', keep: [] },
      '~ inline policy debug is deleted because',
    ],
    [
      { kind: 'stripPolicy', policyName: 'debug', before: '{}', keep: [{}] },
      '~ inline policy debug is cut down to its Denies because',
    ],
    [{ kind: 'detachPolicy', policyArn: 'arn:p' }, '~ attached policy arn:p is detached because'],
    [
      { kind: 'updateSettings', before: settings, after: { description: 'new', maxSessionSeconds: 7_200 } },
      '~ settings become sessions of 2h at most (were 1h) and a new description because',
    ],
    [{ kind: 'tagRole', before: {}, after: {} }, '~ tags are set because'],
    [{ kind: 'deleteRole' }, '~ role is deleted because'],
    [
      { kind: 'revoke', grant: { kind: 'foreign', statement: {} }, after: undefined, proof: undefined },
      '~ foreign statement is taken out because',
    ],
    [
      {
        kind: 'grant',
        grant: { kind: 'anyone', provider: world.provider, audience: world.audience, untilMs: undefined },
        before: undefined,
      },
      '~ anyone assigned in Entra is let in because',
    ],
  ];
  it.each(cases)('%o', (detail, expected) => {
    const [applied, held] = [
      world.change(detail, { why: 'because' }),
      world.change(detail, { why: 'because' }),
    ];
    expect(squeezed(textOf(world.role({ apply: [applied] })))).toContain(expected);
    expect(textOf(world.role({ held: [world.held(held, 'observeOnly')] }))).toContain(' would be');
  });
});

describe('what is held', () => {
  it('says why and what to do once, however many roles it concerns', () => {
    const one = (name: string) =>
      world.role({
        name,
        held: [world.held(world.grant('alice', { name }), 'observeOnly', 'the mode is observe')],
      });
    const output = textOf(one('a-exec'), one('b-exec'));
    expect(output.match(/Held: observeOnly: the mode is observe/g)).toHaveLength(1);
    expect(output).toContain('a-exec (policy payments, policies/payments.yaml:3)');
    expect(output).toContain('b-exec (');
  });

  it('shows what to commit on a line of its own', () => {
    const annotation = 'rolewarden/acknowledge: "scope=policy:prod/payments until=x hash=y subjects=z"';
    const message = `4 of 6 people would lose access; if that is meant, commit this annotation: ${annotation}`;
    const lines = squeezed(
      textOf(world.role({ held: [world.held(world.revoke('bob'), 'breaker', message)] })),
    );
    expect(lines).toContain(
      'Held: breaker: 4 of 6 people would lose access; if that is meant, commit this annotation:',
    );
    expect(lines).toContain(annotation);
  });

  it('comes after what is to be applied, the most urgent first', () => {
    const output = textOf(
      world.role({
        apply: [world.grant('alice')],
        held: [
          world.held(world.grant('bob'), 'afterHeldChange'),
          world.held(world.grant('carol'), 'trustFull'),
        ],
      }),
    );
    const places = ['To apply', 'Held: trustFull', 'Held: afterHeldChange'].map((part) =>
      output.indexOf(part),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});

describe('the rest of a plan', () => {
  it('with nothing to do is one sentence for each account', () => {
    const plans = [
      world.plan([world.role(), world.role({ name: 'b' })]),
      world.plan([world.role({ isSettling: true })], { account: 'dev' }),
      world.plan([], { account: 'empty' }),
    ];
    expect(
      text(plans)
        .split('\n')
        .filter((line) => line.startsWith('Account')),
    ).toEqual([
      'Account dev (111122223333): the one role is as the policies say; nothing to do; AWS does not show the last write to 1 role yet, which is usual for some minutes.',
      'Account empty (111122223333): no policy names this account and it has no role of ours; nothing to do.',
      'Account prod (111122223333): all 2 roles are as the policies say; nothing to do.',
    ]);
  });

  it('names what is unknown, and why', () => {
    expect(squeezed(textOf(world.unknownRole('its trust policy cannot be read')))).toContain(
      'payments-exec: its trust policy cannot be read',
    );
  });

  it('has warnings, documents, values and the sum, in this order', () => {
    const output = textOf(
      world.role({
        apply: [putPermissions],
        writes: [],
        warnings: ['a guest'],
        held: [world.held(putPermissions, 'observeOnly')],
      }),
    );
    const places = ['To apply', 'Warnings', 'Documents', 'App roles in Entra', '1 role in 1 account'].map(
      (part) => output.indexOf(part),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(squeezed(output)).toContain('prod/payments-exec: a guest');
  });

  it('ends with the sum', () => {
    const output = textOf(
      world.role({ apply: [world.grant('alice')] }),
      world.role({ held: [world.held(world.grant('bob'), 'trustFull')] }),
      world.role(),
      world.unknownRole('x'),
    );
    expect(output.trimEnd().split('\n').at(-1)).toBe(
      '4 roles in 1 account: 1 to apply, 1 held, 1 in sync, 1 unknown (1 change to apply, 1 held)',
    );
  });

  it('gives the value of an app role whole, so that it can be pasted', () => {
    expect(squeezed(textOf(world.role()))).toContain(
      `prod/payments-exec arn:aws:iam::111122223333:role/rolewarden/payments-exec,${world.provider}`,
    );
  });

  it('shows several writes of one document as one difference, in which those who stay are no difference', () => {
    const role = world.role({
      apply: [world.revoke('bob'), world.grant('alice')],
      writes: [
        world.trustWrite(world.trustOf('bob', 'zoe'), world.trustOf('zoe'), world.revoke('bob')),
        world.trustWrite(world.trustOf('zoe'), world.trustOf('alice', 'zoe'), world.grant('alice')),
      ],
    });
    const lines = squeezed(textOf(role)).filter((line) => /^[-+] "/.test(line));
    expect(lines).toEqual([`- "${world.subOf('bob')}"`, `+ "${world.subOf('alice')}"`]);
    expect(textOf(role).match(/payments-exec: trust policy/g)).toHaveLength(1);
  });

  it('shows what a trust policy would be when its changes are held', () => {
    const role = world.role({
      held: [world.held(world.grant('alice'), 'observeOnly')],
      trust: { before: world.trustOf('zoe'), wanted: world.trustOf('zoe', 'alice') },
    });
    const lines = squeezed(textOf(role));
    expect(lines.filter((line) => line.endsWith('(held)'))).toEqual([
      'prod/payments-exec: trust policy (held)',
    ]);
    expect(lines).toContain(`+ "${world.subOf('alice')}"`);
  });

  it('shows the permissions that are held too', () => {
    const output = textOf(world.role({ held: [world.held(putPermissions, 'observeOnly')] }));
    expect(output).toContain('prod/payments-exec: permissions (held)');
    expect(squeezed(output)).toContain('+ "ecs:Describe*"');
  });
});

describe('text', () => {
  const role = world.role({
    apply: [world.grant('alice')],
    held: [world.held(world.grant('bob'), 'trustFull')],
  });

  it('has colours only when asked for, and the same words', () => {
    const [plain, colored] = [text([world.plan([role])]), text([world.plan([role])], { color: true })];
    expect(plain).toBe(stripVTControlCharacters(plain));
    expect(colored).not.toBe(plain);
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });

  it('lets nothing from outside steer the terminal', () => {
    const evil = '\u001B[2Jevil\u202E';
    const output = textOf(
      world.role({
        apply: [world.grant('alice', { why: evil })],
        admitted: () => [{ ...world.admit('alice'), label: evil }],
        warnings: [evil],
        held: [world.held(world.grant('bob'), 'trustFull', evil)],
      }),
    );
    expect(output).toContain('\uFFFD[2Jevil\uFFFD');
    expect(output).not.toMatch(/[\u202E]/);
    expect(stripVTControlCharacters(output)).toBe(output);
  });
});

describe('markdown', () => {
  const markdown = (...roles: readonly PlannedRole[]): string =>
    renderPlan([world.plan(roles)], 'markdown', { color: false, now });
  const outsideCode = (value: string): string =>
    value.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

  it('says the same as the text', () => {
    const output = markdown(
      world.role({
        apply: [world.grant('alice'), putPermissions],
        held: [world.held(world.revoke('bob'), 'breaker', 'too many')],
      }),
    );
    expect(output).toContain('1 role in 1 account: 1 to apply');
    expect(output).toContain(`\`+\` \`alice@contoso.com\` **gains access**: via group ${world.groupId}`);
    expect(output).toContain('**Held** (`breaker`): too many');
    expect(output).toContain(`\`-\` \`${world.subOf('bob')}\` **would lose access**`);
    expect(output).toContain(
      '`prod/payments-exec`: `arn:aws:iam::111122223333:role/rolewarden/payments-exec,',
    );
  });

  it('notifies nobody and lets no text become markup', () => {
    const evil = '<img src=x> | @octocat `@octocat` **bold** [link](http://x) a&b #1 alice@contoso.com';
    const output = markdown(
      world.role({
        name: 'a`@octocat',
        apply: [world.grant('alice')],
        admitted: () => [{ ...world.admit('alice'), label: evil }],
        warnings: [evil],
        held: [world.held(world.grant('bob', { why: evil }), 'trustFull', evil)],
      }),
      world.unknownRole(evil),
    );
    const open = outsideCode(output);
    expect(open).not.toContain('@');
    expect(open).not.toContain('<img');
    expect(open).not.toContain(' **bold**');
    expect(open).not.toContain(' [link]');
  });

  it('folds documents, and a document cannot end its block', () => {
    const before = JSON.stringify({ Statement: ['```', '</details>'] });
    const put = world.change({ kind: 'putPermissions', before, after: '{}' });
    const output = markdown(world.role({ held: [world.held(put, 'observeOnly')] }));
    expect(output).toContain(
      '<details><summary><code>prod/payments-exec: permissions (held)</code></summary>',
    );
    expect(output.match(/^````/gm)).toHaveLength(2);
  });

  const grants = (people: number) =>
    Array.from({ length: people }, (_, p) => world.grant(`user${p}`, { id: `${p}` }));

  it('folds the lines of a role when they are many', () => {
    const folded = (people: number): boolean =>
      markdown(world.role({ apply: grants(people) })).includes(
        `<details><summary><code>payments-exec</code> <code>policy payments, policies/payments.yaml:3</code>: ${people} lines</summary>`,
      );
    expect([folded(10), folded(11)]).toEqual([false, true]);
  });

  it('folds lists of warnings when they are long', () => {
    const warnings = Array.from({ length: 11 }, (_, n) => `warning ${n}`);
    expect(markdown(world.role({ warnings }))).toContain(
      '#### Warnings\n\n<details><summary>11 lines</summary>',
    );
    expect(markdown(world.role({ warnings: warnings.slice(1) }))).not.toContain('<details><summary>10');
  });

  it('fits into a comment: what does not is left out whole, named, and never the sum', () => {
    const big = (people: number, documents: number): string =>
      markdown(
        ...Array.from({ length: documents }, (_, n) =>
          world.role({
            name: `role-${n}`,
            held: [putPermissions, ...grants(people)].map((change) => world.held(change, 'observeOnly')),
          }),
        ),
      );
    const [someDocuments, manyPeople] = [big(1, 150), big(200, 40)];
    for (const output of [someDocuments, manyPeople]) {
      expect(output.length).toBeLessThanOrEqual(60_000);
      expect(output.trimEnd()).toMatch(/held\)\*\*$/);
      const count = (part: RegExp) => output.match(part)?.length;
      expect(count(/<details>/g)).toBe(count(/<\/details>/g));
      expect(output).toContain('**Left out**, as it does not fit into a comment: ');
      expect(output).toContain('`rolewarden plan --verbose` shows everything');
    }
    // The roles come before their documents.
    expect(someDocuments).toContain('- `role-149` (');
    expect(someDocuments).toMatch(/fit into a comment: prod\/role-\d+: permissions, /);
    expect(manyPeople).toMatch(/fit into a comment: prod\/role-\d+, /);
    expect(manyPeople).toMatch(/and \d+ more\. `rolewarden/);
  });
});

describe('JSON', () => {
  it('has states, changes and holds under names that stay', () => {
    const role = world.role({
      apply: [world.grant('alice')],
      writes: [world.trustWrite(world.trustOf(), world.trustOf('alice'), world.grant('alice'))],
      held: [world.held(world.revoke('bob'), 'breaker', 'too many')],
    });
    const document = JSON.parse(renderPlan([world.plan([role])], 'json', { color: true, now })) as unknown;
    expect(document).toMatchObject({
      schemaVersion: 1,
      at: '2026-11-23T03:00:00.000Z',
      summary: { roles: 1, apply: 1, hold: 0, inSync: 0, unknown: 0, changesToApply: 1, changesHeld: 1 },
      accounts: [
        {
          account: 'prod',
          accountId: '111122223333',
          roles: [
            {
              role: 'payments-exec',
              policy: 'payments',
              source: { file: 'policies/payments.yaml', line: 3 },
              state: 'apply',
              admitted: [{ label: 'alice@contoso.com', kind: 'person', via: [world.groupId] }],
              apply: [{ kind: 'grant', effect: 'widens', class: 'trust', subject: world.subOf('alice') }],
              held: [{ kind: 'revoke', hold: { reason: 'breaker', message: 'too many' } }],
              writes: [{ op: 'updateTrust', after: JSON.parse(world.trustOf('alice')) as unknown }],
            },
          ],
        },
      ],
    });
  });
});

it('accounts are sorted in every format', () => {
  const [a, b] = [world.plan([world.role()], { account: 'a' }), world.plan([world.role()], { account: 'b' })];
  for (const format of ['text', 'markdown', 'json'] as const)
    expect(renderPlan([b, a], format, { color: false, now })).toBe(
      renderPlan([a, b], format, { color: false, now }),
    );
});
