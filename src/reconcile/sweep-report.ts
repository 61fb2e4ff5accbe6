// What one sweep of one account found and did. Logs, metrics, status and journal are all derived from this value.

import type { Change, ObjectKind } from '../domain/change.ts';
import type { ErrorKind } from '../domain/errors.ts';
import type { LeasesReport } from '../domain/lease.ts';
import type { ShellSession } from '../domain/ports.ts';
import type { Hold, Plan } from '../domain/plan.ts';
import type { Commit, Lockout } from '../domain/policy.ts';
import type { Write } from '../domain/write.ts';

export type OutcomeResult =
  /** The call was acknowledged. */
  | 'done'
  /** The call failed; it is planned again in the next sweep. */
  | 'failed'
  /** The role changed between plan and write, or an earlier write of the role failed: planned again at once. */
  | 'dropped';

/** A document before and after a write; undefined: it was not there, or is not any more. */
export interface WrittenDocuments {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface Outcome {
  readonly write: Write;
  readonly object: ObjectKind;
  /** Of the role or the service. */
  readonly name: string;
  readonly result: OutcomeResult;
  /** Changes that the call carried out; fewer than the write's when a narrowing was worked out anew. */
  readonly carriedOut: readonly Change[];
  /** What was really written, where it differs from the plan because the role had changed meanwhile. */
  readonly written: WrittenDocuments | undefined;
  readonly errorKind: ErrorKind | undefined;
  readonly errorCode: string | undefined;
  /** Why it failed or was dropped; empty when done. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** What became of an open shell of somebody who was put out. */
export interface ShellOutcome {
  readonly session: ShellSession;
  readonly roleName: string;
  /** As the trust policy knew her; what her session is called, where the policy has ended for everybody. */
  readonly sub: string;
  readonly result: 'done' | 'failed';
  readonly stoppedTask: boolean;
  /** Why it failed; empty when done. */
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** An open shell of somebody who was put out, in a role where nothing may be changed. */
export interface HeldShell {
  readonly session: ShellSession;
  readonly roleName: string;
  readonly sub: string;
  readonly hold: Hold;
}

export interface ShellsReport {
  readonly ended: readonly ShellOutcome[];
  readonly held: readonly HeldShell[];
  /** Open shells of the same roles of whom nobody can tell whose they are. */
  readonly unattributed: number;
  /** Why open shells could not be listed; undefined: they could, or nobody had to know. */
  readonly problem: { readonly kind: ErrorKind; readonly message: string } | undefined;
}

export type SweepTrigger =
  | 'start'
  | 'policies'
  | 'membership'
  /** What runs in ECS asks for other permissions. */
  | 'services'
  | 'schedule'
  /** Something that was held may go on by now. */
  | 'clock'
  | 'retry'
  | 'settled';

/**
 * `access`: the roles that people and workloads enter. `services`: task roles and ECS services. Each has a loop of its own,
 * so that a slow ECS keeps nobody inside who should be out.
 */
export type SweepScope = 'access' | 'services';

export interface SweepReport {
  readonly account: string;
  readonly accountId: string;
  readonly scope: SweepScope;
  readonly trigger: SweepTrigger;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** `unreadable`: the account could not be observed. `incomplete`: a part of ECS could not, or some write failed or was dropped. */
  readonly result: 'ok' | 'incomplete' | 'unreadable';
  /** Why the account was unreadable, or the first write failed; undefined otherwise. */
  readonly errorKind: ErrorKind | undefined;
  /** What is wrong, and what to do; empty for `ok`. */
  readonly message: string;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
  readonly shells: ShellsReport;
  /** When the snapshot of Entra behind the plan was read; undefined before the first. */
  readonly membersReadAtMs: number | undefined;
  readonly policyRevision: string;
  /** Id of the commit that the policies are of; undefined: they are not from a repository. */
  readonly policyCommit: string | undefined;
  /** AWS's clock minus ours, milliseconds; undefined until it answered. */
  readonly clockSkewMs: number | undefined;
}

/** One poll of Entra. */
export interface PollReport {
  readonly atMs: number;
  readonly durationMs: number;
  readonly groups: { readonly present: number; readonly absent: number; readonly unreadable: number };
  readonly servicePrincipals: {
    readonly present: number;
    readonly absent: number;
    readonly unreadable: number;
  };
  /** Of groups under Privileged Identity Management; `absent`: they are not. */
  readonly assignments: { readonly present: number; readonly absent: number; readonly unreadable: number };
  /** Graph's clock minus ours, milliseconds; undefined until it answered. */
  readonly clockSkewMs: number | undefined;
  /** The first thing that could not be read, and what to do; empty when all was. */
  readonly message: string;
}

/** One load of the policy sources. */
export interface PoliciesReport {
  readonly atMs: number;
  /** undefined: the source was unreadable and the last good policies stay in force. */
  readonly revision: string | undefined;
  /** undefined: unreadable, or not from a repository. */
  readonly commit: Commit | undefined;
  readonly isComplete: boolean;
  readonly policies: number;
  readonly bindings: number;
  /** Those in force now. */
  readonly lockouts: readonly Lockout[];
  readonly accounts: number;
  readonly errors: number;
  readonly warnings: number;
  /** What is wrong, a line each with its place; empty when nothing is. */
  readonly messages: readonly string[];
}

export type ControllerEvent =
  | { readonly kind: 'sweep'; readonly report: SweepReport }
  | { readonly kind: 'poll'; readonly report: PollReport }
  | { readonly kind: 'policies'; readonly report: PoliciesReport }
  /** Those that this controller looks after from now on, by name. */
  | { readonly kind: 'accounts'; readonly accounts: readonly string[] }
  /** Where the leases are; only where accounts are shared. */
  | { readonly kind: 'leases'; readonly report: LeasesReport }
  /**
   * An account that is no longer in the policies, or whose shard is another replica's now: everything reported about it
   * goes.
   */
  | {
      readonly kind: 'accountRemoved';
      readonly account: string;
      /** Why its shard is not ours any more; undefined: the account is no longer in the policies. */
      readonly lostBecause: string | undefined;
    };

export type Publish = (event: ControllerEvent) => void;
