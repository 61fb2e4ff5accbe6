// Problems for people, scripts, pull requests and code scanning.

import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/domain/policy.ts';
import { type ProblemFormat, problemFormats, renderProblems } from '../../src/policy/render-problems.ts';
import type { RenderOptions } from '../../src/policy/render-options.ts';
import { rules } from '../../src/policy/rules.ts';

const options: RenderOptions = { color: false, version: '1.2.3', filesRead: 2, documentsRead: 1_234 };

const error: Problem = {
  severity: 'error',
  rule: 'malformedValue',
  file: 'policies/payments.yaml',
  line: 2,
  column: 7,
  path: 'spec.subjects.groups[0].id',
  message: '"abc" must be a UUID',
};
const warning: Problem = {
  ...error,
  severity: 'warning',
  rule: 'nestedGroup',
  line: 9,
  column: 1,
  path: '',
  message: 'look',
};
const nasty: Problem = {
  ...error,
  file: 'a,b:c%\n\u001B[31m.yaml',
  path: 'spec["x\ny"]',
  message: '50 % of\r\n::error::this\u0007',
};

const render = (
  format: ProblemFormat,
  problems: readonly Problem[] = [error, warning],
  more: Partial<RenderOptions> = {},
) => renderProblems(problems, format, { ...options, ...more });

describe('text', () => {
  test('shows each problem with its line, and counts them', () => {
    const files = [{ path: error.file, content: new TextEncoder().encode('groups:\n- id: abc\n') }];

    expect(render('text', [error, warning, { ...error, file: 'z.yaml' }], { files })).toBe(
      [
        'policies/payments.yaml:2:7: error: spec.subjects.groups[0].id: "abc" must be a UUID [malformedValue]',
        '   2 | - id: abc',
        '     |       ^',
        'policies/payments.yaml:9:1: warning: look [nestedGroup]',
        '',
        'z.yaml:2:7: error: spec.subjects.groups[0].id: "abc" must be a UUID [malformedValue]',
        '',
        '2 errors and 1 warning (1,234 documents in 2 files)',
        '',
      ].join('\n'),
    );
  });

  test('cuts long lines around the place', () => {
    const content = new TextEncoder().encode(`first\n${'a'.repeat(500)}X${'b'.repeat(500)}\n`);
    const text = render('text', [{ ...error, column: 501 }], { files: [{ path: error.file, content }] });

    expect(text.split('\n').slice(1, 3)).toEqual([
      `   2 | ${'a'.repeat(50)}X${'b'.repeat(49)}`,
      `     | ${' '.repeat(50)}^`,
    ]);
  });

  test('says so when there is nothing to say', () => {
    expect(render('text', [], { filesRead: 1, documentsRead: 1 })).toBe(
      'no problems (1 document in 1 file)\n',
    );
  });

  test('has colours only if asked, and never those of a file', () => {
    const files = [{ path: nasty.file, content: new TextEncoder().encode('a\nb\u001B[2J\u202E') }];
    // Only the line feeds between the lines are left.
    const control = /(?!\n)\p{Cc}|\u202E/u;

    expect(render('text', [nasty], { files })).not.toMatch(control);
    expect(render('text', [error], { color: true })).toContain('\u001B[31merror:\u001B[39m');
  });
});

describe('json', () => {
  test('has a shape that stays', () => {
    expect(JSON.parse(render('json'))).toEqual({
      schemaVersion: 1,
      tool: { name: 'rolewarden', version: '1.2.3' },
      valid: false,
      filesRead: 2,
      documentsRead: 1_234,
      errors: 1,
      warnings: 1,
      problems: [error, warning],
    });
    expect(JSON.parse(render('json', [warning]))).toMatchObject({ valid: true, errors: 0 });
  });
});

describe('github', () => {
  test('is one workflow command a problem', () => {
    expect(render('github')).toBe(
      [
        '::error file=policies/payments.yaml,line=2,col=7,title=Value has the wrong form (malformedValue)::spec.subjects.groups[0].id: "abc" must be a UUID',
        '::warning file=policies/payments.yaml,line=9,col=1,title=Nested members need their own app role (nestedGroup)::look',
        '',
      ].join('\n'),
    );
    expect(render('github', [])).toBe('');
  });

  test('lets nothing out of its command', () => {
    const lines = render('github', [nasty]).split('\n');

    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('file=a%2Cb%3Ac%25%0A');
    expect(lines[0]).toContain('50 %25 of%0D%0A::error::this');
  });

  test('names files as the repository does', () => {
    const given = (file: string) => render('github', [{ ...error, file }], { baseDirectory: '/checkout' });

    expect(given('/checkout/policies/a.yaml')).toContain('file=policies/a.yaml,');
    expect(given('./policies/a.yaml')).toContain('file=policies/a.yaml,');
    expect(given('/elsewhere/a.yaml')).toContain('file=/elsewhere/a.yaml,');
  });
});

describe('sarif', () => {
  interface Log {
    readonly version: string;
    readonly runs: readonly [
      {
        readonly tool: {
          readonly driver: {
            readonly name: string;
            readonly semanticVersion: string;
            readonly rules: readonly {
              readonly id: string;
              readonly shortDescription: { readonly text: string };
              readonly help: { readonly text: string };
            }[];
          };
        };
        readonly results: readonly {
          readonly ruleId: string;
          readonly ruleIndex: number;
          readonly level: string;
          readonly message: { readonly text: string };
          readonly locations: readonly [
            {
              readonly physicalLocation: {
                readonly artifactLocation: { readonly uri: string };
                readonly region: { readonly startLine: number; readonly startColumn: number };
              };
            },
          ];
          readonly partialFingerprints: Readonly<Record<string, string>>;
        }[];
      },
    ];
  }
  const log = (problems?: readonly Problem[], more?: Partial<RenderOptions>): Log =>
    JSON.parse(render('sarif', problems, more)) as Log;
  const uriOf = (file: string, more?: Partial<RenderOptions>) =>
    log([{ ...error, file }], more).runs[0].results[0]?.locations[0].physicalLocation.artifactLocation.uri;

  test('has what the standard and code scanning require', () => {
    const { version, runs } = log();
    const [{ tool, results }] = runs;

    expect(version).toBe('2.1.0');
    expect(tool.driver).toMatchObject({ name: 'Rolewarden', semanticVersion: '1.2.3' });
    for (const rule of tool.driver.rules) {
      expect(rule.shortDescription.text).not.toBe('');
      expect(rule.help.text).not.toBe('');
    }
    expect(results.map(({ ruleIndex }) => tool.driver.rules[ruleIndex]?.id)).toEqual(
      results.map(({ ruleId }) => ruleId),
    );
    expect(results.map(({ level }) => level)).toEqual(['error', 'warning']);
    expect(results[0]?.message.text).toBe('spec.subjects.groups[0].id: "abc" must be a UUID');
    expect(results[0]?.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'policies/payments.yaml' },
      region: { startLine: 2, startColumn: 7 },
    });
  });

  test('is a run without results when there are no problems', () => {
    expect(log([]).runs[0].results).toEqual([]);
  });

  test('has relative, escaped URIs', () => {
    expect(uriOf('./policies/pay ments#1.yaml')).toBe('policies/pay%20ments%231.yaml');
    expect(uriOf('/repo/a.yaml', { baseDirectory: '/repo' })).toBe('a.yaml');
    expect(uriOf('/elsewhere/a.yaml', { baseDirectory: '/repo' })).toBe('file:///elsewhere/a.yaml');
  });

  test('keeps the fingerprint of a finding that moves to another line', () => {
    const prints = [error, { ...error, line: 40 }, { ...error, message: 'other' }].map(
      (problem) => log([problem]).runs[0].results[0]?.partialFingerprints['rolewarden/v1'],
    );

    expect(prints[0]).toBe(prints[1]);
    expect(prints[0]).not.toBe(prints[2]);
  });
});

describe('rules', () => {
  test('every rule has a title, and help that is a sentence', () => {
    for (const [id, { title, help }] of Object.entries(rules)) {
      expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
      expect(title).toMatch(/^[A-Z][^.]+$/);
      expect(help).toMatch(/^[A-Za-z].+\.$/);
    }
  });

  test.each(problemFormats)('%s takes rules of other sources', (format) => {
    expect(render(format, [{ ...error, rule: 'gitCheckout' }])).toContain('gitCheckout');
  });
});
