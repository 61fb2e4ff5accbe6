// Who may do what: people against the permissions of their role, with cluster and task asked about one by one.

import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ExecuteCommandCommand,
  type ExecuteCommandCommandInput,
  ListServicesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeedService } from '../../../src/sandbox/aws/aws-cloud.ts';
import { boundaryArn, permissions, refusalOf, spokeId } from '../aws/cloud-fixture.ts';
import {
  type EcsRig,
  type RoleSeed,
  arnOf,
  place,
  roleArn,
  startEcsRig,
  startMs,
  webDefinition,
} from './ecs-fixture.ts';

let rig: EcsRig;
beforeEach(async () => {
  rig = await startEcsRig();
});
afterEach(() => rig.stop());

const execAction = 'ecs:ExecuteCommand';
const clusterArn = arnOf('cluster/prod');
const inCluster = { Effect: 'Allow', Action: execAction, Resource: clusterArn };
const inTasks = (Condition?: object) => ({
  Effect: 'Allow',
  Action: execAction,
  Resource: arnOf('task/prod/*'),
  ...(Condition === undefined ? {} : { Condition }),
});
const execAnywhere = { Effect: 'Allow', Action: execAction, Resource: '*' };
const scopedTo = (value: string) => inTasks({ StringEquals: { 'aws:ResourceTag/exec-scope': value } });

const execable: Partial<SeedService> = {
  enableExecuteCommand: true,
  propagateTags: 'SERVICE',
  enableEcsManagedTags: true,
  tags: { 'exec-scope': 'web' },
};

const taskArn = (): string => rig.cloud.ecs.tasks(place)[0]?.arn ?? '';
const exec = (client: ECSClient, more: Partial<ExecuteCommandCommandInput> = {}) =>
  client.send(
    new ExecuteCommandCommand({
      cluster: 'prod',
      task: taskArn(),
      command: '/bin/sh',
      interactive: true,
      ...more,
    }),
  );
const refused = (action: string, resource: string, reason: string): RegExp =>
  new RegExp(
    `^400 AccessDeniedException: User: arn:aws:sts::\\d+:assumed-role/person-1/anna is not authorized to perform: ${action} on resource: ${resource.replaceAll('*', '\\*')}.* ${reason}$`,
  );
const denied = (action: string, resource: string): RegExp =>
  refused(action, resource, `because no identity-based policy allows the ${action} action`);
const deniedExplicitly = (action: string, resource: string): RegExp =>
  refused(action, resource, 'with an explicit deny in an identity-based policy');
const deniedCluster = denied(execAction, clusterArn);
const deniedTask = denied(execAction, arnOf('task/prod/'));
const unbounded = refused(
  execAction,
  clusterArn,
  `because no permissions boundary allows the ${execAction} action`,
);
const allowed = /^accepted$/;

/** What the console writes to revoke sessions. */
const revoking = (before: string) => ({
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: { DateLessThan: { 'aws:TokenIssueTime': before } },
});

const people: readonly (readonly [string, readonly object[] | RoleSeed, RegExp])[] = [
  ['cluster and tasks', [inCluster, inTasks()], allowed],
  ['everything', [execAnywhere], allowed],
  ['nothing', [], deniedCluster],
  ['the cluster only', [inCluster], deniedTask],
  ['the tasks only', [inTasks()], deniedCluster],
  ['tasks with this tag', [inCluster, scopedTo('web')], allowed],
  ['tasks with another tag', [inCluster, scopedTo('api')], deniedTask],
  [
    'tasks with the managed tag of this service',
    [inCluster, inTasks({ StringEquals: { 'ecs:ResourceTag/aws:ecs:serviceName': 'web' } })],
    allowed,
  ],
  [
    'the tags of the tasks, on everything',
    [{ ...execAnywhere, Condition: { StringEquals: { 'aws:ResourceTag/exec-scope': 'web' } } }],
    deniedCluster,
  ],
  [
    'this cluster by key',
    [{ ...execAnywhere, Condition: { ArnEquals: { 'ecs:cluster': clusterArn } } }],
    allowed,
  ],
  [
    'another cluster by key',
    [{ ...execAnywhere, Condition: { ArnEquals: { 'ecs:cluster': arnOf('cluster/test') } } }],
    deniedCluster,
  ],
  [
    'this container',
    [{ ...execAnywhere, Condition: { StringEquals: { 'ecs:container-name': 'app' } } }],
    allowed,
  ],
  [
    'another container',
    [{ ...execAnywhere, Condition: { StringEquals: { 'ecs:container-name': 'db' } } }],
    deniedCluster,
  ],
  [
    'everything, but denied',
    [execAnywhere, { ...inTasks(), Effect: 'Deny' }],
    deniedExplicitly(execAction, arnOf('task/prod/')),
  ],
  [
    'everything, until yesterday',
    [{ ...execAnywhere, Condition: { DateLessThan: { 'aws:CurrentTime': '2026-11-22T00:00:00Z' } } }],
    deniedCluster,
  ],
  [
    'what the evaluator does not understand',
    [{ ...execAnywhere, Resource: '${aws:username}' }],
    deniedCluster,
  ],
  [
    'everything, as this subject of the assertion',
    [{ ...execAnywhere, Condition: { StringEquals: { 'saml:sub': 'anna' } } }],
    allowed,
  ],
  ['everything, with older sessions revoked', [execAnywhere, revoking('2026-11-23T09:00:00Z')], allowed],
  [
    'everything, with its session revoked',
    [execAnywhere, revoking('2026-11-23T09:00:01Z')],
    deniedExplicitly(execAction, clusterArn),
  ],
  [
    'an attached policy of AWS',
    { attachedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    allowed,
  ],
  [
    'an attached policy that is not there',
    { attachedPolicyArns: ['arn:aws:iam::aws:policy/None'] },
    deniedCluster,
  ],
  [
    'everything, within a boundary that allows it',
    { inlinePolicies: { a: permissions(execAnywhere) }, permissionsBoundary: boundaryArn },
    allowed,
  ],
  [
    'everything, within a boundary that does not',
    {
      inlinePolicies: { a: permissions(execAnywhere) },
      permissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    },
    unbounded,
  ],
  [
    'everything, within a boundary that is not there',
    { inlinePolicies: { a: permissions(execAnywhere) }, permissionsBoundary: `${boundaryArn}-none` },
    unbounded,
  ],
];

test.each(people)('a person allowed %s', async (_name, seed, expected) => {
  rig.service(execable);
  expect(await refusalOf(exec(await rig.person(seed)))).toMatch(expected);
});

test('a session tells where to connect', async () => {
  rig.service(execable);
  const session = await exec(await rig.person([inCluster, scopedTo('web')]));
  expect(session).toMatchObject({
    clusterArn,
    taskArn: taskArn(),
    containerName: 'app',
    interactive: true,
    session: {
      sessionId: expect.stringMatching(/^ecs-execute-command-[0-9a-f]{17}$/) as string,
      streamUrl: expect.stringMatching(/^wss:\/\/ssmmessages\.eu-west-1\.amazonaws\.com\//) as string,
      tokenValue: expect.stringMatching(/.{100,}/) as string,
    },
  });
  expect(session.containerArn).toContain(arnOf('container/prod/'));
});

const two = [
  { name: 'app', image: 'web:1' },
  { name: 'log', image: 'log:1' },
];
const notEnabled =
  "400 InvalidParameterException: The execute command failed because execute command was not enabled when the task was run or the execute command agent isn't running. Wait and try again or run a new task with execute command enabled and try again.";

const states: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  ['a task without exec', () => (rig.service(), exec(rig.ecs)), notEnabled],
  [
    'a task that does not run yet',
    async () => {
      await rig.ecs.send(
        new RunTaskCommand({ cluster: 'prod', taskDefinition: 'web', enableExecuteCommand: true }),
      );
      await exec(rig.ecs);
    },
    notEnabled,
  ],
  [
    'a task whose agent is not connected yet',
    async () => {
      await rig.ecs.send(
        new RunTaskCommand({ cluster: 'prod', taskDefinition: 'web', enableExecuteCommand: true }),
      );
      rig.pass(startMs);
      await exec(rig.ecs);
    },
    '400 TargetNotConnectedException: The execute command failed due to an internal error. Try again later.',
  ],
  [
    'an unknown cluster',
    () => exec(rig.ecs, { cluster: 'none', task: 'x' }),
    '400 ClusterNotFoundException: Cluster not found.',
  ],
  [
    'an unknown task',
    () => exec(rig.ecs, { task: 'x' }),
    '400 InvalidParameterException: The referenced task was not found.',
  ],
  [
    'a container of several, not named',
    async () => {
      rig.cloud.ecs.seedTaskDefinition(place, { ...webDefinition, containerDefinitions: two });
      rig.service(execable);
      await exec(rig.ecs);
    },
    '400 InvalidParameterException: The container name must be specified: the task has several containers.',
  ],
  [
    'an unknown container',
    () => (rig.service(execable), exec(rig.ecs, { container: 'db' })),
    '400 InvalidParameterException: The container db is not part of the task.',
  ],
  [
    'a command that is not interactive',
    () => (rig.service(execable), exec(rig.ecs, { interactive: false })),
    '400 InvalidParameterException: Interactive is the only mode supported currently.',
  ],
];

test.each(states)('exec into %s is refused, even for the administrator', async (_name, call, expected) => {
  expect(await refusalOf(call())).toBe(expected);
});

const list = { Effect: 'Allow', Action: ['ecs:ListTasks', 'ecs:ListServices'], Resource: '*' };
const listHere = { ...list, Condition: { ArnEquals: { 'ecs:cluster': clusterArn } } };
const allow = (...actions: readonly string[]) => ({ Effect: 'Allow', Action: actions, Resource: '*' });
const passTo = (name: string, service = 'ecs-tasks.amazonaws.com') => ({
  Effect: 'Allow',
  Action: 'iam:PassRole',
  Resource: roleArn(name),
  Condition: { StringEquals: { 'iam:PassedToService': service } },
});
const bothRoles = [passTo('web-task'), passTo('ecs-execution')];
const deniedRole = (name: string) => denied('iam:PassRole', roleArn(name));

type Ask = (client: ECSClient) => Promise<unknown>;
const listTasks: Ask = (client) => client.send(new ListTasksCommand({ cluster: 'prod' }));
const register: Ask = (client) => client.send(new RegisterTaskDefinitionCommand(webDefinition as never));
const runTask: Ask = (client) => client.send(new RunTaskCommand({ cluster: 'prod', taskDefinition: 'web' }));
const runTagged: Ask = (client) =>
  client.send(
    new RunTaskCommand({
      cluster: 'prod',
      taskDefinition: 'web',
      tags: [{ key: 'exec-scope', value: 'api' }],
    }),
  );
const runAs: Ask = (client) =>
  client.send(
    new RunTaskCommand({
      cluster: 'prod',
      taskDefinition: 'web',
      overrides: { taskRoleArn: roleArn('administrator') },
    }),
  );
const update: Ask = (client) =>
  client.send(new UpdateServiceCommand({ cluster: 'prod', service: 'web', taskDefinition: 'web' }));
const scale: Ask = (client) =>
  client.send(new UpdateServiceCommand({ cluster: 'prod', service: 'web', desiredCount: 0 }));
const retag: Ask = (client) =>
  client.send(
    new TagResourceCommand({ resourceArn: taskArn(), tags: [{ key: 'exec-scope', value: 'api' }] }),
  );
const describeTask: Ask = (client) =>
  client.send(new DescribeTasksCommand({ cluster: 'prod', tasks: [taskArn()] }));

const operations: readonly (readonly [string, Ask, readonly object[], RegExp])[] = [
  ['lists tasks of the cluster', listTasks, [listHere], allowed],
  [
    'lists tasks of another cluster',
    (client) => client.send(new ListTasksCommand({ cluster: 'test' })),
    [listHere],
    denied('ecs:ListTasks', arnOf('container-instance/test/*')),
  ],
  [
    'lists services',
    (client) => client.send(new ListServicesCommand({ cluster: 'prod' })),
    [listHere],
    allowed,
  ],
  ['lists without the right', listTasks, [], denied('ecs:ListTasks', arnOf('container-instance/prod/*'))],
  [
    'describes a task by its tag',
    describeTask,
    [{ ...scopedTo('web'), Action: 'ecs:DescribeTasks' }],
    allowed,
  ],
  [
    'describes a task with another tag',
    describeTask,
    [{ ...scopedTo('api'), Action: 'ecs:DescribeTasks' }],
    denied('ecs:DescribeTasks', arnOf('task/prod/')),
  ],
  [
    'describes a task definition',
    (client) => client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'web' })),
    [],
    denied('ecs:DescribeTaskDefinition', '*'),
  ],
  ['registers with both roles', register, [allow('ecs:RegisterTaskDefinition'), ...bothRoles], allowed],
  [
    'registers without the task role',
    register,
    [allow('ecs:RegisterTaskDefinition'), passTo('ecs-execution')],
    deniedRole('web-task'),
  ],
  [
    'registers without the execution role',
    register,
    [allow('ecs:RegisterTaskDefinition'), passTo('web-task')],
    deniedRole('ecs-execution'),
  ],
  [
    'registers with a role for another service',
    register,
    [allow('ecs:RegisterTaskDefinition'), passTo('web-task', 'lambda.amazonaws.com')],
    deniedRole('web-task'),
  ],
  ['runs a task', runTask, [allow('ecs:RunTask'), ...bothRoles], allowed],
  [
    'runs a task in a role of its choice',
    runAs,
    [allow('ecs:RunTask'), ...bothRoles],
    deniedRole('administrator'),
  ],
  ['updates the task definition', update, [allow('ecs:UpdateService'), ...bothRoles], allowed],
  [
    'updates the task definition without its role',
    update,
    [allow('ecs:UpdateService')],
    deniedRole('web-task'),
  ],
  ['runs a task with tags', runTagged, [allow('ecs:RunTask', 'ecs:TagResource'), ...bothRoles], allowed],
  [
    'runs a task with tags, without the right to tag',
    runTagged,
    [allow('ecs:RunTask'), ...bothRoles],
    denied('ecs:TagResource', arnOf('task/prod/*')),
  ],
  ['scales a service', scale, [allow('ecs:UpdateService')], allowed],
  ['tags a task', retag, [allow('ecs:TagResource')], allowed],
  [
    'tags a task to get in',
    retag,
    [allow('ecs:TagResource'), { Effect: 'Deny', Action: 'ecs:TagResource', Resource: arnOf('task/*') }],
    deniedExplicitly('ecs:TagResource', arnOf('task/prod/')),
  ],
];

test.each(operations)('a person %s', async (_name, ask, statements, expected) => {
  rig.service(execable);
  expect(await refusalOf(ask(await rig.person(statements)))).toMatch(expected);
});

test('the spoke roles that the world begins with may do everything', async () => {
  rig.cloud.ecs.seedCluster({ ...place, accountId: spokeId }, { name: 'prod' });
  const client = await rig.spoke();
  expect(await refusalOf(listTasks(client))).toBe('accepted');
  expect(await refusalOf(register(client))).toContain('Role is not valid');
});
