// The dashboards, alerts and runbooks of manifests/, as the tests look at them.

import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const manifests = resolve(import.meta.dirname, '../../manifests');
export const rulesFile = join(manifests, 'alerts/rolewarden.yaml');
const runbookFolder = join(manifests, 'alerts/runbooks');
const dashboardFolder = join(manifests, 'dashboards');

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export const readRules = (): RuleFile => parse(readFileSync(rulesFile, 'utf8')) as RuleFile;
export const allRules = (): readonly Rule[] => readRules().groups.flatMap(({ rules }) => rules);

/** Names of alerts to texts. */
export const readRunbooks = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(runbookFolder).map((file) => [
      file.replace(/\.md$/, ''),
      readFileSync(join(runbookFolder, file), 'utf8'),
    ]),
  );

export interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly instant?: boolean;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly links?: readonly { readonly url: string }[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: { readonly uid: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly id: null;
  readonly schemaVersion: number;
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

/** File names to dashboards. */
export const readDashboards = (): ReadonlyMap<string, Dashboard> =>
  new Map(
    readdirSync(dashboardFolder).map((file) => [
      file,
      JSON.parse(readFileSync(join(dashboardFolder, file), 'utf8')) as Dashboard,
    ]),
  );

export interface PanelQuery {
  /** Dashboard, panel and letter, for messages. */
  readonly where: string;
  readonly expr: string;
}

/** A query as Grafana sends it with everything chosen. */
const filledIn = (expr: string, range: string): string =>
  expr.replaceAll(/\$__rate_interval|\$__range/g, range).replaceAll(/\$(?:instance|account|policy)\b/g, '.*');

/** Every query of every panel, over the last `range`. */
export const panelQueries = (range = '5m'): readonly PanelQuery[] =>
  [...readDashboards().values()].flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr, refId }) => ({
        where: `${title} / ${panel.title} / ${refId}`,
        expr: filledIn(expr, range),
      })),
    ),
  );
