// The form of a case about the people of a policy: which groups it lists, what was read of them, who comes out.

import type { ResolvedPeople } from '../../src/desired/resolve-people.ts';
import type { Person } from '../../src/domain/directory.ts';
import type { GroupSubject, SamlFederation } from '../../src/domain/policy.ts';
import { type SnapshotParts, group, groupIds, uuid } from '../builders.ts';

export interface PeopleCase {
  readonly name: string;
  /** Default: on-call, direct. */
  readonly subjects?: readonly GroupSubject[];
  readonly saml?: Partial<SamlFederation>;
  readonly groups: NonNullable<SnapshotParts['groups']>;
  readonly emptyPolls?: SnapshotParts['emptyPolls'];
  /** The parts that the case is about; the rest is not looked at. */
  readonly admitted?: readonly string[];
  readonly doubtful?: Readonly<Record<string, string>>;
  readonly gone?: Readonly<Record<string, string>>;
  readonly groupStates?: ResolvedPeople['groups'];
  readonly warnings?: readonly string[];
}

/** The on-call group with these members. */
export const inOncall = (...members: readonly Person[]): PeopleCase['groups'] => ({
  [groupIds.oncall]: group(groupIds.oncall, members),
});

export const byName = { nameId: 'userPrincipalName' } as const;
export const idOf = (n: number): string => uuid('a', n);
export const nameUnknown = (n: number): string =>
  `the user principal name of member ${idOf(n)} could not be read; grant User.Read.All`;
