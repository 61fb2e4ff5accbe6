// Roles in which taking access away did not go through at the last try. It is only for order, so that losing it with the
// process costs nothing but time.

import type { Change } from '../domain/change.ts';
import type { Outcome } from './sweep-report.ts';

export interface RevocationBook {
  has(roleName: string): boolean;
  /** Of one sweep; roles that are not among them stand as they did. */
  noteWrites(outcomes: readonly Outcome[]): void;
}

/** A deny carries out no removal by itself, but there is none without it. */
const servedBy = ({ write }: Outcome): readonly Change[] =>
  write.op === 'putDenies' ? [...write.changes, ...write.serves] : write.changes;

const isFailedRevocation = (outcome: Outcome): boolean =>
  outcome.result !== 'done' &&
  servedBy(outcome).some((change) => change.effect === 'narrows' && !outcome.carriedOut.includes(change));

export const createRevocationBook = (): RevocationBook => {
  const failed = new Set<string>();
  return {
    has: (roleName) => failed.has(roleName),
    noteWrites: (outcomes) => {
      for (const { name } of outcomes) failed.delete(name);
      for (const outcome of outcomes) if (isFailedRevocation(outcome)) failed.add(outcome.name);
    },
  };
};
