// Documents of managed policies, kept for a while: judging task roles asks for the same few in every sweep.

import type { Clock, IamPort } from '../domain/ports.ts';
import type { Reading } from '../domain/reading.ts';

export interface ManagedPolicyBook {
  read(arn: string, signal: AbortSignal): Promise<Reading<string>>;
}

const keptMs = 10 * 60_000;

/** What could not be read is asked for again each time. */
export const createManagedPolicyBook = (iam: IamPort, clock: Clock): ManagedPolicyBook => {
  const known = new Map<string, { readonly reading: Reading<string>; readonly atMs: number }>();
  return {
    read: async (arn, signal) => {
      const before = known.get(arn);
      if (before !== undefined && clock.now() - before.atMs < keptMs) return before.reading;
      const reading = await iam.readManagedPolicy(arn, signal);
      if (reading.state === 'unreadable') known.delete(arn);
      else known.set(arn, { reading, atMs: clock.now() });
      return reading;
    },
  };
};
