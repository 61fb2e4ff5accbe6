// The roles of one account, as versions: a write is true at once, and seen by readers once it has propagated.

import { compareText } from '../../domain/statement.ts';

/** A role as it truly is; never changed in place, a write replaces it. */
export interface SandboxRole {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** AROA…; another one when a role is deleted and created again. */
  readonly roleId: string;
  readonly createdAtMs: number;
  /** JSON text as it was written. */
  readonly trustDocument: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundary?: string | undefined;
  /** Policy name to JSON text. */
  readonly inlinePolicies: Readonly<Record<string, string>>;
  readonly attachedPolicyArns: readonly string[];
  /** Empty: none. */
  readonly description: string;
  readonly maxSessionSeconds: number;
  readonly instanceProfileNames: readonly string[];
}

interface Version {
  readonly visibleFromMs: number;
  /** undefined: deleted. */
  readonly role: SandboxRole | undefined;
}

export interface RoleStore {
  /** The truth, which writes work on. Names are compared without regard to case. */
  current(name: string): SandboxRole | undefined;
  /** What a reader is told now: the truth, or what it was before the latest writes. */
  seen(name: string): SandboxRole | undefined;
  put(role: SandboxRole): void;
  remove(name: string): void;
  /** A role that has always been there: no reader is told otherwise. */
  seed(role: SandboxRole): void;
  /** All true roles, sorted by name without regard to case. */
  all(): readonly SandboxRole[];
  /** What readers are told, in the same order, beginning after the given key. */
  seenAfter(key: string): Iterable<SandboxRole>;
  readonly size: number;
}

export const roleKey = (name: string): string => name.toLowerCase();

/** `staleMs` is asked anew at every call; while it answers 0, readers see every write at once. */
export const createRoleStore = (clock: () => number, staleMs: () => number): RoleStore => {
  const versionsByKey = new Map<string, readonly Version[]>();
  let sortedKeys: readonly string[] | undefined;
  let size = 0;

  const visibleNow = (versions: readonly Version[]): Version | undefined =>
    staleMs() === 0 ? versions.at(-1) : versions.findLast((version) => version.visibleFromMs <= clock());

  const current = (key: string): SandboxRole | undefined => versionsByKey.get(key)?.at(-1)?.role;

  const write = (key: string, role: SandboxRole | undefined, visibleFromMs: number): void => {
    size += Number(role !== undefined) - Number(current(key) !== undefined);
    const before = versionsByKey.get(key);
    if (before === undefined) sortedKeys = undefined;
    const visible = before === undefined ? undefined : visibleNow(before);
    const kept = before?.slice(visible === undefined ? 0 : before.indexOf(visible)) ?? [];
    versionsByKey.set(key, [...kept, { visibleFromMs, role }]);
  };

  const keys = (): readonly string[] => {
    sortedKeys ??= [...versionsByKey.keys()].sort(compareText);
    return sortedKeys;
  };

  return {
    current: (name) => current(roleKey(name)),
    seen: (name) => visibleNow(versionsByKey.get(roleKey(name)) ?? [])?.role,
    put: (role) => write(roleKey(role.name), role, clock() + staleMs()),
    remove: (name) => write(roleKey(name), undefined, clock() + staleMs()),
    seed: (role) => write(roleKey(role.name), role, Number.NEGATIVE_INFINITY),
    all: () =>
      keys()
        .map(current)
        .filter((role) => role !== undefined),
    *seenAfter(key) {
      const sorted = keys();
      for (let index = firstAfter(sorted, key); index < sorted.length; index += 1) {
        const role = visibleNow(versionsByKey.get(sorted[index] ?? '') ?? [])?.role;
        if (role !== undefined) yield role;
      }
    },
    get size() {
      return size;
    },
  };
};

const firstAfter = (sorted: readonly string[], key: string): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
};
