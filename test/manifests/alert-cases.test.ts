// Each alert fires on the series that are made for it, not before its time, and is silent on good ones: `promtool test rules`
// evaluates the cases of alert-cases.yaml.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Rule, allRules, rulesFile } from './manifests.ts';
import { needPrometheus, promtool } from './prometheus-tools.ts';

type Labels = Readonly<Record<string, string>>;

interface Case {
  readonly alert: string;
  /** Only where several rules have the name. */
  readonly severity?: string;
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  /** Minutes; absent: it must not fire. */
  readonly from?: number;
  /** Minutes. */
  readonly silentAt?: readonly number[];
  /** Minutes: from when on it does not fire any more. */
  readonly until?: number;
  readonly as?: readonly Labels[];
  /** The same without job and instance. */
  readonly bare?: readonly Labels[];
}

const cases = parse(readFileSync(join(import.meta.dirname, 'alert-cases.yaml'), 'utf8')) as readonly Case[];
const rules = allRules();
const ofScrape = { job: 'rolewarden', instance: 'c1' };

const labelsText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;

const scraped = (series: string): string => {
  if (series.includes('instance="')) return series;
  const [name = '', labels = '}'] = series.split('{');
  return `${name}{job="rolewarden",instance="c1"${labels === '}' ? '' : ','}${labels}`;
};

const severityOf = ({ alert, severity }: Case): string =>
  severity ?? rules.find((rule) => rule.alert === alert)?.labels['severity'] ?? 'none';

const firingOf = (one: Case): readonly Labels[] => [
  ...(one.as ?? []).map((labels) => ({ ...ofScrape, ...labels })),
  ...(one.bare ?? []),
];

/** What `ALERTS` must be at a minute. */
const expectation = (one: Case, minute: number, firing: readonly Labels[]) => {
  const own = { alertname: one.alert, alertstate: 'firing', severity: severityOf(one) };
  return {
    expr: `ALERTS${labelsText(own)}`,
    eval_time: `${minute}m`,
    exp_samples: firing.map((labels) => ({ labels: `ALERTS${labelsText({ ...own, ...labels })}`, value: 1 })),
  };
};

const ruleOf = (one: Case): Rule | undefined =>
  rules.find(({ alert, labels }) => alert === one.alert && labels['severity'] === severityOf(one));

const minutesOf = (duration = '0m'): number =>
  Number.parseInt(duration, 10) * (duration.endsWith('h') ? 60 : 1);

/** Long enough for the rule to fire if it ever does. */
const silentAt = (one: Case): readonly number[] =>
  one.silentAt ?? [0, 5, 10, 15, 20, 25].map((minutes) => minutesOf(ruleOf(one)?.for) + minutes);

const expectations = (one: Case) => {
  const { from, until } = one;
  if (from === undefined) return silentAt(one).map((minute) => expectation(one, minute, []));
  return [
    ...(from === 0 ? [] : [expectation(one, from - 1, [])]),
    expectation(one, from, firingOf(one)),
    ...(until === undefined ? [] : [expectation(one, until, [])]),
  ];
};

const titleOf = (one: Case): string =>
  `${one.alert} (${severityOf(one)}) ${one.from === undefined ? 'is silent' : 'fires'}: ${one.name}`;

const promtoolTest = (one: Case) => ({
  name: titleOf(one),
  interval: '1m',
  input_series: Object.entries(one.series).map(([series, values]) => ({ series: scraped(series), values })),
  promql_expr_test: expectations(one),
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewarden-cases-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = async (some: readonly Case[], rules = rulesFile) => {
  const file = join(folder, 'cases.yaml');
  const tests = some.map(promtoolTest);
  writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
  return promtool(['test', 'rules', file]);
};

describe('an alert', () => {
  it('fires where it should, not before its time, and is silent otherwise', async (context) => {
    needPrometheus(context);
    const { code, text } = await run(cases);
    expect(code === 0 ? '' : text).toBe('');
  });

  it('has a case in which it fires, and one in which it does not', () => {
    const of = (isFiring: boolean): ReadonlySet<string> =>
      new Set(
        cases
          .filter(({ from }) => (from !== undefined) === isFiring)
          .map((one) => `${one.alert} ${severityOf(one)}`),
      );
    const all = rules.map(({ alert, labels }) => `${alert} ${labels['severity']}`);
    expect(all.filter((key) => !of(true).has(key))).toEqual([]);
    expect(all.filter((key) => !of(false).has(key))).toEqual([]);
    expect(cases.filter((one) => !all.includes(`${one.alert} ${severityOf(one)}`))).toEqual([]);
  });

  it('speaks in its words only of labels that it has in each case', () => {
    const silent = cases.flatMap((one) => {
      const words = Object.values(ruleOf(one)?.annotations ?? {}).join(' ');
      // What stands within `with` may be missing.
      const always = words.replaceAll(/\{\{ with [^]*?\{\{ end \}\}/g, '');
      const used = [...always.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1] ?? '');
      return firingOf(one).flatMap((labels) =>
        used.filter((label) => !(label in labels)).map((label) => `${one.alert} has no ${label}`),
      );
    });
    expect(silent).toEqual([]);
  });
});

describe('the cases', () => {
  it('fail on other rules', async (context) => {
    needPrometheus(context);
    const other = join(folder, 'other.yaml');
    const text = readFileSync(rulesFile, 'utf8');
    writeFileSync(other, text.replace('sweep_attempt_timestamp_seconds > 900', '$&0'));
    const some = cases.filter(({ alert }) => /SweepsLate|Contested/.test(alert));
    const { code, text: said } = await run(some, other);
    expect([some.length, code]).toEqual([4, 1]);
    expect(said).toContain('RolewardenSweepsLate');
    expect(said).not.toContain('RolewardenContested');
  });
});
