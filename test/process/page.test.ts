// The status page of the real controller, and the token that keeps it from others.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { textOf } from '../report/page/served-page.ts';
import { type Rig, endAll, startRig, users } from './harness.ts';

afterEach(endAll);

const token = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const bearer = { Authorization: `Bearer ${token}` };

/** Others reach its API. */
const startOpenRig = async (): Promise<Rig> => {
  const rig = await startRig();
  const text = readFileSync(rig.config, 'utf8');
  writeFileSync(rig.config, text.replace('api: { address: 127.0.0.1', 'api: { address: 0.0.0.0'));
  return rig;
};

it('the status page shows what the controller knows, and what it did', async () => {
  const rig = await startRig();
  const controller = await rig.startCalm();
  const overview = textOf(await (await fetch(controller.apiUrl)).text());
  expect(overview).toMatch(/3 policies: 1 held, 2 ready; nothing needs a person/);
  expect(overview).toMatch(/audit-prod +held +observeOnly/);
  const policy = textOf(await (await fetch(`${controller.apiUrl}/policies/payments-debug`)).text());
  expect(policy).toMatch(/oncall-1@contoso.com \S+ +in +no end +via group "Payments On-call"/);
  expect(policy).toContain('The trust policy is as the policy wants it');
  expect(policy).toContain(`"${users.onCall1}" oncall-1@contoso.com`);
  expect(policy).toMatch(/change +grant +oncall-\d@contoso.com/);
});

describe('an API that others reach', () => {
  const refusals: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    [
      'no token',
      {},
      'spec.api.address 0.0.0.0 can be reached from other machines, and the API names people: set ROLEWARDEN_API_TOKEN to at least 32 random characters',
    ],
    ['a short token', { ROLEWARDEN_API_TOKEN: 'hunter2hunter2' }, 'ROLEWARDEN_API_TOKEN has 14 characters'],
    [
      'a token that no header takes',
      { ROLEWARDEN_API_TOKEN: `hunter2hunter2 ${token}` },
      'ROLEWARDEN_API_TOKEN has characters that no header takes',
    ],
  ];
  it.each(refusals)(
    'with %s is not opened: the controller ends with a sentence',
    async (_name, environment, said) => {
      const rig = await startOpenRig();
      const { code, stdout, stderr } = await rig.run(['run', '--config', rig.config], environment);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(said);
      expect(stderr).not.toContain('hunter2');
    },
  );

  it('is asked with the token, by page, API and commands; who has none is counted', async () => {
    const rig = await startOpenRig();
    const controller = await rig.start({ ROLEWARDEN_API_TOKEN: `${token}\n` });
    await controller.until('the controller is ready', async () => (await controller.readiness()).ready);
    const { apiUrl } = controller;
    const asked = (headers: Readonly<Record<string, string>>) => fetch(`${apiUrl}/`, { headers });
    expect((await asked({})).status).toBe(401);
    expect((await asked({ Authorization: `Bearer ${'0'.repeat(32)}` })).status).toBe(401);
    expect(textOf(await (await asked(bearer)).text())).toContain('payments-debug');

    const get = ['get', '--url', apiUrl];
    const explain = [
      'explain',
      '--url',
      apiUrl,
      '--who',
      'oncall-1@contoso.com',
      '--policy',
      'payments-debug',
    ];
    for (const command of [get, explain]) {
      const without = await rig.run(command);
      expect([without.code, without.stdout]).toEqual([1, '']);
      expect(without.stderr).toContain(
        'it asks for its token: set ROLEWARDEN_API_TOKEN to the one that the controller has',
      );
      const having = await rig.run(command, { ROLEWARDEN_API_TOKEN: token });
      expect(having.stdout).toContain('payments-debug');
    }

    const refused = (reason: string) => controller.metric('rolewarden_api_refused_total', { reason });
    expect([await refused('noToken'), await refused('wrongToken')]).toEqual([3, 1]);
    expect(controller.stderr() + controller.stdout()).not.toContain(token);
  });

  it('is asked with the token on loopback, too, where one is set', async () => {
    const rig = await startRig();
    const { apiUrl } = await rig.start({ ROLEWARDEN_API_TOKEN: token });
    expect((await fetch(`${apiUrl}/api/v1/status`)).status).toBe(401);
    expect((await fetch(`${apiUrl}/api/v1/status`, { headers: bearer })).status).toBe(200);
  });
});
