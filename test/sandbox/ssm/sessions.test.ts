// The Session Manager: which sessions are open, whose they are, and what ends them.

import { ExecuteCommandCommand, ECSClient, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import {
  DescribeSessionsCommand,
  type DescribeSessionsCommandInput,
  type Session,
  SSMClient,
  StartSessionCommand,
  TerminateSessionCommand,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awsCli } from '../aws/aws-cli.ts';
import { hubId, hubKey, permissions, refusalOf, spokeId } from '../aws/cloud-fixture.ts';
import { allowAll, enter, type Keys, seedDoor } from '../aws/sessions-fixture.ts';
import { arnOf, type EcsRig, place, regionName, startEcsRig, startMs } from '../ecs/ecs-fixture.ts';

let rig: EcsRig;
let ssm: SSMClient;
const clients: { destroy(): void }[] = [];
const ssmAs = (credentials: typeof hubKey | Keys, region = regionName): SSMClient => {
  const client = new SSMClient({ endpoint: rig.cloud.url, region, maxAttempts: 1, credentials });
  clients.push(client);
  return client;
};

beforeEach(async () => {
  rig = await startEcsRig();
  rig.service({ enableExecuteCommand: true, propagateTags: 'SERVICE', tags: { stage: 'prod' } });
  ssm = ssmAs(hubKey);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await rig.stop();
});

const taskArn = (): string => rig.cloud.ecs.tasks(place)[0]?.arn ?? '';
const taskId = (): string => taskArn().split('/').at(-1) ?? '';
const ownerOf = (person: string): string => `arn:aws:sts::${hubId}:assumed-role/door/${person}`;
const openAs = (person: string, on = taskArn()): string =>
  rig.cloud.shells.open(place, { ownerArn: ownerOf(person), on });

const exec = async (credentials: Keys): Promise<string> => {
  const client = new ECSClient({ endpoint: rig.cloud.url, region: regionName, maxAttempts: 1, credentials });
  clients.push(client);
  const { session } = await client.send(
    new ExecuteCommandCommand({ cluster: 'prod', task: taskArn(), command: '/bin/sh', interactive: true }),
  );
  return session?.sessionId ?? '';
};

const describe = async (more: Partial<DescribeSessionsCommandInput> = {}): Promise<readonly Session[]> =>
  (await ssm.send(new DescribeSessionsCommand({ State: 'Active', ...more }))).Sessions ?? [];
const ids = (sessions: readonly Session[]): readonly (string | undefined)[] =>
  sessions.map((session) => session.SessionId);
const terminate = (SessionId: string) => ssm.send(new TerminateSessionCommand({ SessionId }));

test('a shell of ECS Exec is a session of whoever opened it', async () => {
  seedDoor(rig, 'door', ['anna']);
  const id = await exec(await enter(rig, 'door', 'anna'));
  expect(await describe()).toEqual([
    {
      SessionId: id,
      Target: `ecs:prod_${taskId()}_${taskId()}-1000000000`,
      Owner: ownerOf('anna'),
      Status: 'Connected',
      StartDate: new Date(rig.clock.nowMs),
      DocumentName: 'AmazonECS-ExecuteInteractiveCommand',
      AccessType: 'Standard',
    },
  ]);
});

test('a shell stays open when its owner may do nothing any more, until it is ended', async () => {
  seedDoor(rig, 'door', ['anna']);
  const keys = await enter(rig, 'door', 'anna');
  const id = await exec(keys);
  rig.cloud.editRole(hubId, 'door', (role) => {
    role.inlinePolicies = {
      'rolewarden-revoked': permissions({
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'saml:sub': ['anna'] } },
      }),
    };
  });
  expect(await refusalOf(exec(keys))).toMatch(/explicit deny/);
  expect(ids(await describe())).toEqual([id]);
  expect(await terminate(id)).toMatchObject({ SessionId: id });
  expect(await describe()).toEqual([]);
  expect(await describe({ State: 'History' })).toMatchObject([
    { SessionId: id, Status: 'Terminated', EndDate: new Date(rig.clock.nowMs) },
  ]);
});

test('ending a session that is not there succeeds', async () => {
  expect(await terminate('ecs-execute-command-0123')).toMatchObject({
    SessionId: 'ecs-execute-command-0123',
  });
});

const endings: readonly (readonly [string, () => unknown])[] = [
  ['is stopped', () => rig.ecs.send(new StopTaskCommand({ cluster: 'prod', task: taskArn() }))],
  [
    'is replaced',
    () =>
      rig.ecs.send(new UpdateServiceCommand({ cluster: 'prod', service: 'web', forceNewDeployment: true })),
  ],
  ['is deleted with its service', () => rig.cloud.ecs.deleteService(place, 'prod', 'web')],
  ['is deleted with its cluster', () => rig.cloud.ecs.deleteCluster(place, 'prod')],
];

test.each(endings)('a shell ends with its task, which %s', async (_name, end) => {
  openAs('anna');
  await end();
  rig.pass(4 * startMs);
  expect(rig.cloud.shells.list(place)).toEqual([]);
  expect(await describe({ State: 'History' })).toMatchObject([
    { Owner: ownerOf('anna'), Status: 'Terminated' },
  ]);
});

test('a shell lives until its task has stopped', async () => {
  openAs('anna');
  await rig.ecs.send(new StopTaskCommand({ cluster: 'prod', task: taskArn() }));
  rig.pass(startMs / 2 - 1);
  expect(await describe()).toHaveLength(1);
  rig.pass(1);
  expect(await describe()).toEqual([]);
});

test('sessions are of one region and one account', async () => {
  const id = openAs('anna');
  const elsewhere = ssmAs(hubKey, 'eu-central-1');
  const active = new DescribeSessionsCommand({ State: 'Active' });
  expect((await elsewhere.send(active)).Sessions).toEqual([]);
  await elsewhere.send(new TerminateSessionCommand({ SessionId: id }));
  expect(ids(await describe())).toEqual([id]);
  expect(rig.cloud.shells.list({ ...place, accountId: spokeId })).toEqual([]);
});

test('a session can be asked to end and take its time, or not end at all', async () => {
  const slow = openAs('anna');
  rig.cloud.shells.setTerminationMs(5_000);
  await terminate(slow);
  expect(await describe()).toMatchObject([{ SessionId: slow, Status: 'Terminating' }]);
  rig.pass(5_000);
  expect(await describe()).toEqual([]);

  const undo = rig.cloud.shells.ignoreTermination();
  const stubborn = openAs('bert');
  await terminate(stubborn);
  rig.pass(60_000);
  expect(await describe()).toMatchObject([{ SessionId: stubborn, Status: 'Connected' }]);
  undo();
  rig.cloud.shells.close(place, stubborn);
  expect(rig.cloud.shells.list(place)).toEqual([]);
});

const instance = 'i-0123456789abcdef0';
const filterCases: readonly (readonly [string, string, () => string, readonly string[]])[] = [
  ['an owner', 'Owner', () => ownerOf('anna'), ['anna', 'anna on an instance']],
  ['part of an owner', 'Owner', () => 'anna', []],
  ['a target', 'Target', () => instance, ['anna on an instance']],
  ['a status', 'Status', () => 'Connected', ['anna', 'bert', 'anna on an instance']],
  ['another status', 'Status', () => 'Failed', []],
  [
    'what began since',
    'InvokedAfter',
    () => new Date(rig.clock.nowMs).toISOString(),
    ['anna on an instance'],
  ],
  ['what began before', 'InvokedBefore', () => new Date(rig.clock.nowMs).toISOString(), ['anna', 'bert']],
];

test.each(filterCases)('sessions by %s', async (_name, key, value, expected) => {
  const opened = new Map([
    [openAs('anna'), 'anna'],
    [openAs('bert'), 'bert'],
  ]);
  rig.pass(1_000);
  opened.set(openAs('anna', instance), 'anna on an instance');
  const found = await describe({ Filters: [{ key: key as 'Owner', value: value() }] });
  expect(new Set(found.map(({ SessionId = '' }) => opened.get(SessionId)))).toEqual(new Set(expected));
});

test('one session by its id', async () => {
  openAs('anna');
  const id = openAs('bert');
  expect(ids(await describe({ Filters: [{ key: 'SessionId', value: id }] }))).toEqual([id]);
});

test('many sessions come in pages of up to 200', async () => {
  const opened = Array.from({ length: 401 }, () => openAs('anna'));
  const seen: (string | undefined)[] = [];
  const sizes: number[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(
      new DescribeSessionsCommand({ State: 'Active', ...(NextToken === undefined ? {} : { NextToken }) }),
    );
    seen.push(...ids(page.Sessions ?? []));
    sizes.push(page.Sessions?.length ?? 0);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(sizes).toEqual([200, 200, 1]);
  expect(new Set(seen)).toEqual(new Set(opened));
});

const refusals: readonly (readonly [string, Partial<DescribeSessionsCommandInput>, RegExp])[] = [
  ['no state', { State: undefined }, /^400 ValidationException/],
  ['a state that is none', { State: 'Open' as 'Active' }, /^400 ValidationException/],
  ['too many at once', { MaxResults: 201 }, /^400 ValidationException/],
  ['a token of nobody', { NextToken: 'made-up' }, /^400 InvalidNextToken/],
  ['an unknown filter', { Filters: [{ key: 'Name' as 'Owner', value: 'x' }] }, /^400 InvalidFilterKey/],
];

test.each(refusals)('asking with %s is refused', async (_name, input, expected) => {
  expect(await refusalOf(describe(input))).toMatch(expected);
});

const session = (id: string): string => `arn:aws:ssm:${regionName}:${hubId}:session/${id}`;

test.each([
  [
    'DescribeSessions',
    '\\*',
    (client: SSMClient) => client.send(new DescribeSessionsCommand({ State: 'Active' })),
  ],
  [
    'TerminateSession',
    session('s-1'),
    (client: SSMClient) => client.send(new TerminateSessionCommand({ SessionId: 's-1' })),
  ],
])('a person needs permission for %s', async (operation, resource, ask) => {
  seedDoor(rig, 'door', ['anna'], { inlinePolicies: {} });
  const client = ssmAs(await enter(rig, 'door', 'anna'));
  expect(await refusalOf(ask(client))).toMatch(
    new RegExp(
      `^400 AccessDeniedException: User: ${ownerOf('anna')} is not authorized to perform: ssm:${operation} on resource: ${resource} because no identity-based policy allows`,
    ),
  );
  rig.cloud.editRole(hubId, 'door', (role) => {
    role.inlinePolicies = { access: permissions({ ...allowAll, Action: `ssm:${operation}` }) };
  });
  expect(await refusalOf(ask(client))).toBe('accepted');
});

const noSideDoor = { Effect: 'Deny', Action: 'ssm:StartSession', Resource: arnOf('task/*') };
const sideDoors: readonly (readonly [string, readonly object[], RegExp])[] = [
  ['may start sessions', [{ ...allowAll, Action: 'ssm:StartSession' }], /^accepted$/],
  [
    'may start sessions by tag',
    [
      {
        ...allowAll,
        Action: 'ssm:StartSession',
        Condition: { StringEquals: { 'ssm:resourceTag/stage': 'prod' } },
      },
    ],
    /^accepted$/,
  ],
  ['may start none', [{ ...allowAll, Action: 'ecs:*' }], /^400 AccessDeniedException: .* because no/],
  [
    'may start sessions, but not on tasks',
    [allowAll, noSideDoor],
    /^400 AccessDeniedException: .* explicit deny/,
  ],
];

test.each(sideDoors)('the way beside ECS Exec, for who %s', async (_name, statements, expected) => {
  seedDoor(rig, 'door', ['anna'], { inlinePolicies: { access: permissions(...statements) } });
  const client = ssmAs(await enter(rig, 'door', 'anna'));
  const Target = `ecs:prod_${taskId()}_${taskId()}-1000000000`;
  expect(await refusalOf(client.send(new StartSessionCommand({ Target })))).toMatch(expected);
  const opened = rig.cloud.shells.list(place).map(({ target, ownerArn }) => ({ target, ownerArn }));
  expect(opened).toEqual(expected.test('accepted') ? [{ target: Target, ownerArn: ownerOf('anna') }] : []);
});

test('a target that is not there cannot be reached', async () => {
  expect(await refusalOf(ssm.send(new StartSessionCommand({ Target: 'ecs:prod_none_none-1' })))).toBe(
    '400 TargetNotConnected: ecs:prod_none_none-1 is not connected.',
  );
});

test('requests are listed, faults meet them, and what changed is told', async () => {
  const id = openAs('anna');
  rig.cloud.addFault({
    service: 'ssm',
    operation: 'TerminateSession',
    resource: id,
    times: 1,
    effect: { kind: 'error', status: 500, code: 'InternalServerError' },
  });
  const told: unknown[] = [];
  rig.cloud.onMutation((mutation) => told.push(mutation));
  rig.cloud.requests.clear();
  expect(await refusalOf(terminate(id))).toBe(
    '500 InternalServerError: An error occurred on the server side.',
  );
  expect(await refusalOf(terminate(id))).toBe('accepted');
  const request = { service: 'ssm', operation: 'TerminateSession', accountId: hubId, resource: id };
  expect(rig.cloud.requests.list()).toMatchObject([
    { ...request, status: 500 },
    { ...request, status: 200 },
  ]);
  expect(told).toEqual([request]);
});

test('the AWS CLI lists sessions and ends one', { timeout: 120_000 }, async (context) => {
  const aws = awsCli(rig.cloud.url, regionName);
  context.skip((await aws('--version')).exitCode !== 0, 'the AWS CLI (aws) is not installed');
  const id = openAs('anna');
  const json = ['--output', 'json'];
  const listed = await aws('ssm', 'describe-sessions', '--state', 'Active', ...json);
  expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(listed.stdout)).toMatchObject({ Sessions: [{ SessionId: id, Owner: ownerOf('anna') }] });
  expect(await aws('ssm', 'terminate-session', '--session-id', id, ...json)).toMatchObject({ exitCode: 0 });
  expect(rig.cloud.shells.list(place)).toEqual([]);
});
