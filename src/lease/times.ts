// What happens when within a lease. Everything is a part of its duration D, and every replica measures it by itself:
//
//   holder, from before the renewal that is in force was sent    others, from when they read the last beat
//    1/3  D  renews
//    2/3  D  begins no write any more
//    4/5  D  cuts off what is in flight                           14/15 D  take the shard, if there was no other beat
//
// The table is read every D/30, so that whoever takes over has the shard within D of the last beat. Two clocks may run
// apart by four parts in ten before somebody takes a shard in which another still begins writes.

export interface LeaseTimes {
  readonly readEveryMs: number;
  readonly renewAfterMs: number;
  readonly stopWritingAfterMs: number;
  readonly cutOffAfterMs: number;
  readonly lapseMs: number;
  /** For one request to the table: of a renewal there is time for two more. */
  readonly requestTimeoutMs: number;
  /** How long a free shard is left to the replica whose turn it is. */
  readonly patienceMs: number;
  /** How long a replica that is new looks around before it takes one of several shards: others may be starting too. */
  readonly lookAroundMs: number;
  /** How long a silent replica's record is kept. */
  readonly forgetAfterMs: number;
}

/** SIGTERM gives all leases away within ten seconds, be the table there or not. */
const longestRequestMs = 1_500;

export const leaseTimes = (durationMs: number): LeaseTimes => ({
  readEveryMs: durationMs / 30,
  renewAfterMs: durationMs / 3,
  stopWritingAfterMs: (durationMs * 2) / 3,
  cutOffAfterMs: (durationMs * 4) / 5,
  lapseMs: Math.round((durationMs * 14) / 15),
  requestTimeoutMs: Math.min(durationMs / 10, longestRequestMs),
  patienceMs: durationMs / 5,
  lookAroundMs: (durationMs * 2) / 15,
  forgetAfterMs: durationMs * 4,
});
