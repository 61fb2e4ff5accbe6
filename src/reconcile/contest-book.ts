// How often somebody rewrote what we had written, lately. Losing it with the process costs a few more repairs.

import type { ObservedAccount } from '../domain/role.ts';
import { ownPart } from '../domain/shared-role.ts';
import { canonicalDocument } from '../domain/statement.ts';
import type { Rewrites } from '../plan/plan-input.ts';
import { layOverRole } from '../plan/recent-writes.ts';
import { type ElapsedMs, watchForJumps } from './clock-jumps.ts';
import type { WriteMemory } from './write-memory.ts';
import type { Outcome } from './sweep-report.ts';

const windowMs = 60 * 60_000;

export interface ContestBook {
  /** Looks whether trust policies are still as they were written; `memory` tells which reads may be old ones. */
  observe(observed: ObservedAccount, memory: Pick<WriteMemory, 'recentOf'>, nowMs: number): void;
  noteWrites(outcomes: readonly Outcome[]): void;
  /** By role name; roles that nobody rewrote are not among them. */
  rewrites(nowMs: number): ReadonlyMap<string, Rewrites>;
}

interface Role {
  /** In canonical form; undefined: nothing of ours stands there. */
  written: string | undefined;
  /** Of a shared role: the instance whose statements alone are looked at. */
  sharedBy: string | undefined;
  rewrittenMs: number[];
}

const formOf = (document: string, sharedBy: string | undefined): string =>
  sharedBy === undefined ? canonicalDocument(document) : ownPart(document, sharedBy);

export const createContestBook = (elapsedMs?: ElapsedMs): ContestBook => {
  const roles = new Map<string, Role>();
  const jumpedBy = watchForJumps(elapsedMs);
  return {
    observe: (observed, memory, nowMs) => {
      const byMs = jumpedBy(nowMs);
      const seen = new Map(observed.roles.map((role) => [role.name, role]));
      for (const [name, role] of roles) {
        const now = layOverRole(seen.get(name), memory.recentOf(name));
        role.rewrittenMs = role.rewrittenMs.map((ms) => ms - byMs).filter((ms) => ms > nowMs - windowMs);
        if (now === undefined || role.written === undefined) continue;
        if (formOf(now.trustDocument, role.sharedBy) === role.written) continue;
        role.rewrittenMs.push(nowMs);
        role.written = undefined;
      }
    },
    noteWrites: (outcomes) => {
      for (const { write, name, result, written } of outcomes) {
        if (write.op !== 'updateTrust') continue;
        const { sharedBy } = write;
        const role = { ...(roles.get(name) ?? { written: undefined, rewrittenMs: [] }), sharedBy };
        roles.set(name, role);
        // After a lost answer, or a part that was dropped, nobody knows what should stand there.
        role.written = result === 'done' ? formOf(written?.after ?? write.after, sharedBy) : undefined;
      }
    },
    rewrites: (nowMs) =>
      new Map(
        [...roles].flatMap(([name, { rewrittenMs }]) => {
          const recent = rewrittenMs.filter((ms) => ms > nowMs - windowMs);
          return recent.length === 0
            ? []
            : [[name, { times: recent.length, lastMs: Math.max(...recent) }] as const];
        }),
      ),
  };
};
