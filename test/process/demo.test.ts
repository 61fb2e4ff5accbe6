// What `npm start` runs, as a person runs it: the whole story, alone and as a pair of replicas, and Ctrl-C in the middle of
// it. It listens where manifests/example says, so it is skipped where something else listens there.

import { connect } from 'node:net';
import { afterEach, expect, it, type TestContext } from 'vitest';
import { killAll, runProgram, startProgram, until } from './child.ts';

const ports = [9461, 9462, 9463, 9464, 9465];
const pairPorts = [...ports, 9466, 9467];

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
  const taken = await Promise.all(pairPorts.map(isTaken));
  return pairPorts.filter((_, index) => taken[index]);
};

const skipWhereTaken = async (context: TestContext): Promise<void> => {
  const taken = await takenPorts();
  context.skip(taken.length > 0, `something listens on ${taken.join(', ')}`);
};

afterEach(killAll);

/** What the demo says of who did what, and of what followed. */
const told = (stdout: string): readonly string[] =>
  stdout
    .split('\n')
    .filter((line) => /^(?:→|  [✔✘]|Round|Done)/.test(line))
    .map((line) => line.replace(/\d+\.\d s/, 'N s'));

/** A round; `takeovers`: what a pair adds. */
const story = (isPair: boolean, takeovers: readonly string[] = []): readonly string[] => [
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
  '→ auditor-1@contoso.com is disabled in Entra, still a member: a proven leaver, with a session for an hour and a shell open',
  '  ✔ the Session Manager lists her shell, and one of oncall-1@contoso.com',
  '  ✔ Entra itself refuses her at once (AADSTS50057)',
  '  ✔ the session of auditor-1@contoso.com is denied after N s (AccessDeniedException)',
  '  ✔ no trust policy names auditor-1@contoso.com after N s',
  '  ✔ her shell is ended after N s',
  '  ✔ the session of oncall-1@contoso.com works',
  '  ✔ the shell of oncall-1@contoso.com stays open',
  '→ oncall-3@contoso.com leaves the group',
  '  ✔ until now she could enter prod',
  '  ✔ oncall-3@contoso.com is refused in prod after N s (AccessDenied)',
  ...takeovers,
  '→ Changes are frozen: every policy says suspend: true, and support-1@contoso.com leaves "Support"',
  '→ A Lockout of oncall-2@contoso.com, who is signed in to dev, is committed all the same',
  '  ✔ oncall-2@contoso.com is refused in dev after N s (AccessDenied)',
  '  ✔ oncall-2@contoso.com is refused in prod after N s (AccessDenied)',
  '  ✔ the session of oncall-2@contoso.com is denied after N s (AccessDeniedException)',
  '  ✔ support-1@contoso.com may enter dev as support-logs after N s',
  '→ Somebody takes four of the eight people of "Support" out at once. A mistake?',
  '  ✔ the four may enter dev as support-logs after N s',
  '→ What `rolewarden plan` says of it',
  '→ It is meant. `rolewarden ack policy:dev/support-logs` prints what to commit',
  '  ✔ the four are refused in dev as support-logs after N s (AccessDenied)',
  '  ✔ the other four may enter dev as support-logs after N s',
  '→ Somebody adds platform-2@contoso.com to the trust policy of payments-debug in dev, by hand',
  '  ✘ platform-2@contoso.com may enter: that is drift',
  '  ✔ platform-2@contoso.com is refused in dev after N s (AccessDenied)',
  '→ A pipeline deploys payments-api in dev, and puts the old, shared task role back',
  '  ✔ payments-api runs with payments-api-task after N s, and shells would open',
  '→ "Payments Incident" is under Privileged Identity Management, and the policy says standing: forbidden',
  '  ✔ oncall-1@contoso.com is refused in prod as payments-incident after N s (AccessDenied)',
  '→ platform-1@contoso.com activates her membership for 10 minutes: "payments are stuck", INC-42',
  '  ✔ platform-1@contoso.com may enter prod as payments-incident after N s',
  '  ✔ the session of platform-1@contoso.com works',
  `→ ${isPair ? 'Both replicas are' : 'The controller is'} killed (kill -9). Nothing is left that could put anybody out.`,
  '  ✔ platform-1@contoso.com is refused in prod as payments-incident after N s (AccessDenied)',
  '  ✔ the session of platform-1@contoso.com is denied after N s (AccessDeniedException)',
  '  ✔ oncall-1@contoso.com may enter prod after N s',
  `→ The clock is set back, she ends her activation, and the ${isPair ? 'replicas start' : 'controller starts'} again`,
  '  ✔ no trust policy names platform-1@contoso.com after N s',
  '  ✔ oncall-3@contoso.com may enter prod after N s',
  '  ✔ oncall-2@contoso.com may enter dev after N s',
  '  ✔ the four of "Support" may enter dev as support-logs after N s',
  ...(isPair ? ['  ✔ platform-2@contoso.com may enter dev as platform-dev after N s'] : []),
  '  ✔ auditor-1@contoso.com is refused in dev after N s (AccessDenied)',
];

const killed = (victim: string, other: string): readonly string[] => [
  `→ Replica ${victim} works, and replica ${other} stands by. platform-2@contoso.com is in "Platform Engineers"`,
  '  ✔ platform-2@contoso.com may enter dev as platform-dev after N s',
  `→ Replica ${victim} is killed (kill -9), and she leaves the group in that very moment`,
  `  ✔ replica ${other} has taken over after N s`,
  '  ✔ platform-2@contoso.com is refused in dev as platform-dev after N s (AccessDenied)',
  `  ✔ replica ${victim}, started again, stands by`,
];
const toldToStop = (working: string, other: string): readonly string[] => [
  `→ Replica ${working} is told to stop (SIGTERM): it finishes what it is writing, and gives its lease away`,
  `  ✔ replica ${other} has taken over after N s`,
  `  ✔ replica ${working}, started again, stands by`,
];

it('tells the whole story, and ends with nothing left behind', async (context) => {
  await skipWhereTaken(context);
  const { code, stdout, stderr } = await runProgram(['demo', '--rounds', '1']);
  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  expect(told(stdout)).toEqual(['Round 1', ...story(false), 'Done.']);
  expect(stdout).toMatch(/^ {4}rolewarden_drift\{account="dev",.*name="payments-debug".*\} 1$/m);
  expect(stdout).toMatch(/^ {4}rolewarden_drift\{account="dev",.*class="foreignRevision".*\} 1$/m);
  expect(stdout).toMatch(/^ {4}rolewarden_revocation_seconds: \d+\.\d\d s on average, 2 times/m);
  expect(stdout).toMatch(/^ {4}rolewarden_sessions_ended_total: 1 more$/m);
  expect(stdout).toMatch(/^ {4}Held: breaker: 4 of 8 people .*`rolewarden ack policy:dev\/support-logs`/m);
  expect(stdout).toMatch(/^ {8}rolewarden\/acknowledge: \|$/m);
  expect(await takenPorts()).toEqual([]);
});

it('as a pair tells the same story, and in two rounds each replica is killed once', {
  timeout: 600_000,
}, async (context) => {
  await skipWhereTaken(context);
  const { code, stdout, stderr } = await runProgram(['demo', '--replicas', '--rounds', '2']);
  expect(stderr).toBe('');
  expect(code, stdout).toBe(0);
  const victims = [...stdout.matchAll(/^→ Replica (\w) is killed/gm)].map(([, name]) => name ?? '');
  expect(victims.toSorted()).toEqual(['A', 'B']);
  const rounds = victims.flatMap((victim, index) => {
    const other = victim === 'A' ? 'B' : 'A';
    // Who works after both were killed is a race; whoever was killed last is told to stop first, so that the other is next.
    const text = stdout.split('\nRound ')[index + 1] ?? '';
    const isToldFirst = text.indexOf('is told to stop') < text.indexOf(`Replica ${victim} is killed`);
    const takeovers = [killed(victim, other), toldToStop(other, victim)];
    const inOrder = (isToldFirst ? takeovers.toReversed() : takeovers).flat();
    return [`Round ${index + 1}`, ...story(true, inOrder)];
  });
  expect(told(stdout)).toEqual([...rounds, 'Done.']);
  for (const port of [9464, 9466]) expect(stdout).toContain(`http://127.0.0.1:${port}/metrics\n`);
  for (const port of [9465, 9467]) expect(stdout).toContain(`http://127.0.0.1:${port}/\n`);
  expect(await takenPorts()).toEqual([]);
});

it.for([
  { name: 'alone', args: ['demo'], listening: ports },
  { name: 'as a pair', args: ['demo', '--replicas'], listening: pairPorts },
])('$name ends cleanly on Ctrl-C in the middle of the story', async ({ args, listening }, context) => {
  await skipWhereTaken(context);
  const demo = startProgram(args);
  await until('the story begins', () => demo.stdout().includes('Round 1'), demo.stderr);
  expect(await takenPorts()).toEqual(listening);
  demo.kill('SIGINT');
  expect(await demo.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(demo.stdout()).toMatch(/Done\.\n$/);
  expect(await takenPorts()).toEqual([]);
});
