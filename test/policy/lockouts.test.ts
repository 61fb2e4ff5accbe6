// A Lockout that is valid by itself applies, whatever is wrong around it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../../src/policy/decode-file.ts';
import { loadPolicies } from '../../src/policy/load-policies.ts';
import { caseFiles, validFiles } from './case-file.ts';

const person = 'b2d4f6a8-1c3e-4a5b-9d7f-8e6c4a2b0d1f';
const lockout = (name = 'inc-1234', more = '') =>
  [
    'apiVersion: rolewarden/v1alpha1',
    'kind: Lockout',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    `  person: ${person}`,
    '  until: 2026-12-31T18:00:00Z',
    '  reason: Laptop stolen',
    more,
  ].join('\n');

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (path: string, text: string): SourceFile => ({ path, content: bytes(text) });
const together = (...documents: readonly string[]): string => documents.join('\n---\n');
const load = (...files: readonly SourceFile[]) => loadPolicies(files, { baseDirectory: '/' });
const linesOf = ({ lockouts }: ReturnType<typeof load>) =>
  lockouts.map(({ meta }) => `${meta.source.file}:${meta.source.line}`);

describe('beside what is broken in the same file', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['a policy without anything', 'apiVersion: rolewarden/v1alpha1\nkind: AccessPolicy'],
    ['a kind of another tool', 'apiVersion: v1\nkind: ConfigMap'],
    ['a list', '- a\n- b'],
    ['a field given twice', 'apiVersion: rolewarden/v1alpha1\nkind: Account\nkind: Account'],
    ['an alias without an anchor', 'kind: *nothing'],
    ['a lockout that is not valid', lockout('other', '  unknown: 1')],
    ['a quote that is never closed', 'kind: "Account'],
    ['a single quote that is never closed', "name: 'don't"],
    ['a bracket that is never closed', 'kind: [Account'],
    ['a brace that is never closed', 'metadata: {name: x'],
    ['a tab', 'metadata:\n\tname: x'],
    ['a second colon', 'kind: Account: x'],
    ['indentation that fits nowhere', 'metadata:\n  name: x\n spec: y'],
    ['a star', 'Action: *'],
    ['brackets without end', '['.repeat(20_000)],
    ['nonsense', '%&"\'[{]}: :\n - ?'],
  ];
  test.each(broken)('%s', (_, odd) => {
    const before = load(file('x.yaml', together(lockout(), odd)));
    const after = load(file('x.yaml', together(odd, lockout())));
    const between = load(file('x.yaml', together(odd, lockout(), odd, lockout('second'), odd)));

    expect(linesOf(before)).toEqual(['x.yaml:1']);
    expect(linesOf(after)).toEqual([`x.yaml:${odd.split('\n').length + 2}`]);
    expect(between.lockouts.map(({ meta }) => meta.name)).toEqual(['inc-1234', 'second']);
    expect(before.complete || after.complete || between.complete).toBe(false);
  });

  test('line ends of Windows', () => {
    const text = together('kind: "Account', lockout()).replaceAll('\n', '\r\n');

    expect(linesOf(load(file('x.yaml', text)))).toEqual(['x.yaml:3']);
  });

  test('a byte that is not UTF-8 in another document', () => {
    const content = Buffer.concat([bytes('# caf'), Buffer.from([0xe9]), bytes(`\n---\n${lockout()}`)]);

    expect(linesOf(load({ path: 'x.yaml', content }))).toEqual(['x.yaml:3']);
  });

  test('YAML 1.1, which another document asks for', () => {
    const text = `%YAML 1.1\n---\nkind: x\n---\n${lockout()}`;

    expect(linesOf(load(file('x.yaml', text)))).toEqual(['x.yaml:5']);
  });

  test('other kinds are not used from a file with a syntax error', () => {
    const account = new TextDecoder().decode(
      validFiles.find(({ path }) => path === 'accounts.yaml')?.content,
    );
    const set = load(file('x.yaml', together(account, lockout(), 'kind: "Account')));

    expect(set.lockouts).toHaveLength(1);
    expect(set.accounts).toEqual([]);
  });
});

describe('that are not valid themselves do not apply', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['a field given twice', lockout('x', '  reason: Phone stolen')],
    ['a tag', lockout().replace('Laptop stolen', '!secret Laptop stolen')],
    ['an unknown field', lockout('x', '  accounts: [payments-prod]')],
    ['no end', lockout().replace(/ {2}until.*\n/, '')],
    ['a date alone', lockout().replace('T18:00:00Z', '')],
    ['another apiVersion', lockout().replace('v1alpha1', 'v1')],
  ];
  test.each(wrong)('%s', (_, text) => {
    const alone = load(file('x.yaml', text));

    expect(alone.lockouts).toEqual([]);
    expect(alone.complete).toBe(false);
    expect(load(file('x.yaml', together(text, 'kind: "Account'))).lockouts).toEqual([]);
  });
});

describe('beside what is broken elsewhere', () => {
  const one = file('a-lockout.yaml', lockout('alone', '  userPrincipalName: alex@contoso.com'));

  test.each(caseFiles.map(({ file: path, content, title }) => [path, title, content] as const))(
    '%s: %s',
    (path, _, content) => {
      expect(linesOf(load(one, { path, content }, ...validFiles))).toContain('a-lockout.yaml:1');
    },
  );

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        expect(linesOf(load(one, { path: 'x.yaml', content }))).toEqual(['a-lockout.yaml:1']);
      }),
      { numRuns: 200 },
    );
  });

  test('files that could not be read', () => {
    const problem = {
      severity: 'error',
      rule: 'unreadableFile',
      file: 'b.yaml',
      line: 1,
      column: 1,
    } as const;
    const set = loadPolicies([one], { extraProblems: [{ ...problem, path: '', message: 'no permission' }] });

    expect(linesOf(set)).toEqual(['a-lockout.yaml:1']);
  });
});

describe('between lockouts', () => {
  const lockoutsOf = (name: string) => {
    const content = caseFiles.find((one) => one.file === name)?.content ?? new Uint8Array();
    return load({ path: name, content }, ...validFiles.filter(({ path }) => path === 'federations.yaml'));
  };

  test('two of one name both apply', () => {
    const { lockouts, complete } = lockoutsOf('lockout-name-twice.yaml');

    expect(lockouts.map((one) => one.person)).toEqual([person, person.replace('b2d4', 'a1c3')]);
    expect(complete).toBe(false);
  });

  test('two for one person both apply, the one that has passed too', () => {
    const { lockouts } = lockoutsOf('lockout-person-twice.yaml');

    expect(lockouts.map((one) => [one.person, one.untilMs])).toEqual([
      [person, Date.UTC(2026, 11, 31, 18)],
      [person, Date.UTC(2020, 11, 31, 10)],
    ]);
  });

  test('one without the name that a federation knows people by applies all the same', () => {
    const { lockouts, problems } = lockoutsOf('lockout-needs-name.yaml');

    expect(lockouts).toHaveLength(1);
    expect(problems.map(({ rule }) => rule)).toEqual(['lockoutNeedsName']);
  });

  test('the name is asked for by a federation that is broken otherwise, as its trust policies are still there', () => {
    const federations = new TextDecoder()
      .decode(validFiles.find(({ path }) => path === 'federations.yaml')?.content)
      .replace('acceptMutable: true', 'unknown: 1');
    const { problems } = load(file('federations.yaml', federations), file('x.yaml', lockout()));

    expect(problems.map(({ rule }) => rule)).toContain('lockoutNeedsName');
  });
});
