// When each role was last used. IAM tells it late: what is younger than the lag, readers do not learn of yet.

export interface RoleUse {
  readonly atMs: number;
  readonly region: string;
}

export interface RoleUses {
  note(roleId: string, region: string): void;
  /** The last use that readers are told of by now; undefined: none. */
  told(roleId: string): RoleUse | undefined;
}

/** Uses of the same second are one: that is how exactly IAM tells. */
const sameUseMs = 1_000;

export const createRoleUses = (clock: () => number, lagMs: () => number): RoleUses => {
  const usesById = new Map<string, readonly RoleUse[]>();

  /** From the last one that may be told on. */
  const fresh = (roleId: string): readonly RoleUse[] => {
    const uses = usesById.get(roleId) ?? [];
    const told = uses.findLastIndex(({ atMs }) => atMs <= clock() - lagMs());
    return told > 0 ? uses.slice(told) : uses;
  };

  return {
    note(roleId, region) {
      const uses = fresh(roleId);
      const atMs = clock();
      const last = uses.at(-1);
      if (last === undefined || Math.abs(atMs - last.atMs) >= sameUseMs)
        usesById.set(roleId, [...uses, { atMs, region }]);
    },
    told: (roleId) => fresh(roleId).findLast(({ atMs }) => atMs <= clock() - lagMs()),
  };
};
