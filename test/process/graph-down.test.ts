// Entra is out of reach when the controller starts: it starts all the same, says so, touches nothing, and catches up.

import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/world.ts';
import { type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

afterEach(endAll);

const everything = { service: 'graph', operation: '*' } as const;
const outages: readonly (readonly [name: string, fault: Fault, sentence: RegExp])[] = [
  [
    'the token endpoint answers 503',
    {
      service: 'token',
      operation: '*',
      effect: { kind: 'error', status: 503, code: 'temporarily_unavailable' },
    },
    /Entra could not be read: .*token/,
  ],
  [
    'Graph answers 503',
    { ...everything, effect: { kind: 'error', status: 503, code: 'ServiceUnavailable' } },
    /Entra could not be read: .*503/,
  ],
  [
    'Graph never answers',
    { ...everything, effect: { kind: 'hang' } },
    /Entra could not be read: .*gave no answer .* within 2000 ms/,
  ],
];

const roles = ({ sandbox }: Rig): string =>
  JSON.stringify([accounts.dev, accounts.prod].map((id) => sandbox.aws.roles(id)));

describe('when Entra is out of reach at the start', () => {
  it.for(outages)('%s: nothing changes until it is back', async ([, fault, sentence]) => {
    const rig = await startRig();
    const first = await rig.run(['run', '--once', '--no-journal']);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    rig.sandbox.entra.addMember(groups.paymentsOnCall, users.auditor1);
    rig.sandbox.entra.removeMember(groups.paymentsOnCall, users.onCall3);
    const before = roles(rig);
    rig.sandbox.aws.requests.clear();
    rig.sandbox.entra.addFault(fault);
    const controller = await rig.start();
    await controller.until('readiness says that Entra could not be read', async () => {
      const { status, ready, reasons } = await controller.readiness();
      return status === 503 && !ready && reasons.some((reason) => sentence.test(reason));
    });
    await controller.sweeps(2);
    const health = await fetch(`${controller.metricsUrl}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, 'ok\n']);
    expect(rig.awsWrites()).toEqual([]);
    expect(roles(rig)).toBe(before);
    expect(await rig.isAdmitted(users.onCall3)).toBe(true);
    expect(await rig.isAdmitted(users.auditor1)).toBe(false);

    rig.sandbox.entra.clearFaults();
    await controller.until('it is ready', async () => (await controller.readiness()).status === 200);
    await controller.until(
      'the newcomer is in and the leaver is out',
      async () => (await rig.isAdmitted(users.auditor1)) && !(await rig.isAdmitted(users.onCall3)),
    );
    expect(await rig.isAdmitted(users.onCall1)).toBe(true);
  });

  it('the client secret is wrong: the sentence names the variable, and nothing changes', async () => {
    const rig = await startRig();
    const controller = await rig.start({ AZURE_CLIENT_SECRET: 'wrong' });
    await controller.until('readiness names the secret', async () =>
      (await controller.readiness()).reasons.some((reason) => /AZURE_CLIENT_SECRET/.test(reason)),
    );
    await controller.sweeps(1);
    expect((await controller.readiness()).status).toBe(503);
    expect(await rig.isAdmitted(users.onCall1)).toBe(false);
    const { entra } = (await controller.status()).sources;
    expect(entra.message).toMatch(/AADSTS7000215|client secret/i);
    expect(controller.stdout() + controller.stderr()).not.toContain('"wrong"');
  });
});
