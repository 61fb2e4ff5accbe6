// Everything that deciding knows. What is not in here cannot influence a plan.

import type { DesiredAccount, DesiredRole } from '../desired/desired-role.ts';
import type { Owner } from '../domain/change.ts';
import type { Denies } from '../domain/denies.ts';
import type { Confirmations } from '../domain/directory.ts';
import type { Account, Mode, SafetySettings } from '../domain/policy.ts';
import type { ObservedAccount, ObservedRole } from '../domain/role.ts';
import type { PersonGrant, TrustGrants } from '../domain/trust-grants.ts';
import type { Acknowledgement } from '../domain/acknowledgement.ts';
import type { RecentWrite, UncertainField } from './recent-writes.ts';

/** How long a policy has been missing from good loads; the count restarts with the process and with any load that has it. */
export interface PolicyAbsence {
  readonly sinceMs: number;
  readonly goodLoads: number;
}

/** Whether anything runs with a task role, as far as the observed services tell. */
export type TaskRoleUse = 'used' | 'unused' | 'unknown';

/** How often somebody rewrote a trust policy that we had written, in the last hour. */
export interface Rewrites {
  readonly times: number;
  /** Milliseconds since the epoch. */
  readonly lastMs: number;
}

export interface PlanInput {
  /** Of whose roles this decides: those that people and workloads enter, or those that tasks run with. */
  readonly scope: Owner['kind'];
  readonly account: Account;
  readonly desired: DesiredAccount;
  readonly observed: ObservedAccount;
  /** The ownership mark. */
  readonly instance: string;
  readonly safety: SafetySettings;
  readonly confirmations: Confirmations;
  readonly recentWrites: readonly RecentWrite[];
  readonly acknowledgements: readonly Acknowledgement[];
  /** False while any policy file is invalid: then no policy counts as removed. */
  readonly policiesComplete: boolean;
  readonly absences: ReadonlyMap<string, PolicyAbsence>;
  /** Names of the account's bindings: a task role whose binding is not among them is orphaned. */
  readonly bindings: ReadonlySet<string>;
  /** By role name; a role that is not there is in unknown use. */
  readonly taskRoleUse: ReadonlyMap<string, TaskRoleUse>;
  /** The mode for roles whose policy is gone. */
  readonly orphanMode: Mode;
  /** By role name. */
  readonly rewrites: ReadonlyMap<string, Rewrites>;
  /** Since when the statements of others in a shared role have been read the same, milliseconds since the epoch; by role name. */
  readonly othersSince: ReadonlyMap<string, number>;
  /** False until all policy files were read once: a Lockout may stand in one that is invalid. */
  readonly knowsLockouts: boolean;
  /** Whom a Lockout names, as trust policies may know them: object ids and user principal names. */
  readonly lockedOut: ReadonlySet<string>;
  /** By how much another clock differs most from ours, milliseconds; undefined: not known to differ. */
  readonly clockSkew: { readonly source: 'AWS' | 'Entra'; readonly ms: number } | undefined;
  readonly nowMs: number;
}

/** One role seen from both sides. At least one of `desired` and `observed` is there. */
export interface RoleFacts {
  readonly roleName: string;
  /** Somebody else's: only statements of the trust policy are ours, and the denies. */
  readonly isShared: boolean;
  readonly desired: DesiredRole | undefined;
  readonly observed: ObservedRole | undefined;
  /** Grants of the observed trust policy; empty for a role that is to be created. */
  readonly trust: TrustGrants;
  /** What the observed role denies. */
  readonly denies: Denies;
  /** Why that is not known; undefined: it is. */
  readonly deniesProblem: string | undefined;
  /** Set where the observed trust policy says just what is desired; its length as we would write it. */
  readonly trustInSync: { readonly chars: number } | undefined;
  /** In Git, or from the tag of a role whose owner is gone. */
  readonly owner: Owner | undefined;
  readonly mode: Mode;
  readonly isSuspended: boolean;
  readonly isSettling: boolean;
  /** Parts that may be other than read, because the answer to a recent write was lost. */
  readonly uncertain: ReadonlySet<UncertainField>;
  /** Grants of people in trust policies that may stand although no read shows it. */
  readonly perhapsNamed: readonly PersonGrant[];
  /** ARN of a role of that name which is not ours. */
  readonly takenBy: string | undefined;
  /** Names of the other policies that claim the role, when this one may not have it. */
  readonly claimedBy: readonly string[];
}
