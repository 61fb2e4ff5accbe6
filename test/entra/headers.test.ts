import { expect, it } from 'vitest';
import { innerHeader, retryAfterMs } from '../../src/entra/headers.ts';

const now = Date.parse('2026-11-02T08:00:00Z');

it.each<[string | null, number | undefined]>([
  [null, undefined],
  ['', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['0', 0],
  ['10', 10_000],
  [' 10 ', 10_000],
  ['1.5', 1500],
  ['3600', 3_600_000],
  ['Mon, 02 Nov 2026 08:00:30 GMT', 30_000],
  ['Mon, 02 Nov 2026 07:00:00 GMT', 0],
  ['2026', 2_026_000],
])("Retry-After '%s' is a wait of %s ms", (value, ms) => {
  expect(retryAfterMs(value, now)).toBe(ms);
});

it.each<[unknown, string | null]>([
  [{ 'Retry-After': '7' }, '7'],
  [{ 'retry-after': '7' }, '7'],
  [{ 'RETRY-AFTER': 7 }, '7'],
  [{ 'Retry-After': null }, null],
  [{ 'Retry-After': ['7'] }, null],
  [{}, null],
  [undefined, null],
  [null, null],
])('the header Retry-After of %j is %s', (headers, value) => {
  expect(innerHeader(headers, 'retry-after')).toBe(value);
});
