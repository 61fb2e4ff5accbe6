// What doctor prints, to the character.

import { describe, expect, it } from 'vitest';
import type { Check, CheckState } from '../../src/domain/check.ts';
import { countChecks, renderChecks } from '../../src/report/render-checks.ts';

const check = (area: string, what: string, state: CheckState, found: string, advice?: string): Check => ({
  area,
  what,
  state,
  found,
  advice,
});

const text = (...checks: readonly Check[]): string => renderChecks(checks, 'text', { color: false });

describe('checks as text', () => {
  it('stand by area, aligned, with a sign, and with what mends them below', () => {
    expect(
      text(
        check('Entra', 'User.Read.All', 'ok', 'whose account is enabled'),
        check('Entra', 'clock', 'missing', 'it is 90 s ahead', 'set it by NTP'),
        check('account dev', 'entry', 'ok', 'as the spoke', 'nobody reads this'),
        check('account dev', 'boundary', 'warning', 'it lets sessions go on', 'add a Deny'),
        check('Entra', 'groups', 'unknown', 'not read'),
      ),
    ).toBe(`Entra
  ✓  User.Read.All  whose account is enabled
  ✗  clock          it is 90 s ahead
       → set it by NTP
  ?  groups         not read

account dev
  ✓  entry     as the spoke
  !  boundary  it lets sessions go on
       → add a Deny

5 checks: 2 ok, 1 missing, 1 warning, 1 unknown
→ do what stands under each ✗, then run rolewarden doctor again
`);
  });

  it('are broken at spaces, while advice and long names stay whole', () => {
    const found = Array.from({ length: 30 }, () => 'word').join(' ');
    const advice = Array.from({ length: 40 }, () => 'paste').join(' ');
    const lines = text(check('Entra', 'x'.repeat(60), 'missing', found, advice)).split('\n');
    expect(lines[1]).toBe(`  ✗  ${'x'.repeat(60)}`);
    expect(lines[2]).toMatch(/^ {7}word( word)+$/);
    expect(lines[3]).toMatch(/^ {7}word( word)*$/);
    expect(lines[4]).toBe(`       → ${advice}`);
  });

  it('show what names would do to a terminal', () => {
    const evil = '\u001b[2Jgroup\u202e';
    const shown = text(check(evil, evil, 'missing', evil, evil));
    for (const character of ['\u001b', '\u202e']) expect(shown).not.toContain(character);
    expect(shown).toContain('\ufffd[2Jgroup\ufffd');
  });

  it.each([
    [
      'ok',
      'the one check is ok',
      '→ rolewarden plan shows what would be done; then set mode: enforce on one policy',
    ],
    [
      'warning',
      '1 check: 1 warning',
      '→ rolewarden plan shows what would be done; then set mode: enforce on one policy',
    ],
    [
      'unknown',
      '1 check: 1 unknown',
      '→ look at what is marked ? by hand, or give what it asks for and run rolewarden doctor again',
    ],
    ['missing', '1 check: 1 missing', '→ do what stands under each ✗, then run rolewarden doctor again'],
  ] as const)('of which one is %s end with what to do next', (state, summary, next) => {
    expect(
      text(check('Entra', 'clock', state, 'found'))
        .split('\n')
        .slice(-3, -1),
    ).toEqual([summary, next]);
  });

  it('are coloured only when asked for', () => {
    const one = check('Entra', 'clock', 'missing', 'found');
    expect(text(one)).not.toContain('\u001b');
    expect(renderChecks([one], 'text', { color: true })).toContain('\u001b[31m✗');
  });
});

describe('checks as JSON', () => {
  it('are all there, with their numbers', () => {
    const checks = [
      check('Entra', 'clock', 'ok', 'found'),
      check('Entra', 'token', 'missing', 'none', 'get one'),
    ];
    expect(JSON.parse(renderChecks(checks, 'json', { color: true }))).toEqual({
      schemaVersion: 1,
      summary: { ok: 1, missing: 1, warning: 0, unknown: 0 },
      checks: [
        { area: 'Entra', what: 'clock', state: 'ok', found: 'found', advice: null },
        { area: 'Entra', what: 'token', state: 'missing', found: 'none', advice: 'get one' },
      ],
    });
    expect(countChecks(checks)).toEqual({ ok: 1, missing: 1, warning: 0, unknown: 0 });
  });
});
