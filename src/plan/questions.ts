// Which second looks would let held changes go on, or prove that somebody has left.

import { parseGroupKey } from '../domain/directory.ts';
import { objectKey } from '../domain/change.ts';
import type { HeldChange, HoldReason, Questions } from '../domain/plan.ts';
import { sortedUnique } from '../domain/statement.ts';
import { unprovenRemoval } from './guards/proof-of-leaving.ts';
import type { PlanInput, RoleFacts } from './plan-input.ts';

/** Removals that a proof of leaving would set free. */
const provable: ReadonlySet<HoldReason> = new Set<HoldReason>([
  'unreadable',
  'groupVanished',
  'groupEmptied',
  'awaitingSecondRead',
  'breaker',
  'sourcesInvalid',
  'federationUnverified',
]);

export const questionsOf = (
  held: readonly HeldChange[],
  roles: ReadonlyMap<string, RoleFacts>,
  input: PlanInput,
): Questions => {
  const groups: string[] = [];
  const assignments: string[] = [];
  const standings: string[] = [];
  const managedPolicyArns: string[] = [];
  for (const { change, hold } of held) {
    const grant = unprovenRemoval(change);
    if (grant !== undefined && provable.has(hold.reason) && !input.confirmations.standings.has(grant.sub))
      standings.push(grant.sub);
    if (hold.reason !== 'awaitingSecondRead') continue;
    if (change.detail.kind === 'detachPolicy') managedPolicyArns.push(change.detail.policyArn);
    const role = roles.get(objectKey(change));
    const isEnd = change.detail.kind === 'revoke' && change.detail.after !== undefined;
    for (const { key, pim } of grant === undefined && !isEnd ? [] : (role?.desired?.groups ?? [])) {
      const { id } = parseGroupKey(key);
      if (grant !== undefined && !input.confirmations.groups.has(key)) groups.push(key);
      if (pim && !input.confirmations.assignments.has(id)) assignments.push(id);
    }
  }
  return {
    groups: sortedUnique(groups),
    assignments: sortedUnique(assignments),
    standings: sortedUnique(standings),
    managedPolicyArns: sortedUnique(managedPolicyArns),
  };
};
