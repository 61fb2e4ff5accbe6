// Worlds in which something is wrong from the start. Each has a sentence that says what to do, where operators look: in
// the status, and by its reason in the metrics.

import { afterEach, describe, expect, it } from 'vitest';
import type { RoleStatus } from '../../src/report/status-document.ts';
import { demoWorld } from '../../src/sandbox/demo-world.ts';
import type { SandboxUser, SandboxWorld } from '../../src/sandbox/world.ts';
import {
  type Controller,
  type Rig,
  type RigOptions,
  accounts,
  endAll,
  groups,
  startRig,
  users,
} from './harness.ts';

afterEach(endAll);

const policy = (group: string, name = ''): string => `apiVersion: rolewarden/v1alpha1
kind: AccessPolicy
metadata:
  name: payments-debug
spec:
  accounts: { names: [dev] }
  federation: entra
  subjects:
    groups:
      - { id: ${group}${name === '' ? '' : `, name: "${name}"`} }
  role:
    name: payments-debug
  access:
    statements:
      - { Effect: Allow, Action: "logs:Get*", Resource: "*" }
`;

const oneGroup = (id: string, members: readonly string[], displayName = 'Some'): SandboxWorld => {
  const world = demoWorld();
  return { ...world, groups: [...world.groups, { id, displayName, members }] };
};

const roleIn = async (controller: Controller, account = 'dev'): Promise<RoleStatus> => {
  const { policies } = await controller.status();
  const role = policies
    .find(({ name }) => name === 'payments-debug')
    ?.accounts.find((one) => one.account === account);
  if (role === undefined) throw new Error(`the status knows nothing of payments-debug in ${account}`);
  return role;
};

/** Starts the world and waits until it was swept and written as far as it goes. */
const begin = async (options: RigOptions): Promise<{ rig: Rig; controller: Controller }> => {
  const rig = await startRig(options);
  const controller = await rig.start();
  await controller.until('it is ready', async () => (await controller.readiness()).ready);
  await controller.sweeps(2);
  return { rig, controller };
};

const reasonMetric = (controller: Controller, reason: string): Promise<number | undefined> =>
  controller.metric('rolewarden_policy_ready', { account: 'dev', policy: 'payments-debug', reason });

const stray = 'a1000000-0000-4000-8000-0000000000ff';
const someone = (n: number): SandboxUser => ({
  id: `b2000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  userPrincipalName: `person-${n}@contoso.com`,
  displayName: `Person ${n}`,
  mail: null,
  accountEnabled: true,
  userType: 'Member',
});

describe('groups', () => {
  it('that do not exist: nobody is let in, and the sentence says where to look', async () => {
    const { rig, controller } = await begin({ policies: { 'policy.yaml': policy(stray) } });
    const { admittedCount, warnings } = await roleIn(controller);
    expect(admittedCount).toBe(0);
    expect(warnings).toEqual([
      `group ${stray} is not in the directory; if it was deleted on purpose, take it out of the policy, else restore it in Entra`,
    ]);
    expect(await rig.isAdmitted(users.onCall1)).toBe(false);
    const { groups: read } = (await controller.status()).sources.entra;
    expect(read).toEqual({ present: 0, absent: 1, unreadable: 0 });
  });

  it('that are deleted while people are in: they stay, held as groupVanished', async () => {
    const { rig, controller } = await begin({});
    rig.sandbox.entra.deleteGroup(groups.paymentsOnCall);
    await controller.polls(2);
    await controller.sweeps(1);
    expect(await rig.isAdmitted(users.onCall1)).toBe(true);
    const role = await roleIn(controller);
    expect([role.state, role.reason]).toEqual(['held', 'groupVanished']);
    expect(role.message).toContain(
      'is not in the directory; if it was deleted on purpose, take it out of the policy, else restore it in Entra',
    );
    expect(
      await controller.metric('rolewarden_changes_held', { account: 'dev', reason: 'groupVanished' }),
    ).toBe(3);
  });

  it('with nobody, with groups only, and with another name: a role for nobody, and a warning', async () => {
    const [empty, nested] = ['a1000000-0000-4000-8000-0000000000e0', 'a1000000-0000-4000-8000-0000000000e1'];
    const world = oneGroup(empty, []);
    const { rig, controller } = await begin({
      world: {
        ...world,
        groups: [...world.groups, { id: nested, displayName: 'Teams', members: [groups.paymentsOnCall] }],
      },
      policies: {
        'empty.yaml': policy(empty, 'Other name'),
        'nested.yaml': policy(nested).replaceAll('payments-debug', 'nested'),
      },
    });
    const { state, warnings } = await roleIn(controller);
    expect(state).toBe('ready');
    expect(warnings).toEqual([
      `group "Other name" (${empty}) is called "Some" in Entra; if that is the group you mean, correct the name in the policy`,
      `group "Other name" (${empty}) has no people in it`,
    ]);
    const other = (await controller.status()).policies.find(({ name }) => name === 'nested');
    expect(other?.accounts[0]?.warnings).toEqual([
      `group ${nested} has no people in it`,
      `group ${nested} contains 1 group(s), whose members are not admitted; list those groups, or set nested: true`,
    ]);
    const role = rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'payments-debug');
    expect(JSON.parse(role?.trustDocument ?? '{}')).toMatchObject({ Statement: [{ Effect: 'Deny' }] });
    expect(await rig.isAdmitted(users.onCall1, 'nested')).toBe(false);
  });

  it('of 5,000 people: as many as fit are in, the rest is held, and nobody inside is ever exchanged', async () => {
    const people = Array.from({ length: 5_000 }, (_, index) => someone(index));
    const world = oneGroup(
      stray,
      people.map(({ id }) => id),
    );
    const { rig, controller } = await begin({
      world: { ...world, users: [...world.users, ...people] },
      policies: { 'policy.yaml': policy(stray) },
      safety: 'widening: { minimum: 5000 }',
    });
    await controller.until('some are in', () => rig.isAdmitted(people[0]?.id ?? ''));
    // A read of so many may have been too slow for one poll.
    await controller.until(
      'the trust policy is full',
      async () => (await roleIn(controller)).reason === 'trustFull',
    );
    const role = await roleIn(controller);
    expect(role.state).toBe('held');
    const document = () =>
      rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'payments-debug')?.trustDocument ?? '';
    const inside = people.filter(({ id }) => document().includes(id)).length;
    expect(inside).toBeGreaterThanOrEqual(35);
    expect(role.held).toHaveLength(5_000 - inside);
    expect(role.message).toBe(
      `the trust policy is full: ${inside} of 5000 members fit into 2048 characters; raise the quota "Role trust policy length" (up to 8,192), split the policy into two roles, or set role.admission: appRole`,
    );
    const before = document();
    rig.sandbox.aws.requests.clear();
    await controller.sweeps(2);
    expect(document()).toBe(before);
    expect(rig.awsWrites()).toEqual([]);
    await controller.until(
      'the metrics say so',
      async () => (await reasonMetric(controller, 'trustFull')) === 0,
    );
  });
});

const editTrust = ({ sandbox }: Rig, text: string): void =>
  sandbox.aws.editRole(accounts.dev, 'payments-debug', (role) => {
    role.trustDocument = text;
  });

describe('AWS', () => {
  it('holds a trust policy that cannot be parsed: it is left alone, and the sentence says so', async () => {
    const { rig, controller } = await begin({});
    rig.sandbox.aws.requests.clear();
    editTrust(rig, '{"Statement": [');
    await controller.sweeps(2);
    const { state, message } = await roleIn(controller);
    expect(['held', 'unknown']).toContain(state);
    expect(message).toMatch(/payments-debug|trust policy|document/);
    expect(rig.awsWrites()).toEqual([]);
    expect((await roleIn(controller, 'prod')).state).toBe('ready');
    const text = await rig.run(['get', 'payments-debug', '--url', controller.apiUrl]);
    expect(text.stdout).toContain(message.slice(0, 40));
  });

  it('has a role of that name that is not ours: it is not touched', async () => {
    const rig = await startRig();
    const theirs = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: accounts.hub }, Action: 'sts:AssumeRole' }],
    });
    rig.sandbox.aws.seedRole(accounts.dev, { name: 'payments-debug', trustDocument: theirs });
    const controller = await rig.start();
    await controller.until('prod is served', () =>
      rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod),
    );
    await controller.sweeps(1);
    const { state, reason, message } = await roleIn(controller);
    expect([state, reason]).toEqual(['held', 'roleNameTaken']);
    expect(message).toMatch(/payments-debug.*(?:belongs|not ours|instance|path)/);
    const role = rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'payments-debug');
    expect(role).toMatchObject({ trustDocument: theirs, path: '/', tags: {}, inlinePolicies: {} });
    expect(await reasonMetric(controller, 'roleNameTaken')).toBe(0);
  });

  it('has no SAML provider: the role waits for it, and the sentence names it', async () => {
    const world = demoWorld();
    const { rig, controller } = await begin({
      world: {
        ...world,
        accounts: world.accounts.map((one) =>
          one.accountId === accounts.dev ? { ...one, samlProviders: [] } : one,
        ),
      },
    });
    const { state, reason, message } = await roleIn(controller);
    expect([state, reason]).toEqual(['held', 'providerMissing']);
    expect(message).toContain(`arn:aws:iam::${accounts.dev}:saml-provider/EntraID`);
    expect((await roleIn(controller, 'prod')).state).toBe('ready');
    expect(await rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod)).toBe(true);
  });

  it('refuses the spoke role (external id): the account says so, and the log at level warn', async () => {
    const world = demoWorld();
    const rig = await startRig({
      world: {
        ...world,
        accounts: world.accounts.map((one) =>
          one.accountId === accounts.dev
            ? { ...one, spokeRoles: one.spokeRoles.map((role) => ({ ...role, externalId: 'another' })) }
            : one,
        ),
      },
    });
    const controller = await rig.start();
    await controller.until('prod is served', () =>
      rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod),
    );
    await controller.until('dev was tried', async () => (await controller.status()).accounts.length === 2);
    const dev = (await controller.status()).accounts.find(({ name }) => name === 'dev');
    expect(dev?.lastSweep.result).toBe('unreadable');
    expect(dev?.lastSweep.message).toMatch(/rolewarden-spoke.*external id/i);
    const warned = controller.log().filter(({ account, level }) => account === 'dev' && level === 'warn');
    expect(warned.map(({ msg }) => String(msg)).join('\n')).toContain(
      'account dev cannot be read, so nothing is changed there',
    );
    expect(await controller.metric('rolewarden_unreadable', { source: 'aws:dev' })).toBe(1);
  });
});
