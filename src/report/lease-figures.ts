// Where the leases are, in figures, and how much of the accounts is in the care of this replica.

import type { LeasesReport } from '../domain/lease.ts';
import type { Clock } from '../domain/ports.ts';
import type { Series } from './gauges.ts';

export interface LeaseFigures {
  observeLeases(report: LeasesReport): void;
  observeAccounts(accounts: readonly string[]): void;
  held(): readonly Series<'rolewarden_lease_held'>[];
  renewalAge(): readonly Series<'rolewarden_lease_renewal_age_seconds'>[];
  replicas(): readonly Series<'rolewarden_replicas'>[];
  accounts(): readonly Series<'rolewarden_replica_accounts'>[];
  unreadable(): readonly Series<'rolewarden_unreadable'>[];
  staleness(): readonly Series<'rolewarden_source_staleness_seconds'>[];
}

export const createLeaseFigures = (clock: Clock): LeaseFigures => {
  const startedMs = clock.now();
  let leases: LeasesReport | undefined;
  let accounts: number | undefined;
  const seconds = (ms: number): number => ms / 1_000;
  return {
    observeLeases: (report) => {
      leases = report;
    },
    observeAccounts: (names) => {
      accounts = names.length;
    },
    held: () =>
      (leases?.shards ?? []).map(({ shard, renewedMsAgo }) => [
        { shard: String(shard) },
        renewedMsAgo === undefined ? 0 : 1,
      ]),
    renewalAge: () => {
      if (leases === undefined) return [];
      const sinceMs = clock.now() - leases.atMs;
      return leases.shards.flatMap(({ shard, renewedMsAgo }) =>
        renewedMsAgo === undefined
          ? []
          : [[{ shard: String(shard) }, seconds(renewedMsAgo + sinceMs)] as const],
      );
    },
    replicas: () => [[{}, leases?.replicas.length ?? 1]],
    accounts: () => (accounts === undefined ? [] : [[{}, accounts]]),
    unreadable: () => (leases === undefined ? [] : [[{ source: 'leases' }, leases.problem === '' ? 0 : 1]]),
    staleness: () =>
      leases === undefined
        ? []
        : [[{ source: 'leases' }, seconds(clock.now() - (leases.readAtMs ?? startedMs))]],
  };
};
