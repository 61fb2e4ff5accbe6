// Files that no editor would save: what they are must be said, and nothing may break.

import { describe, expect, test } from 'vitest';
import { loadPolicies } from '../../src/policy/load-policies.ts';
import { inOneLine } from './case-file.ts';

const account = [
  'apiVersion: rolewarden/v1alpha1',
  'kind: Account',
  'metadata:',
  '  name: payments',
  'spec:',
  '  accountId: "111122223333"',
  '  permissionsBoundary: arn:aws:iam::111122223333:policy/boundary',
  '',
].join('\n');

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const prefixed = (prefix: readonly number[], text: string): Uint8Array =>
  Buffer.concat([Buffer.from(prefix), bytes(text)]);
const load = (content: Uint8Array) => loadPolicies([{ path: 'x.yaml', content }], { baseDirectory: '/' });

const notUtf8 = 'the file is not UTF-8 from here on; save it with the encoding UTF-8 [notUtf8]';

describe('refused', () => {
  const refused: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'a file over 1 MiB',
      bytes(`# ${'x'.repeat(1_048_576)}`),
      'x.yaml:1:1: error: the file has 1,048,578 bytes, and at most 1,048,576 are read; split it into several files [fileTooLarge]',
    ],
    ['a file in UTF-16', prefixed([0xff, 0xfe], 'k\0i\0n\0d\0'), `x.yaml:1:1: error: ${notUtf8}`],
    [
      'a byte that is not UTF-8 in the third line',
      Buffer.concat([bytes('# caf\u00e9\n\nkind: caf'), Buffer.from([0xe9, 0x0a])]),
      `x.yaml:3:10: error: ${notUtf8}`,
    ],
    [
      'a hundred nested lists',
      bytes(`kind: Account\nspec: ${'['.repeat(100)}${']'.repeat(100)}\n`),
      'x.yaml:2:71: error: spec: this is nested more than 64 levels deep; check the indentation [nestedTooDeep]',
    ],
    [
      'more aliases than any policy needs',
      bytes(
        `${account}  regions: [${Array.from({ length: 101 }, (_, at) => `&a${at} x, *a${at}, *a${at}`).join(',')}]\n`,
      ),
      'x.yaml:1:1: error: there are more than 200 aliases; write the values out [aliasBomb]',
    ],
    [
      'a list as a field name',
      bytes(`${account}  ? [a]\n  : b\n`),
      'x.yaml:8:5: error: a list or a set of fields cannot be a field name; write plain text before the colon [yamlSyntax]',
    ],
    [
      'YAML 1.1, in which yes is true',
      bytes(`%YAML 1.1\n---\n${account}`),
      'x.yaml:1:1: error: the file asks for YAML 1.1; remove the line %YAML 1.1 [yamlSyntax]',
    ],
    [
      'a value that begins with an at sign',
      bytes(`${account}  maxMode: @x\n`),
      'x.yaml:8:12: error: a value cannot begin with @; put it in quotes [yamlSyntax]',
    ],
    [
      'an unknown escape',
      bytes(`${account}  maxMode: "\\d"\n`),
      'x.yaml:8:13: error: a backslash in double quotes begins an escape that YAML does not know; use single quotes [yamlSyntax]',
    ],
  ];
  test.each(refused)('%s', (_, content, expected) => {
    const set = load(content);

    expect(set.problems.map(inOneLine)).toContain(expected);
    expect(set.accounts).toEqual([]);
    expect(set.complete).toBe(false);
  });

  test('brackets so deep that the parser gives up', () => {
    const { problems, complete } = load(bytes('['.repeat(10_000)));

    // Where it gives up depends on how much of the stack is in use.
    expect(problems.map(({ rule, message }) => [rule, message])).toEqual([
      ['nestedTooDeep', 'the file is nested too deep to be read; check the indentation and the brackets'],
    ]);
    expect(complete).toBe(false);
  });

  test('a map with very many fields takes no longer than it must', () => {
    const fields = Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join('\n');

    expect(load(bytes(fields)).complete).toBe(false);
  });

  test('labels cannot reach the prototype of anything', () => {
    const set = load(
      bytes(account.replace('  name: payments', '  name: payments\n  labels: {__proto__: {admin: x}}')),
    );

    expect(set.problems.map(({ path, rule }) => [path, rule])).toContainEqual([
      'metadata.labels.__proto__',
      'malformedKey',
    ]);
    expect(Object.prototype).not.toHaveProperty('admin');
  });
});

describe('accepted', () => {
  const accepted: readonly (readonly [string, Uint8Array, number])[] = [
    ['an empty file', bytes(''), 0],
    ['a file of comments', bytes('# nothing yet\n'), 0],
    ['empty documents', bytes('---\n---\n# still nothing\n---\n'), 0],
    ['a byte order mark', prefixed([0xef, 0xbb, 0xbf], account), 1],
    ['line ends of Windows', bytes(account.replaceAll('\n', '\r\n')), 1],
    ['tabs around values', bytes(account.replace('kind: Account', 'kind:\tAccount\t# here')), 1],
    [
      'several documents',
      bytes(`---\n${account}...\n---\n${account.replaceAll('payments', 'b').replaceAll('1111', '4444')}`),
      2,
    ],
    [
      'JSON, which is YAML too',
      bytes(
        JSON.stringify({
          apiVersion: 'rolewarden/v1alpha1',
          kind: 'Account',
          metadata: { name: 'a' },
          spec: { accountId: '111122223333', permissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
        }),
      ),
      1,
    ],
    ['standard tags that change nothing', bytes(account.replace('"111122223333"', '!!str 111122223333')), 1],
  ];
  test.each(accepted)('%s', (_, content, accounts) => {
    const set = load(content);

    expect(set.problems.map(inOneLine)).toEqual([]);
    expect(set.accounts).toHaveLength(accounts);
    expect(set.complete).toBe(true);
  });

  test('lines are counted alike whatever ends them', () => {
    const wrong = account.replace('"111122223333"', '"1"');
    const places = [wrong, wrong.replaceAll('\n', '\r\n')].map((text) =>
      load(bytes(text)).problems.map(({ line, column }) => [line, column]),
    );

    expect(places[0]).toEqual([[6, 14]]);
    expect(places[1]).toEqual(places[0]);
  });
});
