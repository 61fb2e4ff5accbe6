// A group that suddenly holds the whole company admits nobody: large widenings wait for a person's word too.

import type { Change } from '../../domain/change.ts';
import type { Acknowledgeable } from '../../domain/acknowledgement.ts';
import { newcomersScope, whyNotAcknowledged } from '../../domain/acknowledgement.ts';
import type { Hold } from '../../domain/plan.ts';
import type { SafetySettings } from '../../domain/policy.ts';
import { compareText, sortedUnique } from '../../domain/statement.ts';
import { endsOf } from '../deny-edits.ts';
import type { RoleFacts } from '../plan-input.ts';
import { howToAcknowledge } from './acknowledging.ts';
import { type Guard, byObject, hold } from './guard.ts';

/** How many people may gain access at once, where `people` have it. */
export const allowedNewcomers = ({ minimum, factor }: SafetySettings['widening'], people: number): number =>
  Math.max(minimum, Math.floor(factor * people));

/**
 * Closing names nobody in AWS whom it put out, so that after it nothing tells them from whoever was added to the group
 * meanwhile: all of them are newcomers, and that is no reason to let them in unseen.
 */
const perhapsClosedAsStale = (
  { observed, desired }: RoleFacts,
  inside: ReadonlyMap<string, number>,
): string => {
  const isClosed = [...inside.keys()].every((sub) => desired?.breakGlass.has(sub) === true);
  return observed !== undefined && desired?.closesWhenStale === true && isClosed
    ? 'the policy says onStale: close, and if that is what closed it, nothing in AWS tells who was inside before from who joined a group meanwhile, but the journal does (proof entraStale): compare, and '
    : '';
};

export const newcomersMany: Guard = (candidates, { input, facts }) => {
  const grants = candidates.filter(
    ({ detail, effect }) => detail.kind === 'grant' && detail.grant.kind === 'person' && effect === 'widens',
  );
  const holds = new Map<Change, Hold>();
  for (const [key, changes] of byObject(grants)) {
    const role = facts.get(key);
    if (role === undefined) continue;
    const inside = endsOf(role.trust.grants.values());
    const subjects = sortedUnique(
      changes.flatMap(({ detail }) =>
        detail.kind === 'grant' &&
        'sub' in detail.grant &&
        !inside.has(detail.grant.sub) &&
        role.desired?.breakGlass.has(detail.grant.sub) !== true
          ? [detail.grant.sub]
          : [],
      ),
    );
    const allowed = allowedNewcomers(input.safety.widening, inside.size);
    if (subjects.length <= allowed) continue;
    const [account, policy] = [input.account.meta.name, role.owner?.name ?? ''];
    const asked: Acknowledgeable = { scope: newcomersScope(account, policy), subjects };
    if (whyNotAcknowledged(asked, input.acknowledgements, input.nowMs) === undefined) continue;
    const message =
      `${subjects.length} people would gain access by policy ${policy} in account ${account}, where ${inside.size} have it, more than ${allowed} at once; ` +
      perhapsClosedAsStale(role, inside) +
      howToAcknowledge(asked, input);
    const found: Hold = { ...hold('newcomersMany', message), acknowledgeable: asked };
    const names = new Set(subjects);
    for (const change of [...changes].sort((a, b) => compareText(a.id, b.id)))
      if (
        change.detail.kind === 'grant' &&
        'sub' in change.detail.grant &&
        names.has(change.detail.grant.sub)
      )
        holds.set(change, found);
  }
  return holds;
};
