// What is made of answers that no cloud should give, and of those that only some do.

import type { Cluster, Service, Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import type { EcsReads, TaskArnsPage } from '../../src/aws/ecs-reads.ts';
import { type ObservedRegion, observeRegion } from '../../src/aws/observe-region.ts';
import type { ObservedService } from '../../src/domain/ecs.ts';
import { AppError } from '../../src/domain/errors.ts';
import { absent, type Reading, unreadable } from '../../src/domain/reading.ts';

const never = new AbortController().signal;
const region = 'eu-west-1';
const arn = (resource: string): string => `arn:aws:ecs:${region}:111122223333:${resource}`;
const definitionArn = arn('task-definition/api:1');
const taskArn = (id: string): string => arn(`task/prod/${id}`);

const cluster = (change: Partial<Cluster> = {}): Cluster => ({
  clusterName: 'prod',
  clusterArn: arn('cluster/prod'),
  status: 'ACTIVE',
  runningTasksCount: 1,
  pendingTasksCount: 0,
  ...change,
});
const service = (change: Partial<Service> = {}): Service => ({
  serviceName: 'api',
  serviceArn: arn('service/prod/api'),
  status: 'ACTIVE',
  taskDefinition: definitionArn,
  desiredCount: 1,
  runningCount: 1,
  enableExecuteCommand: false,
  deployments: [],
  ...change,
});
const task = (id: string, change: Partial<Task> = {}): Task => ({
  taskArn: taskArn(id),
  taskDefinitionArn: definitionArn,
  group: 'service:api',
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  enableExecuteCommand: false,
  ...change,
});

const healthy: EcsReads = {
  clusters: async () => ({ clusters: [cluster()], failures: [] }),
  services: async () => ({ services: [service()], failures: [] }),
  taskArns: async () => ({ taskArns: [taskArn('t1')] }),
  tasks: async (_cluster, arns) => ({ tasks: arns.map((one) => task(one.slice(-2))), failures: [] }),
};
const definitions = { read: async () => absent };

const observe = (change: Partial<EcsReads> = {}, wanted = ['api']): Promise<ObservedRegion> =>
  observeRegion(
    { region, reads: { ...healthy, ...change }, definitions },
    new Map([['prod', new Set(wanted)]]),
    never,
  );
const clusterOf = async (change: Partial<EcsReads>) => (await observe(change)).clusters.get('prod');
const broken = (how: string) => ({
  state: 'unreadable',
  problem: { kind: 'transient', code: 'BrokenAnswer', message: expect.stringContaining(how) as string },
});
const throwing = (code: string) => async (): Promise<never> => {
  throw new AppError('conflict', `${code} was said`, { code });
};

const page =
  (...pages: readonly TaskArnsPage[]) =>
  async (_cluster: string, token: string | undefined): Promise<TaskArnsPage> =>
    pages[token === undefined ? 0 : Number(token)] ?? {};

describe('a cluster', () => {
  it('that is whole is present', async () => {
    expect(await clusterOf({})).toMatchObject({
      state: 'present',
      value: { tasks: [{ arn: taskArn('t1') }] },
    });
  });

  it.each<[string, Partial<EcsReads>, object]>([
    ['answers without a list', { clusters: async () => ({}) }, broken('no list of clusters')],
    [
      'is neither shown nor missing',
      { clusters: async () => ({ clusters: [] }) },
      broken('nothing about cluster prod'),
    ],
    [
      'is shown under another name',
      { clusters: async () => ({ clusters: [cluster({ clusterName: 'Prod' })] }) },
      broken('nothing about'),
    ],
    [
      'fails for another reason than being missing',
      { clusters: async () => ({ clusters: [], failures: [{ arn: arn('cluster/prod'), reason: 'BUSY' }] }) },
      { state: 'unreadable', problem: { kind: 'transient', code: 'BUSY' } },
    ],
    [
      'is missing',
      {
        clusters: async () => ({ clusters: [], failures: [{ arn: arn('cluster/prod'), reason: 'MISSING' }] }),
      },
      absent,
    ],
    ['is INACTIVE', { clusters: async () => ({ clusters: [cluster({ status: 'INACTIVE' })] }) }, absent],
    [
      'has no status',
      { clusters: async () => ({ clusters: [cluster({ status: undefined })] }) },
      broken('status'),
    ],
    [
      'has no ARN',
      { clusters: async () => ({ clusters: [cluster({ clusterArn: '' })] }) },
      broken('clusterArn'),
    ],
    [
      'does not say how many tasks run',
      { clusters: async () => ({ clusters: [cluster({ runningTasksCount: undefined })] }) },
      broken('runningTasksCount'),
    ],
    [
      'has a KMS key that is none',
      {
        clusters: async () => ({
          clusters: [cluster({ configuration: { executeCommandConfiguration: { kmsKeyId: 'my key' } } })],
        }),
      },
      broken('neither key nor alias'),
    ],
    [
      'logs in a way that we do not know',
      {
        clusters: async () => ({
          clusters: [
            cluster({ configuration: { executeCommandConfiguration: { logging: 'TWICE' as 'NONE' } } }),
          ],
        }),
      },
      broken('executeCommandConfiguration.logging'),
    ],
    ['answers without services', { services: async () => ({}) }, broken('no list of services')],
    ['was deleted before its services were read', { services: throwing('ClusterNotFoundException') }, absent],
    ['was deleted before its tasks were listed', { taskArns: throwing('ClusterNotFoundException') }, absent],
    [
      'denies its services',
      { services: throwing('AccessDeniedException') },
      { state: 'unreadable', problem: { code: 'AccessDeniedException' } },
    ],
    [
      'denies its tasks',
      { tasks: throwing('AccessDeniedException') },
      { state: 'unreadable', problem: { code: 'AccessDeniedException' } },
    ],
    ['has a page of tasks without tasks', { taskArns: page({}) }, broken('a page without tasks')],
    [
      'has pages of tasks that lead in a circle',
      { taskArns: async () => ({ taskArns: [taskArn('t1')], nextToken: '0' }) },
      broken('in a circle'),
    ],
    [
      'has an empty token for the next page',
      { taskArns: page({ taskArns: [], nextToken: '' }) },
      broken('empty token'),
    ],
    ['answers without tasks', { tasks: async () => ({}) }, broken('no list of tasks')],
    ['forgets a task', { tasks: async () => ({ tasks: [] }) }, broken('nothing about task prod/t1')],
    [
      'fails at a task for another reason than being missing',
      { tasks: async () => ({ tasks: [], failures: [{ arn: taskArn('t1'), reason: 'BUSY' }] }) },
      { state: 'unreadable', problem: { code: 'BUSY' } },
    ],
    [
      'has a task of which nobody knows what it runs',
      { tasks: async () => ({ tasks: [task('t1', { taskDefinitionArn: undefined })] }) },
      broken('taskDefinitionArn'),
    ],
    [
      'has a task of which nobody knows whether it can be entered',
      { tasks: async () => ({ tasks: [task('t1', { enableExecuteCommand: undefined })] }) },
      broken('enableExecuteCommand'),
    ],
  ])('that %s is said to be just that', async (_how, reads, expected) => {
    expect(await clusterOf(reads)).toMatchObject(expected);
  });

  it('that is broken stops no other', async () => {
    const both = ['prod', 'test'].map((name) =>
      cluster({ clusterName: name, clusterArn: arn(`cluster/${name}`) }),
    );
    const observed = await observeRegion(
      {
        region,
        reads: {
          ...healthy,
          clusters: async () => ({ clusters: both }),
          services: async (name) => {
            if (name === 'test')
              throw new AppError('transient', 'throttled', { code: 'ThrottlingException' });
            return { services: [service()] };
          },
        },
        definitions,
      },
      new Map([
        ['prod', new Set(['api'])],
        ['test', new Set(['api'])],
      ]),
      never,
    );
    expect(observed.clusters.get('prod')?.state).toBe('present');
    expect(observed.clusters.get('test')).toMatchObject({
      state: 'unreadable',
      problem: { code: 'ThrottlingException' },
    });
  });

  it('without running tasks is not asked for any, unless a service says that some run', async () => {
    const quiet = { clusters: async () => ({ clusters: [cluster({ runningTasksCount: 0 })] }) };
    let lists = 0;
    const taskArns = async () => {
      lists += 1;
      return { taskArns: [taskArn('t1')] };
    };
    const idle = { services: async () => ({ services: [service({ runningCount: 0 })] }) };
    expect(await clusterOf({ ...quiet, ...idle, taskArns })).toMatchObject({ value: { tasks: [] } });
    expect(lists).toBe(0);
    expect(await clusterOf({ ...quiet, taskArns })).toMatchObject({ value: { tasks: [{}] } });
    expect(lists).toBe(1);
  });

  it('is asked for its tasks while some are only pending', async () => {
    const pending = {
      clusters: async () => ({ clusters: [cluster({ runningTasksCount: 0, pendingTasksCount: 1 })] }),
    };
    expect(await clusterOf(pending)).toMatchObject({ value: { tasks: [{}] } });
  });
});

describe('tasks', () => {
  it.each<[string, Partial<EcsReads>]>([
    [
      'stopped since they were listed',
      { tasks: async () => ({ tasks: [], failures: [{ arn: taskArn('t1'), reason: 'MISSING' }] }) },
    ],
    ['are stopping', { tasks: async () => ({ tasks: [task('t1', { desiredStatus: 'STOPPED' })] }) }],
  ])('that %s are left out', async (_how, reads) => {
    expect(await clusterOf(reads)).toMatchObject({ state: 'present', value: { tasks: [] } });
  });

  it('of all pages are described together, each once', async () => {
    const first = Array.from({ length: 70 }, (_, n) => taskArn(`a${String(n).padStart(3, '0')}`));
    const second = Array.from({ length: 70 }, (_, n) => taskArn(`b${String(n).padStart(3, '0')}`));
    const asked: number[] = [];
    const observed = await clusterOf({
      taskArns: page({ taskArns: first, nextToken: '1' }, { taskArns: [...second, ...first.slice(0, 5)] }),
      tasks: async (_cluster, arns) => {
        asked.push(arns.length);
        return { tasks: arns.map((one) => task(one.slice(one.lastIndexOf('/') + 1))) };
      },
    });
    expect(asked).toEqual([100, 40]);
    expect(observed).toMatchObject({ value: { tasks: { length: 140 } } });
  });

  it('in the short form are found again, whichever form ECS lists', async () => {
    const short = arn('task/t1');
    const observed = await clusterOf({
      taskArns: async () => ({ taskArns: [short] }),
      tasks: async () => ({ tasks: [task('t1')] }),
    });
    expect(observed).toMatchObject({ value: { tasks: [{ arn: taskArn('t1') }] } });
  });
});

describe('a service', () => {
  const reading = async (answer: Awaited<ReturnType<EcsReads['services']>>) => {
    const seen = await clusterOf({ services: async () => answer });
    return seen?.state === 'present' ? seen.value.services.get('api') : undefined;
  };

  it.each<[string, Partial<Service>, string]>([
    ['ARN', { serviceArn: undefined }, 'serviceArn'],
    ['status', { status: undefined }, 'status'],
    ['a status that we know', { status: 'PAUSED' }, 'status'],
    ['its desired count', { desiredCount: undefined }, 'desiredCount'],
    ['a count that is one', { runningCount: Number.NaN }, 'runningCount'],
    ['whether exec is enabled', { enableExecuteCommand: undefined }, 'enableExecuteCommand'],
    ['its task definition', { taskDefinition: undefined }, 'taskDefinition'],
    ['its deployments', { deployments: undefined }, 'deployments'],
    [
      'a controller that we know',
      { deploymentController: { type: 'ROBOT' as 'ECS' } },
      'deploymentController',
    ],
    ['how tags spread', { propagateTags: 'EVERYWHERE' as 'NONE' }, 'propagateTags'],
    ['what a deployment runs', { deployments: [{ id: 'ecs-svc/1' }] }, 'deployments.taskDefinition'],
    [
      'a state of its deployment that we know',
      {
        deployments: [{ id: 'ecs-svc/1', taskDefinition: definitionArn, rolloutState: 'PAUSED' as 'FAILED' }],
      },
      'deployments.rolloutState',
    ],
  ])('without %s is unreadable, and stops nothing else', async (_what, change, field) => {
    expect(await reading({ services: [service(change)] })).toMatchObject(broken(field));
  });

  it.each<[string, Awaited<ReturnType<EcsReads['services']>>, Reading<never> | object]>([
    ['missing', { services: [], failures: [{ arn: arn('service/prod/api'), reason: 'MISSING' }] }, absent],
    [
      'missing by its short ARN',
      { services: [], failures: [{ arn: arn('service/api'), reason: 'MISSING' }] },
      absent,
    ],
    [
      'failing otherwise',
      { services: [], failures: [{ arn: arn('service/prod/api'), reason: 'BUSY' }] },
      { state: 'unreadable', problem: { code: 'BUSY' } },
    ],
    [
      'failing without a reason',
      { services: [], failures: [{ arn: arn('service/prod/api') }] },
      { state: 'unreadable', problem: { code: 'Failure' } },
    ],
    ['left out', { services: [service({ serviceName: 'other' })] }, broken('nothing about service prod/api')],
  ])('that is %s is said to be just that', async (_how, answer, expected) => {
    expect(await reading(answer)).toMatchObject(expected);
  });

  it('shows its PRIMARY deployment first, wherever it stands', async () => {
    const deployment = (id: string, status: string) => ({
      id,
      status,
      taskDefinition: definitionArn,
      createdAt: new Date(1_000),
      desiredCount: 1,
      runningCount: 0,
      pendingCount: 1,
    });
    const seen = await reading({
      services: [
        service({
          deployments: [
            deployment('old', 'ACTIVE'),
            deployment('new', 'PRIMARY'),
            deployment('older', 'ACTIVE'),
          ],
        }),
      ],
    });
    expect(seen).toMatchObject({
      value: {
        deployments: [{ id: 'new', rollout: undefined, failedTasks: 0 }, { id: 'old' }, { id: 'older' }],
      },
    });
  });

  const events = (...messages: readonly string[]) =>
    messages.map((message, index) => ({ message, createdAt: new Date((index + 1) * 1_000) }));
  it.each<[string, readonly number[]]>([
    ['(service api) has reached a steady state.', []],
    ['(service rollback) has started 1 tasks: (task rolling back).', []],
    ['(service api) (deployment ecs-svc/1) deployment completed.', []],
    ['(service api) registered 1 targets in (target-group arn:aws:x/deployment failed)', []],
    ['(service api) (deployment ecs-svc/1) deployment failed: tasks failed to start.', [1_000]],
    ['(service api) (deployment ecs-svc/1) deployment failed: alarm detected.', [1_000]],
    ['(service api) rolling back to deployment ecs-svc/2.', [1_000]],
    ['(service api) was rolled back by a user.', [1_000]],
  ])('tells by the event %j whether a deployment failed', async (message, failedAtMs) => {
    expect(await reading({ services: [service({ events: events(message) })] })).toMatchObject({
      value: { failedAtMs },
    });
  });

  it('tells the newest failure first', async () => {
    const failing = events('deployment failed: a.', 'has reached a steady state.', 'rolling back to x.');
    const seen = (await reading({ services: [service({ events: failing })] })) as Reading<ObservedService>;
    expect(seen).toMatchObject({ value: { failedAtMs: [3_000, 1_000] } });
  });

  it.each<[object | undefined, boolean]>([
    [undefined, false],
    [{ enable: true, rollback: false }, false],
    [{ enable: false, rollback: true }, false],
    [{ enable: true, rollback: true }, true],
  ])('with the circuit breaker %j rolls back: %s', async (breaker, rollsBack) => {
    const deploymentConfiguration = {
      deploymentCircuitBreaker: breaker as { enable: boolean; rollback: boolean },
    };
    expect(await reading({ services: [service({ deploymentConfiguration })] })).toMatchObject({
      value: { rollsBack },
    });
  });

  it.each([
    ['FARGATE', 'FARGATE'],
    ['EXTERNAL', 'EXTERNAL'],
    ['MANAGED_INSTANCES', undefined],
    [undefined, undefined],
  ])('launched as %s is %s', async (shown, launchType) => {
    const seen = await reading({ services: [service({ launchType: shown as 'EC2' })] });
    expect(seen).toMatchObject({ value: { launchType } });
  });
});

describe('a definition', () => {
  it('that cannot be read is unreadable, and its service is not', async () => {
    const problem = new AppError('denied', 'denied', { code: 'AccessDeniedException' });
    const observed = await observeRegion(
      { region, reads: healthy, definitions: { read: async () => unreadable(problem) } },
      new Map([['prod', new Set(['api'])]]),
      never,
    );
    expect(observed.definitions.get(definitionArn)).toEqual({ state: 'unreadable', problem });
    expect(observed.clusters.get('prod')?.state).toBe('present');
  });

  it('of a task that is left over from an older deployment is asked for', async () => {
    const older = arn('task-definition/api:0');
    const observed = await observe({
      tasks: async () => ({ tasks: [task('t1', { taskDefinitionArn: older })] }),
    });
    expect([...observed.definitions.keys()]).toEqual([older, definitionArn]);
  });

  it('of a task that somebody runs alone is not asked for', async () => {
    const alone = task('t1', {
      group: 'family:other',
      taskDefinitionArn: arn('task-definition/other:1'),
      overrides: { taskRoleArn: 'borrowed' },
    });
    const observed = await observe({ tasks: async () => ({ tasks: [alone] }) });
    expect([...observed.definitions.keys()]).toEqual([definitionArn]);
    expect(observed.clusters.get('prod')).toMatchObject({
      value: { tasks: [{ taskRoleOverride: 'arn:aws:iam::111122223333:role/borrowed' }] },
    });
  });
});

describe('requests', () => {
  it('for 25 services are three, and one that fails ends the others', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `s${n}`);
    const asked: number[] = [];
    let aborted = 0;
    const hang = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted += 1;
          reject(signal.reason as Error);
        });
      });
    const observed = await observe(
      {
        services: async (_cluster, some, signal) => {
          asked.push(some.length);
          if (some.length === 10) return hang(signal);
          await new Promise(setImmediate);
          throw new AppError('transient', 'throttled', { code: 'ThrottlingException' });
        },
      },
      names,
    );
    expect(asked.toSorted((a, b) => a - b)).toEqual([5, 10, 10]);
    expect(aborted).toBe(2);
    expect(observed.clusters.get('prod')).toMatchObject({ problem: { code: 'ThrottlingException' } });
  });

  it('end with the caller, who is told why', async () => {
    const stop = new AbortController();
    const observed = observeRegion(
      {
        region,
        reads: {
          ...healthy,
          services: async () => {
            stop.abort(new Error('stopped'));
            throw new Error('aborted');
          },
        },
        definitions,
      },
      new Map([['prod', new Set(['api'])]]),
      stop.signal,
    );
    await expect(observed).rejects.toThrow('stopped');
  });
});
