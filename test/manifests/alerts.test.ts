// The alert rules: they ask for what there is, say what to do, and each has a runbook.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { compareText } from '../../src/domain/statement.ts';
import { chosenReasons, holdReasons } from '../../src/report/hold-reasons.ts';
import { commandNamed, unknownOptions } from '../typed-commands.ts';
import { type Rule, allRules, manifests, panelQueries, readRunbooks, rulesFile } from './manifests.ts';
import { needPrometheus, promtool } from './prometheus-tools.ts';
import { problemsOf, readQuery } from './promql.ts';

const rules = allRules();
const named = rules.map((rule) => [`${rule.alert} (${rule.labels['severity']})`, rule] as const);
const runbooks = readRunbooks();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewarden-alerts-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The reasons that a rule leaves out, by metric. */
const leftOut = (alert: string): ReadonlyMap<string, readonly string[]> =>
  new Map(
    rules
      .filter((rule) => rule.alert === alert)
      .flatMap(({ expr }) => readQuery(expr).selectors)
      .flatMap(({ metric, matchers }) =>
        matchers
          .filter(({ label, op }) => label === 'reason' && op === '!~')
          .map(({ value }) => [metric, value.split('|')] as const),
      ),
  );

describe('what an expression is checked for', () => {
  it.each([
    ['rolewarden_drift > 0', []],
    ['rolewarden_drfit > 0', ['there is no metric rolewarden_drfit']],
    ['rolewarden_drift{policy="a"}', ['rolewarden_drift has no label policy']],
    ['rolewarden_sweep_duration_seconds > 1', ['there is no metric rolewarden_sweep_duration_seconds']],
    ['rate(rolewarden_sweep_duration_seconds_count{le="1"}[5m])', [expect.stringContaining('no label le')]],
    [
      'sum by (policy) (rolewarden_drift)',
      ['nothing in this has the label policy: sum by (policy) (rolewarden_drift)'],
    ],
    ['sum by (account (rolewarden_drift)', ['this is no PromQL: sum by (account (rolewarden_drift)']],
  ])('%s', (expr, problems) => {
    expect(problemsOf(expr)).toEqual(problems);
  });
});

describe('an alert', () => {
  it.each(named)('%s asks only for metrics and labels that there are', (_name, { expr }) => {
    expect(problemsOf(expr)).toEqual([]);
  });

  it.each(named)('%s says how urgent it is, what it means and where to look first', (_name, rule) => {
    expect(rule.alert).toMatch(/^Rolewarden[A-Z]\w+$/);
    expect(['critical', 'warning', 'info']).toContain(rule.labels['severity']);
    expect(Object.keys(rule.annotations).sort(compareText)).toEqual([
      'description',
      'runbook_url',
      'summary',
    ]);
    expect(rule.annotations['summary']?.length).toBeLessThan(200);
    expect(rule.annotations['description']).toMatch(/^[A-Z{][^]*\. Look first at [^]*\.$/);
  });

  it.each(named)('%s leads to its own runbook', (_name, { alert, annotations }) => {
    expect(annotations['runbook_url']).toBe(
      `https://git.example.com/rolewarden/manifests/alerts/runbooks/${alert}.md`,
    );
    expect(existsSync(join(manifests, 'alerts/runbooks', `${alert}.md`))).toBe(true);
  });

  it('of one name and severity there is one', () => {
    const keys = named.map(([name]) => name);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it('speaks only of hold reasons that there are', () => {
    const known = new Set<string>([...holdReasons, 'Ready', 'Unknown', 'WriteFailed']);
    const reasons = rules.flatMap(({ expr }) =>
      readQuery(expr)
        .selectors.filter(({ metric }) => !/_exec_ready$|_api_refused_total$/.test(metric))
        .flatMap(({ matchers }) => matchers.filter(({ label }) => label === 'reason'))
        .flatMap(({ value }) => value.split('|')),
    );
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((reason) => !known.has(reason))).toEqual([]);
  });

  it('does not fire for what somebody chose in Git', () => {
    const policy = new Set(leftOut('RolewardenPolicyNotReady').get('rolewarden_policy_ready'));
    const binding = new Set(leftOut('RolewardenPolicyNotReady').get('rolewarden_binding_ready'));
    expect(chosenReasons.filter((reason) => !binding.has(reason))).toEqual([]);
    // These are chosen for services only.
    const ofServices = ['notifyOnly', 'ecsWritesOff'];
    expect(chosenReasons.filter((reason) => !policy.has(reason) && !ofServices.includes(reason))).toEqual([]);
  });

  it('fires for a reason that is left out of the one for policies that wait', () => {
    const elsewhere = new Set(
      rules
        .filter(({ alert }) => alert !== 'RolewardenPolicyNotReady')
        .flatMap(({ expr }) => [...expr.matchAll(/reason="(\w+)"/g)].map((match) => match[1] ?? '')),
    );
    // Told by an alert on something else than the reason.
    const otherwise = [
      'breaker',
      'provenLeaverCap',
      'clockSkew',
      'trustFull',
      'Unknown',
      // Over by themselves, or never to be over: neither is a trouble.
      'noAssignment',
      'recentlyOut',
      'awaitingPrune',
      'byHand',
    ];
    const left = [...leftOut('RolewardenPolicyNotReady').values()].flat();
    const known = new Set<string>([...chosenReasons, ...elsewhere, ...otherwise]);
    expect(left.filter((reason) => !known.has(reason))).toEqual([]);
  });
});

describe('the runbooks', () => {
  it('are one for each alert, and none for no alert', () => {
    const alerts = new Set(rules.map(({ alert }) => alert));
    expect([...runbooks.keys()].sort(compareText)).toEqual([...alerts].sort(compareText));
  });

  it.each([...runbooks])(
    '%s says what it means, where to look, what to do and when to escalate',
    (name, text) => {
      const headings = [...text.matchAll(/^(#+ .*|\*\*\w+\.\*\*)/gm)].map((match) => match[1]);
      expect(headings).toEqual([
        `# ${name}`,
        '**Meaning.**',
        '**Impact.**',
        '## First look',
        '## What to do',
        '## When to escalate',
      ]);
    },
  );

  it.each([...runbooks])('%s asks only for metrics that there are', (_name, text) => {
    const queries = [...text.matchAll(/```promql\n([^]*?)```/g)].flatMap((match) =>
      (match[1] ?? '').trim().split('\n'),
    );
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.flatMap(problemsOf)).toEqual([]);
  });

  it.each([...runbooks])('%s has only commands that there are', (_name, text) => {
    const typed = [...text.matchAll(/(?:^|`)rolewarden ([a-z][^\n`#]*)/gm)].map((match) =>
      (match[1] ?? '').trim().split(/\s+/),
    );
    expect(typed.filter(([name]) => commandNamed(name) === undefined)).toEqual([]);
    expect(typed.filter((words) => unknownOptions(words).length > 0)).toEqual([]);
  });

  it.each([...runbooks])('%s links only to others that there are', (_name, text) => {
    const links = [...text.matchAll(/\]\(([^)]+)\.md\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !runbooks.has(link))).toEqual([]);
  });
});

describe('promtool', () => {
  it('finds nothing wrong with the rules and the example of how to scrape', async (context) => {
    needPrometheus(context);
    expect(await promtool(['check', 'rules', rulesFile])).toMatchObject({ code: 0 });
    expect(await promtool(['check', 'config', join(manifests, 'prometheus.yaml')])).toMatchObject({
      code: 0,
    });
  });

  it('parses every query of every panel and runbook', async (context) => {
    needPrometheus(context);
    const queries = [
      ...panelQueries().map(({ expr }) => expr),
      ...[...runbooks.values()].flatMap((text) =>
        [...text.matchAll(/```promql\n([^]*?)```/g)].flatMap((match) => (match[1] ?? '').trim().split('\n')),
      ),
    ];
    const file = join(folder, 'queries.yaml');
    const recorded = queries.map((expr, index) => ({ record: `query:number${index}`, expr }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules: recorded }] }));
    const { code, text } = await promtool(['check', 'rules', file]);
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).toContain(`${queries.length} rules found`);
  });

  it('would tell a query that is none', async (context) => {
    needPrometheus(context);
    const file = join(folder, 'broken.yaml');
    const rule: Partial<Rule> & { record: string } = { record: 'query:broken', expr: 'sum by (a' };
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules: [rule] }] }));
    expect((await promtool(['check', 'rules', file])).code).not.toBe(0);
  });
});
