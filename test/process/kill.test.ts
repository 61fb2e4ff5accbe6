// kill -9 after every single write, and SIGTERM in the middle of work. At no time may anyone enter whom neither the old nor
// the new policy names, nobody who belongs is put out, and the next process finishes the work.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAct } from '../../src/domain/access-evaluator.ts';
import { denyPolicyName } from '../../src/domain/role.ts';
import { mayEnter } from '../../src/domain/trust-evaluator.ts';
import { parseTrustPolicy } from '../../src/domain/trust-policy.ts';
import type { SandboxRole } from '../../src/sandbox/aws/aws-cloud.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

afterEach(endAll);

const audience = 'https://signin.aws.amazon.com/saml';
const workloadAccounts = [accounts.dev, accounts.prod];

const mayPersonEnter = (accountId: string, trustDocument: string, sub: string): boolean => {
  const parsed = parseTrustPolicy(trustDocument);
  if (!parsed.ok) throw new Error(`this trust policy cannot be parsed: ${parsed.reason}`);
  const context = new Map([
    ['saml:aud', [audience]],
    ['saml:sub', [sub]],
  ]);
  const principal = { type: 'Federated', id: `arn:aws:iam::${accountId}:saml-provider/EntraID` } as const;
  const request = { action: 'sts:AssumeRoleWithSAML', principal, context, atMs: Date.now() };
  return mayEnter(parsed.policy, request).decision === 'allowed';
};

/** Whether a session of hers would be denied everything, whatever the role allows. */
const isDenied = ({ inlinePolicies }: SandboxRole, sub: string): boolean => {
  const everything = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
  const policies = [inlinePolicies[denyPolicyName] ?? everything, everything];
  const context = new Map([
    ['saml:sub', [sub]],
    ['aws:tokenissuetime', [new Date().toISOString()]],
  ]);
  const request = { action: 'logs:GetLogEvents', resource: '*', context, atMs: Date.now() };
  return mayAct({ policies, boundary: undefined }, request).decision === 'denied';
};

const permissionsOf = ({ inlinePolicies }: SandboxRole): string =>
  JSON.stringify(Object.entries(inlinePolicies).filter(([name]) => name !== denyPolicyName));

const ownRoles = ({ aws }: Sandbox): readonly (readonly [accountId: string, role: SandboxRole])[] =>
  workloadAccounts.flatMap((id) =>
    aws
      .roles(id)
      .filter(({ path }) => path === '/rolewarden/')
      .map((role) => [id, role] as const),
  );

/** Who may enter and is not denied, as `account/role/person`, and the permissions that she then has. */
type Access = ReadonlyMap<string, string>;

const accessIn = (sandbox: Sandbox): Access =>
  new Map(
    ownRoles(sandbox).flatMap(([id, role]) =>
      Object.values(users)
        .filter((sub) => mayPersonEnter(id, role.trustDocument, sub) && !isDenied(role, sub))
        .map((sub): [string, string] => [`${id}/${role.name}/${sub}`, permissionsOf(role)]),
    ),
  );

/** Those who had access and cannot enter any more, while the sessions that they have go on. */
const forgotten = (sandbox: Sandbox, old: Access): readonly string[] =>
  ownRoles(sandbox).flatMap(([id, role]) =>
    Object.values(users)
      .filter((sub) => old.has(`${id}/${role.name}/${sub}`))
      .filter((sub) => !mayPersonEnter(id, role.trustDocument, sub) && !isDenied(role, sub))
      .map((sub) => `${id}/${role.name}/${sub} is out of the trust policy, and her sessions are not denied`),
  );

/** What no moment between the two may show: access beyond both, or somebody out who is in both. */
const violationsOf = (during: Access, old: Access, goal: Access): readonly string[] => [
  ...[...during]
    .filter(([who, what]) => old.get(who) !== what && goal.get(who) !== what)
    .map(([who, what]) => `${who} has ${what}, which neither policy gives her`),
  ...[...old.keys()]
    .filter((who) => goal.has(who) && !during.has(who))
    .map((who) => `${who} is out, who belongs`),
];

/** All of a role that matters, but not what differs by chance; of denies, not since when and until when. */
const rolesOf = (sandbox: Sandbox): unknown =>
  ownRoles(sandbox).map(([, { createdAtMs: _created, roleId: _id, inlinePolicies, ...role }]) => ({
    ...role,
    permissions: inlinePolicies['rolewarden-access'],
    denies: inlinePolicies[denyPolicyName]?.replaceAll(/\d{8}(?=N)|\d{4}-[\dT:-]+Z/g, 'some time'),
  }));

const paymentsPolicy = (action: string): string => `apiVersion: rolewarden/v1alpha1
kind: AccessPolicy
metadata:
  name: payments-debug
spec:
  accounts: { names: [dev, prod] }
  federation: entra
  subjects:
    groups:
      - id: ${groups.paymentsOnCall}
  role:
    name: payments-debug
  access:
    statements:
      - { Effect: Allow, Action: "${action}", Resource: "*" }
`;

const platformPolicy = paymentsPolicy('ecs:Describe*')
  .replaceAll('payments-debug', 'platform-dev')
  .replace(groups.paymentsOnCall, groups.platformEngineers)
  .replace('[dev, prod]', '[dev]');

interface Outcome {
  readonly wasKilled: boolean;
  readonly violations: readonly string[];
}

/** Runs one sweep and kills it at its k-th write. `old` and `goal`: what was before, and what is to be. */
const killedAt = async (rig: Rig, k: number, old: Access, goal: Access): Promise<Outcome> => {
  const violations: string[] = [];
  let writes = 0;
  const child = rig.spawn(['run', '--once', '--no-journal']);
  const unsubscribe = rig.sandbox.aws.onMutation(({ operation, resource }) => {
    writes += 1;
    if (writes === k) child.kill('SIGKILL');
    for (const violation of [
      ...violationsOf(accessIn(rig.sandbox), old, goal),
      ...forgotten(rig.sandbox, old),
    ])
      violations.push(`write ${writes} (${operation} ${resource}): ${violation}`);
  });
  const { signal } = await child.ended;
  unsubscribe();
  return { wasKilled: signal === 'SIGKILL', violations };
};

const finish = async (rig: Rig): Promise<void> => {
  const next = await rig.run(['run', '--once', '--no-journal']);
  expect(next, next.stderr).toMatchObject({ code: 0 });
  const plan = await rig.run(['plan']);
  expect(plan, plan.stdout).toMatchObject({ code: 0 });
};

/** Only what is enforced, so that "nothing left to do" is exit code 0. */
const freshRig = (): Promise<Rig> =>
  startRig({ policies: { 'payments.yaml': paymentsPolicy('logs:Get*'), 'platform.yaml': platformPolicy } });

/** The world after a first sweep without any mishap. */
const settled = async (): Promise<Rig> => {
  const rig = await freshRig();
  await finish(rig);
  return rig;
};

/** Somebody joins, somebody leaves, somebody is disabled, and permissions change, all before the next sweep. */
const change = (rig: Rig): void => {
  rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
  rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.onCall3);
  rig.sandbox.entra.updateUser(users.platform2, { accountEnabled: false });
  writeFileSync(join(rig.policies, 'payments.yaml'), paymentsPolicy('logs:Filter*'));
};

/** Kills a sweep of a new world at its first write, another at its second, and so on until one ends by itself. */
const killEverywhere = async (
  prepare: () => Promise<Rig>,
  old: Access,
  goal: { readonly access: Access; readonly roles: unknown },
): Promise<number> => {
  for (let k = 1; ; k += 1) {
    const rig = await prepare();
    const { wasKilled, violations } = await killedAt(rig, k, old, goal.access);
    expect(violations).toEqual([]);
    if (wasKilled) await finish(rig);
    expect(rolesOf(rig.sandbox)).toEqual(goal.roles);
    await rig.stop();
    if (!wasKilled) return k - 1;
  }
};

describe('kill -9 after any write', () => {
  it('of the first sweep: the next process finishes it', async () => {
    const model = await settled();
    const goal = { access: accessIn(model.sandbox), roles: rolesOf(model.sandbox) };
    expect(goal.access.size).toBe(8);
    const kills = await killEverywhere(freshRig, new Map(), goal);
    // Three roles, each created closed, given its permissions, and opened.
    expect(kills).toBe(9);
  });

  it('of a change of members and permissions: the next process finishes it', async () => {
    const model = await settled();
    const old = accessIn(model.sandbox);
    const seeds = workloadAccounts.map((id) =>
      model.sandbox.aws.roles(id).filter(({ path }) => path === '/rolewarden/'),
    );
    change(model);
    await finish(model);
    const goal = { access: accessIn(model.sandbox), roles: rolesOf(model.sandbox) };
    expect([...old.keys()].filter((who) => !goal.access.has(who))).toHaveLength(3);
    expect([...goal.access.keys()].filter((who) => !old.has(who))).toHaveLength(2);
    const kills = await killEverywhere(
      async () => {
        const rig = await freshRig();
        for (const [index, id] of workloadAccounts.entries())
          for (const role of seeds[index] ?? []) rig.sandbox.aws.seedRole(id, role);
        change(rig);
        return rig;
      },
      old,
      goal,
    );
    // payments-debug with a deny, narrower, with other permissions, and wider, in two accounts; platform-dev with a deny, and
    // narrower.
    expect(kills).toBe(10);
  });
});

describe('SIGTERM', () => {
  it('in the middle of work: the write in flight is finished, exit code 0, and the next one goes on', async () => {
    const rig = await freshRig();
    const controller = await rig.start();
    rig.sandbox.aws.setLatency(150);
    await controller.until('work began', () =>
      rig.sandbox.aws.roles(accounts.dev).some(({ path }) => path === '/rolewarden/'),
    );
    controller.kill('SIGTERM');
    const ending = await controller.ended;
    expect(ending, ending.stderr).toMatchObject({ code: 0, signal: null });
    expect(ending.stderr).toContain('"msg":"stopped"');
    const served = rig.sandbox.aws.requests.list();
    expect(
      served.filter(({ status, operation }) => status === 0 && !/^(?:Get|List)/.test(operation)),
    ).toEqual([]);
    expect(accessIn(rig.sandbox).size).toBeLessThan(8);
    rig.sandbox.aws.setLatency(0);
    await rig.startCalm();
    expect(accessIn(rig.sandbox).size).toBe(8);
  });

  it('while idle: exit code 0, and both ports are closed', async () => {
    const rig = await freshRig();
    const controller = await rig.startCalm();
    controller.kill('SIGTERM');
    expect(await controller.ended).toMatchObject({ code: 0, signal: null });
    await expect(fetch(controller.metricsUrl)).rejects.toThrow();
    await expect(fetch(controller.apiUrl)).rejects.toThrow();
  });

  it('while Entra hangs: exit code 0 all the same', async () => {
    const rig = await freshRig();
    rig.sandbox.entra.addFault({ service: 'graph', operation: '*', effect: { kind: 'hang' } });
    const controller = await rig.start();
    await controller.until('Entra is asked', () => rig.sandbox.entra.requests.list().length > 1);
    controller.kill('SIGTERM');
    expect(await controller.ended).toMatchObject({ code: 0, signal: null });
  });
});
