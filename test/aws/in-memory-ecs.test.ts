import { describe, expect, it } from 'vitest';
import { kmsArn } from '../../src/aws/cluster-facts.ts';
import { type Container, type ServicePlace, tasksOf } from '../../src/domain/ecs.ts';
import { AppError } from '../../src/domain/errors.ts';
import { testAccount } from './accounts.ts';
import { describeEcsContract } from './ecs-contract.ts';
import type { EcsHarness, SeededDefinition } from './ecs-contract-world.ts';
import { inMemoryEcs } from './in-memory-ecs.ts';
import { manualClock } from './manual-clock.ts';

const account = testAccount();
const region = 'eu-west-1';
const signal = new AbortController().signal;
const taskStartMs = 10_000;

const containerOf = (container: SeededDefinition['containers'][number]): Container => ({
  name: container.name,
  image: container.image,
  readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
  awsVariables: [...(container.environment ?? []), ...(container.secrets ?? [])]
    .filter((name) => name.startsWith('AWS_'))
    .toSorted(),
  logGroup:
    container.logGroup === undefined
      ? undefined
      : { region: container.logRegion ?? region, name: container.logGroup },
});

const harness = async (): Promise<EcsHarness> => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const port = inMemoryEcs({ account, clock, taskStartMs });
  const here = { partition: 'aws', region, accountId: account.accountId };
  return {
    account,
    port,
    readOnlyPort: inMemoryEcs({ account: { ...account, ecsWrites: false }, clock }),
    taskStartMs,
    seedCluster: (cluster, { logging = 'DEFAULT', kmsKey, logGroup, s3Bucket } = {}) =>
      port.seedCluster(
        { region, cluster },
        { logging, kmsKeyArn: kmsKey === undefined ? undefined : kmsArn(kmsKey, here), logGroup, s3Bucket },
      ),
    seedDefinition: ({ taskRole, executionRole, containers, ...seed }) =>
      port.seedDefinition(region, {
        ...seed,
        taskRoleArn: taskRole,
        executionRoleArn: executionRole,
        containers: containers.map(containerOf),
      }),
    seedService: ({ cluster, service, ...seed }) => port.seedService({ region, cluster, service }, seed),
    seedTask: ({ cluster, definitionArn, taskRole }) =>
      port.seedTask({ region, cluster }, definitionArn, taskRole),
    failDeploymentsOf: (arn) => void port.failDeploymentsOf(arn),
    pipelineDeploys: (cluster, service, taskRoleArn) =>
      port.pipelineDeploys({ region, cluster, service }, { taskRoleArn }),
    drainService: (cluster, service) => port.drainService({ region, cluster, service }),
    deleteService: (cluster, service) => port.deleteService({ region, cluster, service }),
    deleteCluster: (cluster) => port.deleteCluster({ region, cluster }),
    deregister: (arn) => port.deregister(arn),
    advance: (ms) => clock.advance(ms),
    stop: async () => {},
  };
};

describeEcsContract('in memory', harness);

describe('the in-memory ECS for tests', () => {
  const problem = new AppError('transient', 'throttled', { code: 'ThrottlingException' });
  const place: ServicePlace = { region, cluster: 'payments', service: 'api' };
  const start = () => {
    const clock = manualClock(Date.UTC(2026, 0, 1));
    const ecs = inMemoryEcs({ account, clock, taskStartMs });
    ecs.seedCluster(place);
    const definitionArn = ecs.seedDefinition(region, { family: 'api', taskRoleArn: 'api-task' });
    ecs.seedService(place, { definitionArn });
    return { ecs, clock, definitionArn };
  };

  it('fails the next calls as told, reads and writes, and then works again', async () => {
    const { ecs } = start();
    ecs.failNext('observe', problem);
    ecs.failNext('readService', problem);
    ecs.failNext('updateService', problem, { times: 2 });
    const key = 'eu-west-1/payments';
    expect((await ecs.observe([place], signal)).clusters.get(key)).toEqual({ state: 'unreadable', problem });
    expect((await ecs.observe([place], signal)).clusters.get(key)?.state).toBe('present');
    expect(await ecs.readService(place, signal)).toEqual({ state: 'unreadable', problem });
    const force = () => ecs.updateService(place, { forceNewDeployment: true }, signal);
    await expect(force()).rejects.toBe(problem);
    await expect(force()).rejects.toBe(problem);
    expect(ecs.serviceAt(place).deployments).toHaveLength(1);
    await force();
    expect(ecs.serviceAt(place).deployments).toHaveLength(2);
  });

  it('can do the work and lose the answer', async () => {
    const { ecs, definitionArn } = start();
    ecs.failNext('copyRevision', problem, { applied: true });
    const copy = { region, from: definitionArn, taskRoleArn: 'arn:aws:iam::111122223333:role/x', tags: {} };
    await expect(ecs.copyRevision(copy, signal)).rejects.toBe(problem);
    expect(ecs.definitions.size).toBe(2);
  });

  it('tells of every write, in order, and lets a listener crash the writer', async () => {
    const { ecs } = start();
    const seen: string[] = [];
    const stop = ecs.onWrite((call) => {
      seen.push(`${call.operation} ${call.resource}`);
      if (call.operation === 'tagService') throw new Error('kill -9');
    });
    await ecs.updateService(place, { enableExecuteCommand: true }, signal);
    const { arn } = ecs.serviceAt(place);
    await expect(ecs.tagService(place, arn, { a: 'b' }, signal)).rejects.toThrow('kill -9');
    stop();
    expect(ecs.serviceAt(place).tags).toEqual({ a: 'b' });
    expect(seen).toEqual(['updateService eu-west-1/payments/api', 'tagService eu-west-1/payments/api']);
    expect(ecs.calls.map((call) => call.operation)).toEqual(['updateService', 'tagService']);
  });

  it('breaks clusters, services and revisions one by one', async () => {
    const { ecs, definitionArn } = start();
    ecs.unreadable.set(definitionArn, problem);
    ecs.unreadable.set('eu-west-1/payments/api', problem);
    ecs.unreadable.set('eu-west-1/other', problem);
    const other = { ...place, service: 'worker' };
    ecs.seedService(other, { definitionArn });
    const observed = await ecs.observe([place, other, { ...place, cluster: 'other' }], signal);
    expect(observed.clusters.get('eu-west-1/other')).toEqual({ state: 'unreadable', problem });
    expect(observed.definitions.get(definitionArn)).toEqual({ state: 'unreadable', problem });
    const cluster = observed.clusters.get('eu-west-1/payments');
    if (cluster?.state !== 'present') throw new Error('the cluster is not there');
    expect(cluster.value.services.get('api')).toEqual({ state: 'unreadable', problem });
    expect(cluster.value.services.get('worker')?.state).toBe('present');
  });

  it('changes what somebody edits, and replaces no task by that', async () => {
    const { ecs } = start();
    ecs.editService(place, { enableExecuteCommand: true, tags: { a: 'b' }, desiredCount: 1 });
    expect(ecs.serviceAt(place)).toMatchObject({ enableExecuteCommand: true, tags: { a: 'b' } });
    const cluster = (await ecs.observe([place], signal)).clusters.get('eu-west-1/payments');
    if (cluster?.state !== 'present') throw new Error('the cluster is not there');
    expect(tasksOf(cluster.value, 'api')).toMatchObject([{ enableExecuteCommand: false }]);
  });
});
