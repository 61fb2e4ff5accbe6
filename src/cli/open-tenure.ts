// Puts the lease table behind what a controller holds by it: the name of this replica, its clocks, its timers.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { LeasesReport } from '../domain/lease.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import type { Tenure } from '../domain/ports.ts';
import { openDynamoLeases } from '../lease/dynamo-leases.ts';
import { keepLeases } from '../lease/keep-leases.ts';
import { leaseTimes } from '../lease/times.ts';
import { systemTimers } from '../reconcile/timers.ts';
import { type RequestCounters, systemClock } from './wiring.ts';

export interface OpenedTenure {
  readonly tenure: Tenure;
  /** Of this replica; new with every start. */
  readonly replica: string;
  close(): void;
}

/** Where it runs, for people, and what no other has, for the table. */
const replicaId = (): string => {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .slice(0, 63);
  return `${host === '' ? 'replica' : host}.${randomBytes(8).toString('hex')}`;
};

/** undefined: the process is alone. */
export const openTenure = async (
  { instance, replicas }: ControllerConfig,
  { onAwsRequest }: RequestCounters,
  onReport: (report: LeasesReport) => void,
  onDefect: (error: Error) => void,
): Promise<OpenedTenure | undefined> => {
  if (replicas === undefined) return undefined;
  const { table, region, durationMs } = replicas.lease;
  const store = await openDynamoLeases({
    instance,
    table,
    region,
    requestTimeoutMs: leaseTimes(durationMs).requestTimeoutMs,
    onRequest: (request) => onAwsRequest?.(request),
  });
  const replica = replicaId();
  const tenure = keepLeases({
    store,
    replica,
    shards: replicas.shards,
    durationMs,
    clock: { monotonicMs: () => performance.now(), wallMs: () => systemClock.now() },
    after: (delayMs, callback) => systemTimers.after(delayMs, callback),
    onReport,
    onDefect,
  });
  return { tenure, replica, close: () => store.close() };
};
