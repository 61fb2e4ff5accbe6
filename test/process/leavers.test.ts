// Out means out: entry, sessions and shells of whoever leaves end, those of her colleagues go on, and a controller that is
// killed on the way forgets nobody.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Controller, type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';
import { openShellOf, ownersOfShells, signIn, stateOf } from './sessions.ts';

let rig: Rig;
let controller: Controller;
beforeEach(async () => {
  rig = await startRig();
  controller = await rig.startCalm();
});
afterEach(endAll);

const trustOf = (accountId: string): string =>
  rig.sandbox.aws.roles(accountId).find((role) => role.name === 'payments-debug')?.trustDocument ?? '';

describe('a person who is disabled', () => {
  it('loses entry, session and shell in seconds, and her colleague loses nothing', async () => {
    const [hers, colleagues] = [await signIn(rig, users.onCall2), await signIn(rig, users.onCall1)];
    for (const session of [hers, colleagues]) await openShellOf(rig, session);
    expect([await stateOf(rig, hers), await stateOf(rig, colleagues)]).toEqual(['works', 'works']);
    rig.sandbox.entra.updateUser(users.onCall2, { accountEnabled: false });
    rig.nudge();
    await controller.until('her session is denied', async () => (await stateOf(rig, hers)) === 'denied');
    await controller.until(
      'no trust policy names her',
      () => ![accounts.dev, accounts.prod].some((id) => trustOf(id).includes(users.onCall2)),
    );
    await controller.until('her shell is ended', () => !ownersOfShells(rig).includes(users.onCall2));
    expect(ownersOfShells(rig)).toEqual([users.onCall1]);
    expect(await stateOf(rig, colleagues)).toBe('works');
    const ended = { account: 'dev', result: 'done' };
    await controller.until(
      'it is counted',
      async () =>
        (await controller.metric('rolewarden_sessions_ended_total', ended)) === 1 &&
        ((await controller.metric('rolewarden_revocation_seconds_count')) ?? 0) >= 2,
    );
  });

  it('comes back with a new session; the old one stays denied', async () => {
    const old = await signIn(rig, users.onCall2);
    const signedInAtMs = Date.now();
    rig.sandbox.entra.updateUser(users.onCall2, { accountEnabled: false });
    rig.nudge();
    await controller.until('her session is denied', async () => (await stateOf(rig, old)) === 'denied');
    // Sessions are told apart by the second in which they began.
    await controller.until('a second has passed', () => Date.now() > signedInAtMs + 1_000);
    rig.sandbox.entra.updateUser(users.onCall2, { accountEnabled: true });
    rig.nudge();
    await controller.until('she may enter, and work', async () => {
      if (!(await rig.isAdmitted(users.onCall2))) return false;
      return (await stateOf(rig, await signIn(rig, users.onCall2))) === 'works';
    });
    expect(await stateOf(rig, old)).toBe('denied');
  });
});

describe('kill -9 between the deny and the trust policy', () => {
  it('leaves her denied and still named, and the next controller finishes', async () => {
    const [hers, colleagues] = [await signIn(rig, users.onCall3), await signIn(rig, users.onCall1)];
    await openShellOf(rig, hers);
    const written: string[] = [];
    rig.sandbox.aws.onMutation(({ accountId, operation }) => {
      if (accountId === accounts.dev) written.push(operation);
      if (accountId === accounts.dev && operation === 'PutRolePolicy') controller.kill('SIGKILL');
    });
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.onCall3);
    rig.nudge();
    expect((await controller.ended).signal).toBe('SIGKILL');
    expect(written).toEqual(['PutRolePolicy']);
    expect(trustOf(accounts.dev)).toContain(users.onCall3);
    expect(await stateOf(rig, hers)).toBe('denied');
    // She may still sign in, to a session that is denied everything.
    expect(await stateOf(rig, await signIn(rig, users.onCall3))).toBe('denied');
    expect(ownersOfShells(rig)).toEqual([users.onCall3]);

    const next = await rig.start();
    await next.until('she is refused in both accounts', async () => {
      const entries = [accounts.dev, accounts.prod].map((id) =>
        rig.isAdmitted(users.onCall3, 'payments-debug', id),
      );
      return (await Promise.all(entries)).every((isAdmitted) => !isAdmitted);
    });
    await next.until('her shell is ended', () => ownersOfShells(rig).length === 0);
    expect(await stateOf(rig, hers)).toBe('denied');
    expect(await stateOf(rig, colleagues)).toBe('works');
  });
});
