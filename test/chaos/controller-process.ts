// One process of the controller, as the command `run` wires it: the real loop over the real adapters, whose requests go over
// a wire that can be cut. What stands in for the outside: sockets, the disk under the policies, and time.

import { getTasks } from 'node-cron';
import { openAccounts } from '../../src/aws/open-accounts.ts';
import type { ControllerConfig } from '../../src/domain/policy.ts';
import type { AwsAccount, DirectoryPort, OpenAccount, PolicySource } from '../../src/domain/ports.ts';
import { openEntraDirectory } from '../../src/entra/entra-directory.ts';
import { startController } from '../../src/reconcile/controller.ts';
import type { ControllerEvent } from '../../src/reconcile/sweep-report.ts';
import { createJournal } from '../../src/report/journal.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { createStatus } from '../../src/report/status.ts';
import { controllerConfig, tenantId } from '../builders.ts';
import type { Clouds } from './clouds.ts';
import { instance, ownKey } from './scene.ts';
import type { Timeline } from './timeline.ts';
import { type Crossing, openWire, type Setting } from './wire.ts';

export interface ControllerProcess {
  readonly life: AbortSignal;
  /** Asks for the sweep that the schedule asks for. */
  sweepNow(): void;
  /** From now on it does nothing: whatever it waits for fails, and none of its requests arrives any more. */
  kill(): void;
  /** Resolves when nothing is left of a killed process. */
  buried(): Promise<void>;
}

export interface ProcessOptions {
  /** Counts the processes of a schedule. */
  readonly number: number;
  readonly clouds: Clouds;
  readonly timeline: Timeline;
  /** Its own idea of the time. */
  readonly now: () => number;
  readonly random: () => number;
  readonly source: (config: ControllerConfig) => PolicySource;
  readonly onRequest: (moment: 'before' | 'after', setting: Setting) => void;
  readonly onCrossing: (crossing: Crossing) => void;
  readonly onEntraAnswer: (request: string, response: string) => void;
  /** Called as a sweep of what people enter begins in this account. */
  readonly onSweepBegins: (account: string) => void;
  readonly onReadBegins: () => void;
  readonly publish: (event: ControllerEvent) => void;
  readonly onDefect: (error: Error) => void;
}

const requestTimeoutMs = 10_000;
export const pollIntervalMs = 60_000;

const configFor = (origin: string): ControllerConfig => {
  const base = controllerConfig();
  return {
    ...base,
    instance,
    // Far away: a schedule asks for its sweeps itself, since cron knows only real time.
    sweepSchedule: '0 0 1 1 *',
    entra: {
      ...base.entra,
      tenantId,
      cloud: 'custom',
      authorityHost: origin,
      graphEndpoint: origin,
      pollIntervalMs,
      requestTimeoutMs,
    },
    aws: { ...base.aws, requestTimeoutMs },
  };
};

/** A port whose calls the timeline waits for; of a dead process it waits for nothing. */
const counted = <P extends object>(
  port: P,
  { timeline, life }: { timeline: Timeline; life: AbortSignal },
): P =>
  new Proxy(port, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        return result instanceof Promise && !life.aborted ? timeline.working(result) : result;
      };
    },
  });

/** Everything that is told is told to the reporters as well, which must be able to bear it. */
const reportersOf = (now: () => number): ((event: ControllerEvent) => void) => {
  const clock = { now };
  const reporters = [
    createMetrics({ version: 'chaos', maxStalenessMs: 86_400_000, clock }),
    createStatus({ instance, version: 'chaos', clock }),
    createJournal(() => undefined),
  ];
  return (event) => {
    for (const reporter of reporters) reporter.observe(event);
  };
};

export const startProcess = (options: ProcessOptions): ControllerProcess => {
  const { timeline, now, random } = options;
  const death = new AbortController();
  const life = death.signal;
  const origin = `https://entra-${options.number}.contoso.com`;
  const config = configFor(origin);
  const wire = openWire({ ...options, life, origin, requestTimeoutMs });
  const clock = { now };
  const watched = { timeline, life };
  const accounts = openAccounts({
    settings: config.aws,
    clock,
    sleep: wire.sleep,
    random,
    endpoint: 'http://aws.contoso.com',
    requestHandler: wire.requestHandler,
    ownCredentials: async () => ownKey,
  });
  const opened = new Map<AwsAccount, AwsAccount>();
  const openAccount: OpenAccount = (account) => {
    const port = accounts(account);
    const known = opened.get(port);
    if (known !== undefined) return known;
    const iam = counted(port.iam, watched);
    const observe: typeof iam.observe = (signal, interest) => {
      if (interest === undefined && !life.aborted) options.onSweepBegins(account.meta.name);
      return iam.observe(signal, interest);
    };
    const own = { ...port, iam: { ...iam, observe }, ecs: counted(port.ecs, watched) };
    opened.set(port, own);
    return own;
  };
  const entra = counted(
    openEntraDirectory({
      settings: config.entra,
      credential: wire.credential,
      clock,
      send: wire.sendToGraph,
      sleep: (ms, signal) => timeline.wait(ms, AbortSignal.any([life, signal])),
      random,
    }),
    watched,
  );
  const directory: DirectoryPort = {
    ...entra,
    readGroups: (queries, signal, before) => {
      if (!life.aborted) options.onReadBegins();
      return entra.readGroups(queries, signal, before);
    },
  };
  const report = reportersOf(now);
  const cronBefore = new Set(getTasks().keys());
  const controller = startController({
    config,
    clock,
    elapsedMs: () => timeline.now(),
    random,
    source: options.source(config),
    directory,
    openAccount,
    timers: { after: (ms, callback) => timeline.after(ms, callback, life) },
    publish: (event) => {
      timeline.note();
      if (life.aborted) return;
      report(event);
      options.publish(event);
    },
    onDefect: (error) => {
      if (!life.aborted) options.onDefect(error);
    },
  });
  const cron = [...getTasks()].find(([id]) => !cronBefore.has(id))?.[1];
  let burial: Promise<void> = Promise.resolve();
  return {
    life,
    sweepNow: () => {
      void cron?.execute();
      timeline.note();
    },
    kill: () => {
      if (life.aborted) return;
      death.abort(new Error('the process was killed'));
      accounts.close();
      burial = controller.stop();
      burial.catch(() => undefined);
    },
    buried: async () => {
      await burial.catch(() => undefined);
    },
  };
};
