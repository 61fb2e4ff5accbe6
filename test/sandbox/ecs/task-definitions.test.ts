// Task definitions over the wire: what was sent comes back, revisions count, and references are found or refused.

import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusalOf } from '../aws/cloud-fixture.ts';
import { type EcsRig, arnOf, place, roleArn, startEcsRig, webDefinition } from './ecs-fixture.ts';

let rig: EcsRig;
beforeEach(async () => {
  rig = await startEcsRig();
});
afterEach(() => rig.stop());

const describeDefinition = (taskDefinition: string) =>
  rig.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
const register = (more: Partial<RegisterTaskDefinitionCommandInput> = {}) =>
  rig.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'api',
      containerDefinitions: [{ name: 'app', image: 'api:1' }],
      ...more,
    }),
  );

/** The client drops fields that its model does not have; this puts them into the body before it is signed. */
const sendsAlso = (client: ECSClient, fields: object): void => {
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: Uint8Array<ArrayBuffer>; headers: Record<string, string> };
      const before = JSON.parse(new TextDecoder().decode(request.body)) as object;
      request.body = new TextEncoder().encode(JSON.stringify({ ...before, ...fields }));
      request.headers['content-length'] = String(request.body.length);
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
};

test('registering keeps every field, unknown ones and empty values too', async () => {
  const sent = {
    family: 'odd',
    fieldOfTheFuture: { deep: [null, '', 0, false, {}] },
    proxyConfiguration: {
      type: 'APPMESH',
      containerName: 'envoy',
      properties: [{ name: 'IgnoredUID', value: '' }],
    },
    volumes: [{ name: 'v', host: {} }],
    containerDefinitions: [
      { name: 'app', image: 'odd:1', command: [], environment: [{ name: 'EMPTY', value: '' }], future: '' },
    ],
  };
  sendsAlso(rig.ecs, sent);
  const made = await register();
  expect(made.taskDefinition).toMatchObject({ family: 'odd', revision: 1, status: 'ACTIVE' });
  const kept = rig.cloud.ecs.taskDefinitions(place).find((one) => one['family'] === 'odd');
  expect(kept).toMatchObject(sent);
});

test('what is read and sent again is the same, but for the revision', async () => {
  const before = (await describeDefinition('web')).taskDefinition;
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _at,
    registeredBy: _by,
    ...content
  } = before ?? {};
  const after = await rig.ecs.send(
    new RegisterTaskDefinitionCommand({
      ...content,
      family: content.family,
      containerDefinitions: content.containerDefinitions,
    }),
  );
  const changed = { taskDefinitionArn: arnOf('task-definition/web:2'), revision: 2 };
  expect(after.taskDefinition).toEqual({ ...before, ...changed });
});

test('registering adds what ECS knows', async () => {
  const { taskDefinition, tags } = await register({
    taskRoleArn: roleArn('api'),
    requiresCompatibilities: ['FARGATE'],
    tags: [{ key: 'team', value: '' }],
  });
  expect(taskDefinition).toMatchObject({
    taskDefinitionArn: arnOf('task-definition/api:1'),
    revision: 1,
    status: 'ACTIVE',
    compatibilities: ['EC2', 'FARGATE'],
    registeredAt: new Date(rig.clock.nowMs),
    registeredBy: expect.stringContaining(':user/administrator') as string,
    volumes: [],
    placementConstraints: [],
    containerDefinitions: [{ cpu: 0, essential: true, environment: [], mountPoints: [] }],
  });
  expect(taskDefinition?.requiresAttributes).toContainEqual({
    name: 'com.amazonaws.ecs.capability.task-iam-role',
  });
  expect(tags).toEqual([{ key: 'team', value: '' }]);
});

test.each([
  ['the family, which means its latest ACTIVE revision', 'web', 2],
  ['family and revision', 'web:1', 1],
  ['an ARN', arnOf('task-definition/web:1'), 1],
  ['a revision that is INACTIVE', 'web:3', 3],
])('a task definition is found by %s', async (_name, reference, revision) => {
  for (const family of ['web', 'web']) rig.cloud.ecs.seedTaskDefinition(place, { ...webDefinition, family });
  await rig.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'web:3' }));
  const found = await describeDefinition(reference);
  expect(found.taskDefinition?.revision).toBe(revision);
  expect(found.tags).toEqual(revision === 1 ? [{ key: 'team', value: 'web' }] : []);
});

const refusals: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'an unknown family',
    () => describeDefinition('none'),
    '400 ClientException: Unable to describe task definition.',
  ],
  [
    'an unknown revision',
    () => describeDefinition('web:9'),
    '400 ClientException: Unable to describe task definition.',
  ],
  [
    'an ARN of another region',
    () => describeDefinition(arnOf('task-definition/web:1').replace('eu-west-1', 'us-east-1')),
    '400 ClientException: Unable to describe task definition.',
  ],
  [
    'a family with strange characters',
    () => register({ family: 'a b' }),
    '400 ClientException: Family contains invalid characters.',
  ],
  [
    'no containers',
    () => register({ containerDefinitions: [] }),
    '400 ClientException: TaskDefinition must contain at least one container definition.',
  ],
  [
    'a container without image',
    () => register({ containerDefinitions: [{ name: 'app' }] }),
    '400 ClientException: Container.image should not be null or empty.',
  ],
  [
    'a role of another account',
    () => register({ taskRoleArn: 'arn:aws:iam::999988887777:role/x' }),
    '400 ClientException: Role is not valid',
  ],
  ['an empty role', () => register({ taskRoleArn: '' }), '400 ClientException: Role is not valid'],
  [
    'a tag of AWS',
    () => register({ tags: [{ key: 'aws:ecs:serviceName', value: 'x' }] }),
    '400 InvalidParameterException: Tag keys beginning with aws: are reserved for internal use.',
  ],
];

test.each(refusals)('%s is refused', async (_name, call, expected) => {
  expect(await refusalOf(call())).toBe(expected);
});

test('revisions are listed by family and status, page by page, and never used again', async () => {
  for (let count = 0; count < 3; count += 1) await register();
  await rig.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'api:3' }));
  expect((await register()).taskDefinition?.revision).toBe(4);
  const list = (more: object) =>
    rig.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'api', maxResults: 2, ...more }));
  const first = await list({});
  const arns = [1, 2, 4].map((revision) => arnOf(`task-definition/api:${revision}`));
  expect(first.taskDefinitionArns).toEqual(arns.slice(0, 2));
  const second = await list({ nextToken: first.nextToken });
  expect(second).toMatchObject({ taskDefinitionArns: arns.slice(2) });
  expect(second.nextToken).toBeUndefined();
  expect((await list({ status: 'INACTIVE' })).taskDefinitionArns).toEqual([arnOf('task-definition/api:3')]);
  expect((await list({ sort: 'DESC' })).taskDefinitionArns).toEqual(arns.toReversed().slice(0, 2));
});

test('only revisions that are deregistered can be deleted, and are then listed no longer', async () => {
  await register();
  await register();
  await rig.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'api:1' }));
  const taskDefinitions = ['api:1', 'api:2', 'api:9'];
  const { failures, ...deleted } = await rig.ecs.send(new DeleteTaskDefinitionsCommand({ taskDefinitions }));
  expect(deleted.taskDefinitions).toMatchObject([
    { taskDefinitionArn: arnOf('task-definition/api:1'), status: 'DELETE_IN_PROGRESS' },
  ]);
  expect(failures).toEqual([
    { arn: arnOf('task-definition/api:2'), reason: expect.stringContaining('still in ACTIVE status') },
    { arn: arnOf('task-definition/api:9'), reason: 'MISSING' },
  ]);
  const inactive = await rig.ecs.send(new ListTaskDefinitionsCommand({ status: 'INACTIVE' }));
  expect(inactive.taskDefinitionArns).toEqual([]);
});

test('accounts and regions know nothing of each other', async () => {
  const elsewhere = rig.ecsIn('us-east-1');
  const list = (client: ECSClient) => client.send(new ListTaskDefinitionsCommand({}));
  expect((await list(rig.ecs)).taskDefinitionArns).toHaveLength(1);
  expect((await list(elsewhere)).taskDefinitionArns).toEqual([]);
  expect((await list(await rig.spoke())).taskDefinitionArns).toEqual([]);
});
