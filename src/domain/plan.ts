// The answer of deciding: every object in exactly one state, every change either to apply or held with a reason.

import type { Change, Effect, ObjectKind, Owner } from './change.ts';
import type { SourceRef } from './policy.ts';
import type { NewRole } from './ports.ts';
import type { RoleSettings } from './role.ts';
import type { GroupKey, Person } from './directory.ts';

/** Why a change waits. Constants: they are metric labels, and runbooks are filed under them. */
export type HoldReason =
  | 'suspended'
  | 'observeOnly'
  | 'narrowOnly'
  | 'roleNameTaken'
  | 'roleNameClaimed'
  | 'unreadable'
  | 'groupVanished'
  | 'groupEmptied'
  | 'awaitingSecondRead'
  | 'stillMember'
  | 'standingUnknown'
  | 'provenLeaverCap'
  | 'breaker'
  | 'providerMissing'
  | 'trustFull'
  | 'wouldLockOut'
  | 'afterHeldChange'
  | 'writeUncertain'
  | 'opaqueDocument'
  | 'foreignDeny'
  | 'sourcesInvalid'
  | 'awaitingPrune';

export interface Hold {
  readonly reason: HoldReason;
  /** What is held, why, and what to do, for the operator. */
  readonly message: string;
}

export interface HeldChange {
  readonly change: Change;
  readonly hold: Hold;
}

/** Someone whom a policy names, and how she comes to be named. */
export interface Admitted {
  /** The value of `saml:sub` or `:sub`. */
  readonly sub: string;
  /** What people recognise: a user principal name, a display name; else the sub. */
  readonly label: string;
  /** Groups through which she is a member, by id; empty for directly listed service principals. */
  readonly via: readonly GroupKey[];
  readonly person: Person | undefined;
}

/**
 * One call to IAM, with the changes that it carries out. `before` is what the plan saw: right before the write the role is
 * read again, and if it differs, whatever widens is dropped and whatever narrows is worked out anew.
 */
export type Write = { readonly changes: readonly Change[]; readonly effect: Effect } & (
  | { readonly op: 'createRole'; readonly role: NewRole }
  | { readonly op: 'putBoundary'; readonly before: string | undefined; readonly after: string }
  | {
      readonly op: 'updateTrust';
      readonly before: string;
      readonly after: string;
      readonly providers: readonly string[];
    }
  | {
      readonly op: 'putInlinePolicy';
      readonly policyName: string;
      readonly before: string | undefined;
      readonly after: string;
    }
  | { readonly op: 'deleteInlinePolicy'; readonly policyName: string; readonly before: string }
  | { readonly op: 'detachPolicy'; readonly policyArn: string }
  | { readonly op: 'updateSettings'; readonly before: RoleSettings; readonly after: RoleSettings }
  | {
      readonly op: 'tagRole';
      readonly before: Readonly<Record<string, string>>;
      readonly after: Readonly<Record<string, string>>;
    }
  | { readonly op: 'deleteRole' }
);

export type ObjectState = 'apply' | 'hold' | 'inSync' | 'unknown';

/** What all objects of a plan share. */
export interface PlannedObject {
  readonly object: ObjectKind;
  readonly name: string;
  readonly owner: Owner | undefined;
  readonly source: SourceRef | undefined;
  /** `apply` when anything is to be applied; else `hold` when anything is held; `unknown` when nothing can be said. */
  readonly state: ObjectState;
  /** Why it is unknown. */
  readonly unknownBecause: string | undefined;
  readonly apply: readonly Change[];
  /** What carries `apply` out, in the order in which it is safe. */
  readonly writes: readonly Write[];
  readonly held: readonly HeldChange[];
  /** What AWS answers is still our document from before a recent write. */
  readonly isSettling: boolean;
  /** Conditions that need a person's eye and hold nothing by themselves: foreign denies, guests, display names. */
  readonly warnings: readonly string[];
}

/** One role of one account. */
export interface PlannedRole extends PlannedObject {
  readonly object: 'Role';
  /** How full the trust policy would be with everyone in. */
  readonly trustChars: number;
  /** To be pasted as the value of the app role in Entra; undefined without SAML. */
  readonly appRoleValue: string | undefined;
  readonly admitted: readonly Admitted[];
  /** Display names of the groups behind `Admitted.via`, where they are known. */
  readonly groupNames: Readonly<Record<GroupKey, string>>;
  /** The trust policy as it is and as it would be with nothing held; undefined when both mean the same. */
  readonly trust: { readonly before: string | undefined; readonly wanted: string } | undefined;
}

/** Second looks that would let held removals go on, or settle whether they should. */
export interface Questions {
  readonly groups: readonly GroupKey[];
  /** Values of `saml:sub` whose owners may have left the directory. */
  readonly standings: readonly string[];
  readonly managedPolicyArns: readonly string[];
}

export interface Plan {
  readonly account: string;
  readonly accountId: string;
  /** Milliseconds since the epoch: the moment it was decided for. */
  readonly atMs: number;
  /** Sorted by role name. */
  readonly roles: readonly PlannedRole[];
  readonly questions: Questions;
  readonly trustQuotaChars: number;
}

export const isEmptyPlan = (plan: Plan): boolean => plan.roles.every((role) => role.state === 'inSync');
export const hasQuestions = ({ questions }: Plan): boolean =>
  questions.groups.length + questions.standings.length + questions.managedPolicyArns.length > 0;
