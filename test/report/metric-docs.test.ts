import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/report/metrics.ts';
import { metricDocs, renderMetricsTable } from '../../src/report/metric-docs.ts';
import * as world from './builders.ts';
import { parseExposition } from './exposition.ts';

/** One of everything, so that every metric has a series. */
const busyMetrics = () => {
  const metrics = createMetrics({ version: '1.2.3', maxStalenessMs: 86_400_000, clock: world.manualClock() });
  metrics.observe(world.policies());
  metrics.observe(world.poll());
  metrics.observe(world.accounts('prod'));
  metrics.observe(
    world.leases({ shards: [{ shard: 0, holder: 'ip-10-0-0-1.aa', fence: 1, renewedMsAgo: 0 }] }),
  );
  const shells = {
    ended: [world.endedShell('alice')],
    held: [world.heldShell('alice')],
    unattributed: 1,
    problem: undefined,
  };
  metrics.observe(
    world.sweep(
      [
        {
          ...world.applying(world.grant('alice'), world.revoke('bob')),
          breakGlass: new Set([world.subOf('alice')]),
        },
        world.role({
          name: 'ending',
          closesAtMs: world.startMs + world.dayMs,
          denies: world.deniesOf(world.putOut('bob')),
          lastUsedAtMs: world.startMs,
        }),
        world.role({
          name: 'other',
          owner: world.policyOwner('other'),
          held: [world.held(world.grant('carol'), 'trustFull'), world.held(world.revoke('dave'), 'breaker')],
        }),
      ],
      { shells },
    ),
  );
  metrics.observe(
    world.servicesSweep({
      services: [world.service()],
      execReadiness: [world.execReadiness()],
      sideDoors: [world.sideDoor()],
    }),
  );
  metrics.onAwsRequest({ service: 'iam', operation: 'ListRoles', code: '200' });
  metrics.onEntraRequest({ operation: 'members', code: '200' });
  metrics.onApiRefused('wrongToken');
  return metrics;
};

const baseName = (name: string): string => name.replace(/_(bucket|sum|count)$/, '');

describe('the list of metrics', () => {
  it('is what the exposition has, with type and help', async () => {
    const text = await busyMetrics().text();
    const declared = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(declared.sort()).toEqual(metricDocs.map(({ name, type }) => `${name} ${type}`).sort());
    for (const { name, help } of metricDocs) expect(text).toContain(`# HELP ${name} ${help}\n`);
  });

  it('names the labels that the series have, each metric with at least one series', async () => {
    const samples = parseExposition(await busyMetrics().text());
    for (const { name, type, labels } of metricDocs) {
      const own = samples.filter(
        (sample) => sample.name === name || (type === 'histogram' && baseName(sample.name) === name),
      );
      expect(own.length, name).toBeGreaterThan(0);
      for (const sample of own) {
        const found = Object.keys(sample.labels).filter((label) => label !== 'le');
        expect(found.sort(), name).toEqual([...labels].sort());
      }
    }
  });

  it('makes a table with a row for each, in which no cell breaks', () => {
    const rows = renderMetricsTable().trimEnd().split('\n');
    expect(rows).toHaveLength(metricDocs.length + 2);
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
  });
});
