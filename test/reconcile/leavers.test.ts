// A thousand people leave two hundred roles at once: all of them are out after one sweep, at two writes for a role.

import { beforeEach, describe, expect, it } from 'vitest';
import { createContestBook } from '../../src/reconcile/contest-book.ts';
import { createOthersBook } from '../../src/reconcile/others-book.ts';
import { createRevocationBook } from '../../src/reconcile/revocation-book.ts';
import { readDenies } from '../../src/domain/denies.ts';
import { present } from '../../src/domain/reading.ts';
import { denyPolicyName } from '../../src/domain/role.ts';
import { createDirectoryBook } from '../../src/reconcile/directory-book.ts';
import { createShellMemory } from '../../src/reconcile/end-shells.ts';
import { createEcsBook } from '../../src/reconcile/ecs-book.ts';
import { createPolicyBook } from '../../src/reconcile/policy-book.ts';
import { sweep } from '../../src/reconcile/sweep.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { createWriteMemory } from '../../src/reconcile/write-memory.ts';
import { inMemoryIam } from '../aws/in-memory-iam.ts';
import { inMemoryShells } from '../aws/in-memory-shells.ts';
import { manualClock } from '../aws/manual-clock.ts';
import { leaverWritesLimit } from '../bench/limits.ts';
import { leaver, rolesInSync, sceneOf } from '../bench/scene.ts';
import { controllerConfig } from '../builders.ts';
import { inMemoryDirectory } from '../entra/in-memory-directory.ts';

const people = 1_000;
const size = { roles: 200, membersPerGroup: 20 };
const leavers = Array.from({ length: people }, (_, number) => leaver(number));
const { signal } = new AbortController();

const start = async (provenLeavers = people) => {
  const scene = sceneOf(size);
  const { account, policies, world } = scene;
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const [cloud] = world.accounts;
  const arn = (name: string) => `arn:aws:iam::${account.accountId}:saml-provider/${name}`;
  const iam = inMemoryIam({ account, clock, samlProviderArns: (cloud?.samlProviders ?? []).map(arn) });
  for (const { name, inlinePolicies, description = '', maxSessionSeconds = 3_600, ...role } of rolesInSync(
    scene,
  ))
    iam.seedRole({
      name,
      trustDocument: role.trustDocument,
      tags: role.tags ?? {},
      permissionsBoundary: role.permissionsBoundary,
      settings: { description, maxSessionSeconds },
      inlinePolicies: Object.entries(inlinePolicies ?? {}).map(([policy, document]) => ({
        name: policy,
        document,
      })),
    });
  const directory = inMemoryDirectory(world);
  const policyBook = createPolicyBook(
    { load: () => Promise.resolve(present(policies)), watch: () => () => undefined },
    clock,
  );
  await policyBook.load(signal);
  const base = controllerConfig();
  const config = {
    ...base,
    safety: { ...base.safety, provenLeavers: { minimum: provenLeavers, percent: 10 } },
  };
  const book = createDirectoryBook(directory, clock);
  const context = {
    config,
    policies,
    account,
    iam,
    clock,
    clockSkewMs: () => 0,
    shells: inMemoryShells({ account, clock }),
    shellMemory: createShellMemory(),
    ecsBook: createEcsBook(),
    directory: book,
    policyBook,
    memory: createWriteMemory(),
    contestBook: createContestBook(),
    othersBook: createOthersBook(),
    revocationBook: createRevocationBook(),
    signal,
    stopping: signal,
  };
  return {
    iam,
    directory,
    pollAndSweep: async (): Promise<SweepReport> => {
      await book.poll(policies, signal);
      return sweep('membership', context);
    },
  };
};

type World = Awaited<ReturnType<typeof start>>;

const deniedIn = ({ iam }: World, roleName: string): ReadonlySet<string> => {
  const policies = iam.roles.get(roleName)?.inlinePolicies ?? [];
  const read = readDenies(policies.find(({ name }) => name === denyPolicyName)?.document);
  return new Set(read.ok ? read.denies.outs.keys() : []);
};

const insidersOf = ({ iam }: World, roleName: string): readonly string[] => {
  const { trustDocument = '' } = iam.roles.get(roleName) ?? {};
  return leavers.filter((id) => trustDocument.includes(id));
};

const everyRole = ({ iam }: World): readonly string[] => [...iam.roles.keys()];

describe('a thousand leavers', () => {
  let world: World;
  beforeEach(async () => {
    world = await start();
    const report = await world.pollAndSweep();
    expect(new Set(report.plan.roles.map(({ state }) => state))).toEqual(new Set(['inSync']));
    for (const id of leavers) world.directory.disableUser(id);
    world.iam.calls.length = 0;
  });

  const writesOf = (roleName: string): number =>
    world.iam.calls.filter(
      ({ operation, resource }) =>
        resource === roleName && operation !== 'observe' && !operation.startsWith('read'),
    ).length;

  it('are out of all roles after one sweep', async () => {
    const before = new Map(everyRole(world).map((name) => [name, insidersOf(world, name)]));
    const report = await world.pollAndSweep();
    expect(report.result).toBe('ok');
    expect(new Set([...before.values()].flat()).size).toBe(people);
    expect(everyRole(world).filter((name) => insidersOf(world, name).length > 0)).toEqual([]);
    const undenied = [...before].filter(([name, ids]) => {
      const denied = deniedIn(world, name);
      return !ids.every((id) => denied.has(id));
    });
    expect(undenied).toEqual([]);
  });

  it('take at most three writes for a role, and the next sweep none', async () => {
    await world.pollAndSweep();
    const counts = everyRole(world).map(writesOf);
    expect([counts.length, Math.min(...counts)]).toEqual([size.roles, 2]);
    expect(Math.max(...counts)).toBeLessThanOrEqual(leaverWritesLimit);
    world.iam.calls.length = 0;
    await world.pollAndSweep();
    expect(everyRole(world).filter((name) => writesOf(name) > 0)).toEqual([]);
  });

  it('leave no trust policy before they are denied there', async () => {
    const inside = new Map(everyRole(world).map((name) => [name, insidersOf(world, name)]));
    const early: string[] = [];
    world.iam.onWrite(({ operation, resource }) => {
      if (operation !== 'updateTrust') return;
      const denied = deniedIn(world, resource);
      if (!(inside.get(resource) ?? []).every((id) => denied.has(id))) early.push(resource);
      inside.set(resource, insidersOf(world, resource));
    });
    await world.pollAndSweep();
    expect(early).toEqual([]);
  });
});

it('a thousand leavers wait while the cap was not raised', async () => {
  const world = await start(20);
  await world.pollAndSweep();
  for (const id of leavers) world.directory.disableUser(id);
  const report = await world.pollAndSweep();
  const reasons = report.plan.roles.flatMap(({ held }) => held.map(({ hold }) => hold.reason));
  expect([report.outcomes.length, [...new Set(reasons)]]).toEqual([0, ['provenLeaverCap']]);
});
