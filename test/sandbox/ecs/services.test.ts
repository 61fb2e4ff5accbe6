// Services over the wire: reading and paging, which updates replace tasks, and how deployments end.

import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  ListServicesCommand,
  type Service,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusalOf } from '../aws/cloud-fixture.ts';
import { type EcsRig, arnOf, place, startEcsRig, startMs, webDefinition } from './ecs-fixture.ts';

let rig: EcsRig;
beforeEach(async () => {
  rig = await startEcsRig();
});
afterEach(() => rig.stop());

const cluster = 'prod';
const describeServices = (...services: readonly string[]) =>
  rig.ecs.send(new DescribeServicesCommand({ cluster, services: [...services], include: ['TAGS'] }));
const web = async (): Promise<Service | undefined> => (await describeServices('web')).services?.[0];
const update = (more: Partial<UpdateServiceCommandInput>) =>
  rig.ecs.send(new UpdateServiceCommand({ cluster, service: 'web', ...more }));
const create = (more: Partial<CreateServiceCommandInput> = {}) =>
  rig.ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: 'api',
      taskDefinition: 'web',
      desiredCount: 2,
      ...more,
    }),
  );
const nextRevision = (): string => rig.cloud.ecs.seedTaskDefinition(place, webDefinition);
const tasks = () => rig.cloud.ecs.tasks(place);
const running = () => tasks().filter((task) => task.lastStatus === 'RUNNING');

test('services are listed in pages of ten, or of what is asked for', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, '0')}`);
  for (const name of names) rig.service({ name, desiredCount: 0 });
  const list = (more: object) => rig.ecs.send(new ListServicesCommand({ cluster, ...more }));
  const first = await list({});
  expect(first.serviceArns).toEqual(names.slice(0, 10).map((name) => arnOf(`service/prod/${name}`)));
  const rest = await list({ nextToken: first.nextToken });
  expect(rest.serviceArns).toHaveLength(2);
  expect(rest.nextToken).toBeUndefined();
  const whole = await list({ maxResults: 12 });
  expect(whole.serviceArns).toHaveLength(12);
  expect(whole.nextToken).toBeUndefined();
  for (const maxResults of [0, 101]) {
    expect(await refusalOf(list({ maxResults }))).toContain('InvalidParameterException');
  }
  expect(await refusalOf(list({ nextToken: 'x' }))).toContain('InvalidParameterException: Invalid token');
});

test.each([
  ['its name', 'web'],
  ['its ARN', arnOf('service/prod/web')],
  ['its ARN without the cluster', arnOf('service/web')],
])('a service is found by %s', async (_name, reference) => {
  rig.service({ desiredCount: 2, tags: { scope: 'web' } });
  const { services, failures } = await describeServices(reference, 'none');
  expect(services).toMatchObject([
    {
      serviceArn: arnOf('service/prod/web'),
      clusterArn: arnOf('cluster/prod'),
      status: 'ACTIVE',
      desiredCount: 2,
      runningCount: 2,
      pendingCount: 0,
      taskDefinition: arnOf('task-definition/web:1'),
      tags: [{ key: 'scope', value: 'web' }],
      deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }],
    },
  ]);
  expect(failures).toEqual([{ arn: arnOf('service/prod/none'), reason: 'MISSING' }]);
});

test('a new service starts its tasks over time', async () => {
  const made = await create({ tags: [{ key: 'a', value: 'b' }] });
  expect(made.service).toMatchObject({ runningCount: 0, pendingCount: 2, desiredCount: 2 });
  expect(made.service?.deployments).toMatchObject([{ rolloutState: 'IN_PROGRESS', pendingCount: 2 }]);
  rig.pass(startMs);
  const { services } = await describeServices('api');
  expect(services?.[0]).toMatchObject({ runningCount: 2, pendingCount: 0 });
  expect(services?.[0]?.deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
  expect(services?.[0]?.events?.[0]?.message).toBe('(service api) has reached a steady state.');
});

const replacing: readonly (readonly [string, () => Partial<UpdateServiceCommandInput>, boolean])[] = [
  ['another task definition', () => ({ taskDefinition: nextRevision() }), true],
  ['a family, when it has a newer revision', () => (nextRevision(), { taskDefinition: 'web' }), true],
  ['the same task definition', () => ({ taskDefinition: 'web' }), false],
  ['forceNewDeployment', () => ({ forceNewDeployment: true }), true],
  ['another platform version', () => ({ platformVersion: '1.4.0' }), true],
  ['load balancers, to the same ones, which are none', () => ({ loadBalancers: [] }), false],
  ['the number of tasks', () => ({ desiredCount: 1 }), false],
  ['enableExecuteCommand', () => ({ enableExecuteCommand: true }), false],
  ['the tag options', () => ({ propagateTags: 'SERVICE', enableECSManagedTags: true }), false],
  [
    'the circuit breaker',
    () => ({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }),
    false,
  ],
];

test.each(replacing)('after an update of %s', async (_name, input, replaces) => {
  rig.service();
  const [before] = tasks();
  const { service } = await update(input());
  expect(service?.deployments).toHaveLength(replaces ? 2 : 1);
  if (replaces) {
    expect(service?.deployments?.map((one) => [one.status, one.rolloutState])).toEqual([
      ['PRIMARY', 'IN_PROGRESS'],
      ['ACTIVE', 'COMPLETED'],
    ]);
  }
  rig.pass(startMs * 2);
  expect((await web())?.deployments).toHaveLength(1);
  expect(running().map((task) => task.arn === before?.arn)).toEqual([!replaces]);
});

test('enabling exec leaves running tasks as they are, until they are replaced', async () => {
  rig.service({ desiredCount: 2 });
  await update({ enableExecuteCommand: true });
  rig.pass(startMs * 3);
  expect(await web()).toMatchObject({ enableExecuteCommand: true });
  expect(running().map((task) => task.enableExecuteCommand)).toEqual([false, false]);
  await update({ forceNewDeployment: true });
  rig.pass(startMs * 3);
  expect(running().map((task) => task.enableExecuteCommand)).toEqual([true, true]);
});

test.each([
  ['SERVICE', true, { scope: 'web', 'aws:ecs:serviceName': 'web', 'aws:ecs:clusterName': 'prod' }],
  ['SERVICE', false, { scope: 'web' }],
  ['TASK_DEFINITION', false, { team: 'web' }],
  ['NONE', true, { 'aws:ecs:serviceName': 'web', 'aws:ecs:clusterName': 'prod' }],
] as const)(
  'tags of %s, managed ones %s, reach the tasks started afterwards only',
  async (propagateTags, enableECSManagedTags, expected) => {
    rig.service({ tags: { scope: 'web' } });
    await update({ propagateTags, enableECSManagedTags });
    rig.pass(startMs);
    expect(running().map((task) => task.tags)).toEqual([{}]);
    await update({ forceNewDeployment: true });
    rig.pass(startMs * 2);
    expect(running().map((task) => task.tags)).toEqual([expected]);
  },
);

test('scaling starts and stops tasks', async () => {
  rig.service({ desiredCount: 1 });
  await update({ desiredCount: 3 });
  rig.pass(startMs);
  expect(await web()).toMatchObject({ runningCount: 3 });
  await update({ desiredCount: 0 });
  rig.pass(startMs);
  expect(await web()).toMatchObject({ runningCount: 0, pendingCount: 0 });
});

const circuitBreaker = (rollback: boolean) => ({ deploymentCircuitBreaker: { enable: true, rollback } });

test('a failing deployment is rolled back to the last that completed', async () => {
  rig.service({ desiredCount: 2, deploymentConfiguration: circuitBreaker(true) });
  const next = nextRevision();
  rig.cloud.ecs.failDeploymentsOf(next);
  await update({ taskDefinition: next });
  rig.pass(startMs * 3);
  const broken = await web();
  expect(broken?.deployments).toMatchObject([
    {
      status: 'PRIMARY',
      taskDefinition: arnOf('task-definition/web:1'),
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: expect.stringMatching(
        /^ECS deployment circuit breaker: rolling back to deploymentId ecs-svc\/\d+\.$/,
      ) as string,
    },
    {
      status: 'ACTIVE',
      taskDefinition: next,
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
      failedTasks: 4,
    },
    { status: 'ACTIVE', rolloutState: 'COMPLETED' },
  ]);
  expect(broken?.taskDefinition).toBe(arnOf('task-definition/web:1'));
  // Nothing that served has stopped meanwhile.
  expect(broken?.runningCount).toBe(2);
  rig.pass(startMs * 2);
  expect((await web())?.deployments).toMatchObject([
    { taskDefinition: arnOf('task-definition/web:1'), rolloutState: 'COMPLETED' },
  ]);
});

test('without rollback a failing deployment stays FAILED, and the old tasks go on', async () => {
  rig.service({ deploymentConfiguration: circuitBreaker(false) });
  const next = nextRevision();
  rig.cloud.ecs.failDeploymentsOf(next);
  await update({ taskDefinition: next });
  rig.pass(startMs * 100);
  const states = (await web())?.deployments?.map((one) => [one.status, one.rolloutState, one.failedTasks]);
  expect(states).toEqual([
    ['PRIMARY', 'FAILED', 3],
    ['ACTIVE', 'COMPLETED', 0],
  ]);
  expect(running().map((task) => task.taskDefinitionArn)).toEqual([arnOf('task-definition/web:1')]);
});

test('a rollback that fails too is not rolled back again', async () => {
  rig.service({ deploymentConfiguration: circuitBreaker(true) });
  const next = nextRevision();
  for (const arn of [next, arnOf('task-definition/web:1')]) rig.cloud.ecs.failDeploymentsOf(arn);
  await update({ taskDefinition: next });
  rig.pass(startMs * 1_000);
  const states = (await web())?.deployments?.map((one) => one.rolloutState);
  expect(states).toEqual(['FAILED', 'FAILED', 'COMPLETED']);
  expect(running()).toHaveLength(1);
});

test('a deployment is complete once the old tasks have stopped', async () => {
  rig.service();
  await update({ forceNewDeployment: true });
  rig.pass(startMs);
  expect((await web())?.deployments).toMatchObject([
    { rolloutState: 'IN_PROGRESS', runningCount: 1 },
    { rolloutState: 'COMPLETED', runningCount: 0 },
  ]);
  rig.pass(startMs / 2);
  expect((await web())?.deployments).toMatchObject([{ rolloutState: 'COMPLETED' }]);
});

test('without a circuit breaker a deployment goes on trying, and completes once its tasks run', async () => {
  rig.service();
  const next = nextRevision();
  const heal = rig.cloud.ecs.failDeploymentsOf(next);
  await update({ taskDefinition: next });
  rig.pass(startMs * 1_000);
  const trying = (await web())?.deployments?.[0];
  expect(trying).toMatchObject({ rolloutState: 'IN_PROGRESS' });
  // It tries less and less often.
  expect(trying?.failedTasks).toBeLessThan(30);
  heal();
  rig.pass(startMs * 1_000);
  expect((await web())?.deployments).toMatchObject([{ taskDefinition: next, rolloutState: 'COMPLETED' }]);
});

const codeDeploy =
  'on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.';
const controllers: readonly (readonly [
  'CODE_DEPLOY' | 'EXTERNAL',
  Partial<UpdateServiceCommandInput>,
  string,
])[] = [
  [
    'CODE_DEPLOY',
    { taskDefinition: 'web' },
    `400 InvalidParameterException: Unable to update task definition ${codeDeploy}`,
  ],
  [
    'CODE_DEPLOY',
    { forceNewDeployment: true },
    `400 InvalidParameterException: Cannot force a new deployment ${codeDeploy}`,
  ],
  ['CODE_DEPLOY', { desiredCount: 2 }, 'accepted'],
  ['CODE_DEPLOY', { propagateTags: 'SERVICE', enableECSManagedTags: true }, 'accepted'],
  ['CODE_DEPLOY', { deploymentConfiguration: { maximumPercent: 150 } }, 'accepted'],
  [
    'EXTERNAL',
    { taskDefinition: 'web' },
    'Unable to update task definition on services with an EXTERNAL deployment controller',
  ],
  ['EXTERNAL', { forceNewDeployment: true }, 'Cannot force a new deployment'],
  [
    'EXTERNAL',
    { deploymentConfiguration: { maximumPercent: 150 } },
    'Unable to update deployment configuration',
  ],
  ['EXTERNAL', { desiredCount: 2 }, 'accepted'],
];

test.each(controllers)('a service of the %s controller updates %j', async (controller, input, expected) => {
  rig.service({ controller });
  expect(await refusalOf(update(input))).toContain(expected);
});

test('who else deploys shows task sets instead of deployments', async () => {
  rig.service({ controller: 'CODE_DEPLOY' });
  rig.service({ name: 'outside', controller: 'EXTERNAL' });
  const { services } = await describeServices('web', 'outside');
  const taskDefinition = arnOf('task-definition/web:1');
  const [code, outside] = services ?? [];
  expect(code).toMatchObject({
    deploymentController: { type: 'CODE_DEPLOY' },
    deployments: [],
    taskDefinition,
  });
  expect(code?.taskSets).toMatchObject([
    { status: 'PRIMARY', taskDefinition, stabilityStatus: 'STEADY_STATE' },
  ]);
  expect(outside).toMatchObject({ deploymentController: { type: 'EXTERNAL' }, deployments: [] });
  expect(outside?.taskDefinition).toBeUndefined();
});

const refusals: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'updating an unknown service',
    () => update({ service: 'none' }),
    '400 ServiceNotFoundException: Service not found.',
  ],
  [
    'an unknown cluster',
    () => update({ cluster: 'none' }),
    '400 ClusterNotFoundException: Cluster not found.',
  ],
  [
    'a service of another cluster',
    () => update({ service: arnOf('service/other/web') }),
    '400 InvalidParameterException: Invalid identifier: Identifier is for cluster other. Your cluster is prod',
  ],
  [
    'an unknown task definition',
    () => update({ taskDefinition: 'none' }),
    '400 ClientException: TaskDefinition not found.',
  ],
  [
    'an inactive task definition',
    async () => {
      const taskDefinition = nextRevision();
      await rig.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
      await update({ taskDefinition });
    },
    '400 ClientException: TaskDefinition is inactive',
  ],
  [
    'exec without a task role',
    async () => {
      const taskDefinition = rig.cloud.ecs.seedTaskDefinition(place, {
        family: 'bare',
        containerDefinitions: [],
      });
      await update({ taskDefinition, enableExecuteCommand: true });
    },
    "400 InvalidParameterException: The service couldn't be updated because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
  ],
  [
    'a second service of the name',
    () => create({ serviceName: 'web' }),
    '400 InvalidParameterException: Creation of service was not idempotent.',
  ],
  [
    'a service without task definition',
    () => create({ taskDefinition: '' }),
    '400 ClientException: TaskDefinition not found.',
  ],
  [
    'an external service with one',
    () => create({ deploymentController: { type: 'EXTERNAL' } }),
    '400 InvalidParameterException: TaskDefinition must be blank',
  ],
  ['no services', () => describeServices(), '400 InvalidParameterException: Services cannot be empty.'],
  [
    'eleven services',
    () => describeServices(...Array.from({ length: 11 }, (_, index) => `s${index}`)),
    '400 InvalidParameterException: Services cannot exceed 10.',
  ],
];

test.each(refusals)('%s is refused, and changes nothing', async (_name, call, expected) => {
  rig.service();
  const before = rig.cloud.ecs.services(place);
  expect(await refusalOf(call())).toBe(expected);
  expect(rig.cloud.ecs.services(place)).toEqual(before);
});

test('with no time to start, everything has happened by the answer', async () => {
  rig.cloud.ecs.setTaskStartMs(0);
  rig.service();
  const { service } = await update({ taskDefinition: nextRevision(), enableExecuteCommand: true });
  expect(service?.deployments).toMatchObject([{ rolloutState: 'COMPLETED', runningCount: 1 }]);
  expect(running()).toMatchObject([{ enableExecuteCommand: true, isAgentConnected: true }]);
});
