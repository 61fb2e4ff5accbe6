// Nothing that writes is sent without leave, asked at the last moment and for every attempt.

import { afterEach, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/aws/open-accounts.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { AwsAccount, WritePermit } from '../../src/domain/ports.ts';
import { testAccount } from './accounts.ts';
import { manualClock } from './manual-clock.ts';
import { type ScriptedAnswer, type ScriptedRequest, startScriptedAws } from './scripted-aws.ts';

const signal = new AbortController().signal;
const place = { region: 'eu-west-1', cluster: 'prod', service: 'web' };
const arn = 'arn:aws:ecs:eu-west-1:111122223333:service/prod/web';
const revision = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:7';
const session = {
  id: 'ecs-execute-command-0a1b2c3d',
  region: 'eu-west-1',
  cluster: 'prod',
  taskId: '0123456789abcdef',
  ownerArn: '',
  startedAtMs: 0,
};
const definition = {
  taskDefinition: { taskDefinitionArn: revision, family: 'web', revision: 7, containerDefinitions: [] },
};

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

const answerTo = ({ action }: ScriptedRequest): ScriptedAnswer => {
  if (action === 'GetCallerIdentity') return { body: '<Account>111122223333</Account>' };
  if (action === 'DescribeTaskDefinition') return { body: JSON.stringify(definition) };
  if (action === 'DescribeSessions') return { body: '{"Sessions":[]}' };
  return {};
};

const start = async (
  permit: WritePermit,
  script: (request: ScriptedRequest) => ScriptedAnswer | undefined = () => undefined,
) => {
  const clock = manualClock(Date.now());
  const aws = await startScriptedAws((request) => script(request) ?? answerTo(request));
  const account = testAccount({ regions: ['eu-west-1'], ecsWrites: true });
  const seen: string[] = [];
  const open = openAccounts({
    settings: { requestTimeoutMs: 2_000, writesPerSecond: 2, writeBurst: 1 },
    clock,
    sleep: clock.sleep,
    random: () => 0.5,
    endpoint: aws.url,
    ownCredentials: async () => ({ accessKeyId: 'AKIAOWN', secretAccessKey: 's' }),
    onRequest: ({ operation }) => seen.push(operation),
  });
  running.push(async () => {
    open.close();
    await aws.stop();
  });
  const writes = (): readonly string[] =>
    aws.requests.map(({ action }) => action).filter((action) => !/^(?:Get|List|Describe)/.test(action));
  return { clock, account, open, writes, seen, port: open(account, permit) };
};

const boundary = testAccount().permissionsBoundary;
const settings = { description: '', maxSessionSeconds: 3_600 };
const role = { name: 'r', trustDocument: '{}', permissionsBoundary: boundary, tags: { a: 'b' }, settings };

/** Everything that the ports can write. */
const writes: readonly (readonly [string, (port: AwsAccount) => Promise<unknown>])[] = [
  ['CreateRole', ({ iam }) => iam.createRole(role, signal)],
  ['UpdateAssumeRolePolicy', ({ iam }) => iam.updateTrust('r', '{}', signal)],
  ['PutRolePolicy', ({ iam }) => iam.putInlinePolicy('r', 'p', '{}', signal)],
  ['DeleteRolePolicy', ({ iam }) => iam.deleteInlinePolicy('r', 'p', signal)],
  ['DetachRolePolicy', ({ iam }) => iam.detachPolicy('r', boundary, signal)],
  ['UpdateRole', ({ iam }) => iam.updateSettings('r', settings, signal)],
  ['TagRole', ({ iam }) => iam.tagRole('r', { a: 'b' }, signal)],
  ['PutRolePermissionsBoundary', ({ iam }) => iam.putBoundary('r', boundary, signal)],
  ['DeleteRole', ({ iam }) => iam.deleteRole('r', signal)],
  [
    'RegisterTaskDefinition',
    ({ ecs }) =>
      ecs.copyRevision(
        { region: 'eu-west-1', from: revision, taskRoleArn: 'arn:aws:iam::111122223333:role/t', tags: {} },
        signal,
      ),
  ],
  ['UpdateService', ({ ecs }) => ecs.updateService(place, { forceNewDeployment: true }, signal)],
  ['TagResource', ({ ecs }) => ecs.tagService(place, arn, { a: 'b' }, signal)],
  ['TerminateSession', ({ shells }) => shells.end(session, signal)],
  ['StopTask', ({ shells }) => shells.stopTask(session, 'out', signal)],
];

const refusing: WritePermit = () => {
  throw new AppError('conflict', 'the lease is over', { code: 'LeaseOver' });
};

describe('the permit to write', () => {
  it.each(writes)('%s is not sent without it, not repeated, and not counted', async (operation, write) => {
    const { port, writes: sent, seen } = await start(refusing);
    await expect(write(port)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'LeaseOver',
      message: 'the lease is over',
    });
    expect([sent(), seen.includes(operation)]).toEqual([[], false]);
  });

  it.each(writes)('%s is sent with it', async (operation, write) => {
    const { port, writes: sent } = await start(() => undefined);
    // What the script answers is not always what the port expects; it was asked.
    await write(port).catch(() => undefined);
    expect(sent()).toContain(operation);
  });

  it('is all that the ports can write: each of their other methods only reads', async () => {
    const { port, writes: sent } = await start(() => undefined);
    const methods = [port.iam, port.ecs, port.shells].flatMap((one) => Object.keys(one));
    const reads = [
      'observe',
      'readRole',
      'readInlinePolicy',
      'readManagedPolicy',
      'observe',
      'readService',
      'list',
    ];
    expect(methods).toHaveLength(writes.length + reads.length);
    await port.iam.observe(signal);
    await port.ecs.observe([place], signal);
    await port.shells.list(signal);
    expect(sent()).toEqual([]);
  });

  it('is asked for after the write has waited for its turn, not when it is asked to begin', async () => {
    // The burst is one: the second write waits half a second, and meanwhile the lease ends.
    const {
      clock,
      port,
      writes: sent,
    } = await start(() => {
      if (clock.slept.length > 0) refusing();
    });
    await port.iam.updateTrust('r', '{}', signal);
    await expect(port.iam.updateTrust('r', '{}', signal)).rejects.toMatchObject({ code: 'LeaseOver' });
    expect([clock.slept.length, sent()]).toEqual([1, ['UpdateAssumeRolePolicy']]);
  });

  it('is asked for again before a write is repeated', async () => {
    let asked = 0;
    const { port, writes: sent } = await start(
      () => {
        asked += 1;
        if (asked > 2) refusing();
      },
      ({ action }) =>
        action === 'UpdateAssumeRolePolicy' ? { status: 500, code: 'ServiceFailure' } : undefined,
    );
    await expect(port.iam.updateTrust('r', '{}', signal)).rejects.toMatchObject({ code: 'LeaseOver' });
    expect([asked, sent().length]).toEqual([3, 2]);
  });

  it('is that of whoever opened the account last', async () => {
    const { port, open, account, writes: sent } = await start(refusing);
    expect(open(account, () => undefined)).toBe(port);
    await port.iam.updateTrust('r', '{}', signal);
    expect(sent()).toEqual(['UpdateAssumeRolePolicy']);
  });
});
