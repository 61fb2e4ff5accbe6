// What a hold asks of people. The order is that of urgency: where several changes of a role are held, the first of
// these reasons speaks for the role, so that a consequence never hides its cause.

import type { HoldReason } from '../domain/plan.ts';

/**
 * - `person`: goes on only after somebody did something.
 * - `waiting`: ends by itself, at the next read or when its cause ends.
 * - `passing`: a part of every roll-out, over in a while.
 * - `chosen`: somebody asked for it in Git.
 */
export type HoldNature = 'person' | 'waiting' | 'passing' | 'chosen';

const natures: Readonly<Record<HoldReason, HoldNature>> = {
  breaker: 'person',
  newcomersMany: 'person',
  provenLeaverCap: 'person',
  federationUnverified: 'person',
  clockSkew: 'person',
  groupVanished: 'person',
  roleNameTaken: 'person',
  roleNameClaimed: 'person',
  notAdopted: 'person',
  serviceTaken: 'person',
  serviceMissing: 'person',
  serviceDraining: 'person',
  unsupported: 'person',
  shortArn: 'person',
  roleMissing: 'person',
  contested: 'person',
  rolledBack: 'person',
  mutableTags: 'person',
  permissionsFull: 'person',
  providerMissing: 'person',
  opaqueDocument: 'person',
  trustFull: 'person',
  deniesFull: 'person',
  foreignDeny: 'person',
  sourcesInvalid: 'person',
  standingUnknown: 'person',
  byHand: 'person',
  noAssignment: 'waiting',
  unreadable: 'waiting',
  stillMember: 'waiting',
  groupEmptied: 'waiting',
  awaitingSecondRead: 'waiting',
  awaitingPrune: 'waiting',
  recentlyOut: 'waiting',
  othersUnsettled: 'waiting',
  deploying: 'passing',
  deploymentInProgress: 'passing',
  roleSettling: 'passing',
  suspended: 'chosen',
  ecsWritesOff: 'chosen',
  notifyOnly: 'chosen',
  narrowOnly: 'chosen',
  observeOnly: 'chosen',
  wouldLockOut: 'waiting',
  writeUncertain: 'waiting',
  afterHeldChange: 'waiting',
};

export const holdReasons = Object.keys(natures) as readonly HoldReason[];

/** What somebody asked for in Git. */
export const chosenReasons: readonly HoldReason[] = holdReasons.filter(
  (reason) => natures[reason] === 'chosen',
);

export const natureOf = (reason: HoldReason): HoldNature => natures[reason];

/** Sorts the most urgent first. */
export const byUrgency = (a: HoldReason, b: HoldReason): number =>
  holdReasons.indexOf(a) - holdReasons.indexOf(b);
