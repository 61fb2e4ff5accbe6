// A Federation that nobody has looked at: nothing is written, until what doctor found in a sign-in is committed.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type Rig, accounts, endAll, startRig, users } from './harness.ts';

afterEach(endAll);

const editFederation = (rig: Rig, edit: (text: string) => string): void => {
  const file = join(rig.policies, 'federation.yaml');
  const before = readFileSync(file, 'utf8');
  const after = edit(before);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
};

const saveSignIn = (rig: Rig): string => {
  const file = join(rig.folder, 'saved-sign-in.txt');
  const entry = { userId: users.onCall1, accountId: accounts.dev, roleName: 'payments-debug' };
  writeFileSync(file, rig.sandbox.signIn(entry));
  return file;
};

it('is held, says what to do, and goes on once what doctor printed is committed', async () => {
  const rig = await startRig();
  editFederation(rig, (text) => text.replaceAll(/^ *verified: .*\n/gm, ''));
  const controller = await rig.start();
  const held = { reason: 'federationUnverified' };
  await controller.until(
    'it is held',
    async () => (await controller.metric('rolewarden_policy_ready', held)) === 0,
  );
  await controller.sweeps(1);
  expect(await rig.isAdmitted(users.onCall1)).toBe(false);
  expect(rig.awsWrites()).toEqual([]);
  const told = await rig.run(['get', '--url', controller.apiUrl]);
  expect(told.stdout).toContain(
    'run `rolewarden doctor --assertion FILE`, and commit the line that it prints',
  );

  const doctor = await rig.run(['doctor', '--config', rig.config, '--assertion', saveSignIn(rig)]);
  expect(doctor.code, doctor.stdout + doctor.stderr).toBe(0);
  const [line = ''] = /^ *verified: saml-[0-9a-f]{12}$/m.exec(doctor.stdout) ?? [];
  expect(doctor.stderr).toContain('Delete ');
  editFederation(rig, (text) => text.replace(/^( *)nameId: .*\n/m, (all) => `${all}    ${line.trim()}\n`));

  await controller.until('she is let in', async () => rig.isAdmitted(users.onCall1));
  await controller.until(
    'it is held no more',
    async () =>
      (await controller.metric('rolewarden_policy_ready', { ...held, policy: 'payments-debug' })) ===
      undefined,
  );
});

it('is not verified by a sign-in with another NameID than it says, and the command says 2', async () => {
  const rig = await startRig();
  editFederation(rig, (text) =>
    text.replace('nameId: objectId', 'nameId: userPrincipalName\n    acceptMutable: true'),
  );
  const doctor = await rig.run([
    'doctor',
    '--config',
    rig.config,
    '--assertion',
    saveSignIn(rig),
    '-o',
    'json',
  ]);
  expect(doctor.code, doctor.stderr).toBe(2);
  const document = JSON.parse(doctor.stdout) as {
    readonly verified: string | null;
    readonly isCommitted: boolean;
    readonly checks: readonly { readonly what: string; readonly state: string }[];
  };
  expect(document).toMatchObject({ verified: null, isCommitted: false, federation: 'entra', part: 'saml' });
  expect(
    document.checks.filter(({ state }) => state !== 'ok').map(({ what, state }) => [what, state]),
  ).toEqual([['NameID', 'missing']]);
});

it('a Federation that is changed while the controller runs holds again, and a disabled person is out all the same', async () => {
  const rig = await startRig();
  const controller = await rig.startCalm();
  expect(await rig.isAdmitted(users.onCall1)).toBe(true);
  editFederation(rig, (text) =>
    text.replace('nameId: objectId', 'nameId: objectId\n    sendsSessionTags: true'),
  );
  await controller.until('the change is held', async () => {
    const labels = { account: 'dev', policy: 'payments-debug', reason: 'federationUnverified' };
    return (await controller.metric('rolewarden_policy_ready', labels)) === 0;
  });
  rig.sandbox.entra.updateUser(users.onCall1, { accountEnabled: false });
  await controller.until('she is out', () => {
    const trust = rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'payments-debug');
    return !(trust?.trustDocument ?? users.onCall1).includes(users.onCall1);
  });
});

it.each([
  [
    'a file that is not there',
    ['--assertion', 'nowhere.txt'],
    /nowhere\.txt cannot be read \(ENOENT\); name the file/,
  ],
  ['a Federation without a file', ['--federation', 'entra'], /give --assertion FILE as well/],
])('%s is an error that says what to do', async (_, args, message) => {
  const rig = await startRig();
  const doctor = await rig.run(['doctor', '--config', rig.config, ...args]);
  expect(doctor.code).toBe(1);
  expect(doctor.stderr).toMatch(message);
  expect(doctor.stdout).toBe('');
});
