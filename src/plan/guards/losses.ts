// Who would lose their access altogether if these changes were applied, and who has it now. Counted from the observed
// trust policies, never from process memory, so that a restart changes no limit.

import type { Change } from '../../domain/change.ts';
import type { RoleFacts } from '../plan-input.ts';
import { applyTrustChanges } from '../trust-changes.ts';
import type { TrustGrants } from '../../domain/trust-grants.ts';
import { type GuardContext, byObject } from './guard.ts';

/** Stands for the unnamed people whom an `anyone` grant admits. */
export const unnamedPeople = '*';

const peopleOf = (trust: TrustGrants, isOrphan: boolean): ReadonlySet<string> => {
  const people = new Set<string>();
  for (const grant of trust.grants.values()) {
    if (grant.kind === 'person') people.add(grant.sub);
    // Without the policy, nobody can tell how many an `anyone` grant lets in; so its loss always counts as large.
    if (grant.kind === 'anyone' && isOrphan) people.add(unnamedPeople);
  }
  return people;
};

export interface RoleLosses {
  readonly role: RoleFacts;
  readonly people: ReadonlySet<string>;
  /** Changes by the person they put out. */
  readonly losing: ReadonlyMap<string, readonly Change[]>;
}

const lossesOf = (role: RoleFacts, changes: readonly Change[]): RoleLosses => {
  const isOrphan = role.desired === undefined;
  const people = peopleOf(role.trust, isOrphan);
  const left = changes.length === 0 ? people : peopleOf(applyTrustChanges(role.trust, changes), isOrphan);
  const losing = new Map<string, Change[]>();
  for (const change of changes) {
    if (change.detail.kind !== 'revoke') continue;
    const { grant } = change.detail;
    const sub = grant.kind === 'person' ? grant.sub : grant.kind === 'anyone' ? unnamedPeople : undefined;
    if (sub === undefined || left.has(sub) || !people.has(sub)) continue;
    losing.set(sub, [...(losing.get(sub) ?? []), change]);
  }
  return { role, people, losing };
};

export const lossesByRole = (candidates: readonly Change[], context: GuardContext): readonly RoleLosses[] => {
  const changes = byObject(candidates);
  return [...context.facts].map(([key, role]) => lossesOf(role, changes.get(key) ?? []));
};
