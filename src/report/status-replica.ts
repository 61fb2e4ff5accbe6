// This replica in the status document: which shards it holds, and who holds the others.

import type { LeasesReport } from '../domain/lease.ts';
import type { ControllerEvent } from '../reconcile/sweep-report.ts';
import type { ReplicaStatus } from './status-document.ts';

export interface ReplicaTracker {
  observe(event: ControllerEvent): void;
  describe(nowMs: number): ReplicaStatus | null;
}

const describeShards = ({ shards, atMs }: LeasesReport, nowMs: number): ReplicaStatus['shards'] =>
  shards.map(({ shard, holder, fence, renewedMsAgo }) => ({
    shard,
    holder: holder === '' ? null : holder,
    fence,
    renewedSecondsAgo: renewedMsAgo === undefined ? null : Math.round((renewedMsAgo + nowMs - atMs) / 1_000),
  }));

export const createReplicaTracker = (): ReplicaTracker => {
  let leases: LeasesReport | undefined;
  let accounts: readonly string[] = [];
  return {
    observe: (event) => {
      if (event.kind === 'leases') leases = event.report;
      if (event.kind === 'accounts') ({ accounts } = event);
    },
    describe: (nowMs) => {
      if (leases === undefined) return null;
      const shards = describeShards(leases, nowMs);
      const { replica, replicas, readAtMs, problem, waitsBecause } = leases;
      return {
        id: replica,
        role: shards.some(({ renewedSecondsAgo }) => renewedSecondsAgo !== null) ? 'active' : 'standby',
        accounts,
        shards,
        replicas,
        leasesReadAt: readAtMs === undefined ? null : new Date(readAtMs).toISOString(),
        problem,
        waitsBecause,
      };
    },
  };
};
