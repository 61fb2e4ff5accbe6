// How the reading and ending of shells stands the misfortunes that the sandbox can play.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ShellSession, ShellsPort } from '../../src/domain/ports.ts';
import type { FaultEffect } from '../../src/sandbox/world.ts';
import { hub, type SandboxHarness, startSandbox } from './sandbox-harness.ts';
import { enterRole, execAs } from './use-role.ts';

const signal = new AbortController().signal;
const account = { ...hub, regions: ['eu-west-1', 'eu-central-1'] };
const place = { accountId: hub.accountId, region: 'eu-west-1' };
const ownerArn = `arn:aws:sts::${hub.accountId}:assumed-role/payments-debug/anna`;

let sandbox: SandboxHarness;
let port: ShellsPort;
beforeEach(async () => {
  sandbox = await startSandbox(account, { requestTimeoutMs: 150 });
  port = sandbox.open(account).shells;
  const { ecs } = sandbox.cloud;
  ecs.setTaskStartMs(0);
  ecs.seedCluster(place, { name: 'payments' });
  ecs.seedTaskDefinition(place, { family: 'app', containerDefinitions: [{ name: 'app', image: 'app:1' }] });
  ecs.seedTask(place, { cluster: 'payments', taskDefinition: 'app', enableExecuteCommand: true });
});
afterEach(() => sandbox.stop());

const open = (): string =>
  sandbox.cloud.shells.open(place, { ownerArn, on: sandbox.cloud.ecs.tasks(place)[0]?.arn ?? '' });
const shells = async (): Promise<readonly ShellSession[]> => {
  const reading = await port.list(signal);
  if (reading.state !== 'present') throw new Error(`the list is ${reading.state}`);
  return reading.value;
};
const openShell = async (): Promise<ShellSession> => {
  const id = open();
  const found = (await shells()).find((shell) => shell.id === id);
  if (found === undefined) throw new Error(`${id} is not listed`);
  return found;
};
const openIds = (): readonly string[] => sandbox.cloud.shells.list(place).map(({ id }) => id);
const fail = (operation: string, effect: FaultEffect, times?: number): (() => void) =>
  sandbox.cloud.addFault({
    service: operation === 'StopTask' ? 'ecs' : 'ssm',
    operation,
    effect,
    ...(times === undefined ? {} : { times }),
  });
const requests = (operation: string): readonly string[] =>
  sandbox.seen.filter((request) => request.operation === operation).map(({ code }) => code);

const passing: readonly (readonly [string, FaultEffect, string])[] = [
  ['throttling', { kind: 'error', status: 400, code: 'ThrottlingException' }, 'ThrottlingException'],
  ['a failure inside', { kind: 'error', status: 500, code: 'InternalServerError' }, 'InternalServerError'],
  ['dropped connections', { kind: 'dropConnection' }, 'ECONNRESET'],
  ['no answers', { kind: 'hang' }, 'TimeoutError'],
  ['answers cut in half', { kind: 'truncateBody' }, 'UnreadableAnswer'],
];
const denied: FaultEffect = { kind: 'error', status: 400, code: 'AccessDeniedException' };

describe('nobody', () => {
  it('is asked about shells before somebody wants to know', async () => {
    await sandbox.open(account).iam.observe(signal);
    expect(sandbox.seen.filter(({ service }) => service === 'ssm')).toEqual([]);
    await shells();
    expect(sandbox.seen.filter(({ service }) => service === 'ssm')).toEqual([
      { service: 'ssm', operation: 'DescribeSessions', code: '200' },
      { service: 'ssm', operation: 'DescribeSessions', code: '200' },
    ]);
  });
});

describe('listing under faults', () => {
  it.each(passing)('gets over %s that pass', async (_name, effect) => {
    const id = open();
    fail('DescribeSessions', effect, 1);
    expect((await shells()).map((shell) => shell.id)).toEqual([id]);
    expect(requests('DescribeSessions')).toHaveLength(3);
  });

  it.each(passing)('is unreadable while there are %s', async (_name, effect, code) => {
    open();
    fail('DescribeSessions', effect);
    expect(await port.list(signal)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'transient', code },
    });
  });

  it('says which permission is missing', async () => {
    fail('DescribeSessions', denied);
    expect(await port.list(signal)).toMatchObject({
      state: 'unreadable',
      problem: {
        kind: 'denied',
        message: expect.stringContaining(
          'grant ssm:DescribeSessions to the role that rolewarden uses',
        ) as string,
      },
    });
  });

  it('reads all pages, or nothing', async () => {
    const ids = Array.from({ length: 401 }, open);
    expect(new Set((await shells()).map(({ id }) => id))).toEqual(new Set(ids));
    sandbox.cloud.addFault({
      service: 'ssm',
      operation: 'DescribeSessions',
      skip: 2,
      effect: { kind: 'error', status: 400, code: 'InvalidNextToken' },
    });
    expect(await port.list(signal)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'transient', code: 'InvalidNextToken' },
    });
  });
});

describe('ending under faults', () => {
  it.each([...passing, ['an answer that is lost', { kind: 'applyThenDrop' }, ''] as const])(
    'gets over %s that pass',
    async (_name, effect) => {
      const shell = await openShell();
      fail('TerminateSession', effect, 1);
      await port.end(shell, signal);
      expect(openIds()).toEqual([]);
    },
  );

  it.each(passing)('fails while there are %s', async (_name, effect, code) => {
    const shell = await openShell();
    fail('TerminateSession', effect);
    await expect(port.end(shell, signal)).rejects.toMatchObject({ kind: 'transient', code });
  });

  it('does not call it ended when that cannot be seen', async () => {
    const shell = await openShell();
    fail('DescribeSessions', denied);
    await expect(port.end(shell, signal)).rejects.toMatchObject({
      kind: 'denied',
      code: 'AccessDeniedException',
    });
  });

  it('says which permission is missing', async () => {
    const shell = await openShell();
    fail('TerminateSession', denied);
    await expect(port.end(shell, signal)).rejects.toThrow(
      `ssm:TerminateSession on session ${shell.id} is denied: grant ssm:TerminateSession`,
    );
    expect(openIds()).toEqual([shell.id]);
  });

  it('takes a session of which AWS knows nothing for ended', async () => {
    const shell = await openShell();
    sandbox.cloud.shells.close(place, shell.id);
    fail('TerminateSession', { kind: 'error', status: 400, code: 'DoesNotExistException' });
    await port.end(shell, signal);
  });

  it('waits for a session that takes a moment to end', async () => {
    const shell = await openShell();
    sandbox.cloud.shells.setTerminationMs(3_000);
    await port.end(shell, signal);
    expect(openIds()).toEqual([]);
    expect(requests('TerminateSession')).toEqual(['200']);
  });

  it('does not wait for long, and names the shell', async () => {
    const shell = await openShell();
    sandbox.cloud.shells.setTerminationMs(60_000);
    const before = sandbox.clock.now();
    await expect(port.end(shell, signal)).rejects.toThrow(
      `session ${shell.id} of ${ownerArn} is still open in eu-west-1 after ssm:TerminateSession`,
    );
    expect(sandbox.clock.now() - before).toBeLessThan(5_000);
  });
});

describe('stopping a task under faults', () => {
  it('gets over what passes', async () => {
    const shell = await openShell();
    fail('StopTask', { kind: 'error', status: 400, code: 'ThrottlingException' }, 1);
    await port.stopTask(shell, 'anna left', signal);
    expect(openIds()).toEqual([]);
    expect(requests('StopTask')).toEqual(['ThrottlingException', '200']);
  });

  it('says which permission is missing', async () => {
    const shell = await openShell();
    fail('StopTask', denied);
    await expect(port.stopTask(shell, 'anna left', signal)).rejects.toThrow(
      `ecs:StopTask on task eu-west-1/payments/${shell.taskId} is denied: grant ecs:StopTask`,
    );
  });
});

describe('a person', () => {
  it('who opened a shell is found by the session of her sign-in', async () => {
    const { cloud } = sandbox;
    cloud.seedRole(hub.accountId, {
      name: 'payments-debug',
      path: '/rolewarden/',
      trustDocument: '{"Version":"2012-10-17","Statement":[]}',
      inlinePolicies: {
        access: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}',
      },
    });
    const keys = await enterRole(cloud, hub.accountId, 'payments-debug', 'anna');
    const task = cloud.ecs.tasks(place)[0]?.arn ?? '';
    const id = await execAs(cloud, place.region, keys, { cluster: 'payments', task });
    expect(await shells()).toMatchObject([{ id, ownerArn, cluster: 'payments' }]);
  });
});
