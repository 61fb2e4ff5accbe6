// May we act on this role at all? Suspension, mode, and whose role it is.

import type { Change } from '../../domain/change.ts';
import { guardEach, hold } from './guard.ts';

export const suspended = guardEach((_change, role) =>
  role.isSuspended
    ? hold(
        'suspended',
        `the policy ${role.owner?.name ?? ''} says suspend: true; take that out to let changes go on`,
      )
    : undefined,
);

export const roleNameTaken = guardEach((_change, role) =>
  role.takenBy === undefined
    ? undefined
    : hold(
        'roleNameTaken',
        `${role.takenBy} has this name and is not ours (path /rolewarden/ and our instance tag); choose another role name, or remove that role`,
      ),
);

export const roleNameClaimed = guardEach((_change, role) =>
  role.claimedBy.length === 0
    ? undefined
    : hold(
        'roleNameClaimed',
        `the policies ${[role.owner?.name, ...role.claimedBy].join(' and ')} claim the role ${role.roleName}; give one of them another role name`,
      ),
);

/** Extra policies on our roles are only reported below `enforce`; a grant in another form may go along with a removal. */
const narrowOnlyLets = ({ effect, detail }: Change): boolean => {
  if (detail.kind === 'stripPolicy' || detail.kind === 'detachPolicy') return false;
  return (
    effect === 'narrows' || (effect === 'none' && (detail.kind === 'grant' || detail.kind === 'restateTrust'))
  );
};

export const mode = guardEach((change, role) => {
  if (role.mode === 'observe') {
    return hold('observeOnly', 'the mode is observe: differences are reported, nothing is written');
  }
  return role.mode === 'narrow-only' && !narrowOnlyLets(change)
    ? hold('narrowOnly', 'the mode is narrow-only: only what takes access away is written')
    : undefined;
});
