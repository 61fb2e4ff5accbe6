// `rolewarden run`: the controller, until it is told to stop; or once, for pipelines.

import { counted } from '../report/words.ts';
import { AppError } from '../domain/errors.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import { type Controller, startController } from '../reconcile/controller.ts';
import { sweepOnce } from '../reconcile/run-once.ts';
import type { ControllerEvent } from '../reconcile/sweep-report.ts';
import { serveReports } from '../report/http.ts';
import { createJournal } from '../report/journal.ts';
import { createLogger } from '../report/logger.ts';
import { createKnownObjects } from '../report/known-objects.ts';
import { createLogReporter } from '../report/logs.ts';
import { createMetrics } from '../report/metrics.ts';
import { createRecentJournal } from '../report/recent-journal.ts';
import { createStatus } from '../report/status.ts';
import { version } from '../version.ts';
import { tokenFor } from './api-token.ts';
import { collectAtRest } from './collect-at-rest.ts';
import { readQuestion } from './explain-question.ts';
import { openTenure } from './open-tenure.ts';
import { onceResult } from './once-result.ts';
import { type Terminal, untilStopped } from './output.ts';
import { withProgress } from './progress.ts';
import { type RequestCounters, openAdapters, requireConfig, systemClock } from './wiring.ts';

export interface RunOptions {
  readonly config: string;
  readonly once?: boolean;
  readonly logLevel: string;
  readonly logFormat: 'auto' | 'json' | 'pretty';
  /** `json`: of `once`, the result of each account, in the place of the journal. */
  readonly output: 'journal' | 'json';
  /** false: no journal lines on stdout. */
  readonly journal: boolean;
}

/** A sweep that takes longer than this is stuck: every call has a time limit, so something is wrong with the process. */
const stuckAfterMs = 15 * 60_000;

const createReporting = (config: ControllerConfig, options: RunOptions, terminal: Terminal) => {
  const pretty = options.logFormat === 'pretty' || (options.logFormat === 'auto' && terminal.isErrTerminal);
  const logger = createLogger({ level: options.logLevel, pretty });
  const knownObjects = createKnownObjects();
  const metrics = createMetrics({
    version,
    maxStalenessMs: config.safety.maxStalenessMs,
    clock: systemClock,
    knownObjects,
  });
  const status = createStatus({ instance: config.instance, version, clock: systemClock, knownObjects });
  const recentJournal = createRecentJournal();
  const journal = createJournal((line, entry) => {
    if (options.journal && options.output === 'journal') terminal.out(`${line}\n`);
    recentJournal.note(entry);
  }, knownObjects);
  const logs = createLogReporter(logger, knownObjects);
  const swept = collectAtRest(globalThis.gc);
  const publish = (event: ControllerEvent): void => {
    for (const reporter of [metrics, status, journal, logs]) reporter.observe(event);
    if (event.kind === 'sweep') swept();
  };
  return { logger, metrics, status, recentJournal, publish };
};

const starting = (): AppError =>
  new AppError('transient', 'the controller is starting; ask again in some seconds');

const runForever = async (
  config: ControllerConfig,
  options: RunOptions,
  terminal: Terminal,
): Promise<number> => {
  const apiToken = tokenFor(config.apiListener, terminal.env);
  const { logger, metrics, status, recentJournal, publish } = createReporting(config, options, terminal);
  const counters: RequestCounters = {
    onAwsRequest: (request) => metrics.onAwsRequest(request),
    onEntraRequest: (request) => metrics.onEntraRequest(request),
  };
  const onDefect = (error: Error): void => logger.error({ err: error }, `unexpected: ${error.message}`);
  const adapters = openAdapters(config, terminal, counters);
  const leases = await openTenure(
    config,
    counters,
    (report) => publish({ kind: 'leases', report }),
    onDefect,
  );
  let longestSweepMs = (): number => 0;
  let explain: Controller['explain'] = () => Promise.reject(starting());
  let found: Controller['found'] = () => {
    throw starting();
  };
  const server = await serveReports({
    metrics,
    status,
    explain: async (asked) => explain(readQuestion(asked)),
    plan: { planOf: (accounts) => found(accounts), now: () => systemClock.now() },
    journal: recentJournal,
    metricsListener: config.metricsListener,
    apiListener: config.apiListener,
    ...(apiToken === undefined ? {} : { apiToken }),
    onRefused: (reason) => metrics.onApiRefused(reason),
    onDefect,
    isAlive: () => {
      const ms = longestSweepMs();
      const alive = ms < stuckAfterMs;
      return {
        alive,
        reason: alive
          ? 'ok'
          : `a sweep has been running for ${Math.round(ms / 1_000)} s; restart the controller`,
      };
    },
  });
  logger.info(
    {
      instance: config.instance,
      ...(leases === undefined ? {} : { replica: leases.replica }),
      metrics: server.metricsUrl,
      api: server.apiUrl,
      version,
    },
    `Rolewarden ${version} started as ${leases === undefined ? '' : `replica ${leases.replica} of `}instance ${config.instance}; metrics on ${server.metricsUrl}/metrics, status page on ${server.apiUrl}`,
  );
  const controller = startController({
    ...adapters,
    elapsedMs: () => performance.now(),
    config,
    publish,
    onDefect,
    ...(leases === undefined ? {} : { tenure: leases.tenure }),
  });
  longestSweepMs = () => controller.longestSweepMs();
  explain = (question) => controller.explain(question);
  found = (accounts) => controller.found(accounts);
  await untilStopped(terminal);
  logger.info('stopping: finishing the write in flight');
  await controller.stop();
  await server.stop();
  adapters.close();
  leases?.close();
  logger.info('stopped');
  return 0;
};

const runOnce = async (
  config: ControllerConfig,
  options: RunOptions,
  terminal: Terminal,
): Promise<number> => {
  if (config.replicas !== undefined)
    throw new AppError(
      'invalid',
      'the config has spec.replicas, and run --once holds no lease: it would write beside the replicas; leave out --once, use `rolewarden plan` to look, or take spec.replicas out of the config that pipelines use',
    );
  const { logger, publish } = createReporting(config, options, terminal);
  const adapters = openAdapters(config, terminal);
  try {
    const { loaded, reports } = await withProgress(terminal, 'Sweeping', (onProgress) =>
      sweepOnce({ ...adapters, config, signal: terminal.stopped, onProgress }),
    );
    publish({ kind: 'policies', report: loaded.policies });
    publish({ kind: 'poll', report: loaded.poll });
    for (const report of reports) publish({ kind: 'sweep', report });
    const result = onceResult(loaded, reports, systemClock.now());
    const bad = result.accounts.filter((one) => one.result !== 'ok' || one.unread);
    logger.info(
      `one sweep of ${counted(result.accounts.length, 'account')} done; ${bad.length} with problems`,
    );
    if (options.output === 'json') terminal.out(`${JSON.stringify(result, null, 2)}\n`);
    return result.whole ? 0 : 1;
  } finally {
    adapters.close();
  }
};

/** 0 stopped as told, or `--once` with everything read and written; 1 otherwise. */
export const runCommand = async (options: RunOptions, terminal: Terminal): Promise<number> => {
  if (options.output === 'json' && options.once !== true)
    throw new AppError(
      'invalid',
      '--output json is for run --once: without --once stdout has the journal, and `rolewarden get --output json` tells the status',
    );
  const config = await requireConfig(options.config, terminal);
  return options.once === true ? runOnce(config, options, terminal) : runForever(config, options, terminal);
};
