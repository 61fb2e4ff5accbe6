// How many writes IAM takes of an account. AWS publishes no limit, and it throttles well below what a program can send.

import type { FaultSubject } from './faults.ts';

export interface WriteLimit {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

export interface WriteThrottle {
  /** From now on, each account for itself; undefined: any number. */
  setLimit(limit: WriteLimit | undefined): void;
  /** Counts a request; true: it is one write too many. */
  refuses(subject: FaultSubject): boolean;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

const isWrite = ({ service, operation }: FaultSubject): boolean =>
  service === 'iam' && !/^(?:Get|List)/.test(operation);

export const createWriteThrottle = (clock: () => number): WriteThrottle => {
  let limit: WriteLimit | undefined;
  const buckets = new Map<string, Bucket>();

  const fill = (bucket: Bucket, { perSecond, burst }: WriteLimit): void => {
    const nowMs = clock();
    const gained = (Math.max(0, nowMs - bucket.filledAtMs) * perSecond) / 1_000;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.filledAtMs = nowMs;
  };

  return {
    setLimit: (next) => {
      limit = next;
      buckets.clear();
    },
    refuses: (subject) => {
      if (limit === undefined || !isWrite(subject)) return false;
      const account = subject.accountId ?? '';
      const bucket = buckets.get(account) ?? { tokens: limit.burst, filledAtMs: clock() };
      buckets.set(account, bucket);
      fill(bucket, limit);
      if (bucket.tokens < 1) return true;
      bucket.tokens -= 1;
      return false;
    },
  };
};
