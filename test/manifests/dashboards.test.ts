// The Grafana dashboards: they can be imported anywhere, ask for what there is, and lead on to what to do.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareText } from '../../src/domain/statement.ts';
import { metricDocs } from '../../src/report/metric-docs.ts';
import { type Panel, manifests, panelQueries, readDashboards, readRunbooks } from './manifests.ts';
import { problemsOf, readQuery } from './promql.ts';

const dashboards = [...readDashboards()];
const runbooks = readRunbooks();
/** What Grafana brings along. */
const corePanels = ['row', 'stat', 'timeseries', 'table', 'bargauge', 'state-timeline'];
/** The newest of dashboards in this form. */
const schemaVersion = 42;

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const duplicates = <T>(all: readonly T[]): readonly T[] =>
  all.filter((one, index) => all.indexOf(one) !== index);

/** Keys that are out of order, with where they are. */
const unsorted = (value: unknown, path = ''): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((one, index) => unsorted(one, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  const wrong = keys.toSorted(compareText).join() === keys.join() ? [] : [path];
  return [...wrong, ...Object.entries(value).flatMap(([key, of]) => unsorted(of, `${path}.${key}`))];
};

describe.each(dashboards)('%s', (file, dashboard) => {
  const { panels, templating } = dashboard;
  const filled = panels.filter(({ type }) => type !== 'row');

  it('is a dashboard of its own, in the newest form', () => {
    expect(dashboard).toMatchObject({ id: null, schemaVersion, tags: ['rolewarden'] });
    expect(dashboard.uid).toBe(`rolewarden-${file.replace('.json', '')}`);
    expect(unsorted(dashboard)).toEqual([]);
  });

  it('takes its data source from a variable, everywhere', () => {
    const [first] = templating.list;
    expect(first).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const text = readFileSync(join(manifests, 'dashboards', file), 'utf8');
    const uids = new Set([...text.matchAll(/"uid": "([^"]*)"/g)].map((match) => match[1]));
    expect(uids).toEqual(new Set([`\${datasource}`, '-- Grafana --', dashboard.uid]));
  });

  it('has variables that ask for labels that there are', () => {
    const names = templating.list.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['datasource', 'instance', 'account', 'runbooks']));
    const problems = templating.list
      .filter(({ type }) => type === 'query')
      .flatMap(({ query }) => {
        const text = typeof query === 'string' ? query : query.query;
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(text) ?? [];
        return problemsOf(`sum by (${label}) (${selector})`);
      });
    expect(problems).toEqual([]);
  });

  it('names no variable that it does not have', () => {
    const own = new Set(templating.list.map(({ name }) => name));
    const text = readFileSync(join(manifests, 'dashboards', file), 'utf8');
    const used = [...text.matchAll(/\$\{?([a-z]\w*)(?::\w+)?\}?/g)].map((match) => match[1] ?? '');
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((name) => !own.has(name))).toEqual([]);
  });

  it('has only panels that Grafana brings along, each explained and with a unit', () => {
    expect(panels.filter(({ type }) => !corePanels.includes(type))).toEqual([]);
    const bare = filled.filter(
      ({ description = '', fieldConfig, targets = [] }) =>
        description.length < 10 || fieldConfig?.defaults.unit === undefined || targets.length === 0,
    );
    expect(bare.map(({ title }) => title)).toEqual([]);
  });

  it('counts its panels through, from the top, none upon another', () => {
    expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
    const places = panels.map(({ gridPos }) => gridPos);
    expect(places.map(({ y }) => y)).toEqual(places.map(({ y }) => y).toSorted((a, b) => a - b));
    expect(places.filter(({ x, w }) => x < 0 || x + w > 24)).toEqual([]);
    const pairs = places.flatMap((a, index) =>
      places.slice(index + 1).flatMap((b) => (overlap(a, b) ? [[a, b]] : [])),
    );
    expect(pairs).toEqual([]);
  });

  it('gives each query of a panel a letter of its own', () => {
    const repeated = filled.filter(
      ({ targets = [] }) => duplicates(targets.map(({ refId }) => refId)).length > 0,
    );
    expect(repeated).toEqual([]);
  });

  it('links only to runbooks and dashboards that there are', () => {
    const urls = filled.flatMap(({ links = [] }) => links.map(({ url }) => url));
    const names = urls.map((url) => /^\$\{runbooks\}\/(\w+)\.md$/.exec(url)?.[1] ?? url);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !runbooks.has(name))).toEqual([]);
    const text = readFileSync(join(manifests, 'dashboards', file), 'utf8');
    const uids = dashboards.map(([, { uid }]) => uid);
    const linked = [...text.matchAll(/"\/d\/([\w-]+)/g)].map((match) => match[1] ?? '');
    expect(linked.filter((uid) => !uids.includes(uid))).toEqual([]);
  });
});

describe('the queries of the panels', () => {
  it('ask only for metrics and labels that there are', () => {
    const problems = panelQueries().flatMap(({ where, expr }) =>
      problemsOf(expr).map((problem) => `${where}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  it('show every metric somewhere', () => {
    const asked = new Set(
      panelQueries().flatMap(({ expr }) => readQuery(expr).selectors.map(({ metric }) => metric)),
    );
    const isShown = (name: string): boolean =>
      ['', '_bucket', '_count'].some((suffix) => asked.has(`${name}${suffix}`));
    expect(metricDocs.map(({ name }) => name).filter((name) => !isShown(name))).toEqual([]);
  });

  it('are narrowed to what is chosen', () => {
    const raw = dashboards.flatMap(([, { panels }]) =>
      panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    );
    const wide = raw.filter((expr) => !expr.includes('$instance') && !expr.startsWith('ALERTS'));
    expect(wide).toEqual([]);
  });
});
