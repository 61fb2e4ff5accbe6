// Since when the statements of others in each shared role have been read the same. Losing it with the process costs the
// wait once more.

import { type ObservedAccount, isAdopted } from '../domain/role.ts';
import { othersPart } from '../domain/shared-role.ts';
import { type ElapsedMs, watchForJumps } from './clock-jumps.ts';

export interface OthersBook {
  observe(observed: ObservedAccount, instance: string, nowMs: number): void;
  /** Milliseconds since the epoch, by role name. */
  since(): ReadonlyMap<string, number>;
}

interface Standing {
  /** A role that was deleted and made again is another one. */
  readonly roleId: string;
  readonly others: string;
  readonly sinceMs: number;
}

export const createOthersBook = (elapsedMs?: ElapsedMs): OthersBook => {
  const jumpedBy = watchForJumps(elapsedMs);
  let known: ReadonlyMap<string, Standing> = new Map();
  return {
    observe: (observed, instance, nowMs) => {
      const byMs = jumpedBy(nowMs);
      const next = new Map<string, Standing>();
      for (const role of observed.roles) {
        if (!isAdopted(role, instance)) continue;
        const others = othersPart(role.trustDocument, instance);
        const before = known.get(role.name);
        const isSame = before?.others === others && before.roleId === role.roleId;
        const sinceMs = isSame ? before.sinceMs - byMs : nowMs;
        next.set(role.name, { roleId: role.roleId, others, sinceMs });
      }
      known = next;
    },
    since: () => new Map([...known].map(([name, { sinceMs }]) => [name, sinceMs])),
  };
};
