// The policy folder while the controller runs: emptied, removed, swapped, broken. What cannot be read closes nothing.

import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Controller, type Rig, accounts, endAll, startRig, users } from './harness.ts';

let rig: Rig;
let controller: Controller;
let saved: string;
beforeEach(async () => {
  rig = await startRig();
  saved = join(rig.folder, 'saved');
  cpSync(rig.policies, saved, { recursive: true });
  controller = await rig.startCalm();
  rig.sandbox.aws.requests.clear();
});
afterEach(endAll);

const state = (): string =>
  JSON.stringify([accounts.dev, accounts.prod].map((id) => rig.sandbox.aws.roles(id)));

const everybodyIsIn = async (): Promise<void> => {
  expect(await rig.isAdmitted(users.onCall1)).toBe(true);
  expect(await rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod)).toBe(true);
  expect(await rig.isAdmitted(users.platform1, 'platform-dev')).toBe(true);
};

const untilMessage = (pattern: RegExp): Promise<void> =>
  controller.until(`a message like ${pattern}`, async () =>
    (await controller.status()).sources.policies.messages.some((message) => pattern.test(message)),
  );

const untilGood = (): Promise<void> =>
  controller.until('the policies are read again', async () => {
    const { isReadable, isComplete, messages } = (await controller.status()).sources.policies;
    return isReadable && isComplete && messages.length === 0;
  });

const restore = (): void => {
  rmSync(rig.policies, { recursive: true, force: true });
  cpSync(saved, rig.policies, { recursive: true });
};

describe('the policy folder is unreadable', () => {
  const mishaps: readonly (readonly [name: string, mishap: () => void, sentence: RegExp])[] = [
    [
      'emptied',
      () => {
        for (const name of ['accounts', 'federation', 'payments-debug', 'platform'])
          unlinkSync(join(rig.policies, `${name}.yaml`));
      },
      /no policies can be read from policies/,
    ],
    ['removed', () => rmSync(rig.policies, { recursive: true }), /no policies can be read from policies/],
    [
      'replaced by a file',
      () => {
        rmSync(rig.policies, { recursive: true });
        writeFileSync(rig.policies, 'not a folder');
      },
      /policies.*is a file/,
    ],
  ];

  it.for(mishaps)(
    '%s: everything stays as it is, and the last good policies stay in force',
    async ([, mishap, sentence]) => {
      const before = state();
      mishap();
      await untilMessage(sentence);
      await controller.sweeps(2);
      expect(rig.awsWrites()).toEqual([]);
      expect(state()).toBe(before);
      await everybodyIsIn();
      expect(await controller.metric('rolewarden_unreadable', { source: 'policies' })).toBe(1);
      // The last good policies are still enforced.
      rig.sandbox.aws.editRole(accounts.dev, 'payments-debug', (role) => {
        role.trustDocument = role.trustDocument.replace(
          users.onCall1,
          `${users.onCall1}","${users.platform2}`,
        );
      });
      await controller.until('a hand edit is repaired', async () => !(await rig.isAdmitted(users.platform2)));
      restore();
      await untilGood();
      await controller.sweeps(1);
      await everybodyIsIn();
    },
  );
});

describe('single files', () => {
  it('a broken file closes nothing, is named with its place, and holds back the rest of what seems gone', async () => {
    const before = state();
    writeFileSync(
      join(rig.policies, 'payments-debug.yaml'),
      'apiVersion: rolewarden/v1alpha1\nkind: AccessPolicy\nmetadata: {\n',
    );
    unlinkSync(join(rig.policies, 'platform.yaml'));
    await untilMessage(/^policies\/payments-debug\.yaml:\d+:\d+: /);
    await controller.sweeps(2);
    expect(rig.awsWrites()).toEqual([]);
    expect(state()).toBe(before);
    await everybodyIsIn();
    expect(await controller.metric('rolewarden_policy_problems', { severity: 'error' })).toBeGreaterThan(0);
    expect(await controller.metric('rolewarden_changes_held', { reason: 'sourcesInvalid' })).toBeGreaterThan(
      0,
    );
    restore();
    await untilGood();
    await controller.until(
      'nothing is held for it any more',
      async () =>
        (await controller.metric('rolewarden_changes_held', { reason: 'sourcesInvalid' })) === undefined,
    );
    await everybodyIsIn();
  });

  it('a removed policy closes its role, which stays, and the policy opens it again', async () => {
    unlinkSync(join(rig.policies, 'platform.yaml'));
    await controller.until(
      'its two people are out',
      async () => !(await rig.isAdmitted(users.platform1, 'platform-dev')),
    );
    const role = rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'platform-dev');
    expect(JSON.parse(role?.trustDocument ?? '{}')).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 'sts:AssumeRoleWithWebIdentity' },
        { Effect: 'Deny', Action: 'sts:AssumeRoleWithSAML' },
      ],
    });
    expect(await rig.isAdmitted(users.onCall1)).toBe(true);
    restore();
    await controller.until('its people are in again', () => rig.isAdmitted(users.platform1, 'platform-dev'));
    await controller.until('its permissions are back', () =>
      (
        rig.sandbox.aws.roles(accounts.dev).find(({ name }) => name === 'platform-dev')?.inlinePolicies[
          'rolewarden-access'
        ] ?? ''
      ).includes('ecs:UpdateService'),
    );
  });
});

describe('the folder is a link that is swapped, as Kubernetes and git-sync do', () => {
  it('a swap is noticed, and closes nothing on the way', async () => {
    const losses: string[] = [];
    rig.sandbox.aws.onMutation(() => {
      for (const id of [accounts.dev, accounts.prod])
        for (const { name, trustDocument } of rig.sandbox.aws.roles(id))
          if (name === 'payments-debug' && !trustDocument.includes(users.onCall1))
            losses.push(`${id} ${name}`);
    });
    const link = (target: string): void => {
      symlinkSync(target, join(rig.folder, 'new-link'));
      renameSync(join(rig.folder, 'new-link'), rig.policies);
    };
    for (const version of ['one', 'two']) cpSync(saved, join(rig.folder, version), { recursive: true });
    rmSync(rig.policies, { recursive: true });
    link('one');
    await untilGood();
    const two = join(rig.folder, 'two', 'payments-debug.yaml');
    writeFileSync(two, readFileSync(two, 'utf8').replace('maxSession: 1h', 'maxSession: 2h'));
    link('two');
    await controller.until('the new policy is in force in both accounts', () =>
      [accounts.dev, accounts.prod].every((id) =>
        rig.sandbox.aws
          .roles(id)
          .some(({ name, maxSessionSeconds }) => name === 'payments-debug' && maxSessionSeconds === 7200),
      ),
    );
    rmSync(join(rig.folder, 'one'), { recursive: true });
    mkdirSync(join(rig.folder, 'one'));
    await controller.sweeps(1);
    await everybodyIsIn();
    expect(losses).toEqual([]);
  });
});
