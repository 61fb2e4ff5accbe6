// What the ECS grants of the example policy are worth: an engineer signs in through the sandbox's STS with the role that the
// controller made, and asks ECS for this and that.

import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServicesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoCluster } from '../../src/sandbox/demo-world.ts';
import type { SessionCredentials } from '../../src/sandbox/enter.ts';
import { openShell } from '../../src/sandbox/open-shell.ts';
import { type Rig, accounts, endAll, startRig, users } from './harness.ts';

const { region, cluster } = demoCluster;
const place = { accountId: accounts.dev, region };
const arn = (rest: string): string => `arn:aws:ecs:${region}:${accounts.dev}:${rest}`;

let rig: Rig;
let credentials: SessionCredentials;
let engineer: ECSClient;
beforeAll(async () => {
  rig = await startRig();
  rig.sandbox.aws.ecs.seedCluster(place, { name: 'other' });
  // Restarts are over at once, so that no test meets a task that is only just coming up.
  rig.sandbox.aws.ecs.setTaskStartMs(0);
  await rig.startCalm();
  const entry = await rig.sandbox.enter({
    userId: users.onCall1,
    accountId: accounts.dev,
    roleName: 'payments-debug',
  });
  if (entry.credentials === undefined) throw new Error(`not admitted: ${entry.message}`);
  credentials = entry.credentials;
  engineer = new ECSClient({ endpoint: rig.sandbox.aws.url, region, credentials, maxAttempts: 1 });
});
afterAll(async () => {
  engineer.destroy();
  await endAll();
});

const answerTo = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );

const refused = 'AccessDeniedException';
const taskOf = (service: string): string =>
  rig.sandbox.aws.ecs
    .tasks(place)
    .find(({ group, lastStatus }) => group === `service:${service}` && lastStatus === 'RUNNING')?.arn ?? '';

describe('exec', () => {
  it.each([
    ['payments-api', 'api', 'OK'],
    ['payments-api', 'envoy', refused],
    ['payments-ledger', 'api', refused],
  ])('into %s, container %s: %s', async (service, container, code) => {
    const shell = await openShell(rig.sandbox.aws.url, credentials, { ...demoCluster, service, container });
    expect(shell.code).toBe(code);
  });

  it('follows the tag of the task, which the engineer cannot change', async () => {
    const tags = [{ key: 'rolewarden:service', value: 'payments-api' }];
    const tag = (resourceArn: string): Promise<string> =>
      answerTo(engineer.send(new TagResourceCommand({ resourceArn, tags })));
    expect(await tag(taskOf('payments-ledger'))).toBe(refused);
    expect(await tag(arn(`service/${cluster}/payments-ledger`))).toBe(refused);
  });
});

describe('inspect', () => {
  it('shows the services and tasks of the cluster', async () => {
    const { serviceArns } = await engineer.send(new ListServicesCommand({ cluster }));
    expect(serviceArns).toHaveLength(2);
    const { services } = await engineer.send(
      new DescribeServicesCommand({ cluster, services: ['payments-ledger'] }),
    );
    const taskDefinition = services?.[0]?.taskDefinition ?? '';
    const tasks = [taskOf('payments-ledger')];
    expect(await answerTo(engineer.send(new DescribeTasksCommand({ cluster, tasks })))).toBe('done');
    expect(await answerTo(engineer.send(new DescribeTaskDefinitionCommand({ taskDefinition })))).toBe('done');
  });

  it('shows nothing of another cluster', async () => {
    expect(await answerTo(engineer.send(new ListTasksCommand({ cluster: 'other' })))).toBe(refused);
    const other = new DescribeServicesCommand({ cluster: 'other', services: ['x'] });
    expect(await answerTo(engineer.send(other))).toBe(refused);
  });

  it('changes nothing', async () => {
    const stop = new StopTaskCommand({ cluster, task: taskOf('payments-api') });
    expect(await answerTo(engineer.send(stop))).toBe(refused);
    const register = new RegisterTaskDefinitionCommand({
      family: 'mine',
      containerDefinitions: [{ name: 'x', image: 'y' }],
    });
    expect(await answerTo(engineer.send(register))).toBe(refused);
  });
});

describe('restart', () => {
  const update = (service: string, more: object): Promise<string> =>
    answerTo(
      engineer.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true, ...more })),
    );

  it('starts a new deployment of the service as it is', async () => {
    const before = taskOf('payments-api');
    expect(await update('payments-api', {})).toBe('done');
    expect(taskOf('payments-api')).not.toBe('');
    expect(taskOf('payments-api')).not.toBe(before);
  });

  it.each([
    ['another task definition', { taskDefinition: 'payments-ledger:1' }],
    ['the exec flag', { enableExecuteCommand: false }],
    ['tag propagation', { propagateTags: 'NONE' }],
  ])('does not come with %s', async (_, more) => {
    expect(await update('payments-api', more)).toBe(refused);
  });

  it('is for the services of the policy only', async () => {
    expect(await update('payments-ledger', {})).toBe(refused);
  });
});
