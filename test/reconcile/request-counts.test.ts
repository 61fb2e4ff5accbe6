// Standing still is nearly free: how many requests a sweep and a poll make, counted by the cloud that serves them.

import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/aws/open-accounts.ts';
import { isEmptyPlan } from '../../src/domain/plan.ts';
import { present } from '../../src/domain/reading.ts';
import { entraCredential } from '../../src/entra/credential.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { createDirectoryBook } from '../../src/reconcile/directory-book.ts';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import { sweep } from '../../src/reconcile/sweep.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { largeWorldIds } from '../../src/sandbox/large-world.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { ServedRequest } from '../../src/sandbox/world.ts';
import { pollRequestLimit, sweepRequestLimit } from '../bench/limits.ts';
import { type Size, configFor, newcomer, rolesInSync, sceneOf } from '../bench/scene.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const isWrite = ({ operation }: ServedRequest): boolean => !/^(?:Get|List)/.test(operation);

/** The real adapters in front of the cloud, with every role in sync. */
const start = async (size: Size) => {
  const { account, policies, world } = sceneOf(size);
  const accounts = world.accounts.map((one) => ({ ...one, trustQuotaChars: 8_192 }));
  const cloud = await startSandbox({ world: { ...world, accounts } });
  for (const role of rolesInSync({ account, policies, world })) cloud.aws.seedRole(account.accountId, role);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.entra.caCertificatePem]);
  const env = cloud.environment;
  const config = configFor(env);
  const clock = { now: () => Date.now() };
  const open = openAccounts({
    settings: config.aws,
    clock,
    endpoint: cloud.aws.url,
    ownCredentials: async () => ({
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    }),
  });
  stops.push(async () => {
    open.close();
    await cloud.stop();
  });
  const { signal } = new AbortController();
  const source = { load: () => Promise.resolve(present(policies)), watch: () => () => undefined };
  const policyBook = createPolicyBook(source, clock);
  await policyBook.load(signal);
  const credential = entraCredential(config.entra, env);
  const directory = createDirectoryBook(
    openEntraDirectory({ settings: config.entra, credential, clock }),
    clock,
  );
  const context = {
    config,
    policies,
    account,
    clockSkewMs: () => 0,
    shells: open(account).shells,
    shellMemory: createShellMemory(),
    contestBook: createContestBook(),
    othersBook: createOthersBook(),
    revocationBook: createRevocationBook(),
    iam: open(account).iam,
    ecsBook: createEcsBook(),
    directory,
    policyBook,
    memory: createWriteMemory(),
    clock,
    signal,
    stopping: signal,
  };
  return {
    cloud,
    poll: () => directory.poll(policies, signal),
    sweep: () => sweep('schedule', context),
  };
};

describe('requests', () => {
  it.each([1, 100, 1_001])('of a sweep over %i roles in sync, the first one of a process', async (roles) => {
    const { cloud, poll, sweep } = await start({ roles, membersPerGroup: 3 });
    await poll();
    const report = await sweep();
    expect(report.plan.roles.length).toBe(roles);
    expect(isEmptyPlan(report.plan)).toBe(true);
    const requests = cloud.aws.requests.list();
    expect(requests.filter(isWrite).filter(({ service }) => service === 'iam')).toEqual([]);
    expect(requests.length).toBeLessThanOrEqual(sweepRequestLimit(roles));
    expect(requests.length).toBeGreaterThan(2 * Math.ceil(roles / 1_000));
  });

  it('of a poll over 1,000 groups of 20, signing in included', async () => {
    const { cloud, poll } = await start({ roles: 1_000, membersPerGroup: 20 });
    const { report } = await poll();
    expect(report.groups).toEqual({ present: 1_000, absent: 0, unreadable: 0 });
    const requests = cloud.entra.requests.list().filter(({ inBatch }) => inBatch !== true);
    expect(requests.length).toBeLessThanOrEqual(pollRequestLimit);
    expect(requests.length).toBeGreaterThanOrEqual(50);
  });

  it('to IAM for one changed group of 50: exactly one write', async () => {
    const { cloud, poll, sweep } = await start({ roles: 3, membersPerGroup: 50 });
    await poll();
    await sweep();
    cloud.entra.addMember(largeWorldIds.group(1), newcomer);
    cloud.aws.requests.clear();
    await poll();
    const report = await sweep();
    expect(report.outcomes.map(({ result }) => result)).toEqual(['done']);
    await sweep();
    const writes = cloud.aws.requests.list().filter(isWrite);
    expect(writes.map(({ operation, resource }) => `${operation} ${resource ?? ''}`)).toEqual([
      'UpdateAssumeRolePolicy bench-00001',
    ]);
  });
});
