// Entra that cannot be read changes nothing, for however long; except where a policy asks that nobody enters any more once
// nobody could tell for so long who belongs in.

import { type DirectorySnapshot, groupKey } from '../domain/directory.ts';
import { formatDuration } from '../domain/duration.ts';
import type { AccessPolicy, Federation, SamlFederation } from '../domain/policy.ts';

const nobody: ReadonlySet<string> = new Set();

/** Those who were in the break-glass group when it was last read, by sub; undefined: it was not read since the start. */
const lastBreakGlass = (
  { breakGlass }: AccessPolicy,
  saml: SamlFederation | undefined,
  snapshot: DirectorySnapshot,
): ReadonlySet<string> | undefined => {
  if (breakGlass === undefined || saml === undefined) return nobody;
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

interface Unread {
  readonly what: string;
  /** When it was last read, milliseconds since the epoch. */
  readonly atMs: number;
}

/** Whatever lets somebody in and cannot be read now, the oldest first. */
const unreadIn = (
  policy: AccessPolicy,
  { saml, oidc }: Federation,
  { lastRead, unreadServicePrincipals }: DirectorySnapshot,
  nowMs: number,
): readonly Unread[] => {
  const lasts = ({ expiresAtMs }: { readonly expiresAtMs: number | undefined }): boolean =>
    expiresAtMs === undefined || expiresAtMs > nowMs;
  const groups = saml === undefined ? [] : policy.groups.filter(lasts);
  const workloads = oidc === undefined ? [] : policy.servicePrincipals.filter(lasts);
  return [
    ...groups.flatMap((group): readonly Unread[] => {
      const last = lastRead.get(groupKey(group));
      return last === undefined ? [] : [{ what: 'a group', atMs: last.atMs }];
    }),
    ...workloads.flatMap(({ id }): readonly Unread[] => {
      const atMs = unreadServicePrincipals.get(id);
      return atMs === undefined ? [] : [{ what: 'a service principal', atMs }];
    }),
  ].sort((a, b) => a.atMs - b.atMs);
};

export const stalenessOf = (
  policy: AccessPolicy,
  federation: Federation,
  snapshot: DirectorySnapshot,
  maxStalenessMs: number,
  nowMs: number,
): Staleness => {
  const breakGlass = lastBreakGlass(policy, federation.saml, snapshot);
  const kept = breakGlass === undefined || breakGlass.size === 0 ? open : { ...open, breakGlass };
  const [oldest] = unreadIn(policy, federation, snapshot, nowMs);
  if (oldest === undefined || policy.onStale !== 'close') return kept;
  const closesMs = oldest.atMs + maxStalenessMs;
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
    closedAsStale: `${oldest.what} of the policy could not be read for ${formatDuration(maxStalenessMs)}, and the policy says onStale: close`,
  };
};
