// Moments in time, read and explained.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantPattern, instantSentence, parseInstant } from '../../src/policy/instant.ts';
import { loadPolicies } from '../../src/policy/load-policies.ts';

const year = (of: number) => Date.UTC(of, 0, 1);

describe('moments', () => {
  const read: readonly (readonly [string, number])[] = [
    ['2026-12-31T18:00:00Z', Date.UTC(2026, 11, 31, 18)],
    ['2026-12-31T18:00Z', Date.UTC(2026, 11, 31, 18)],
    ['2026-12-31T18:00:00.000Z', Date.UTC(2026, 11, 31, 18)],
    ['2026-12-31T18:00:59.987+01:00', Date.UTC(2026, 11, 31, 17, 0, 59)],
    ['2026-12-31T18:00:59+01:00', Date.UTC(2026, 11, 31, 17, 0, 59)],
    ['2026-12-31T23:30-05:45', Date.UTC(2027, 0, 1, 5, 15)],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['2020-01-01T00:00:00+14:00', Date.UTC(2019, 11, 31, 10)],
    ['2100-12-31T23:59:59Z', Date.UTC(2100, 11, 31, 23, 59, 59)],
  ];
  test.each(read)('%s', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });

  test('of the years that people mean are all read, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: year(2020) / 1_000, max: year(2101) / 1_000 - 1 }), (seconds) => {
        const text = new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

        expect(parseInstant(text)).toBe(seconds * 1_000);
        expect(text).toMatch(new RegExp(instantPattern));
      }),
    );
  });

  test('are never read from a text that the schema refuses', () => {
    const piece = fc.constantFrom(
      '2026',
      '-02',
      '-29',
      '-31',
      'T',
      '18',
      ':00',
      ':60',
      'Z',
      '+01',
      '.5',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');

        if (!new RegExp(instantPattern).test(text)) expect(parseInstant(text)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('are the same in quotes and without', () => {
    const lockout = (until: string) =>
      [
        'apiVersion: rolewarden/v1alpha1',
        'kind: Lockout',
        'metadata: {name: x}',
        `spec: {person: b2d4f6a8-1c3e-4a5b-9d7f-8e6c4a2b0d1f, until: ${until}, reason: x}`,
      ].join('\n');
    const untilOf = (until: string) =>
      loadPolicies([{ path: 'x.yaml', content: new TextEncoder().encode(lockout(until)) }]).lockouts.map(
        ({ untilMs }) => untilMs,
      );

    const written = ['', '"', "'"].map((mark) => untilOf(`${mark}2026-12-31T18:00:00Z${mark}`));
    expect(written).toEqual([written[0], written[0], written[0]]);
    expect(written[0]).toEqual([Date.UTC(2026, 11, 31, 18)]);
  });
});

describe('other spellings', () => {
  const meant: readonly (readonly [string, string])[] = [
    ['2026-12-31T18:00:00,5Z', '2026-12-31T18:00:00Z'],
    ['2026-12-31 18:00:00Z', '2026-12-31T18:00:00Z'],
    ['2026-12-31t18:00z', '2026-12-31T18:00Z'],
    ['2026-12-31 18:00 UTC', '2026-12-31T18:00Z'],
    ['2026-12-31 18:00:00 +0100', '2026-12-31T18:00:00+01:00'],
    ['2026-12-31T18:00:00-05', '2026-12-31T18:00:00-05:00'],
  ];
  test.each(meant)('%s', (text, right) => {
    expect(parseInstant(text)).toBeUndefined();
    expect(parseInstant(right)).toBeDefined();
    expect(instantSentence(text, 'is odd')).toBe(`"${text}" is spelt in another way; write ${right}`);
  });

  test('that mean nothing get the general words', () => {
    expect(instantSentence('31.12.2026', 'is odd')).toBe('"31.12.2026" is odd');
    expect(instantSentence('2026-12-31T18:00:00 CET', 'is odd')).toBe('"2026-12-31T18:00:00 CET" is odd');
  });
});
