// May we act on this role at all? Suspension, mode, and whose role it is.

import type { Change } from '../../domain/change.ts';
import type { Hold } from '../../domain/plan.ts';
import type { RoleFacts } from '../plan-input.ts';
import { isLockout } from '../lockouts.ts';
import { isClosed } from '../trust-changes.ts';
import { guardEach, hold } from './guard.ts';

type Leave = Pick<RoleFacts, 'isSuspended' | 'mode' | 'owner'>;

const suspension = ({ isSuspended, owner }: Leave): Hold | undefined =>
  isSuspended
    ? hold(
        'suspended',
        `the policy ${owner?.name ?? ''} says suspend: true; take that out to let changes go on`,
      )
    : undefined;

const observation = (role: Leave): Hold | undefined =>
  role.mode === 'observe'
    ? hold('observeOnly', 'the mode is observe: differences are reported, nothing is written')
    : undefined;

/** Why nobody loses anything in this role but whom a Lockout names; undefined: whoever is to lose something does. */
export const narrowingHold = (role: Leave): Hold | undefined => suspension(role) ?? observation(role);

export const suspended = guardEach((change, role) => (isLockout(change) ? undefined : suspension(role)));

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

/** Nothing of these depends on what the NameID holds: Entra itself, a Lockout or the clock says that she is out. */
const isProven = (change: Change): boolean =>
  isLockout(change) ||
  (change.detail.kind === 'revoke' &&
    change.detail.proof !== undefined &&
    // A name in another form is not found either.
    change.detail.proof !== 'userNotFound');

export const federationUnverified = guardEach((change, role) => {
  const doubt = role.desired?.doubt;
  if (doubt === undefined || isProven(change)) return undefined;
  return hold('federationUnverified', `${doubt.because}; ${doubt.advice}`);
});

/** A task role outlives its binding: nobody here can know all that runs with it. */
export const orphanedTaskRole = guardEach((change, role, { input }) => {
  if (change.detail.kind !== 'deleteRole' || role.owner?.kind !== 'TaskRoleBinding') return undefined;
  return input.policiesComplete
    ? hold(
        'byHand',
        `tasks may still run with the role ${role.roleName}, so it stays as it is; once none does, delete it by hand, or bring its binding back`,
      )
    : hold(
        'sourcesInvalid',
        `the binding ${role.owner.name} may stand in a file that is invalid; repair the policy files first`,
      );
});

/** A task role acts on running tasks at once, without any deployment; only one that nothing runs with may be made ready. */
export const taskRoleNotify = guardEach((_change, role, { input }) => {
  if (role.desired?.rollout !== 'notify') return undefined;
  const isReady = role.observed !== undefined && !isClosed(role.trust);
  const use = input.taskRoleUse.get(role.roleName) ?? 'unknown';
  if (!isReady && use === 'unused') return undefined;
  const why = use === 'unknown' ? 'what runs with it could not be read' : 'tasks run, or may run, with it';
  return hold(
    'notifyOnly',
    `the rollout is notify, and the task role ${role.roleName} is not changed while ${why}; set rollout: deploy in the binding ${role.owner?.name ?? ''} to let it be changed`,
  );
});

/** Extra policies on our roles are only reported below `enforce`; a grant in another form may go along with a removal. */
const narrowOnlyLets = ({ effect, detail }: Change): boolean => {
  if (detail.kind === 'stripPolicy' || detail.kind === 'detachPolicy') return false;
  return (
    effect === 'narrows' ||
    (effect === 'none' &&
      (detail.kind === 'grant' || detail.kind === 'restateTrust' || detail.kind === 'forgetDenies'))
  );
};

export const mode = guardEach((change, role) => {
  if (isLockout(change)) return undefined;
  const narrowOnly =
    role.mode === 'narrow-only' && !narrowOnlyLets(change)
      ? hold('narrowOnly', 'the mode is narrow-only: only what takes access away is written')
      : undefined;
  return observation(role) ?? narrowOnly;
});
