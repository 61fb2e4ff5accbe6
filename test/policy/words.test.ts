// Near misses, paths and values as messages show them.

import { expect, test } from 'vitest';
import { nearest } from '../../src/domain/near-miss.ts';
import { formatPath } from '../../src/policy/field-path.ts';
import { counted, eitherOf, quote, thousands } from '../../src/policy/words.ts';

const fields = ['accounts', 'federation', 'subjects', 'role', 'access', 'mode', 'suspend', 'prune'];
const misses = [
  ['subjcts', 'subjects'],
  ['Federation', 'federation'],
  ['rloe', 'role'],
  ['acounts', 'accounts'],
  ['purne', 'prune'],
  ['permissions', undefined],
  ['x', undefined],
  ['x'.repeat(5_000), undefined],
] as const;
test.each(misses)('%s was probably meant to be %s', (word, meant) => {
  expect(nearest(word, fields)).toBe(meant);
});

test('paths name fields and items as people write them', () => {
  expect(formatPath([])).toBe('');
  expect(formatPath(['spec', 'groups', 2, 'id'])).toBe('spec.groups[2].id');
  expect(formatPath(['metadata', 'labels', 'contoso.com/team'])).toBe('metadata.labels["contoso.com/team"]');
});

test('values are quoted, escaped and shortened', () => {
  expect(quote('a"b\u001B')).toBe('"a\\"b\\u001b"');
  expect(quote('x'.repeat(200))).toBe(`"${'x'.repeat(100)}…"`);
  expect(quote(7)).toBe('7');
  expect(quote(undefined)).toBe('"undefined"');
});

test('numbers and lists read well', () => {
  expect(thousands(1_234_567)).toBe('1,234,567');
  expect([counted(1, 'file'), counted(2, 'file')]).toEqual(['1 file', '2 files']);
  expect([eitherOf(['a']), eitherOf(['a', 'b', 'c'])]).toEqual(['a', 'a, b or c']);
});
