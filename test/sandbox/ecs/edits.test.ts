// What others do behind the controller's back, and what ends: services that drain, clusters that are deleted, tasks of
// before 2018 and on instances. Every change is told.

import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ExecuteCommandCommand,
  ListClustersCommand,
  ListServicesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Mutation } from '../../../src/sandbox/aws/aws-cloud.ts';
import { hubId, refusalOf } from '../aws/cloud-fixture.ts';
import { type EcsRig, arnOf, place, roleArn, startEcsRig, startMs, webDefinition } from './ecs-fixture.ts';

let rig: EcsRig;
beforeEach(async () => {
  rig = await startEcsRig();
});
afterEach(() => rig.stop());

const cluster = 'prod';
const describeService = async (name = 'web') => {
  const command = new DescribeServicesCommand({ cluster, services: [name], include: ['TAGS'] });
  const { services = [], failures = [] } = await rig.ecs.send(command);
  return services[0] ?? failures[0];
};
const update = (more: Partial<UpdateServiceCommandInput> = { forceNewDeployment: true }) =>
  rig.ecs.send(new UpdateServiceCommand({ cluster, service: 'web', ...more }));
const remove = (force = false) => rig.ecs.send(new DeleteServiceCommand({ cluster, service: 'web', force }));
const listServices = async () => (await rig.ecs.send(new ListServicesCommand({ cluster }))).serviceArns;
const describeTasks = async (): Promise<readonly Task[]> => {
  const { taskArns } = await rig.ecs.send(new ListTasksCommand({ cluster }));
  if (taskArns?.length === 0) return [];
  return (await rig.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? [];
};

describe('a service that is deleted', () => {
  test('must be scaled to nothing, or forced', async () => {
    rig.service();
    expect(await refusalOf(remove())).toBe(
      '400 InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
    );
    await update({ desiredCount: 0 });
    expect(await refusalOf(remove())).toBe('accepted');
    rig.pass(startMs);
    expect(await refusalOf(remove())).toBe('400 ServiceNotFoundException: Service not found.');
  });

  test('drains until its tasks stop, and is then INACTIVE', async () => {
    rig.service({ desiredCount: 2 });
    await update();
    const { service } = await remove(true);
    expect(service).toMatchObject({ status: 'DRAINING', desiredCount: 0, runningCount: 0 });
    rig.pass(startMs);
    expect(await describeService()).toMatchObject({
      status: 'INACTIVE',
      taskDefinition: arnOf('task-definition/web:1'),
      runningCount: 0,
      deployments: [],
    });
    expect(await describeTasks()).toEqual([]);
  });

  test('is not listed, not counted, not updated and not tagged any more', async () => {
    rig.service();
    await remove(true);
    expect(await listServices()).toEqual([]);
    expect(await refusalOf(update())).toBe('400 ServiceNotActiveException: Service was not ACTIVE.');
    rig.pass(startMs);
    const { clusters } = await rig.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect(clusters).toMatchObject([{ activeServicesCount: 0 }]);
    expect(await refusalOf(update())).toBe('400 ServiceNotActiveException: Service was not ACTIVE.');
    const tags = [{ key: 'a', value: 'b' }];
    const resourceArn = arnOf('service/prod/web');
    expect(await refusalOf(rig.ecs.send(new TagResourceCommand({ resourceArn, tags })))).toContain(
      'The specified service is not found',
    );
  });

  test('leaves its name to a new one', async () => {
    rig.service();
    await remove(true);
    const create = () =>
      rig.ecs.send(
        new CreateServiceCommand({ cluster, serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }),
      );
    expect(await refusalOf(create())).toBe(
      '400 InvalidParameterException: Unable to Start a service that is still Draining.',
    );
    rig.pass(startMs);
    await create();
    rig.pass(startMs);
    expect(await describeService()).toMatchObject({ status: 'ACTIVE', runningCount: 1 });
  });

  test('ends also beside a deployment that failed', async () => {
    rig.service({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } });
    const next = rig.cloud.ecs.seedTaskDefinition(place, webDefinition);
    rig.cloud.ecs.failDeploymentsOf(next);
    await update({ taskDefinition: next });
    rig.pass(startMs * 100);
    await remove(true);
    rig.pass(startMs);
    expect(await describeService()).toMatchObject({ status: 'INACTIVE', runningCount: 0 });
  });

  test('by another hand drains, too, and can be MISSING at once', async () => {
    rig.service();
    rig.cloud.ecs.drainService(place, cluster, 'web');
    expect(rig.cloud.ecs.services(place)).toMatchObject([{ status: 'DRAINING', desiredCount: 0 }]);
    rig.cloud.ecs.deleteService(place, cluster, 'web');
    expect(await describeService()).toEqual({ arn: arnOf('service/prod/web'), reason: 'MISSING' });
    expect(rig.cloud.ecs.tasks(place)).toEqual([]);
  });
});

describe('a cluster that is deleted', () => {
  const deleteCluster = () => rig.ecs.send(new DeleteClusterCommand({ cluster }));

  test('must have neither services nor tasks', async () => {
    rig.service();
    rig.cloud.ecs.seedTask(place, { cluster, taskDefinition: 'web' });
    expect(await refusalOf(deleteCluster())).toBe(
      '400 ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.',
    );
    await remove(true);
    expect(await refusalOf(deleteCluster())).toBe(
      '400 ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active.',
    );
  });

  test('is INACTIVE, not listed, and does nothing any more, until it is made again', async () => {
    expect((await deleteCluster()).cluster).toMatchObject({ status: 'INACTIVE' });
    const { clusters } = await rig.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect(clusters).toMatchObject([{ clusterName: 'prod', status: 'INACTIVE' }]);
    expect((await rig.ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    for (const call of [listServices(), describeService(), update()])
      expect(await refusalOf(call)).toBe(
        '400 ClusterNotFoundException: The referenced cluster was inactive.',
      );
    await rig.ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    expect(await listServices()).toEqual([]);
  });

  test('by another hand is MISSING, with everything in it', async () => {
    rig.service();
    rig.cloud.ecs.deleteCluster(place, cluster);
    const { failures } = await rig.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect(failures).toEqual([{ arn: arnOf('cluster/prod'), reason: 'MISSING' }]);
    expect([rig.cloud.ecs.services(place), rig.cloud.ecs.tasks(place)]).toEqual([[], []]);
  });
});

describe('a pipeline', () => {
  test('registers a revision of what is newest, and deploys it', async () => {
    rig.service();
    rig.cloud.ecs.seedTaskDefinition(place, { ...webDefinition, cpu: '512' });
    const arn = rig.cloud.ecs.updateService(place, cluster, 'web', {
      revision: (newest) => ({ ...newest, taskRoleArn: roleArn('theirs') }),
    });
    expect(arn).toBe(arnOf('task-definition/web:3'));
    expect(await describeService()).toMatchObject({
      taskDefinition: arn,
      deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }, { status: 'ACTIVE' }],
    });
    const made = rig.cloud.ecs.taskDefinitions(place).at(-1);
    expect(made).toMatchObject({
      taskRoleArn: roleArn('theirs'),
      cpu: '512',
      registeredBy: `arn:aws:sts::${hubId}:assumed-role/pipeline/deploy`,
    });
    rig.pass(startMs * 2);
    expect(await describeService()).toMatchObject({ deployments: [{ rolloutState: 'COMPLETED' }] });
  });

  test('deploys a revision that is there, or the same again', async () => {
    rig.service();
    rig.cloud.ecs.seedTaskDefinition(place, webDefinition);
    const { ecs } = rig.cloud;
    expect(ecs.updateService(place, cluster, 'web', { taskDefinition: 'web:2' })).toBe(
      arnOf('task-definition/web:2'),
    );
    ecs.updateService(place, cluster, 'web', { forceNewDeployment: true });
    expect(ecs.services(place)[0]?.deployments).toHaveLength(3);
    expect(() => ecs.updateService(place, cluster, 'web', { taskDefinition: 'web:9' })).toThrow('web:9');
    expect(() => ecs.updateService(place, cluster, 'none', {})).toThrow('no service none');
    expect(() => ecs.deleteCluster(place, 'none')).toThrow('no cluster none');
  });

  test('changes settings and tags without a deployment', async () => {
    rig.service({ tags: { a: 'b' } });
    rig.cloud.ecs.updateService(place, cluster, 'web', {
      enableExecuteCommand: true,
      propagateTags: 'SERVICE',
      desiredCount: 2,
      tags: { c: 'd' },
    });
    expect(await describeService()).toMatchObject({
      enableExecuteCommand: true,
      propagateTags: 'SERVICE',
      desiredCount: 2,
      tags: [{ key: 'c', value: 'd' }],
      deployments: [{ status: 'PRIMARY' }],
    });
  });

  test('stops a deployment by hand, and the service goes back', async () => {
    rig.service();
    rig.cloud.ecs.updateService(place, cluster, 'web', { revision: (newest) => newest });
    rig.cloud.ecs.rollBack(place, cluster, 'web');
    const service = await describeService();
    expect(service).toMatchObject({
      taskDefinition: arnOf('task-definition/web:1'),
      deployments: [
        { status: 'PRIMARY', rolloutState: 'IN_PROGRESS' },
        { rolloutState: 'FAILED' },
        { rolloutState: 'COMPLETED' },
      ],
      events: [
        { message: expect.stringMatching(/rolling back to deployment ecs-svc\/\d+\.$/) as string },
        {},
        {},
      ],
    });
  });

  test('deregisters a revision, which then cannot be deployed', async () => {
    rig.service();
    rig.cloud.ecs.deregister(place, 'web:1');
    expect(await refusalOf(update({ taskDefinition: 'web:1' }))).toBe(
      '400 ClientException: TaskDefinition is inactive',
    );
  });

  test('configures a cluster', async () => {
    const configuration = { executeCommandConfiguration: { logging: 'NONE' } } as const;
    rig.cloud.ecs.configureCluster(place, cluster, configuration);
    const command = new DescribeClustersCommand({ clusters: [cluster], include: ['CONFIGURATIONS'] });
    expect((await rig.ecs.send(command)).clusters).toMatchObject([{ configuration }]);
  });
});

describe('services and tasks from before 2018', () => {
  test('have ARNs that do not name the cluster, and are found by both forms', async () => {
    expect(rig.service({ shortArns: true, enableExecuteCommand: true })).toBe(arnOf('service/web'));
    rig.cloud.ecs.seedTask(place, { cluster, taskDefinition: 'web', shortArn: true });
    expect(await listServices()).toEqual([arnOf('service/web')]);
    for (const reference of ['web', arnOf('service/web'), arnOf('service/prod/web')])
      expect(await describeService(reference)).toMatchObject({ serviceArn: arnOf('service/web') });
    const tasks = await describeTasks();
    expect(tasks).toHaveLength(2);
    for (const task of tasks) {
      expect(task.taskArn).toMatch(/:task\/[0-9a-f]{32}$/);
      expect(task.containers?.[0]?.containerArn).toMatch(/:container\/[0-9a-f-]{36}$/);
    }
    const shell = { cluster, task: tasks.find((one) => one.group === 'service:web')?.taskArn };
    const session = await rig.ecs.send(
      new ExecuteCommandCommand({ ...shell, interactive: true, command: 'sh' }),
    );
    expect(session.taskArn).toBe(shell.task);
  });

  test.each(['service/web', 'service/prod/web'])('cannot be tagged by %s', async (resource) => {
    rig.service({ shortArns: true });
    const tags = [{ key: 'a', value: 'b' }];
    const tag = rig.ecs.send(new TagResourceCommand({ resourceArn: arnOf(resource), tags }));
    expect(await refusalOf(tag)).toContain('400 InvalidParameterException');
    expect(rig.cloud.ecs.services(place)).toMatchObject([{ tags: {} }]);
  });

  test('are replaced by tasks of the same kind', async () => {
    rig.service({ shortArns: true });
    await update();
    rig.pass(startMs * 2);
    expect(await describeTasks()).toMatchObject([
      { taskArn: expect.stringMatching(/:task\/[0-9a-f]{32}$/) as string },
    ]);
  });
});

describe('tasks', () => {
  const windows = { ...webDefinition, family: 'windows' };
  test.each([
    ['of Fargate', {}, 'web', ['FARGATE', '1.4.0', 'Linux']],
    ['of an older Fargate', { platformVersion: '1.3.0' }, 'web', ['FARGATE', '1.3.0', 'Linux']],
    ['of Fargate with Windows', {}, 'windows', ['FARGATE', '1.0.0', 'Windows-Server-2019-Core']],
    ['on instances', { launchType: 'EC2' }, 'web', ['EC2', undefined, undefined]],
  ])('%s tell their platform', async (_where, more, taskDefinition, expected) => {
    rig.cloud.ecs.seedTaskDefinition(place, {
      ...windows,
      runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2019_CORE' },
    });
    rig.service({ more, taskDefinition });
    const [task] = await describeTasks();
    expect([task?.launchType, task?.platformVersion, task?.platformFamily]).toEqual(expected);
  });

  test('tell which image they run', async () => {
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    rig.cloud.ecs.seedTaskDefinition(place, {
      family: 'two',
      containerDefinitions: [
        { name: 'a', image: `web@${digest}` },
        { name: 'b', image: 'web:1' },
      ],
    });
    rig.service({ taskDefinition: 'two' });
    const [task] = await describeTasks();
    expect(task?.containers).toMatchObject([
      { image: `web@${digest}`, imageDigest: digest },
      { image: 'web:1', imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string },
    ]);
  });

  test('that somebody runs alone keep their role, and are none of a service', async () => {
    rig.service({ desiredCount: 0 });
    const overrides = { taskRoleArn: 'borrowed' };
    rig.cloud.ecs.seedTask(place, { cluster, taskDefinition: 'web', overrides, group: 'service:web' });
    expect(await describeTasks()).toMatchObject([
      { group: 'service:web', lastStatus: 'RUNNING', overrides: { taskRoleArn: 'borrowed' } },
    ]);
    expect(await describeService()).toMatchObject({ runningCount: 0 });
  });
});

test('every applied change is told at once, and no refused one, and no look', async () => {
  const told: Mutation[] = [];
  const stop = rig.cloud.onMutation((mutation) => told.push(mutation));
  rig.service();
  await rig.ecs.send(
    new RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions: [{ name: 'a', image: 'a' }] }),
  );
  await update({ taskDefinition: 'web:2' });
  await refusalOf(update({ taskDefinition: 'web:9' }));
  await describeService();
  await listServices();
  await rig.ecs.send(
    new TagResourceCommand({ resourceArn: arnOf('service/prod/web'), tags: [{ key: 'a', value: 'b' }] }),
  );
  rig.cloud.ecs.updateService(place, cluster, 'web', { desiredCount: 2 });
  rig.cloud.ecs.deregister(place, 'web:1');
  await remove(true);
  stop();
  await rig.ecs.send(new CreateClusterCommand({ clusterName: 'late' }));
  expect(told.map(({ operation, resource }) => `${operation} ${resource}`)).toEqual([
    'RegisterTaskDefinition web',
    'UpdateService web',
    `TagResource ${arnOf('service/prod/web')}`,
    'updateService web',
    'deregister web:1',
    'DeleteService web',
  ]);
  expect(new Set(told.map(({ service, accountId }) => `${service} ${accountId}`))).toEqual(
    new Set([`ecs ${hubId}`]),
  );
});
