import fc from 'fast-check';
import { expect, it } from 'vitest';
import { freeText } from '../../src/entra/free-text.ts';

it.each<[string, unknown, string | null]>([
  ['plain text', 'payments are stuck', 'payments are stuck'],
  ['other alphabets', 'übertrieben 付款', 'übertrieben 付款'],
  ['lines', 'one\r\ntwo\u2028three', 'one two three'],
  ['a terminal sequence', '\u001b[31mred\u001b[0m', '[31mred [0m'],
  ['a turn of direction', 'abc\u202Edef', 'abcdef'],
  ['half a character', 'a\uD800b', 'ab'],
  ['blanks', ' \t ', null],
  ['nothing', '', null],
  ['null', null, null],
  ['a number', 7, null],
  ['as much as fits', 'x'.repeat(20), 'x'.repeat(20)],
  ['more than fits', 'x'.repeat(21), `${'x'.repeat(19)}…`],
  ['much more than fits', 'x'.repeat(1_000_000), `${'x'.repeat(19)}…`],
  ['wide characters', '🦆'.repeat(21), `${'🦆'.repeat(19)}…`],
])('%s', (_name, value, expected) => {
  expect(freeText(value, 20)).toBe(expected);
});

it('is one printable line within its limit, whatever was written', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.integer({ min: 1, max: 30 }),
      (text, limit) => {
        const line = freeText(text, limit) ?? '';
        expect(Array.from(line).length).toBeLessThanOrEqual(limit);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      },
    ),
  );
});
