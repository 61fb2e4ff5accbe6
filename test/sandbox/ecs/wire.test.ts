// The wire itself: errors of signatures, scripted faults, the list of requests, and the AWS CLI.

import {
  DescribeServicesCommand,
  ECSClient,
  ListClustersCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AwsCli, awsCli } from '../aws/aws-cli.ts';
import { hubId, hubKey, refusalOf } from '../aws/cloud-fixture.ts';
import { type EcsRig, arnOf, place, regionName, startEcsRig } from './ecs-fixture.ts';

let rig: EcsRig;
beforeEach(async () => {
  rig = await startEcsRig();
  rig.service({ enableExecuteCommand: true });
});
afterEach(() => rig.stop());

const describeWeb = () => rig.ecs.send(new DescribeServicesCommand({ cluster: 'prod', services: ['web'] }));
const scaleWeb = (desiredCount: number) =>
  rig.ecs.send(new UpdateServiceCommand({ cluster: 'prod', service: 'web', desiredCount }));

const raw = async (target: string, body: string, authorization?: string) => {
  const response = await fetch(rig.cloud.url, {
    method: 'POST',
    headers: {
      'x-amz-target': `AmazonEC2ContainerServiceV20141113.${target}`,
      'content-type': 'application/x-amz-json-1.1',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body,
  });
  const answer = (await response.json()) as Record<string, string>;
  return { response, type: answer['__type'] };
};

test('refusals are JSON with their type, and an id', async () => {
  const { response, type } = await raw('ListClusters', '{}');
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  expect(type).toBe('MissingAuthenticationTokenException');
  expect((await raw('ListClusters', 'no json')).type).toBe('SerializationException');
});

test.each([
  ['an unknown key', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, 'UnrecognizedClientException'],
  ['a wrong secret', { ...hubKey, secretAccessKey: 'x' }, 'InvalidSignatureException'],
])('%s is refused', async (_name, credentials, code) => {
  const client = new ECSClient({ endpoint: rig.cloud.url, region: regionName, maxAttempts: 1, credentials });
  expect(await refusalOf(client.send(new ListClustersCommand({})))).toContain(`400 ${code}`);
  client.destroy();
});

test('requests are listed with service, operation, account and what they are about', async () => {
  await describeWeb();
  await refusalOf(rig.iam.send(new GetRoleCommand({ RoleName: 'none' })));
  expect(rig.cloud.requests.list()).toMatchObject([
    { service: 'ecs', operation: 'DescribeServices', accountId: hubId, resource: 'web', status: 200 },
    { service: 'iam', operation: 'GetRole', resource: 'none', status: 404 },
  ]);
});

test('faults meet ECS by operation and resource', async () => {
  rig.cloud.addFault({
    service: 'ecs',
    operation: 'DescribeServices',
    resource: 'web',
    times: 1,
    effect: { kind: 'error', status: 400, code: 'ThrottlingException' },
  });
  expect(await refusalOf(rig.ecs.send(new ListClustersCommand({})))).toBe('accepted');
  expect(await refusalOf(describeWeb())).toBe('400 ThrottlingException: Rate exceeded');
  expect(await refusalOf(describeWeb())).toBe('accepted');
});

test.each([
  ['dropConnection', 1],
  ['applyThenDrop', 0],
] as const)('after %s nobody knows, and %s task is desired', async (kind, desiredCount) => {
  rig.cloud.addFault({ service: 'ecs', operation: 'UpdateService', times: 1, effect: { kind } });
  expect(await refusalOf(scaleWeb(0))).not.toBe('accepted');
  expect(rig.cloud.ecs.services(place)).toMatchObject([{ desiredCount }]);
});

const aws: AwsCli = (...args) => awsCli(rig.cloud.url, regionName)(...args);

test('the AWS CLI describes, updates and is refused', { timeout: 120_000 }, async (context) => {
  context.skip((await aws('--version')).exitCode !== 0, 'the AWS CLI (aws) is not installed');
  const json = ['--output', 'json'];
  const described = await aws('ecs', 'describe-services', '--cluster', 'prod', '--services', 'web', ...json);
  expect(described).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(described.stdout)).toMatchObject({
    services: [{ serviceArn: arnOf('service/prod/web'), runningCount: 1 }],
    failures: [],
  });
  const update = ['ecs', 'update-service', '--cluster', 'prod', '--service', 'web', '--desired-count', '2'];
  expect(await aws(...update, ...json)).toMatchObject({ exitCode: 0 });
  expect(rig.cloud.ecs.services(place)).toMatchObject([{ desiredCount: 2 }]);
  const refused = await aws('ecs', 'list-tasks', '--cluster', 'none');
  expect(refused.stderr).toContain(
    '(ClusterNotFoundException) when calling the ListTasks operation: Cluster not found.',
  );
});

/** The CLI asks ECS only after it has found the plugin of the Session Manager, which is not everywhere. */
test('the AWS CLI reaches ExecuteCommand, where its plugin is', { timeout: 120_000 }, async (context) => {
  context.skip((await aws('--version')).exitCode !== 0, 'the AWS CLI (aws) is not installed');
  const exec = ['ecs', 'execute-command', '--cluster', 'prod', '--interactive', '--command', 'sh'];
  const outcome = await aws(...exec, '--task', 'none');
  context.skip(outcome.stderr.includes('SessionManagerPlugin'), 'session-manager-plugin is not installed');
  expect(outcome.stderr).toContain('when calling the ExecuteCommand operation');
});
