// Leases, by which the replicas of one instance share its accounts: what stands in their table, and what a replica says
// of itself. No clock of one machine is ever compared with that of another: time is what one replica measures by itself.

import { createHash } from 'node:crypto';

/** One record of the table: a shard of the accounts, or a replica that says that it is there. */
export interface LeaseRecord {
  /** `shard/3`, or `replica/ID`. */
  readonly name: string;
  /** The id of the replica that holds it; empty: nobody does. A replica holds its own record. */
  readonly holder: string;
  /** One more with every change of holder. */
  readonly fence: number;
  /** One more with every write. */
  readonly beat: number;
  /** How long the holder has it without another beat, milliseconds. */
  readonly lapseMs: number;
  /** Into how many shards the writer of the record divides the accounts. */
  readonly shards: number;
}

export const shardName = (shard: number): string => `shard/${shard}`;
export const replicaName = (replica: string): string => `replica/${replica}`;

/** Which of so many shards an account belongs to, by its twelve digits alone, so that all replicas agree without asking. */
export const shardOf = (accountId: string, shards: number): number =>
  createHash('sha256').update(accountId).digest().readUInt32BE(0) % shards;

export interface ShardStanding {
  readonly shard: number;
  /** The replica that holds it; empty: nobody does, or nobody knows. */
  readonly holder: string;
  readonly fence: number;
  /** Of a shard in which the replica that reports may write: the time since the renewal was sent that is in force, milliseconds. */
  readonly renewedMsAgo: number | undefined;
}

/** How one replica sees the leases. */
export interface LeasesReport {
  /** Milliseconds since the epoch; for people. */
  readonly atMs: number;
  /** The one that reports. */
  readonly replica: string;
  /** Every shard, in order; of those of others what was read last. */
  readonly shards: readonly ShardStanding[];
  /** Those that are there, this one among them, sorted. */
  readonly replicas: readonly string[];
  /** The last time that the table could be read, milliseconds since the epoch; undefined: never. */
  readonly readAtMs: number | undefined;
  /** Why the table could not be read or written at the last try, and what to do; empty when it could. */
  readonly problem: string;
  /** Why it takes no shard though it could, and what to do; empty when it does. */
  readonly waitsBecause: string;
}
