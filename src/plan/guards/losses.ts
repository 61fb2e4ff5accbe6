// Who would lose their access altogether if these changes were applied, and who has it now. Counted from the observed
// trust policies, never from process memory, so that a restart changes no limit.

import type { Change } from '../../domain/change.ts';
import type { OutHow } from '../../domain/denies.ts';
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

const hourMs = 3_600_000;

/** Those who lost access in the last hour and did not come back: the denies tell, so that a drip counts as one. */
const lately = ({ denies, trust }: RoleFacts, how: OutHow, nowMs: number): ReadonlySet<string> => {
  const stays = new Set([...trust.grants.values()].flatMap((grant) => ('sub' in grant ? [grant.sub] : [])));
  return new Set(
    [...denies.outs].flatMap(([sub, out]) =>
      out.how === how && out.issuedBeforeMs === undefined && out.sinceMs > nowMs - hourMs && !stays.has(sub)
        ? [sub]
        : [],
    ),
  );
};

export interface RoleLosses {
  readonly role: RoleFacts;
  readonly people: ReadonlySet<string>;
  /** Removed without proof in the last hour, and so no longer among the people. */
  readonly removedLately: ReadonlySet<string>;
  /** Proven leavers of the last hour. */
  readonly leftLately: ReadonlySet<string>;
  /** Changes by the person they put out. */
  readonly losing: ReadonlyMap<string, readonly Change[]>;
}

const lossesOf = (role: RoleFacts, changes: readonly Change[], nowMs: number): RoleLosses => {
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
  return {
    role,
    people,
    removedLately: lately(role, 'removed', nowMs),
    leftLately: lately(role, 'left', nowMs),
    losing,
  };
};

export const lossesByRole = (candidates: readonly Change[], context: GuardContext): readonly RoleLosses[] => {
  const changes = byObject(candidates);
  return [...context.facts].map(([key, role]) => lossesOf(role, changes.get(key) ?? [], context.input.nowMs));
};
