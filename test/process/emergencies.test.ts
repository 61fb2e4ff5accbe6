// A removal that is too large waits for a person's word, given in Git; a Lockout waits for nothing.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { demoSupport } from '../../src/sandbox/demo-world.ts';
import { type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';
import { example, signIn, stateOf } from './sessions.ts';

afterEach(endAll);

const edit = (rig: Rig, name: string, change: (text: string) => string): void => {
  const file = join(rig.policies, name);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};

it('halving a group is held until what `rolewarden ack` prints is committed', async () => {
  const rig = await startRig({ policies: { 'support.yaml': example('support.yaml') } });
  const controller = await rig.startCalm();
  const leavers = demoSupport.slice(4);
  const admitted = async (): Promise<readonly string[]> => {
    const answers = await Promise.all(demoSupport.map((user) => rig.isAdmitted(user, 'support-logs')));
    return demoSupport.filter((_, index) => answers[index]);
  };
  const held = (): Promise<number | undefined> =>
    controller.metric('rolewarden_changes_held', { account: 'dev', reason: 'breaker' });

  for (const user of leavers) rig.sandbox.entra.removeMember(groups.support, user);
  rig.nudge();
  await controller.until('the breaker holds them', async () => (await held()) === leavers.length);
  expect(await admitted()).toEqual(demoSupport);
  const plan = await rig.run(['plan']);
  expect(plan.stdout).toContain(
    '4 of 8 people of policy support-logs in account dev would lose access, more than 3 at once; if that is meant, `rolewarden ack policy:dev/support-logs` prints what to commit',
  );

  const names = leavers.map((user) => rig.sandbox.entra.user(user)?.userPrincipalName ?? '(none)');
  expect(names.filter((name) => !plan.stdout.includes(`-  ${name}  would lose access`))).toEqual([]);

  const unknown = await rig.run(['ack', 'policy:dev/payments-debug']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toContain('what waits: policy:dev/support-logs');
  const printed = await rig.run(['ack', 'policy:dev/support-logs']);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(leavers.filter((user, index) => !printed.stdout.includes(`#   ${user} ${names[index]}\n`))).toEqual(
    [],
  );
  // It changed nothing itself.
  await controller.sweeps(1);
  expect(await admitted()).toEqual(demoSupport);

  const [, annotations = ''] = printed.stdout.split('\nmetadata:\n');
  edit(rig, 'support.yaml', (text) => text.replace('\nmetadata:\n', `\nmetadata:\n${annotations}`));
  await controller.until('they are out', async () => (await admitted()).length === 4);
  expect(await admitted()).toEqual(demoSupport.slice(0, 4));
  await controller.until('nothing is held any more', async () => (await held()) === undefined);
});

it('a Lockout puts a person out of all accounts while everything is suspended', async () => {
  const rig = await startRig();
  const controller = await rig.startCalm();
  const [hers, colleagues] = [await signIn(rig, users.onCall2), await signIn(rig, users.onCall1)];
  const where = [accounts.dev, accounts.prod];
  const isIn = async (user: string): Promise<readonly boolean[]> =>
    Promise.all(where.map((id) => rig.isAdmitted(user, 'payments-debug', id)));
  for (const name of readdirSync(rig.policies))
    edit(rig, name, (text) =>
      text.replaceAll(/(\nkind: AccessPolicy\n[^]*?\nspec:\n)/g, '$1  suspend: true\n'),
    );
  rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.onCall3);
  rig.nudge();
  await controller.until(
    'changes are held',
    async () => ((await controller.metric('rolewarden_changes_held', { reason: 'suspended' })) ?? 0) > 0,
  );

  writeFileSync(
    join(rig.policies, 'lockouts.yaml'),
    `apiVersion: rolewarden/v1alpha1
kind: Lockout
metadata: { name: oncall-2 }
spec:
  person: ${users.onCall2}
  until: ${new Date(Date.now() + 86_400_000).toISOString().slice(0, 19)}Z
  reason: Her laptop was stolen
`,
  );
  await controller.until('she is refused in both accounts', async () =>
    (await isIn(users.onCall2)).every((isAdmitted) => !isAdmitted),
  );
  expect(await stateOf(rig, hers)).toBe('denied');
  await controller.sweeps(1);
  // Everybody else is frozen, the one who left too.
  expect([await isIn(users.onCall1), await isIn(users.onCall3)]).toEqual([
    [true, true],
    [true, true],
  ]);
  expect(await stateOf(rig, colleagues)).toBe('works');
});
