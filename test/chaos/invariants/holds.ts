// Which holds a calm world may still show, and what must be so for each: a hold that nothing justifies is somebody forgotten.

import type { HoldReason, PlannedRole } from '../../../src/domain/plan.ts';
import { accessOf } from '../access.ts';
import { isEntitled, isLeaver, type Place, vanishedGroups } from '../model.ts';
import { accountIds, everybody, groupIds, instance, personId } from '../scene.ts';
import type { Trial } from '../trial.ts';
import { isComplete, isLockedOut, policyFor, policyNames, roleNameOf } from '../will.ts';
import { isOurTag } from './permission-to-act.ts';

const roleAt = ({ clouds }: Trial, { account, roleName }: Place) =>
  clouds.aws.roles(accountIds[account]).find(({ name }) => name === roleName);

/** People whom the trust policy names, though neither the policy nor a proof of leaving explains it. */
const losersOf = (trial: Trial, place: Place): readonly string[] => {
  const { git, model } = trial;
  const [will, atMs] = [git.will(), trial.cloudsNow()];
  const { named } = accessOf(roleAt(trial, place), place.account, atMs);
  const policy = policyFor(will, place.account, place.roleName);
  return everybody
    .map(personId)
    .filter(
      (person) =>
        named.has(person) &&
        !isLeaver(person, model.now()) &&
        !isLockedOut(will, person, atMs) &&
        !isEntitled(person, { will, policy, atMs }, model.now()),
    );
};

/** The limits of the breaker: three of so few people. */
const isLarge = (people: readonly string[]): boolean => new Set(people).size > 3;

const admitsUnnamed = (trial: Trial, place: Place): boolean =>
  accessOf(roleAt(trial, place), place.account, trial.cloudsNow()).people.size === everybody.length;

/** Removals of the last hour count, so that the breaker may trip over few; never over people who belong inside. */
const asksForLosers = (trial: Trial, place: Place, role: PlannedRole): boolean => {
  const losers = new Set(
    policyNames.flatMap((name) => losersOf(trial, { account: place.account, roleName: roleNameOf(name) })),
  );
  return role.held.every(({ hold }) =>
    (hold.acknowledgeable?.subjects ?? []).every((sub) => losers.has(sub)),
  );
};

const mayTripBreaker = (trial: Trial, place: Place, role: PlannedRole): boolean => {
  if (asksForLosers(trial, place, role)) return true;
  const inAccount = policyNames.flatMap((name) =>
    losersOf(trial, { account: place.account, roleName: roleNameOf(name) }),
  );
  return isLarge(losersOf(trial, place)) || isLarge(inAccount) || admitsUnnamed(trial, place);
};

type Justification = (trial: Trial, place: Place, role: PlannedRole) => boolean;

/** Holds that lean on another one in the same role. */
const leansOnAnother: Justification = (trial, place, role) =>
  role.held.some(
    ({ hold }) =>
      hold.reason !== 'afterHeldChange' &&
      hold.reason !== 'wouldLockOut' &&
      justifications[hold.reason]?.(trial, place, role) === true,
  );

/** New reasons stand here with what justifies them. */
const justifications: Readonly<Partial<Record<HoldReason, Justification>>> = {
  suspended: ({ git }, { account, roleName }) => policyFor(git.will(), account, roleName)?.suspend === true,
  observeOnly: ({ git }, { account, roleName }) =>
    policyFor(git.will(), account, roleName)?.mode === 'observe',
  narrowOnly: ({ git }, { account, roleName }) =>
    policyFor(git.will(), account, roleName)?.mode === 'narrow-only',
  federationUnverified: ({ git }) => !git.will().isVerified,
  roleNameTaken: (trial, place) => !isOurTag(roleAt(trial, place)?.tags ?? {}, instance),
  groupVanished: ({ git, model }, { account, roleName }) => {
    const policy = policyFor(git.will(), account, roleName);
    return policy !== undefined && vanishedGroups(policy, model.now()).length > 0;
  },
  sourcesInvalid: ({ git }) => !isComplete(git.will()),
  breaker: mayTripBreaker,
  // Somebody's duty begins or ends at this very moment.
  noAssignment: ({ git, knowledge, model }, { account, roleName }) => {
    const sweep = knowledge.get(account);
    const seen = sweep === undefined ? [model.now()] : model.seenBy(sweep);
    return (
      policyFor(git.will(), account, roleName)?.groups.some(({ name }) => name === 'duty') === true &&
      seen.some((people) => (people.direct.get(groupIds.duty)?.size ?? 0) > 0)
    );
  },
  awaitingPrune: ({ git }, { account, roleName }) => policyFor(git.will(), account, roleName) === undefined,
  foreignDeny: (trial, place) =>
    accessOf(roleAt(trial, place), place.account, trial.cloudsNow()).foreignDenies.size > 0,
  afterHeldChange: leansOnAnother,
  wouldLockOut: leansOnAnother,
};

/** What people can settle: files, tags, acknowledgements. After they have, these justify nothing any more. */
export const settledByPeople: ReadonlySet<HoldReason> = new Set<HoldReason>([
  'roleNameTaken',
  'federationUnverified',
  'sourcesInvalid',
  'breaker',
]);

/** The first hold of the role that nothing justifies. */
export const unjustifiedHold = (trial: Trial, place: Place, role: PlannedRole): string | undefined => {
  const found = role.held.find(({ hold }) => justifications[hold.reason]?.(trial, place, role) !== true);
  return found === undefined
    ? undefined
    : `${found.change.id} is held for no reason that is there (${found.hold.reason}: ${found.hold.message})`;
};
