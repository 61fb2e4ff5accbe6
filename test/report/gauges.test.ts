// Gauges in Prometheus' text format.

import { describe, expect, it } from 'vitest';
import { familyText, gauge } from '../../src/report/gauges.ts';

const linesOf = (...series: readonly (readonly [policy: string, value: number])[]): string =>
  gauge('rolewarden_policy_subjects', () =>
    series.map(([policy, value]) => [{ account: 'dev', policy }, value]),
  ).linesOf(undefined);

const line = (policy: string, value: string): string =>
  `rolewarden_policy_subjects{account="dev",policy="${policy}"} ${value}\n`;

describe('a gauge', () => {
  it('has a line for each series, with its labels in the order of the list', () => {
    expect(linesOf(['a', 1], ['b', 0.5])).toBe(line('a', '1') + line('b', '0.5'));
    expect(linesOf()).toBe('');
  });

  it('without labels has no braces', () => {
    expect(gauge('process_resident_memory_bytes', () => [[{}, 7]]).linesOf(undefined)).toBe(
      'process_resident_memory_bytes 7\n',
    );
  });

  it.each([
    ['a"b', 'a\\"b'],
    ['a\\b', 'a\\\\b'],
    ['a\nb', 'a\\nb'],
    ['a"} 1\nother{b="', 'a\\"} 1\\nother{b=\\"'],
  ])('cannot be broken out of by the label value %j', (value, text) => {
    expect(linesOf([value, 1])).toBe(line(text, '1'));
  });

  it('names nobody, and has no series twice for that', () => {
    expect(linesOf(['oncall-1@contoso.com', 1], ['oncall-2@contoso.com', 2], ['a', 3])).toBe(
      line('(a person)', '1') + line('a', '3'),
    );
  });

  it.each([
    [1_795_931_195.521, '1795931195.521'],
    [1e21, '1e+21'],
    [-0.25, '-0.25'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('spells %d as Prometheus reads it', (value, text) => {
    expect(linesOf(['a', value])).toBe(line('a', text));
  });

  it('says what it is before its lines', () => {
    expect(familyText('rolewarden_policy_subjects', line('a', '1'))).toBe(
      `# HELP rolewarden_policy_subjects People and service principals whom the policy admits.\n# TYPE rolewarden_policy_subjects gauge\n${line('a', '1')}`,
    );
  });
});
