// The two listeners: metrics and probes for machines, without people; status for people, on loopback unless told otherwise.

import { AppError } from '../domain/errors.ts';
import type { Listener } from '../domain/policy.ts';
import type { OnRefused } from './api-token.ts';
import type { ExplainSource } from './explain-route.ts';
import {
  type ApiSource,
  type Liveness,
  type MetricsSource,
  type OnDefect,
  type PlanRouteOptions,
  apiRoutes,
  metricsRoutes,
} from './http-routes.ts';
import { type RunningServer, listen } from './http-server.ts';
import type { RecentJournal } from './recent-journal.ts';

export interface ServeOptions {
  readonly metrics: MetricsSource;
  readonly status: ApiSource;
  /** Answers why somebody can or cannot enter; undefined: nobody does. */
  readonly explain?: ExplainSource;
  /** Tells what is to be done; undefined: nobody does. */
  readonly plan?: PlanRouteOptions;
  /** What the page tells of the journal; undefined: nothing. */
  readonly journal?: RecentJournal;
  readonly metricsListener: Listener;
  readonly apiListener: Listener;
  /** What has to be given on the API listener; undefined: nothing, which only loopback allows. */
  readonly apiToken?: string;
  readonly onRefused?: OnRefused;
  readonly isAlive: () => Liveness;
  /** A request that could not be answered: a defect of ours. */
  readonly onDefect?: OnDefect;
}

export interface ReportServer {
  /** `http://127.0.0.1:9464`, without a path. */
  readonly metricsUrl: string;
  readonly apiUrl: string;
  /** Waits for the answers under way, and hangs up on whoever is still there after `graceMs`. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

/**
 * Starts both listeners. Port 0 takes any free one.
 * @throws AppError `invalid` when a port is in use, an address is not of this machine, or the API would be open to others
 * without a token; then nothing listens.
 */
export const serveReports = async (options: ServeOptions): Promise<ReportServer> => {
  const { metrics, status, isAlive, metricsListener, apiListener, onDefect = () => undefined } = options;
  const isLocal = isLoopback(apiListener.address);
  // Whoever starts it has asked for a token by then, with a better sentence.
  if (!isLocal && options.apiToken === undefined)
    throw new AppError('invalid', `the API names people, so on ${apiListener.address} it needs a token`);
  const metricsServer = await listen(
    metricsRoutes({ metrics, status, isAlive, onDefect }),
    metricsListener,
    'spec.metrics',
  );
  let apiServer: RunningServer;
  try {
    apiServer = await listen(
      apiRoutes({
        status,
        isLoopback: isLocal,
        token: options.apiToken,
        onRefused: options.onRefused ?? (() => undefined),
        onDefect,
        explain: options.explain,
        plan: options.plan,
        journal: options.journal,
      }),
      apiListener,
      'spec.api',
    );
  } catch (error) {
    await metricsServer.stop();
    throw error;
  }
  return {
    metricsUrl: metricsServer.url,
    apiUrl: apiServer.url,
    stop: async (graceMs) => {
      await Promise.all([metricsServer.stop(graceMs), apiServer.stop(graceMs)]);
    },
  };
};

/** Whether only this machine reaches what listens there. */
export const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || address.startsWith('127.');
