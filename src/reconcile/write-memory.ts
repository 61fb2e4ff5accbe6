// What this process wrote lately, so that IAM's lag is not taken for drift. Losing it costs at most a write of the same.

import type { RecentWrite } from '../plan/recent-writes.ts';

type WithoutTime = RecentWrite extends infer W ? (W extends RecentWrite ? Omit<W, 'atMs'> : never) : never;

export interface WriteMemory {
  remember(write: WithoutTime, atMs: number): void;
  /** In the order in which they were made. */
  recentOf(roleName: string): readonly RecentWrite[];
  all(): readonly RecentWrite[];
  forgetBefore(atMs: number): void;
}

export const createWriteMemory = (): WriteMemory => {
  const writes = new Map<string, RecentWrite[]>();
  return {
    remember: (write, atMs) => {
      const own = writes.get(write.roleName);
      if (own === undefined) writes.set(write.roleName, [{ ...write, atMs }]);
      else own.push({ ...write, atMs });
    },
    recentOf: (roleName) => writes.get(roleName) ?? [],
    all: () => [...writes.values()].flat(),
    forgetBefore: (atMs) => {
      for (const [roleName, own] of writes) {
        const rest = own.filter((write) => write.atMs >= atMs);
        if (rest.length === 0) writes.delete(roleName);
        else writes.set(roleName, rest);
      }
    },
  };
};
