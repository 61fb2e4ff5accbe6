// How the story of the demo knows what it says: it asks the sandbox's STS, ECS and Session Manager, and reads the
// controller's metrics, until they answer as expected.

import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { demoCluster } from '../../sandbox/demo-world.ts';
import type { EntryResult, SessionCredentials } from '../../sandbox/enter.ts';
import { listTasks, openShell, type ShellResult } from '../../sandbox/open-shell.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Narrator } from '../demo-narrator.ts';
import { inDev, inProd, type Person, type Place, role } from './cast.ts';

/** Whoever was put out comes back after safety.reentryDelay, counted from the full minute. */
const timeLimitMs = 100_000;
const pauseMs = 1_500;

export interface WatchOptions {
  readonly sandbox: Sandbox;
  readonly narrator: Narrator;
  /** Of every controller. */
  readonly metricsUrls: readonly string[];
  readonly signal: AbortSignal;
}

export type Watch = ReturnType<typeof createWatch>;

const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`;

const someLine = (lines: readonly string[]): boolean => lines.length > 0;
const noLine = (lines: readonly string[]): boolean => lines.length === 0;

export const createWatch = ({ sandbox, narrator, metricsUrls, signal }: WatchOptions) => {
  const { aws } = sandbox;

  /** Looks again and again until there is an answer. */
  const untilKnown = async <T>(
    expectation: string,
    look: () => Promise<T | undefined> | T | undefined,
    startedAtMs = Date.now(),
  ): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() - startedAtMs > timeLimitMs)
        throw new AppError('transient', `${expectation} by now; look at the controller's log (--show-logs)`);
      await sleep(150, undefined, { signal });
    }
  };

  const tryToEnter = (person: Person, { accountId, role: roleName }: Place): Promise<EntryResult> =>
    sandbox.enter({ userId: person.id, accountId, roleName });

  /** Until STS answers each of them so; `names`: what they are called together. */
  const untilAll = async (
    people: readonly Person[],
    names: string,
    place: Place,
    isAdmitted: boolean,
    startedAtMs = Date.now(),
  ): Promise<void> => {
    const answers = await untilKnown(
      `${names} should ${isAdmitted ? '' : 'not '}be admitted to ${place.name}`,
      async () => {
        const all: EntryResult[] = [];
        for (const one of people) all.push(await tryToEnter(one, place));
        return all.every(({ admitted }) => admitted === isAdmitted) ? all : undefined;
      },
      startedAtMs,
    );
    const verb = people.length === 1 ? 'is' : 'are';
    const outcome = isAdmitted ? 'may enter' : `${verb} refused in`;
    const reason = isAdmitted ? '' : ` (${answers[0]?.code ?? ''})`;
    narrator.result(true, `${names} ${outcome} ${place.name} after ${seconds(startedAtMs)}${reason}`);
  };

  /** Looks at /metrics until they are as expected; answers the lines of an account that begin so and hold all of these labels. */
  const untilMetrics = (
    metric: string,
    labels: Readonly<Record<string, string>>,
    isExpected: (lines: readonly string[]) => boolean,
    expectation: string,
  ): Promise<readonly string[]> => {
    const parts = Object.entries({ account: 'dev', ...labels }).map(([name, value]) => `${name}="${value}"`);
    return untilKnown(`/metrics should show ${expectation}`, async () => {
      const lines = (await readMetrics(`${metric}{`)).filter((line) =>
        parts.every((part) => line.includes(part)),
      );
      return isExpected(lines) ? lines : undefined;
    });
  };

  const readMetricsOf = async (url: string, beginning: string): Promise<readonly string[]> => {
    const text = await (await fetch(`${url}/metrics`, { signal })).text();
    return text.split('\n').filter((line) => line.startsWith(beginning));
  };

  /** Of replicas, what each tells adds up. */
  const readMetrics = async (beginning: string): Promise<readonly string[]> =>
    (await Promise.all(metricsUrls.map((url) => readMetricsOf(url, beginning)))).flat();

  return {
    untilKnown,
    untilMetrics,
    readMetrics,
    readMetricsOf,
    tryToEnter,
    untilAll,
    until: (person: Person, place: Place, isAdmitted: boolean, startedAtMs?: number) =>
      untilAll([person], person.name, place, isAdmitted, startedAtMs),

    /** Her credentials for an hour. */
    signIn: async (person: Person, place: Place): Promise<SessionCredentials> => {
      const { code, credentials } = await tryToEnter(person, place);
      if (credentials === undefined)
        throw new AppError('transient', `${person.name} should be able to enter ${place.name} (${code})`);
      return credentials;
    },

    /** Whether a session works: her request to ECS is answered, or refused. */
    untilSession: async (
      person: Person,
      credentials: SessionCredentials,
      works: boolean,
      startedAtMs = Date.now(),
    ): Promise<void> => {
      const { code } = await untilKnown(
        `the session of ${person.name} should ${works ? 'work' : 'be denied'}`,
        async () => {
          const answer = await listTasks(aws.url, credentials, demoCluster);
          const isDenied = answer.message.includes('explicit deny');
          return (works ? answer.code === 'OK' : isDenied) ? answer : undefined;
        },
        startedAtMs,
      );
      narrator.result(
        true,
        works
          ? `the session of ${person.name} works`
          : `the session of ${person.name} is denied after ${seconds(startedAtMs)} (${code})`,
      );
    },

    openShell: (credentials: SessionCredentials, service: string, container: string): Promise<ShellResult> =>
      openShell(aws.url, credentials, { ...demoCluster, service, container }),

    /** Ids of her open shells in dev. */
    shellsOf: ({ id }: Person): readonly string[] =>
      aws.shells
        .list({ accountId: inDev.accountId, region: demoCluster.region })
        .filter(({ ownerArn }) => ownerArn.endsWith(`/${id}`))
        .map((shell) => shell.id),

    /** Until /metrics show drift of a role or a service in dev, or none. */
    untilDrift: (isExpected: boolean, name: string = role): Promise<readonly string[]> =>
      untilMetrics(
        'rolewarden_drift',
        { name },
        isExpected ? someLine : noLine,
        `${isExpected ? 'drift' : 'no drift'} of ${name}`,
      ),

    untilHeld: (reason: string, account = 'dev'): Promise<readonly string[]> =>
      untilMetrics(
        'rolewarden_changes_held',
        { reason, account },
        someLine,
        `a change held as ${reason} in ${account}`,
      ),

    /** Waits until no trust policy of the role names her any more. */
    untilUnnamed: async (
      person: Person,
      places: readonly Place[] = [inDev, inProd],
      startedAtMs = Date.now(),
    ): Promise<void> => {
      const isNamed = ({ accountId, role: name }: Place): boolean =>
        aws.roles(accountId).some((one) => one.name === name && one.trustDocument.includes(person.id));
      await untilKnown(
        `the trust policies should not name ${person.name}`,
        () => (places.some(isNamed) ? undefined : true),
        startedAtMs,
      );
      narrator.result(true, `no trust policy names ${person.name} after ${seconds(startedAtMs)}`);
    },

    seconds,
    pause: () => sleep(pauseMs, undefined, { signal }),
  };
};
