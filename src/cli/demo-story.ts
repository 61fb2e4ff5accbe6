// The story of the demo. Every sentence that claims something was asked of the sandbox's STS first.

import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import { demoCluster, demoIds } from '../sandbox/demo-world.ts';
import { openShell } from '../sandbox/open-shell.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Narrator } from './demo-narrator.ts';

export interface StoryOptions {
  readonly sandbox: Sandbox;
  readonly narrator: Narrator;
  readonly metricsUrl: string;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

const { users, groups, accounts } = demoIds;
const role = 'payments-debug';
const timeLimitMs = 60_000;
const pauseMs = 1_500;

interface Person {
  readonly id: string;
  readonly name: string;
}

const nameOf = (accountId: string): string => (accountId === accounts.dev ? 'dev' : 'prod');

const newcomer: Person = { id: users.auditor1, name: 'auditor-1@contoso.com' };
const engineer: Person = { id: users.onCall1, name: 'oncall-1@contoso.com' };
const leaver: Person = { id: users.onCall3, name: 'oncall-3@contoso.com' };
const intruder: Person = { id: users.platform2, name: 'platform-2@contoso.com' };

const createActs = ({ sandbox, narrator, metricsUrl, signal }: StoryOptions) => {
  const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`;

  const tryToEnter = (person: Person, accountId: string) =>
    sandbox.enter({ userId: person.id, accountId, roleName: role });

  /** Tries again and again until STS answers as it should. */
  const until = async (
    person: Person,
    accountId: string,
    admitted: boolean,
    startedAtMs = Date.now(),
  ): Promise<string> => {
    for (;;) {
      const answer = await tryToEnter(person, accountId);
      if (answer.admitted === admitted) {
        const outcome = admitted ? 'may enter' : 'is refused in';
        const reason = admitted ? '' : ` (${answer.code})`;
        narrator.result(
          true,
          `${person.name} ${outcome} ${nameOf(accountId)} after ${seconds(startedAtMs)}${reason}`,
        );
        return answer.message;
      }
      if (Date.now() - startedAtMs > timeLimitMs) {
        throw new AppError(
          'transient',
          `${person.name} should ${admitted ? '' : 'not '}be admitted by now; look at the controller's log (--show-logs)`,
        );
      }
      await sleep(200, undefined, { signal });
    }
  };

  const driftLines = async (): Promise<readonly string[]> => {
    const text = await (await fetch(`${metricsUrl}/metrics`, { signal })).text();
    return text
      .split('\n')
      .filter(
        (line) =>
          line.startsWith('rolewarden_drift{') &&
          line.includes(`account="dev"`) &&
          line.includes(`name="${role}"`),
      );
  };

  /** Looks at /metrics until it shows drift of the role in dev, or none. */
  const untilDrift = async (isExpected: boolean): Promise<readonly string[]> => {
    const startedAtMs = Date.now();
    for (;;) {
      const lines = await driftLines();
      if (lines.length > 0 === isExpected) return lines;
      if (Date.now() - startedAtMs > timeLimitMs) {
        throw new AppError(
          'transient',
          `/metrics should show ${isExpected ? 'drift' : 'no drift'} by now; look at the controller's log (--show-logs)`,
        );
      }
      await sleep(100, undefined, { signal });
    }
  };

  /** Waits until no trust policy of the role names her any more. */
  const untilUnnamed = async (person: Person): Promise<void> => {
    const startedAtMs = Date.now();
    const isNamed = (): boolean =>
      [accounts.dev, accounts.prod].some((id) =>
        sandbox.aws.roles(id).some((one) => one.name === role && one.trustDocument.includes(person.id)),
      );
    while (isNamed()) {
      if (Date.now() - startedAtMs > timeLimitMs)
        throw new AppError('transient', `the trust policies should not name ${person.name} by now`);
      await sleep(100, undefined, { signal });
    }
    narrator.result(true, `no trust policy names ${person.name} after ${seconds(startedAtMs)}`);
  };

  /** She enters dev, and asks ECS for a shell. */
  const tryShell = async (
    person: Person,
    service: string,
    container: string,
    expected: boolean,
  ): Promise<void> => {
    const { admitted, code, credentials } = await tryToEnter(person, accounts.dev);
    if (credentials === undefined) {
      narrator.result(false, `${person.name} should be able to enter dev (${code})`);
      return;
    }
    const shell = await openShell(sandbox.aws.url, credentials, { ...demoCluster, service, container });
    const outcome = shell.opened ? 'gets a shell' : 'is refused a shell';
    const reason = shell.opened ? '' : ` (${shell.code})`;
    narrator.result(
      admitted && shell.opened === expected,
      `${person.name} ${outcome} in the container ${container} of ${service}${reason}`,
    );
  };

  return {
    tryToEnter,
    tryShell,
    until,
    untilDrift,
    untilUnnamed,
    pause: () => sleep(pauseMs, undefined, { signal }),
  };
};

const round = async (options: StoryOptions): Promise<void> => {
  const { sandbox, narrator } = options;
  const { tryToEnter, tryShell, until, untilDrift, untilUnnamed, pause } = createActs(options);

  narrator.act(`${newcomer.name} is not in "Payments On-call" and asks for ${role} in dev`);
  await until(newcomer, accounts.dev, false);
  await pause();

  narrator.act(`She joins the group. Nobody touches AWS.`);
  sandbox.entra.addMember(groups.paymentsOnCall, newcomer.id);
  await until(newcomer, accounts.dev, true);
  await until(newcomer, accounts.prod, true);
  await pause();

  narrator.act(`${engineer.name} is on call; the policy gives a shell in the container api of payments-api`);
  await tryShell(engineer, 'payments-api', 'api', true);
  await tryShell(engineer, 'payments-api', 'envoy', false);
  await tryShell(engineer, 'payments-ledger', 'api', false);
  await pause();

  narrator.act(`${leaver.name} leaves the group`);
  const before = await tryToEnter(leaver, accounts.prod);
  narrator.result(before.admitted, `until now she ${before.admitted ? 'could' : 'could not'} enter prod`);
  sandbox.entra.removeMember(groups.paymentsOnCall, leaver.id);
  await until(leaver, accounts.prod, false);
  await pause();

  // The last repair is verified, so that the drift to come is the one of this act.
  await untilDrift(false);
  narrator.act(`Somebody adds ${intruder.name} to the trust policy of ${role} in dev, by hand`);
  const editedAtMs = Date.now();
  sandbox.aws.editRole(accounts.dev, role, (edited) => {
    edited.trustDocument = edited.trustDocument.replace(users.onCall1, `${users.onCall1}","${intruder.id}`);
  });
  const sneaked = await tryToEnter(intruder, accounts.dev);
  narrator.result(
    !sneaked.admitted,
    `${intruder.name} ${sneaked.admitted ? 'may enter' : 'may not enter'}: that is drift`,
  );
  narrator.quote(await untilDrift(true));
  await until(intruder, accounts.dev, false, editedAtMs);
  narrator.say(
    '    The trust policy is repaired; the change is in rolewarden_changes_total and in the journal.',
  );
  await pause();

  narrator.act(`${newcomer.name} is disabled in Entra, still a member: a proven leaver`);
  sandbox.entra.updateUser(newcomer.id, { accountEnabled: false });
  const answer = await tryToEnter(newcomer, accounts.dev);
  narrator.result(!answer.admitted, `Entra itself refuses her at once (${answer.code})`);
  await untilUnnamed(newcomer);
  await pause();

  narrator.say('\nThe world is put back as it was, and the story begins again. Ctrl-C ends it.');
  sandbox.entra.updateUser(newcomer.id, { accountEnabled: true });
  sandbox.entra.removeMember(groups.paymentsOnCall, newcomer.id);
  sandbox.entra.addMember(groups.paymentsOnCall, leaver.id);
  await until(leaver, accounts.prod, true);
  await until(newcomer, accounts.dev, false);
};

export const tellStory = async (options: StoryOptions): Promise<void> => {
  for (let number = 1; number <= options.rounds; number += 1) {
    options.narrator.title(`Round ${number}`);
    await round(options);
  }
};
