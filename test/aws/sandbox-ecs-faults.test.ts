// How the adapter stands the misfortunes that the sandbox can play with ECS.

import { afterEach, describe, expect, it } from 'vitest';
import { type ObservedEcs, type ServicePlace } from '../../src/domain/ecs.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { EcsPort } from '../../src/domain/ports.ts';
import type { FaultEffect } from '../../src/sandbox/world.ts';
import { hub, type SandboxHarness, spoke, startSandbox } from './sandbox-harness.ts';

const signal = new AbortController().signal;
const region = 'eu-west-1';
const web: ServicePlace = { region, cluster: 'prod', service: 'web' };
const other: ServicePlace = { region, cluster: 'test', service: 'web' };
const there = { accountId: hub.accountId, region };
const arn = (resource: string): string => `arn:aws:ecs:${region}:${hub.accountId}:${resource}`;

let sandbox: SandboxHarness | undefined;
afterEach(async () => {
  await sandbox?.stop();
  sandbox = undefined;
});

/** A service of one task in each of two clusters. */
const start = async (
  account = hub,
  settings: Parameters<typeof startSandbox>[1] = {},
  taskCount = 1,
): Promise<SandboxHarness> => {
  sandbox = await startSandbox(account, settings);
  const { ecs } = sandbox.cloud;
  const place = { ...there, accountId: account.accountId };
  ecs.seedTaskDefinition(place, {
    family: 'web',
    taskRoleArn: 'web-task',
    containerDefinitions: [{ name: 'app', image: 'web:1' }],
  });
  for (const cluster of ['prod', 'test']) {
    ecs.seedCluster(place, { name: cluster });
    ecs.seedService(place, { name: 'web', cluster, taskDefinition: 'web', desiredCount: taskCount });
  }
  return sandbox;
};

const effects: readonly (readonly [string, FaultEffect, string])[] = [
  ['throttling', { kind: 'error', status: 400, code: 'ThrottlingException' }, 'ThrottlingException'],
  ['a 503', { kind: 'error', status: 503, code: 'ServiceUnavailable' }, 'ServiceUnavailable'],
  ['a failure inside', { kind: 'error', status: 500, code: 'ServerException' }, 'ServerException'],
  ['dropped connections', { kind: 'dropConnection' }, 'ECONNRESET'],
  ['no answers', { kind: 'hang' }, 'TimeoutError'],
  ['answers cut in half', { kind: 'truncateBody' }, 'UnreadableAnswer'],
];
const reads = [
  'DescribeClusters',
  'DescribeServices',
  'ListTasks',
  'DescribeTasks',
  'DescribeTaskDefinition',
];
const quick = { requestTimeoutMs: 150 };

const stateOf = (observed: ObservedEcs, place: ServicePlace) =>
  observed.clusters.get(`${place.region}/${place.cluster}`);

describe('observing ECS under faults', () => {
  it.each(effects)('gets over %s that pass', async (_name, effect) => {
    const { cloud, ecs, seen } = await start(hub, quick);
    for (const operation of reads) cloud.addFault({ service: 'ecs', operation, times: 1, effect });
    const observed = await ecs.observe([web], signal);
    expect(stateOf(observed, web)).toMatchObject({
      state: 'present',
      value: { tasks: [{ isRunning: true }] },
    });
    expect([...observed.definitions.values()]).toMatchObject([{ state: 'present' }]);
    for (const operation of reads)
      expect(seen.filter((request) => request.operation === operation)).toHaveLength(2);
    expect(new Set(seen.map((request) => request.service))).toEqual(new Set(['sts', 'ecs']));
  });

  it.each(effects)('finds no cluster while there are %s for all of them', async (_name, effect, code) => {
    const { cloud, ecs } = await start(hub, quick);
    cloud.addFault({ service: 'ecs', operation: 'DescribeClusters', effect });
    const observed = await ecs.observe([web, other], signal);
    for (const place of [web, other])
      expect(stateOf(observed, place)).toMatchObject({
        state: 'unreadable',
        problem: { kind: 'transient', code },
      });
  });

  it.each(effects)('loses only the cluster for which there are %s', async (_name, effect, code) => {
    const { cloud, ecs } = await start(hub, quick);
    const [task = ''] = cloud.ecs
      .tasks(there)
      .map((one) => one.arn)
      .filter((one) => one.includes('/test/'));
    cloud.addFault({ service: 'ecs', operation: 'DescribeTasks', resource: task, effect });
    const observed = await ecs.observe([web, other], signal);
    expect(stateOf(observed, web)?.state).toBe('present');
    expect(stateOf(observed, other)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'transient', code },
    });
  });

  it.each(reads)('says which permission is missing without %s, and asks once', async (operation) => {
    const { cloud, ecs, seen } = await start();
    cloud.addFault({
      service: 'ecs',
      operation,
      effect: { kind: 'error', status: 400, code: 'AccessDeniedException' },
    });
    const observed = await ecs.observe([web], signal);
    const readings = [stateOf(observed, web), ...observed.definitions.values()];
    expect(readings).toContainEqual({
      state: 'unreadable',
      problem: expect.objectContaining({
        kind: 'denied',
        message: expect.stringContaining(`grant ecs:${operation}`) as string,
      }) as AppError,
    });
    expect(seen.filter((request) => request.operation === operation)).toHaveLength(1);
  });

  it('is not satisfied with the first page of tasks', async () => {
    const { cloud, ecs } = await start(hub, quick, 130);
    const effect: FaultEffect = { kind: 'error', status: 400, code: 'ThrottlingException' };
    cloud.addFault({ service: 'ecs', operation: 'ListTasks', skip: 1, effect });
    expect(stateOf(await ecs.observe([web], signal), web)?.state).toBe('unreadable');
    cloud.clearFaults();
    expect(stateOf(await ecs.observe([web], signal), web)).toMatchObject({
      state: 'present',
      value: { tasks: { length: 130 } },
    });
  });

  it('reads a revision again that it could not read, and no other', async () => {
    const { cloud, ecs } = await start(hub, quick);
    const effect: FaultEffect = { kind: 'error', status: 400, code: 'AccessDeniedException' };
    cloud.addFault({ service: 'ecs', operation: 'DescribeTaskDefinition', times: 1, effect });
    const definition = async () =>
      (await ecs.observe([web], signal)).definitions.get(arn('task-definition/web:1'));
    expect((await definition())?.state).toBe('unreadable');
    expect((await definition())?.state).toBe('present');
    cloud.addFault({ service: 'ecs', operation: 'DescribeTaskDefinition', effect });
    expect((await definition())?.state).toBe('present');
  });

  it('stops with the caller', async () => {
    const { cloud, ecs } = await start();
    cloud.addFault({ service: 'ecs', operation: 'DescribeServices', effect: { kind: 'hang' } });
    const stop = new AbortController();
    const observed = ecs.observe([web], stop.signal);
    stop.abort(new Error('stopped'));
    await expect(observed).rejects.toThrow('stopped');
  });
});

const copy = (ecs: EcsPort) =>
  ecs.copyRevision(
    {
      region,
      from: arn('task-definition/web:1'),
      taskRoleArn: `arn:aws:iam::${hub.accountId}:role/new-task`,
      tags: { 'rolewarden:a': 'b' },
    },
    signal,
  );
const writes: readonly (readonly [string, (ecs: EcsPort) => Promise<unknown>])[] = [
  ['RegisterTaskDefinition', copy],
  ['UpdateService', (ecs) => ecs.updateService(web, { enableExecuteCommand: true }, signal)],
  ['TagResource', (ecs) => ecs.tagService(web, arn('service/prod/web'), { a: 'b' }, signal)],
];

describe('writing to ECS under faults', () => {
  it.each(writes)('%s says which permission is missing, and is not repeated', async (operation, write) => {
    const { cloud, ecs, seen } = await start();
    cloud.addFault({
      service: 'ecs',
      operation,
      effect: { kind: 'error', status: 400, code: 'AccessDeniedException' },
    });
    const error = await write(ecs).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`grant ecs:${operation}`) as string,
    });
    expect(seen.filter((request) => request.operation === operation)).toHaveLength(1);
  });

  it.each(writes)('%s fails as transient when ECS throttles on and on', async (operation, write) => {
    const { cloud, ecs, seen } = await start();
    const effect: FaultEffect = { kind: 'error', status: 400, code: 'ThrottlingException' };
    cloud.addFault({ service: 'ecs', operation, effect });
    await expect(write(ecs)).rejects.toMatchObject({ kind: 'transient', code: 'ThrottlingException' });
    expect(seen.filter((request) => request.operation === operation)).toHaveLength(4);
  });

  it.each(effects)('a copy gets over %s in reading and in registering', async (_name, effect) => {
    const { cloud, ecs } = await start(hub, quick);
    for (const operation of ['DescribeTaskDefinition', 'RegisterTaskDefinition'])
      cloud.addFault({ service: 'ecs', operation, times: 1, effect });
    const made = await copy(ecs);
    expect(made.tags).toEqual({ 'rolewarden:a': 'b' });
    const registered = cloud.ecs.taskDefinitions(there).at(-1);
    expect(registered).toMatchObject({ taskDefinitionArn: made.arn, taskRoleArn: made.taskRoleArn });
  });

  it('an update whose answer is lost is done, and not made again', async () => {
    const { cloud, ecs, seen } = await start();
    const { arn: taskDefinitionArn } = await copy(ecs);
    const effect: FaultEffect = { kind: 'applyThenDrop' };
    cloud.addFault({ service: 'ecs', operation: 'UpdateService', times: 1, effect });
    await expect(ecs.updateService(web, { taskDefinitionArn }, signal)).rejects.toMatchObject({
      kind: 'transient',
      code: 'ECONNRESET',
    });
    expect(seen.filter((request) => request.operation === 'UpdateService')).toHaveLength(1);
    const [service] = cloud.ecs.services(there);
    expect(service?.deployments).toMatchObject([{ taskDefinitionArn }, {}]);
  });

  it('an update that ECS surely refused for now is made again', async () => {
    const { cloud, ecs } = await start();
    const effect: FaultEffect = { kind: 'error', status: 400, code: 'ThrottlingException' };
    cloud.addFault({ service: 'ecs', operation: 'UpdateService', times: 2, effect });
    await ecs.updateService(web, { enableExecuteCommand: true }, signal);
    expect(cloud.ecs.services(there)).toMatchObject([{ enableExecuteCommand: true }, {}]);
  });

  it.each(effects.filter(([name]) => name !== 'throttling'))(
    'an update is not made again after %s, when nobody knows whether it was done',
    async (_name, effect, code) => {
      const { cloud, ecs, seen } = await start(hub, quick);
      cloud.addFault({ service: 'ecs', operation: 'UpdateService', times: 1, effect });
      await expect(ecs.updateService(web, { enableExecuteCommand: true }, signal)).rejects.toMatchObject({
        kind: 'transient',
        code,
      });
      expect(seen.filter((request) => request.operation === 'UpdateService')).toHaveLength(1);
    },
  );

  it('a copy whose answer is lost leaves a revision that nobody runs', async () => {
    const { cloud, ecs } = await start();
    const effect: FaultEffect = { kind: 'applyThenDrop' };
    cloud.addFault({ service: 'ecs', operation: 'RegisterTaskDefinition', times: 1, effect });
    expect((await copy(ecs)).revision).toBe(3);
    expect(cloud.ecs.taskDefinitions(there)).toHaveLength(3);
  });

  it('a role that may not be passed is named, with the statement that is missing', async () => {
    const { cloud, ecs } = await start();
    const role = `arn:aws:iam::${hub.accountId}:role/new-task`;
    cloud.addFault({
      service: 'ecs',
      operation: 'RegisterTaskDefinition',
      effect: {
        kind: 'error',
        status: 400,
        code: 'AccessDeniedException',
        message: `User: arn:aws:sts::${hub.accountId}:assumed-role/rolewarden/rolewarden is not authorized to perform: iam:PassRole on resource: ${role} because no identity-based policy allows the iam:PassRole action`,
      },
    });
    await expect(copy(ecs)).rejects.toMatchObject({
      kind: 'denied',
      message: `iam:PassRole on role ${role} is denied (no identity-based policy allows it): grant iam:PassRole on ${role}, on the condition that iam:PassedToService is ecs-tasks.amazonaws.com, to the role that rolewarden uses in this account`,
    });
  });

  it('a role of another account is not valid', async () => {
    const { ecs } = await start();
    const foreign = {
      region,
      from: arn('task-definition/web:1'),
      taskRoleArn: 'arn:aws:iam::999900001111:role/x',
      tags: {},
    };
    await expect(ecs.copyRevision(foreign, signal)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('roles of this account that exist') as string,
    });
  });
});

describe('ECS of a spoke account', () => {
  it("reached with the hub's own credentials is the wrong account", async () => {
    const { ecs, cloud } = await start({ ...spoke, spokeRole: undefined });
    await expect(ecs.updateService(web, { forceNewDeployment: true }, signal)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'WrongAccount',
    });
    expect(stateOf(await ecs.observe([web], signal), web)).toMatchObject({
      state: 'unreadable',
      problem: { code: 'WrongAccount' },
    });
    expect(new Set(cloud.requests.list().map((request) => request.operation))).toEqual(
      new Set(['GetCallerIdentity']),
    );
  });

  it('goes on over the end of its session', async () => {
    const { ecs, cloud, clock } = await start(spoke);
    expect(stateOf(await ecs.observe([web], signal), web)?.state).toBe('present');
    clock.advance(56 * 60_000);
    expect(stateOf(await ecs.observe([web], signal), web)?.state).toBe('present');
    const assumed = cloud.requests.list().filter((request) => request.operation === 'AssumeRole');
    expect(assumed).toHaveLength(2);
  });
});
