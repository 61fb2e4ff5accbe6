// The story of the demo. Every sentence that claims something was asked of the sandbox's STS and ECS, or read in the
// controller's metrics, first.

import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../domain/errors.ts';
import { demoCluster, demoIds, demoSharedTaskRole } from '../sandbox/demo-world.ts';
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
/** The one that manifests/example/policies/payments-api.yaml binds. */
const service = 'payments-api';
const ownTaskRole = 'payments-api-task';
const serviceName = `${demoCluster.region}/${demoCluster.cluster}/${service}`;
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

  /** Looks at /metrics until they are as expected; answers the lines of dev that begin so and hold all of these labels. */
  const untilMetrics = async (
    metric: string,
    labels: Readonly<Record<string, string>>,
    isExpected: (lines: readonly string[]) => boolean,
    expectation: string,
  ): Promise<readonly string[]> => {
    const startedAtMs = Date.now();
    const parts = Object.entries({ account: 'dev', ...labels }).map(([name, value]) => `${name}="${value}"`);
    for (;;) {
      const text = await (await fetch(`${metricsUrl}/metrics`, { signal })).text();
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(`${metric}{`) && parts.every((part) => line.includes(part)));
      if (isExpected(lines)) return lines;
      if (Date.now() - startedAtMs > timeLimitMs) {
        throw new AppError(
          'transient',
          `/metrics should show ${expectation} by now; look at the controller's log (--show-logs)`,
        );
      }
      await sleep(100, undefined, { signal });
    }
  };

  const someLine = (lines: readonly string[]): boolean => lines.length > 0;
  const noLine = (lines: readonly string[]): boolean => lines.length === 0;

  /** Until /metrics show drift of a role or a service in dev, or none. */
  const untilDrift = (isExpected: boolean, name = role): Promise<readonly string[]> =>
    untilMetrics(
      'rolewarden_drift',
      { name },
      isExpected ? someLine : noLine,
      `${isExpected ? 'drift' : 'no drift'} of ${name}`,
    );

  const untilHeld = (reason: string): Promise<readonly string[]> =>
    untilMetrics('rolewarden_changes_held', { reason }, someLine, `a change held as ${reason}`);

  /** Until the service runs as its binding says, and a shell in it would open. */
  const untilBound = async (): Promise<void> => {
    const startedAtMs = Date.now();
    const isOne = (lines: readonly string[]): boolean => lines.some((line) => line.endsWith(' 1'));
    const ready = { reason: 'Ready' };
    await untilMetrics(
      'rolewarden_binding_ready',
      { ...ready, binding: service },
      isOne,
      'a binding in force',
    );
    await untilMetrics('rolewarden_exec_ready', { ...ready, service }, isOne, 'shells that would open');
    narrator.result(
      true,
      `${service} runs with ${ownTaskRole} after ${seconds(startedAtMs)}, and shells would open`,
    );
  };

  /** As a pipeline does: the newest task definition with a task role of its own choice, registered and deployed. */
  const deployWith = (taskRole: string): void => {
    const taskRoleArn = `arn:aws:iam::${accounts.dev}:role/${taskRole}`;
    const place = { accountId: accounts.dev, region: demoCluster.region };
    sandbox.aws.ecs.updateService(place, demoCluster.cluster, service, {
      revision: (newest) => ({ ...newest, taskRoleArn }),
    });
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
    untilHeld,
    untilBound,
    deployWith,
    untilUnnamed,
    pause: () => sleep(pauseMs, undefined, { signal }),
  };
};

const round = async (options: StoryOptions): Promise<void> => {
  const { sandbox, narrator } = options;
  const { tryToEnter, tryShell, until, untilDrift, untilHeld, untilBound, untilUnnamed, deployWith, pause } =
    createActs(options);

  narrator.act(`${newcomer.name} is not in "Payments On-call" and asks for ${role} in dev`);
  await until(newcomer, accounts.dev, false);
  await pause();

  narrator.act(`She joins the group. Nobody touches AWS.`);
  sandbox.entra.addMember(groups.paymentsOnCall, newcomer.id);
  await until(newcomer, accounts.dev, true);
  await until(newcomer, accounts.prod, true);
  await pause();

  narrator.act(
    `In dev, ${service} shared its task role with all of payments; its binding gives it one of its own`,
  );
  await untilBound();
  await pause();

  narrator.act(`${engineer.name} is on call; the policy gives a shell in the container api of ${service}`);
  await tryShell(engineer, service, 'api', true);
  await tryShell(engineer, service, 'envoy', false);
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

  narrator.act(`A pipeline deploys ${service} in dev, and puts the old, shared task role back`);
  deployWith(demoSharedTaskRole);
  await untilHeld('contested');
  narrator.quote(await untilDrift(true, serviceName));
  narrator.say(
    '    That is drift, and nobody fights a pipeline: it is tried again in half an hour (contested).',
  );
  deployWith(`rolewarden/${ownTaskRole}`);
  narrator.say('    The pipeline learns the name of the right role.');
  await untilDrift(false, serviceName);
  await untilBound();
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
