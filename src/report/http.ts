// The two listeners: metrics and probes for machines, without people; status for people, on loopback unless told otherwise.

import type { Listener } from '../domain/policy.ts';
import type { ExplainSource } from './explain-route.ts';
import {
  type ApiSource,
  type Liveness,
  type MetricsSource,
  type OnDefect,
  apiRoutes,
  metricsRoutes,
} from './http-routes.ts';
import { type RunningServer, listen } from './http-server.ts';

export interface ServeOptions {
  readonly metrics: MetricsSource;
  readonly status: ApiSource;
  /** Answers why somebody can or cannot enter; undefined: nobody does. */
  readonly explain?: ExplainSource;
  readonly metricsListener: Listener;
  readonly apiListener: Listener;
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
 * @throws AppError `invalid` when a port is in use or an address is not of this machine; then nothing listens.
 */
export const serveReports = async (options: ServeOptions): Promise<ReportServer> => {
  const { metrics, status, isAlive, metricsListener, apiListener, onDefect = () => undefined } = options;
  const metricsServer = await listen(
    metricsRoutes({ metrics, status, isAlive, onDefect }),
    metricsListener,
    'spec.metrics',
  );
  let apiServer: RunningServer;
  try {
    apiServer = await listen(
      apiRoutes(status, isLoopback(apiListener.address), onDefect, options.explain),
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

const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || address.startsWith('127.');
