import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines, withContext } from '../../src/report/line-diff.ts';

const shown = (before: string, after: string, context = 99): readonly string[] =>
  withContext(diffLines(before.split(''), after.split('')), context).map(
    ({ sign, text }) => `${sign}${text}`,
  );

describe('the lines that differ', () => {
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['nothing differs', 'abc', 'abc', [' …']],
    ['a new document', '', 'ab', ['+a', '+b']],
    ['a document that goes', 'ab', '', ['-a', '-b']],
    ['one line replaced', 'abc', 'axc', [' a', '-b', '+x', ' c']],
    ['one line added', 'ac', 'abc', [' a', '+b', ' c']],
    ['one line moved', 'abc', 'bca', ['-a', ' b', ' c', '+a']],
  ];
  it.each(cases)('%s', (_name, before, after, expected) => {
    expect(shown(before, after)).toEqual(expected);
  });

  it('are shown with some lines around, the rest is left out', () => {
    expect(shown('abcdefgh', 'abcdxfgh', 1)).toEqual([' …', ' d', '-e', '+x', ' f', ' …']);
  });
});

describe('for any two texts', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
  it('what stays and goes is the old one, what stays and comes is the new one', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffLines(before, after);
        const without = (sign: string) => diff.filter((line) => line.sign !== sign).map(({ text }) => text);
        expect(without('+')).toEqual(before);
        expect(without('-')).toEqual(after);
      }),
    );
  });

  it('a text differs from itself nowhere', () => {
    fc.assert(fc.property(lines, (text) => diffLines(text, text).every(({ sign }) => sign === ' ')));
  });
});
