// Entra that cannot be read changes nothing, for however long; except where a policy asks that nobody enters any more once
// nobody could tell for so long who belongs in.

import { type DirectorySnapshot, groupKey } from '../domain/directory.ts';
import { formatDuration } from '../domain/duration.ts';
import type { AccessPolicy, SamlFederation } from '../domain/policy.ts';

const nobody: ReadonlySet<string> = new Set();

/** Those who were in the break-glass group when it was last read, by sub; undefined: it was not read since the start. */
const lastBreakGlass = (
  { breakGlass }: AccessPolicy,
  saml: SamlFederation,
  snapshot: DirectorySnapshot,
): ReadonlySet<string> | undefined => {
  if (breakGlass === undefined) return nobody;
  const key = groupKey(breakGlass);
  const reading = snapshot.groups.get(key);
  const group = reading?.state === 'present' ? reading.value : snapshot.lastRead.get(key)?.group;
  if (group === undefined) return undefined;
  return new Set(
    group.people.flatMap((person) =>
      saml.nameId === 'objectId' ? [person.id] : (person.userPrincipalName ?? []),
    ),
  );
};

export interface Staleness {
  readonly closedAsStale: string | undefined;
  readonly breakGlass: ReadonlySet<string>;
  /** When that happens if nothing is read until then, milliseconds since the epoch. */
  readonly closesMs: number | undefined;
  readonly warnings: readonly string[];
}

const open: Staleness = {
  closedAsStale: undefined,
  breakGlass: nobody,
  closesMs: undefined,
  warnings: [],
};

export const stalenessOf = (
  policy: AccessPolicy,
  saml: SamlFederation | undefined,
  snapshot: DirectorySnapshot,
  maxStalenessMs: number,
  nowMs: number,
): Staleness => {
  if (saml === undefined) return open;
  const unread = policy.groups.flatMap((group) => snapshot.lastRead.get(groupKey(group)) ?? []);
  const breakGlass = lastBreakGlass(policy, saml, snapshot);
  const kept = { ...open, breakGlass: breakGlass ?? nobody };
  if (unread.length === 0 || policy.onStale !== 'close') return kept;
  const closesMs = Math.min(...unread.map(({ atMs }) => atMs)) + maxStalenessMs;
  if (nowMs < closesMs) return { ...kept, closesMs };
  if (breakGlass === undefined)
    return {
      ...kept,
      warnings: [
        'onStale: close would close entry, but who is in the break-glass group was not read since the start; nobody is removed',
      ],
    };
  return {
    ...kept,
    closedAsStale: `a group of the policy could not be read for ${formatDuration(maxStalenessMs)}, and the policy says onStale: close`,
  };
};
