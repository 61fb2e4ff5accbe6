// How the adapter stands the misfortunes that the sandbox can play.

import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { IamPort } from '../../src/domain/ports.ts';
import { tagKeys } from '../../src/domain/role.ts';
import type { FaultEffect } from '../../src/sandbox/world.ts';
import { hub, sandboxTrust, type SandboxHarness, spoke, startSandbox } from './sandbox-harness.ts';

const signal = new AbortController().signal;
const trust = sandboxTrust(hub.accountId);
const seeded = { name: 'payments-exec', path: '/rolewarden/', trustDocument: trust };

let sandbox: SandboxHarness | undefined;
afterEach(async () => {
  await sandbox?.stop();
  sandbox = undefined;
});

const start = async (
  account = hub,
  settings: Parameters<typeof startSandbox>[1] = {},
): Promise<SandboxHarness> => {
  sandbox = await startSandbox(account, settings);
  return sandbox;
};

const effects: readonly (readonly [string, FaultEffect, string])[] = [
  ['throttling', { kind: 'error', status: 400, code: 'Throttling' }, 'Throttling'],
  ['a 503', { kind: 'error', status: 503, code: 'ServiceUnavailable' }, 'ServiceUnavailable'],
  ['a failure inside', { kind: 'error', status: 500, code: 'ServiceFailure' }, 'ServiceFailure'],
  ['dropped connections', { kind: 'dropConnection' }, 'ECONNRESET'],
  ['no answers', { kind: 'hang' }, 'TimeoutError'],
  ['answers cut in half', { kind: 'truncateBody' }, 'UnreadableAnswer'],
];
const bulkReads = [
  'GetAccountAuthorizationDetails',
  'ListRoles',
  'GetAccountSummary',
  'ListSAMLProviders',
  'ListOpenIDConnectProviders',
];
const quick = { requestTimeoutMs: 150 };

describe('observing under faults', () => {
  it.each(effects)('gets over %s that pass', async (_name, effect) => {
    const { cloud, port, seen } = await start(hub, quick);
    cloud.seedRole(hub.accountId, seeded);
    for (const operation of bulkReads) cloud.addFault({ service: 'iam', operation, times: 1, effect });
    expect(await port.observe(signal)).toMatchObject({
      state: 'present',
      value: { roles: [{ name: seeded.name }] },
    });
    for (const operation of bulkReads) {
      expect(seen.filter((request) => request.operation === operation)).toHaveLength(2);
    }
  });

  it.each(effects)('is unreadable while there are %s', async (_name, effect, code) => {
    const { cloud, port } = await start(hub, quick);
    cloud.seedRole(hub.accountId, seeded);
    cloud.addFault({ service: 'iam', operation: 'ListRoles', effect });
    const reading = await port.observe(signal);
    expect(reading).toMatchObject({ state: 'unreadable', problem: { kind: 'transient', code } });
  });

  it.each(bulkReads)('is unreadable, and says which permission is missing, without %s', async (operation) => {
    const { cloud, port, seen } = await start();
    cloud.seedRole(hub.accountId, seeded);
    cloud.addFault({
      service: 'iam',
      operation,
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    expect(await port.observe(signal)).toMatchObject({
      state: 'unreadable',
      problem: { kind: 'denied', message: expect.stringContaining(`grant iam:${operation}`) },
    });
    expect(seen.filter((request) => request.operation === operation)).toHaveLength(1);
  });

  it('is unreadable if only the second page fails', async () => {
    const { cloud, port } = await start();
    for (let i = 0; i < 1_001; i += 1) cloud.seedRole(hub.accountId, { ...seeded, name: `role-${i}` });
    const effect: FaultEffect = { kind: 'error', status: 400, code: 'Throttling' };
    cloud.addFault({ service: 'iam', operation: 'ListRoles', skip: 1, effect });
    expect((await port.observe(signal)).state).toBe('unreadable');
    cloud.clearFaults();
    expect(await port.observe(signal)).toMatchObject({
      state: 'present',
      value: { roles: { length: 1_001 } },
    });
  });

  it('stops with the caller', async () => {
    const { cloud, port } = await start();
    cloud.addFault({ service: 'iam', operation: 'ListRoles', effect: { kind: 'hang' } });
    const stop = new AbortController();
    const reading = port.observe(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(reading).rejects.toThrow('stopped');
  });
});

describe('the price of observing', () => {
  it.each([
    [0, 0, 5],
    [1_000, 0, 5],
    [1_000, 1, 6],
    [1_500, 1_000, 8],
  ])('%i roles of ours and %i others: %i requests', async (ours, others, requests) => {
    const { cloud, port } = await start();
    for (let i = 0; i < ours; i += 1) cloud.seedRole(hub.accountId, { ...seeded, name: `ours-${i}` });
    for (let i = 0; i < others; i += 1)
      cloud.seedRole(hub.accountId, { ...seeded, name: `other-${i}`, path: '/' });
    await port.readRole('warm-up', signal);
    cloud.requests.clear();
    const reading = await port.observe(signal);
    expect(reading).toMatchObject({
      state: 'present',
      value: { roles: { length: ours }, otherRoles: { size: others } },
    });
    expect(cloud.requests.list()).toHaveLength(requests);
    expect(requests).toBeLessThanOrEqual(
      2 * Math.ceil((ours + others) / 1_000) + 3 + (ours + others === 0 ? 2 : 0),
    );
  });
});

const writes: readonly (readonly [string, (iam: IamPort) => Promise<void>])[] = [
  ['UpdateAssumeRolePolicy', (iam) => iam.updateTrust(seeded.name, trust, signal)],
  [
    'PutRolePolicy',
    (iam) =>
      iam.putInlinePolicy(
        seeded.name,
        'rolewarden-access',
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
        signal,
      ),
  ],
  ['DeleteRolePolicy', (iam) => iam.deleteInlinePolicy(seeded.name, 'old', signal)],
  [
    'DetachRolePolicy',
    (iam) => iam.detachPolicy(seeded.name, 'arn:aws:iam::aws:policy/ReadOnlyAccess', signal),
  ],
  [
    'UpdateRole',
    (iam) => iam.updateSettings(seeded.name, { description: 'x', maxSessionSeconds: 7_200 }, signal),
  ],
  ['TagRole', (iam) => iam.tagRole(seeded.name, { a: 'b' }, signal)],
  ['PutRolePermissionsBoundary', (iam) => iam.putBoundary(seeded.name, hub.permissionsBoundary, signal)],
  [
    'CreateRole',
    (iam) =>
      iam.createRole(
        {
          name: 'new',
          trustDocument: trust,
          permissionsBoundary: hub.permissionsBoundary,
          tags: { [tagKeys.instance]: 'main' },
          settings: { description: '', maxSessionSeconds: 3_600 },
        },
        signal,
      ),
  ],
  ['DeleteRole', (iam) => iam.deleteRole('empty', signal)],
];

describe('writing under faults', () => {
  const prepared = async (): Promise<SandboxHarness> => {
    const harness = await start(hub, quick);
    harness.cloud.seedRole(hub.accountId, { ...seeded, inlinePolicies: { old: '{}' } });
    harness.cloud.seedRole(hub.accountId, { ...seeded, name: 'empty' });
    return harness;
  };

  it.each(writes)('%s does its work once although its first answer is lost', async (operation, write) => {
    const undisturbed = await prepared();
    await write(undisturbed.port);
    const expected = undisturbed.cloud.roles(hub.accountId);
    await undisturbed.stop();

    const { cloud, port, seen } = await prepared();
    cloud.addFault({ service: 'iam', operation, times: 1, effect: { kind: 'applyThenDrop' } });
    await write(port);
    const plain = (roles: typeof expected) => roles.map((role) => ({ ...role, createdAtMs: 0 }));
    expect(plain(cloud.roles(hub.accountId))).toEqual(plain(expected));
    expect(seen.filter((request) => request.operation === operation)).toHaveLength(2);
  });

  it.each(writes)('%s says which permission is missing, and is not repeated', async (operation, write) => {
    const { cloud, port, seen } = await prepared();
    cloud.addFault({
      service: 'iam',
      operation,
      effect: { kind: 'error', status: 403, code: 'AccessDenied' },
    });
    const error = await write(port).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`grant iam:${operation}`),
    });
    expect(seen.filter((request) => request.operation === operation)).toHaveLength(1);
  });

  it.each(writes)('%s fails as transient when IAM throttles on and on', async (operation, write) => {
    const { cloud, port } = await prepared();
    cloud.addFault({ service: 'iam', operation, effect: { kind: 'error', status: 400, code: 'Throttling' } });
    await expect(write(port)).rejects.toMatchObject({ kind: 'transient', code: 'Throttling' });
  });

  it('does not take for its own a role that someone else made in between', async () => {
    const { cloud, port } = await prepared();
    cloud.seedRole(hub.accountId, { ...seeded, name: 'new', tags: { owner: 'someone' } });
    cloud.addFault({ service: 'iam', operation: 'CreateRole', times: 1, effect: { kind: 'dropConnection' } });
    const create = writes.find(([operation]) => operation === 'CreateRole')?.[1];
    await expect(create?.(port)).rejects.toMatchObject({ kind: 'conflict', code: 'EntityAlreadyExists' });
  });
});

describe('a spoke account', () => {
  it('with another external id is denied, with what to check', async () => {
    const { port } = await start({
      ...spoke,
      spokeRole: { arn: spoke.spokeRole?.arn ?? '', externalId: 'wrong' },
    });
    const reading = await port.observe(signal);
    expect(reading).toMatchObject({
      state: 'unreadable',
      problem: {
        kind: 'denied',
        message: expect.stringContaining("check the role's trust policy and external id"),
      },
    });
  });

  it("reached with the hub's own credentials is the wrong account", async () => {
    const { port, cloud } = await start({ ...spoke, spokeRole: undefined });
    await expect(port.deleteRole('a', signal)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(new RegExp(`${hub.accountId}.*${spoke.accountId}`)),
    });
    expect(cloud.requests.list().map((request) => request.operation)).toEqual(['GetCallerIdentity']);
  });

  it('goes on over the end of its session', async () => {
    const { port, cloud, clock } = await start(spoke);
    expect((await port.observe(signal)).state).toBe('present');
    clock.advance(56 * 60_000);
    await port.observe(signal);
    const assumed = cloud.requests.list().filter((request) => request.operation === 'AssumeRole');
    expect(assumed).toHaveLength(2);
  });
});
