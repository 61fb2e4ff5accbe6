// What the API and `rolewarden get` show, as plain JSON: every field is always there, null where nothing is known, times
// in ISO 8601 (UTC), lists sorted. It names people, so it is served on the API listener only.

import type { HoldNature } from './hold-reasons.ts';

export interface StatusDocument {
  readonly schemaVersion: 1;
  readonly instance: string;
  readonly version: string;
  readonly at: string;
  readonly startedAt: string;
  readonly readiness: Readiness;
  /** null: this controller is alone, and looks after all accounts. Otherwise the rest tells of its accounts only. */
  readonly replica: ReplicaStatus | null;
  readonly sources: { readonly policies: PoliciesSource; readonly entra: EntraSource };
  /** Those in force, by name. */
  readonly lockouts: readonly LockoutStatus[];
  /** By name. */
  readonly accounts: readonly AccountStatus[];
  /** By name; those that some account has been swept for. */
  readonly policies: readonly PolicyStatus[];
  /** By account, region, cluster and service; those that a binding names or in which policies open shells. */
  readonly services: readonly ServiceStatus[];
}

/** Whether the controller knows enough to speak of the world; not whether the world is as it should be. */
export interface Readiness {
  readonly ready: boolean;
  /** Sentences that say what is missing and what to do, without names of people; empty when ready. */
  readonly reasons: readonly string[];
}

/** One of several replicas that share the accounts. */
export interface ReplicaStatus {
  readonly id: string;
  /** `standby`: it holds no shard. */
  readonly role: 'active' | 'standby';
  /** Names of the accounts that it looks after. */
  readonly accounts: readonly string[];
  readonly shards: readonly {
    readonly shard: number;
    /** The id of a replica; null: nobody holds it. */
    readonly holder: string | null;
    /** How often it has changed hands. */
    readonly fence: number;
    /** null: this replica does not hold it. */
    readonly renewedSecondsAgo: number | null;
  }[];
  /** Ids of those that are there, this one among them. */
  readonly replicas: readonly string[];
  readonly leasesReadAt: string | null;
  /** Why the leases could not be read or written at the last try, and what to do; empty when they could. */
  readonly problem: string;
  /** Why it takes no shard though it could, and what to do; empty when it does. */
  readonly waitsBecause: string;
}

export interface PoliciesSource {
  /** Of the policies in force. */
  readonly revision: string | null;
  /** That they are of; null: they are not from a repository. */
  readonly commit: { readonly id: string; readonly committedAt: string } | null;
  /** Whether the newest load could be read at all. */
  readonly isReadable: boolean;
  /** Whether every file of the newest load was valid; while false, nothing counts as deleted. */
  readonly isComplete: boolean;
  readonly policies: number;
  readonly bindings: number;
  /** Those in force when they were loaded. */
  readonly lockouts: number;
  readonly accounts: number;
  readonly errors: number;
  readonly warnings: number;
  /** What is wrong, with file and line. */
  readonly messages: readonly string[];
  readonly triedAt: string | null;
  readonly readAt: string | null;
  /** Since the last good read. */
  readonly ageSeconds: number | null;
}

export interface LockoutStatus {
  readonly name: string;
  /** The object id. */
  readonly person: string;
  /** Her user principal name; null: neither the Lockout nor a group of the policies tells. */
  readonly label: string | null;
  readonly until: string;
  readonly reason: string;
  readonly source: Source;
}

export interface ReadingCounts {
  readonly present: number;
  readonly absent: number;
  readonly unreadable: number;
}

export interface EntraSource {
  readonly groups: ReadingCounts;
  readonly servicePrincipals: ReadingCounts;
  /** Of groups under Privileged Identity Management; `absent`: they are not. */
  readonly assignments: ReadingCounts;
  /** The first thing that could not be read, and what to do; empty when all was. */
  readonly message: string;
  readonly durationMs: number | null;
  readonly triedAt: string | null;
  /** The last poll that could read something. */
  readonly readAt: string | null;
  readonly ageSeconds: number | null;
}

export interface SweepStatus {
  readonly trigger: string;
  readonly result: 'ok' | 'incomplete' | 'unreadable';
  /** What is wrong, and what to do; empty for `ok`. */
  readonly message: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  /** When the last sweep ended that could read the account and in which no write failed. */
  readonly succeededAt: string | null;
  readonly policyRevision: string;
  /** Id of a commit; null: the policies are not from a repository. */
  readonly policyCommit: string | null;
  readonly membersReadAt: string | null;
  readonly writes: { readonly done: number; readonly failed: number; readonly dropped: number };
}

export interface AccountStatus {
  readonly name: string;
  readonly accountId: string;
  readonly roles: Readonly<Record<RoleState, number>>;
  readonly changesHeld: number;
  readonly trustQuotaChars: number | null;
  /** Of the roles that people and workloads enter. */
  readonly lastSweep: SweepStatus;
  /** Of task roles and ECS services; null where there are none. */
  readonly lastServicesSweep: SweepStatus | null;
  /** Open ones of people who were put out, at the last look; null: nobody could look. */
  readonly shells: {
    /** Those that stay open, because the mode or `suspend` says so. */
    readonly held: readonly OpenShellStatus[];
    /** Of how many nobody can tell whose they are. */
    readonly unattributed: number;
  } | null;
}

/** A shell in a container that somebody has who may not enter any more. */
export interface OpenShellStatus {
  readonly role: string;
  /** As the trust policy knew her. */
  readonly subject: string;
  /** The name of that subject, where it is known. */
  readonly label: string | null;
  readonly region: string;
  readonly cluster: string;
  readonly task: string;
  readonly startedAt: string;
  readonly reason: string;
  readonly nature: HoldNature;
  readonly message: string;
}

/** `ready`: as the policy says. `failed`: a write did not go through. `unknown`: it could not be judged. */
export type RoleState = 'ready' | 'held' | 'failed' | 'unknown';

export interface Condition {
  /**
   * `Ready` always; `Stalled` only when true: nothing goes on until somebody did something. `ExecReady`: of shells.
   * `Expiring` only when true: the policy ends within a week, or has ended.
   */
  readonly type: 'Ready' | 'Stalled' | 'ExecReady' | 'Expiring';
  readonly status: 'True' | 'False' | 'Unknown';
  /** `Ready`, `WriteFailed`, `Unknown`, the reason of the hold, or why shells would not open. */
  readonly reason: string;
  readonly message: string;
  readonly since: string;
}

export interface Source {
  readonly file: string;
  readonly line: number;
}

export interface HeldStatus {
  readonly kind: string;
  readonly effect: string;
  readonly class: string;
  /** The `saml:sub` or `:sub` that the change concerns; null where it concerns no one in particular. */
  readonly subject: string | null;
  /** The name of that subject, where it is known. */
  readonly label: string | null;
  readonly why: string;
  readonly reason: string;
  /** What the reason asks of people: `person` somebody has to act, `waiting`, `passing` or `chosen`. */
  readonly nature: HoldNature;
  readonly message: string;
  /** Since when it is held for this reason. */
  readonly since: string;
  /** When it may go on by itself, where that is known. */
  readonly until: string | null;
  /** What `rolewarden ack` takes, where somebody's word in Git lets it go on; else null. */
  readonly acknowledge: string | null;
}

/** A difference that was to be written and was not; what its role or binding stands at says why. */
export interface UnwrittenStatus {
  readonly kind: string;
  readonly effect: string;
  readonly class: string;
  readonly subject: string | null;
  readonly label: string | null;
  readonly why: string;
  /** Since when there is this difference. */
  readonly since: string;
}

/** What is otherwise than Git says, after the last sweep. */
export interface DriftStatus {
  readonly count: number;
  /** Since when there is the oldest difference. */
  readonly since: string;
}

export interface SubjectStatus {
  readonly label: string;
  readonly sub: string;
  readonly kind: 'person' | 'servicePrincipal';
  /** Ids of the groups through which she is a member, `+nested` where members of member groups count. */
  readonly via: readonly string[];
  /** By which way she is in and what her end comes from, in words. */
  readonly why: string;
  /** When her access ends by itself; null: it does not. */
  readonly until: string | null;
  readonly isBreakGlass: boolean;
  /** What gives the access, where somebody activated it. */
  readonly activation: ActivationStatus | null;
}

export interface ActivationStatus {
  readonly requestId: string;
  readonly justification: string | null;
  readonly ticketNumber: string | null;
  readonly ticketSystem: string | null;
  readonly requestedAt: string;
}

/** Those whose access ends at the same moment. */
export interface EndStatus {
  readonly at: string;
  readonly count: number;
  readonly labels: readonly string[];
}

export interface DeniedStatus {
  readonly sub: string;
  /** null: nobody who is known by now had that name. */
  readonly label: string | null;
  readonly since: string;
  readonly until: string;
  /** Only sessions from before are denied, since she came back; null: all are. */
  readonly sessionsBefore: string | null;
  /** `removed`, `left` as Entra proves, or `ended` by a time or a Lockout. */
  readonly how: string;
}

/** Whose sessions a role denies, over and above those whose end stands in `ends`. */
export interface DeniesStatus {
  readonly chars: number;
  readonly quotaChars: number;
  /** By the time at which they were put out, the newest first. */
  readonly people: readonly DeniedStatus[];
  /** Everybody has to sign in again whose session began before. */
  readonly everybody: { readonly sessionsBefore: string; readonly until: string } | null;
}

export interface Fill {
  readonly chars: number;
  readonly quotaChars: number;
}

/** One policy in one account. */
export interface RoleStatus {
  readonly account: string;
  readonly accountId: string;
  readonly role: string;
  readonly state: RoleState;
  readonly reason: string;
  readonly message: string;
  readonly conditions: readonly Condition[];
  /** null: nothing differs. */
  readonly drift: DriftStatus | null;
  /** Changes that wait, each with its reason. */
  readonly held: readonly HeldStatus[];
  readonly unwritten: readonly UnwrittenStatus[];
  readonly trust: Fill | null;
  readonly permissions: Fill | null;
  /** null: nobody and nothing is denied, or it is not known. */
  readonly denies: DeniesStatus | null;
  /** When the policy ends, or ended; null: never by itself. */
  readonly expiresAt: string | null;
  /** Whose access ends when, the soonest first. */
  readonly ends: readonly EndStatus[];
  /** How many are in without an end. */
  readonly withoutEnd: number;
  /** When somebody last used the role, hours late; null: not told. */
  readonly lastUsedAt: string | null;
  /** To be pasted as the value of the app role in Entra. */
  readonly appRoleValue: string | null;
  readonly admittedCount: number;
  readonly admitted: readonly SubjectStatus[];
  readonly warnings: readonly string[];
  /** AWS still answers with what was there before our last write. */
  readonly isSettling: boolean;
  readonly sweptAt: string;
}

/** A way to the containers or the task role of a service, beside the policies. */
export interface SideDoorStatus {
  readonly kind: string;
  readonly roleArn: string;
  readonly statement: string;
  readonly message: string;
}

export interface BindingStatus {
  readonly name: string;
  readonly source: Source | null;
  readonly rollout: string;
  /** The worst of the service and of the task role that is made for it. */
  readonly state: RoleState;
  readonly reason: string;
  readonly message: string;
  readonly conditions: readonly Condition[];
  /** Of the service and of its task role; null: nothing differs. */
  readonly drift: DriftStatus | null;
  readonly held: readonly HeldStatus[];
  readonly unwritten: readonly UnwrittenStatus[];
  /** ARN of the revision that runs, and of its task role. */
  readonly revision: string | null;
  readonly taskRoleArn: string | null;
  readonly wantedTaskRoleArn: string;
  /** Images that the next deployment looks up anew. */
  readonly mutableImages: readonly string[];
  readonly warnings: readonly string[];
  readonly sideDoors: readonly SideDoorStatus[];
}

export interface ExecStatus {
  readonly condition: Condition;
  readonly policies: readonly string[];
  readonly warnings: readonly string[];
}

export interface ServiceStatus {
  readonly account: string;
  readonly accountId: string;
  readonly region: string;
  readonly cluster: string;
  readonly service: string;
  /** null: no binding names it. */
  readonly binding: BindingStatus | null;
  /** null: no policy opens shells in it. */
  readonly exec: ExecStatus | null;
  readonly sweptAt: string;
}

export interface PolicyStatus {
  readonly name: string;
  /** null: the policy is gone, and only the role's tag names it. */
  readonly source: Source | null;
  /** The worst of its accounts. */
  readonly state: RoleState;
  readonly conditions: readonly Condition[];
  readonly accounts: readonly RoleStatus[];
}
