// Clusters, tasks and tags over the wire, and the life of a task by the sandbox's clock.

import {
  CreateClusterCommand,
  DescribeClustersCommand,
  DescribeTasksCommand,
  ListClustersCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  TagResourceCommand,
  type Task,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusalOf } from '../aws/cloud-fixture.ts';
import { type EcsRig, arnOf, place, roleArn, startEcsRig, startMs } from './ecs-fixture.ts';

let rig: EcsRig;
beforeEach(async () => {
  rig = await startEcsRig();
});
afterEach(() => rig.stop());

const cluster = 'prod';
const run = (more: Partial<RunTaskCommandInput> = {}) =>
  rig.ecs.send(new RunTaskCommand({ cluster, taskDefinition: 'web', ...more }));
const describeTasks = (...tasks: readonly string[]) =>
  rig.ecs.send(new DescribeTasksCommand({ cluster, tasks: [...tasks], include: ['TAGS'] }));
const listTasks = async (more: Partial<ListTasksCommandInput> = {}) =>
  (await rig.ecs.send(new ListTasksCommand({ cluster, ...more }))).taskArns;
const onlyTask = async (): Promise<Task | undefined> => {
  const [arn = ''] = rig.cloud.ecs.tasks(place).map((task) => task.arn);
  return (await describeTasks(arn)).tasks?.[0];
};

test('a task is pending, runs, gets its agent, and stops', async () => {
  await run({ enableExecuteCommand: true });
  const seen = async () => {
    const task = await onlyTask();
    const agent = task?.containers?.[0]?.managedAgents?.[0];
    return [task?.lastStatus, task?.desiredStatus, agent?.name, agent?.lastStatus];
  };
  const agent = 'ExecuteCommandAgent';
  expect(await seen()).toEqual(['PENDING', 'RUNNING', agent, 'PENDING']);
  rig.pass(startMs);
  expect(await seen()).toEqual(['RUNNING', 'RUNNING', agent, 'PENDING']);
  rig.pass(startMs);
  expect(await seen()).toEqual(['RUNNING', 'RUNNING', agent, 'RUNNING']);
  await rig.ecs.send(new StopTaskCommand({ cluster, task: (await onlyTask())?.taskArn, reason: 'enough' }));
  expect(await seen()).toEqual(['STOPPING', 'STOPPED', agent, 'STOPPED']);
  rig.pass(startMs);
  expect(await seen()).toEqual(['STOPPED', 'STOPPED', agent, 'STOPPED']);
  expect(await onlyTask()).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
  rig.pass(3_600_000);
  expect(rig.cloud.ecs.tasks(place)).toEqual([]);
});

test('a service replaces a task that was stopped', async () => {
  rig.service();
  const before = await onlyTask();
  await rig.ecs.send(new StopTaskCommand({ cluster, task: before?.taskArn }));
  rig.pass(startMs);
  const after = await listTasks({ serviceName: 'web' });
  expect(after).toHaveLength(1);
  expect(after).not.toEqual([before?.taskArn]);
});

test('a task run alone carries what it was run with', async () => {
  const taskRoleArn = roleArn('other');
  const { tasks, failures } = await run({
    count: 2,
    overrides: { taskRoleArn },
    startedBy: 'anna',
    propagateTags: 'TASK_DEFINITION',
    enableECSManagedTags: true,
    tags: [{ key: 'own', value: 'x' }],
  });
  expect(failures).toEqual([]);
  expect(tasks).toHaveLength(2);
  expect(tasks?.[0]).toMatchObject({
    group: 'family:web',
    startedBy: 'anna',
    enableExecuteCommand: false,
    overrides: { taskRoleArn, containerOverrides: [{ name: 'app' }] },
    tags: [
      { key: 'team', value: 'web' },
      { key: 'own', value: 'x' },
      { key: 'aws:ecs:clusterName', value: 'prod' },
    ],
  });
  expect(tasks?.[0]?.containers?.[0]?.managedAgents).toBeUndefined();
});

test('a task run alone is none of a service, whatever its group says', async () => {
  rig.service();
  await run({ group: 'service:web' });
  rig.pass(startMs);
  expect(rig.cloud.ecs.services(place)).toMatchObject([{ runningCount: 1 }]);
  expect(await listTasks()).toHaveLength(2);
  expect(await listTasks({ serviceName: 'web' })).toHaveLength(1);
});

test('a task of a failing task definition dies instead of running', async () => {
  rig.cloud.ecs.failDeploymentsOf(arnOf('task-definition/web:1'));
  await run();
  rig.pass(startMs);
  expect(await onlyTask()).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
});

test.each([
  ['nothing', {}, 3],
  ['a service', { serviceName: 'web' }, 2],
  ['a family', { family: 'web' }, 3],
  ['another family', { family: 'api' }, 0],
  ['who started it', { startedBy: 'anna' }, 1],
  ['desired status STOPPED', { desiredStatus: 'STOPPED' }, 1],
  ['desired status PENDING', { desiredStatus: 'PENDING' }, 0],
  ['another cluster', { cluster: 'test' }, 0],
] as const)('tasks are listed by %s', async (_name, filter, count) => {
  rig.cloud.ecs.seedCluster(place, { name: 'test' });
  rig.service({ desiredCount: 2 });
  await run({ startedBy: 'anna' });
  const { tasks } = await run();
  await rig.ecs.send(new StopTaskCommand({ cluster, task: tasks?.[0]?.taskArn }));
  expect(await listTasks(filter)).toHaveLength(count);
});

test('tasks are listed page by page, a hundred at a time', async () => {
  rig.service({ desiredCount: 130 });
  const first = await rig.ecs.send(new ListTasksCommand({ cluster }));
  expect(first.taskArns).toHaveLength(100);
  expect(await listTasks({ nextToken: first.nextToken })).toHaveLength(30);
  expect(await refusalOf(listTasks({ maxResults: 101 }))).toContain('InvalidParameterException');
});

test('a task is found by its id and by both forms of its ARN; what is missing is a failure', async () => {
  rig.service();
  const arn = (await onlyTask())?.taskArn ?? '';
  const id = arn.split('/').at(-1) ?? '';
  for (const reference of [id, arn, arnOf(`task/${id}`)]) {
    expect((await describeTasks(reference)).tasks).toMatchObject([{ taskArn: arn, group: 'service:web' }]);
  }
  const missing = await describeTasks('f'.repeat(32));
  expect(missing).toMatchObject({
    tasks: [],
    failures: [{ arn: arnOf(`task/prod/${'f'.repeat(32)}`), reason: 'MISSING' }],
  });
});

test('clusters are made, listed and described with what is asked for', async () => {
  const configuration = { executeCommandConfiguration: { logging: 'NONE' } } as const;
  const create = () => rig.ecs.send(new CreateClusterCommand({ clusterName: 'test', configuration }));
  await create();
  expect((await create()).cluster?.clusterArn).toBe(arnOf('cluster/test'));
  rig.service({ desiredCount: 3 });
  const listed = await rig.ecs.send(new ListClustersCommand({}));
  expect(listed.clusterArns).toEqual([arnOf('cluster/prod'), arnOf('cluster/test')]);
  const described = await rig.ecs.send(
    new DescribeClustersCommand({
      clusters: ['prod', arnOf('cluster/test'), 'none'],
      include: ['TAGS', 'CONFIGURATIONS'],
    }),
  );
  expect(described.clusters).toMatchObject([
    {
      status: 'ACTIVE',
      runningTasksCount: 3,
      activeServicesCount: 1,
      tags: [{ key: 'stage', value: 'prod' }],
    },
    { clusterName: 'test', configuration },
  ]);
  expect(described.failures).toEqual([{ arn: arnOf('cluster/none'), reason: 'MISSING' }]);
  const plain = await rig.ecs.send(new DescribeClustersCommand({ clusters: ['test'] }));
  expect(plain.clusters?.[0]?.configuration).toBeUndefined();
});

test.each(['cluster/prod', 'service/prod/web', 'task-definition/web:1'])(
  'tags of %s are set, read and taken away',
  async (resource) => {
    rig.service();
    const resourceArn = arnOf(resource);
    const tags = async () => (await rig.ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    const before = (await tags()) ?? [];
    await rig.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'scope', value: '' }] }));
    expect(await tags()).toEqual([...before, { key: 'scope', value: '' }]);
    await rig.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['scope'] }));
    expect(await tags()).toEqual(before);
  },
);

const tag = (resource: string, key = 'scope') =>
  rig.ecs.send(new TagResourceCommand({ resourceArn: arnOf(resource), tags: [{ key, value: 'x' }] }));

const refusals: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'a tag of AWS',
    () => tag('cluster/prod', 'aws:ecs:serviceName'),
    '400 InvalidParameterException: Tag keys beginning with aws: are reserved for internal use.',
  ],
  [
    'tagging by a short ARN',
    () => tag('service/web'),
    '400 InvalidParameterException: Long arn format must be used for tagging operations',
  ],
  [
    'tagging an unknown cluster',
    () => tag('cluster/none'),
    '400 ClusterNotFoundException: Cluster not found.',
  ],
  [
    'an unknown cluster',
    () => listTasks({ cluster: 'none' }),
    '400 ClusterNotFoundException: Cluster not found.',
  ],
  [
    'the default cluster, which is not there',
    () => rig.ecs.send(new ListTasksCommand({})),
    '400 ClusterNotFoundException: Cluster not found.',
  ],
  [
    'an unknown service',
    () => listTasks({ serviceName: 'none' }),
    '400 ServiceNotFoundException: Service not found.',
  ],
  ['no tasks', () => describeTasks(), '400 InvalidParameterException: Tasks cannot be empty.'],
  [
    '101 tasks',
    () => describeTasks(...Array.from({ length: 101 }, (_, index) => `t${index}`)),
    '400 InvalidParameterException: Tasks cannot exceed 100.',
  ],
  [
    'an unknown task definition',
    () => run({ taskDefinition: 'none' }),
    '400 InvalidParameterException: TaskDefinition not found.',
  ],
  [
    'eleven tasks at once',
    () => run({ count: 11 }),
    '400 InvalidParameterException: count must be between 1 and 10.',
  ],
  [
    'stopping an unknown task',
    () => rig.ecs.send(new StopTaskCommand({ cluster, task: 'none' })),
    '400 InvalidParameterException: The referenced task was not found.',
  ],
];

test.each(refusals)('%s is refused', async (_name, call, expected) => {
  expect(await refusalOf(call())).toBe(expected);
});
