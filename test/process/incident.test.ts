// Dashboards and alerts on a bad day: the real controller, the real Prometheus scraping it, and everything going wrong. Every
// query of every panel finds something, and each alert fires in the incident that it is made for and is over after it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { allRules, panelQueries, readRules } from '../manifests/manifests.ts';
import { hasPrometheus, promtool } from '../manifests/prometheus-tools.ts';
import { until } from './child.ts';
import { endAll } from './harness.ts';
import { type Incident, startIncident } from './incident.ts';
import { type ActiveAlert, type Prometheus, startPrometheus } from './prometheus.ts';
import { shortRange, shortened } from './shortened-rules.ts';

/** Minutes of real time, in which everything waits for a real clock: `npm run incident`, on a machine without other work. */
const isAsked = hasPrometheus && process.env['ROLEWARDEN_INCIDENT'] !== undefined;

/** Name and severity. */
const keyOf = ({ alertname = '', severity = '' }: Readonly<Record<string, string>>): string =>
  `${alertname} ${severity}`;
/** It tells a defect of ours, which nobody can bring about from outside. */
const notHere = 'RolewardenMetricsBroken';
const alerts = allRules()
  .filter(({ alert }) => alert !== notHere)
  .map(({ alert, labels }) => keyOf({ ...labels, alertname: alert }));

/** Which fire at which point of the story, in all their severities. */
const broken = [
  'RolewardenRevocationFailing',
  'RolewardenRevocationsHeld',
  'RolewardenShellsOpen',
  'RolewardenBreakGlassChanged',
  'RolewardenBreakGlassUsed',
  'RolewardenPolicyExpiresSoon',
  'RolewardenDriftLasts',
  'RolewardenPolicyNotReady',
  'RolewardenWritesFailing',
  'RolewardenContested',
  'RolewardenTrustPolicyNearlyFull',
  'RolewardenDeniesNearlyFull',
  'RolewardenExecNotReady',
  'RolewardenRequestsDenied',
  'RolewardenClockSkew',
  'RolewardenPoliciesInvalid',
  'RolewardenEntraPartlyUnreadable',
  'RolewardenWrongTokens',
];
const repaired = ['RolewardenRevocationSlow'];
const unread = [
  'RolewardenEntraStale',
  'RolewardenPoliciesStale',
  'RolewardenAccountUnreadable',
  'RolewardenThrottled',
  'RolewardenSweepsLate',
];
const away = ['RolewardenLeasesUnreadable'];
const dead = ['RolewardenAbsent'];
const back = ['RolewardenShardUnheld', 'RolewardenNotReady'];

let folder: string;
let prometheus: Prometheus;
let incident: Incident | undefined;
/** In the middle of it. */
let scrape = '';
/** Everything that fired, by name and labels, with its words. */
const fired = new Map<string, ActiveAlert>();

const firing = async (): Promise<ReadonlySet<string>> => {
  const all = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
  for (const alert of all) fired.set(JSON.stringify(alert.labels), alert);
  return new Set(all.map(({ labels }) => keyOf(labels)));
};

/** Some fire for seconds only, and so never together: what counts is what Prometheus has recorded. */
const notFired = async (names: readonly string[], sinceMs = 0): Promise<readonly string[]> => {
  const history = await prometheus.history('ALERTS{alertstate="firing"}');
  const later = history.filter(({ values }) => values.some(([seconds]) => seconds * 1_000 >= sinceMs));
  const keys = new Set(later.map(({ metric }) => keyOf(metric)));
  return alerts.filter((key) => names.some((name) => key.startsWith(`${name} `)) && !keys.has(key));
};

/** Something happens, and from then on these fire. */
const happens = async (what: () => Promise<void>, names: readonly string[]): Promise<void> => {
  const sinceMs = Date.now();
  await what();
  let left: readonly string[] = [];
  await until(
    'the alerts fire',
    async () => {
      await firing();
      left = await notFired(names, sinceMs);
      return left.length === 0;
    },
    () => `not fired: ${left.join(', ')}\n${incident?.controller().stderr().slice(-2_500)}`,
  );
};

const untilCalm = async (): Promise<void> => {
  let left: ReadonlySet<string> = new Set();
  await until(
    'no alert fires any more',
    async () => {
      left = await firing();
      return left.size === 0;
    },
    () => `still firing: ${[...left].join(', ')}\n${incident?.controller().stderr().slice(-2_500)}`,
  );
};

beforeAll(async () => {
  if (!isAsked) return;
  folder = mkdtempSync(join(tmpdir(), 'rolewarden-incident-'));
  const rules = join(folder, 'rules.yaml');
  writeFileSync(rules, stringify(shortened(readRules())));
  prometheus = await startPrometheus(folder, rules);
  const story = await startIncident(prometheus);
  incident = story;
  await happens(() => story.everythingBreaks(), broken);
  scrape = await (await fetch(`${story.controller().metricsUrl}/metrics`)).text();
  await happens(() => story.everythingIsRepaired(), repaired);
  await untilCalm();
  await happens(() => story.nothingCanBeRead(), unread);
  await story.everythingCanBeRead();
  await untilCalm();
  await happens(() => story.theTableIsGone(), away);
  await story.theTableIsBack();
  await untilCalm();
  await happens(() => story.theControllerDies(), dead);
  await happens(() => story.itComesBack(), back);
  await story.entraIsBack();
  await untilCalm();
}, 240_000);

afterAll(async () => {
  await endAll();
  await incident?.stop();
  if (isAsked) rmSync(folder, { recursive: true, force: true });
});

beforeEach((context) => {
  context.skip(
    !isAsked,
    'run by `npm run incident`, which needs prometheus and promtool (Debian: prometheus)',
  );
});

describe('on a bad day', () => {
  it('each alert fires in the incident that is made for it, and is over after it', async () => {
    const inTheStory = [...broken, ...repaired, ...unread, ...away, ...dead, ...back];
    expect(new Set(inTheStory)).toEqual(new Set(alerts.map((key) => key.split(' ')[0])));
    expect(await notFired(inTheStory)).toEqual([]);
  });

  it('each query of each panel finds something', async () => {
    const empty: string[] = [];
    for (const { where, expr } of panelQueries(shortRange))
      if ((await prometheus.history(expr)).length === 0) empty.push(where);
    expect(empty).toEqual([]);
  });

  it('alerts say what they mean in whole sentences, and name nobody', () => {
    const words = [...fired.values()].flatMap(({ annotations }) => Object.values(annotations));
    expect(words.length).toBeGreaterThan(60);
    expect(words.filter((text) => /\{\{|<no value>|<error|  |'' /.test(text))).toEqual([]);
    expect(words.filter((text) => /contoso|b1000000-/.test(text))).toEqual([]);
  });

  it('promtool finds nothing wrong with the metrics, and they name nobody', async () => {
    expect(await promtool(['check', 'metrics'], scrape)).toEqual({ code: 0, text: '' });
    expect(scrape).toContain('rolewarden_revocations_pending{');
    expect(scrape).not.toMatch(/contoso|b1000000-/);
  });
});
