// Access for a time: what an activation in Privileged Identity Management gives ends by itself, with no controller left.

import { afterEach, expect, it } from 'vitest';
import { accounts, endAll, groups, startRig, users } from './harness.ts';
import { example, signIn, stateOf } from './sessions.ts';

afterEach(endAll);

const minuteMs = 60_000;

it('an activation ends in time, entry and session, with the controller killed', async () => {
  const rig = await startRig({
    policies: {
      'payments-incident.yaml': example('payments-incident.yaml'),
      'payments-debug.yaml': example('payments-debug.yaml'),
    },
  });
  const { aws, entra } = rig.sandbox;
  const controller = await rig.startCalm();
  const mayEnter = (user: string): Promise<boolean> =>
    rig.isAdmitted(user, 'payments-incident', accounts.prod);
  // A permanent member of the group, where the policy says standing: forbidden.
  expect([await mayEnter(users.onCall1), await mayEnter(users.platform1)]).toEqual([false, false]);

  const activatedAtMs = Date.now();
  entra.activate(users.platform1, groups.paymentsIncident, { durationMs: 15 * minuteMs });
  rig.nudge();
  await controller.until('she is admitted', () => mayEnter(users.platform1));
  const session = await signIn(rig, users.platform1, 'payments-incident', accounts.prod);
  const colleagues = await signIn(rig, users.onCall1, 'payments-debug', accounts.prod);
  expect(await stateOf(rig, session)).toBe('works');
  controller.kill('SIGKILL');
  await controller.ended;

  const atMinute = async (minutes: number): Promise<readonly [boolean, string]> => {
    aws.setClockSkew(activatedAtMs + minutes * minuteMs - Date.now());
    return [await mayEnter(users.platform1), await stateOf(rig, session)];
  };
  // Ends are rounded down to 5 minutes, so it lasts for 10 to 15.
  expect(await atMinute(9.5)).toEqual([true, 'works']);
  expect(await atMinute(15)).toEqual([false, 'denied']);
  expect(await mayEnter(users.onCall1)).toBe(false);
  expect(await rig.isAdmitted(users.onCall1, 'payments-debug', accounts.prod)).toBe(true);
  expect(await stateOf(rig, colleagues)).toBe('works');
});
