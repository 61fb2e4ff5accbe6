// The price of observing ECS once every revision is known. [ports.ts, EcsPort.observe]

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServicePlace } from '../../src/domain/ecs.ts';
import { hub, type SandboxHarness, startSandbox } from './sandbox-harness.ts';

const signal = new AbortController().signal;
const regions = ['eu-west-1', 'us-east-1'];

interface ClusterShape {
  readonly region: string;
  /** Tasks of each service that is asked for. */
  readonly services: readonly number[];
  /** Of a service that nobody asks for. */
  readonly otherTasks: number;
}

const clusterArb: fc.Arbitrary<ClusterShape> = fc.record({
  region: fc.constantFrom(...regions),
  services: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 35 }),
  otherTasks: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 260 })),
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const tasksIn = ({ services, otherTasks }: ClusterShape): number => sum(services) + otherTasks;

const budgetOf = (clusters: readonly ClusterShape[]): number => {
  const perCluster = clusters.map(
    (cluster) => Math.ceil(cluster.services.length / 100) + 2 * Math.ceil(tasksIn(cluster) / 100),
  );
  const services = sum(clusters.map((cluster) => cluster.services.length));
  return Math.ceil(services / 10) + sum(perCluster) + new Set(clusters.map(({ region }) => region)).size;
};

describe('observing ECS', () => {
  let sandbox: SandboxHarness;
  beforeAll(async () => {
    sandbox = await startSandbox({ ...hub, regions });
    for (const region of regions)
      sandbox.cloud.ecs.seedTaskDefinition(
        { accountId: hub.accountId, region },
        { family: 'web', containerDefinitions: [{ name: 'app', image: 'web:1' }] },
      );
  });
  afterAll(() => sandbox.stop());

  const seed = (clusters: readonly ClusterShape[]): readonly ServicePlace[] =>
    clusters.flatMap(({ region, services, otherTasks }, index) => {
      const there = { accountId: hub.accountId, region };
      const cluster = `c${index}`;
      const seedService = (name: string, desiredCount: number) =>
        sandbox.cloud.ecs.seedService(there, { name, cluster, taskDefinition: 'web:1', desiredCount });
      sandbox.cloud.ecs.seedCluster(there, { name: cluster });
      seedService('other', otherTasks);
      return services.map((count, n) => {
        seedService(`s${n}`, count);
        return { region, cluster, service: `s${n}` };
      });
    });
  const remove = (clusters: readonly ClusterShape[]): void => {
    for (const [index, { region }] of clusters.entries())
      sandbox.cloud.ecs.deleteCluster({ accountId: hub.accountId, region }, `c${index}`);
  };

  it('stays within its budget, whatever runs where, and misses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(clusterArb, { minLength: 1, maxLength: 6 }), async (clusters) => {
        const places = seed(clusters);
        await sandbox.ecs.observe(places, signal);
        sandbox.cloud.requests.clear();
        const observed = await sandbox.ecs.observe(places, signal);
        const requests = sandbox.cloud.requests.list().map((request) => request.operation);
        remove(clusters);
        expect(requests.length).toBeLessThanOrEqual(budgetOf(clusters));
        for (const never of ['DescribeTaskDefinition', 'ListServices']) expect(requests).not.toContain(never);
        const shown = [...observed.clusters.values()].map((reading) => {
          if (reading.state !== 'present') throw new Error(reading.state);
          const services = [...reading.value.services.values()].filter(({ state }) => state === 'present');
          return [services.length, reading.value.tasks.length];
        });
        const expected = clusters.map(({ services }) => [services.length, sum(services)]);
        expect(shown.map(String).toSorted()).toEqual(expected.map(String).toSorted());
      }),
      { numRuns: 40 },
    );
  });

  it('of no services makes no request, of the account neither', async () => {
    sandbox.cloud.requests.clear();
    await sandbox.open({ ...hub, meta: { ...hub.meta, name: 'fresh' } }).ecs.observe([], signal);
    expect(sandbox.cloud.requests.list()).toEqual([]);
  });

  it('asks for each revision once, however many services run it', async () => {
    const shape: ClusterShape = { region: 'eu-west-1', services: [1, 1, 1], otherTasks: 0 };
    const { ecs } = sandbox.open({ ...hub, regions, meta: { ...hub.meta, name: 'again' } });
    const places = seed([shape]);
    sandbox.cloud.requests.clear();
    for (let times = 0; times < 3; times += 1) await ecs.observe(places, signal);
    remove([shape]);
    const described = sandbox.cloud.requests
      .list()
      .filter((request) => request.operation === 'DescribeTaskDefinition');
    expect(described).toHaveLength(1);
  });

  it('does not ask for a revision that it made itself', async () => {
    const shape: ClusterShape = { region: 'eu-west-1', services: [1], otherTasks: 0 };
    const [place] = seed([shape]);
    if (place === undefined) throw new Error('nothing was seeded');
    const from = `arn:aws:ecs:eu-west-1:${hub.accountId}:task-definition/web:1`;
    const taskRoleArn = `arn:aws:iam::${hub.accountId}:role/x`;
    const made = await sandbox.ecs.copyRevision({ region: 'eu-west-1', from, taskRoleArn, tags: {} }, signal);
    await sandbox.ecs.updateService(place, { taskDefinitionArn: made.arn }, signal);
    sandbox.cloud.requests.clear();
    const observed = await sandbox.ecs.observe([place], signal);
    remove([shape]);
    expect(observed.definitions.get(made.arn)).toEqual({ state: 'present', value: made });
    const described = sandbox.cloud.requests
      .list()
      .filter((request) => request.operation === 'DescribeTaskDefinition')
      .map((request) => request.resource);
    expect(described).not.toContain(made.arn);
  });

  it('asks 100 clusters at a time, and none for tasks where none run', async () => {
    const shapes = Array.from({ length: 101 }, () => ({
      region: 'eu-west-1',
      services: [0],
      otherTasks: 0,
    }));
    const places = seed(shapes);
    await sandbox.ecs.observe(places, signal);
    sandbox.cloud.requests.clear();
    await sandbox.ecs.observe(places, signal);
    remove(shapes);
    const operations = sandbox.cloud.requests.list().map((request) => request.operation);
    const count = (operation: string): number => operations.filter((one) => one === operation).length;
    expect(count('DescribeClusters')).toBe(2);
    expect(count('DescribeServices')).toBe(101);
    expect(operations).toHaveLength(103);
  });
});
