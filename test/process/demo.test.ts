// What `npm start` runs, as a person runs it: the whole story, and Ctrl-C in the middle of it. It listens where
// manifests/example says, so it is skipped where something else listens there.

import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { killAll, runProgram, startProgram, until } from './child.ts';

const ports = [9461, 9462, 9463, 9464, 9465] as const;

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

const takenPorts = async (): Promise<readonly number[]> => {
  const taken = await Promise.all(ports.map(isTaken));
  return ports.filter((_, index) => taken[index]);
};

afterEach(killAll);

it('tells the whole story, and ends with nothing left behind', async (context) => {
  const taken = await takenPorts();
  context.skip(taken.length > 0, `something listens on ${taken.join(', ')}`);
  const { code, stdout, stderr } = await runProgram(['demo', '--rounds', '1']);
  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  const told = stdout
    .split('\n')
    .filter((line) => /^(?:→|  [✔✘]|Round|Done)/.test(line))
    .map((line) => line.replace(/\d+\.\d s/, 'N s'));
  expect(told).toEqual([
    'Round 1',
    '→ auditor-1@contoso.com is not in "Payments On-call" and asks for payments-debug in dev',
    '  ✔ auditor-1@contoso.com is refused in dev after N s (AccessDenied)',
    '→ She joins the group. Nobody touches AWS.',
    '  ✔ auditor-1@contoso.com may enter dev after N s',
    '  ✔ auditor-1@contoso.com may enter prod after N s',
    '→ In dev, payments-api shared its task role with all of payments; its binding gives it one of its own',
    '  ✔ payments-api runs with payments-api-task after N s, and shells would open',
    '→ oncall-1@contoso.com is on call; the policy gives a shell in the container api of payments-api',
    '  ✔ oncall-1@contoso.com gets a shell in the container api of payments-api',
    '  ✔ oncall-1@contoso.com is refused a shell in the container envoy of payments-api (AccessDeniedException)',
    '  ✔ oncall-1@contoso.com is refused a shell in the container api of payments-ledger (AccessDeniedException)',
    '→ oncall-3@contoso.com leaves the group',
    '  ✔ until now she could enter prod',
    '  ✔ oncall-3@contoso.com is refused in prod after N s (AccessDenied)',
    '→ Somebody adds platform-2@contoso.com to the trust policy of payments-debug in dev, by hand',
    '  ✘ platform-2@contoso.com may enter: that is drift',
    '  ✔ platform-2@contoso.com is refused in dev after N s (AccessDenied)',
    '→ A pipeline deploys payments-api in dev, and puts the old, shared task role back',
    '  ✔ payments-api runs with payments-api-task after N s, and shells would open',
    '→ auditor-1@contoso.com is disabled in Entra, still a member: a proven leaver',
    '  ✔ Entra itself refuses her at once (AADSTS50057)',
    '  ✔ no trust policy names auditor-1@contoso.com after N s',
    '  ✔ oncall-3@contoso.com may enter prod after N s',
    '  ✔ auditor-1@contoso.com is refused in dev after N s (AccessDenied)',
    'Done.',
  ]);
  expect(stdout).toMatch(/^ {4}rolewarden_drift\{account="dev",.*name="payments-debug".*\} 1$/m);
  expect(stdout).toMatch(/^ {4}rolewarden_drift\{account="dev",.*class="foreignRevision".*\} 1$/m);
  expect(await takenPorts()).toEqual([]);
});

it('ends cleanly on Ctrl-C in the middle of the story', async (context) => {
  const taken = await takenPorts();
  context.skip(taken.length > 0, `something listens on ${taken.join(', ')}`);
  const demo = startProgram(['demo']);
  await until('the story begins', () => demo.stdout().includes('Round 1'), demo.stderr);
  expect((await takenPorts()).length).toBe(ports.length);
  demo.kill('SIGINT');
  expect(await demo.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(demo.stdout()).toMatch(/Done\.\n$/);
  expect(await takenPorts()).toEqual([]);
});
