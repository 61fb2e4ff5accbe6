// What deciding and acting need of the outside, cut to need. Adapters implement these; tests have in-memory ones,
// and one contract suite holds both to the same behaviour.

import type { Assignment, Group, GroupKey, GroupQuery, ServicePrincipal, UserStanding } from './directory.ts';
import type { ObservedEcs, ObservedService, ServicePlace, TaskDefinition } from './ecs.ts';
import type { LeaseRecord } from './lease.ts';
import type { Account, PolicySet } from './policy.ts';
import type { Reading } from './reading.ts';
import type { ObservedAccount, RoleHead, RoleInterest, RoleSettings } from './role.ts';

/** The only source of time; milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/**
 * Entra. Reads never throw for what the directory says or fails to say: each answer is a `Reading` of its own, and a
 * chain of pages is all or nothing. They throw only when `signal` aborts.
 */
export interface DirectoryPort {
  /** @param before readings of an earlier call: a group that is as it was then may be given as the same value */
  readGroups(
    queries: readonly GroupQuery[],
    signal: AbortSignal,
    before?: ReadonlyMap<GroupKey, Reading<Group>>,
  ): Promise<ReadonlyMap<GroupKey, Reading<Group>>>;
  readServicePrincipals(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reading<ServicePrincipal>>>;
  /**
   * The active assignment instances of groups under Privileged Identity Management, keyed as the ids were given: rows of
   * members only, in a fixed order, as they were read. They may overlap, be over, or name a principal that is no user.
   * A group that is not under it has no rows, for want of any other sign: an empty list proves nothing. A group that Graph
   * does not know is `absent`; without licence or permission, or with one doubtful row, it is `unreadable`.
   */
  readAssignments(
    groupIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reading<readonly Assignment[]>>>;
  /**
   * Graph's clock minus ours, milliseconds, to about a second: moved only as far as an answer proves it wrong, so that slow
   * answers do not move it. undefined until the first answer.
   */
  clockSkewMs(): number | undefined;
  /**
   * By object id or user principal name; asked by id, among the deleted users too, who are told by the name that they had.
   * Keyed by what was asked.
   */
  readStandings(
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reading<UserStanding>>>;
}

export interface NewRole {
  readonly name: string;
  readonly trustDocument: string;
  readonly permissionsBoundary: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly settings: RoleSettings;
}

/**
 * IAM of one account. Reads answer a `Reading`; writes throw `AppError` and are caught per role. Documents go in and
 * come out as JSON text. All writes draw on the account's write budget.
 */
export interface IamPort {
  /** The bulk read: `2 × ceil(N / 1000) + 3` requests for N roles in all, whatever is asked for besides. */
  observe(signal: AbortSignal, interest?: RoleInterest): Promise<Reading<ObservedAccount>>;
  readRole(roleName: string, signal: AbortSignal): Promise<Reading<RoleHead>>;
  readInlinePolicy(roleName: string, policyName: string, signal: AbortSignal): Promise<Reading<string>>;
  /** The default version's document. */
  readManagedPolicy(arn: string, signal: AbortSignal): Promise<Reading<string>>;
  /** Creates under `rolePath`; boundary and tags go into the same call. */
  createRole(role: NewRole, signal: AbortSignal): Promise<void>;
  updateTrust(roleName: string, document: string, signal: AbortSignal): Promise<void>;
  putInlinePolicy(roleName: string, policyName: string, document: string, signal: AbortSignal): Promise<void>;
  /** Deleting what is not there succeeds. */
  deleteInlinePolicy(roleName: string, policyName: string, signal: AbortSignal): Promise<void>;
  detachPolicy(roleName: string, policyArn: string, signal: AbortSignal): Promise<void>;
  updateSettings(roleName: string, settings: RoleSettings, signal: AbortSignal): Promise<void>;
  tagRole(roleName: string, tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
  putBoundary(roleName: string, arn: string, signal: AbortSignal): Promise<void>;
  deleteRole(roleName: string, signal: AbortSignal): Promise<void>;
}

/** What an update changes; everything that is not given stays as it is. */
export interface ServiceUpdate {
  /** The full ARN: with a bare family ECS would take the family's newest revision. */
  readonly taskDefinitionArn?: string;
  /** Replaces the tasks, though nothing else asks for it. */
  readonly forceNewDeployment?: true;
  readonly enableExecuteCommand?: true;
  readonly propagateTags?: 'SERVICE';
}

/** A copy of a revision: everything that ECS lets be said again stays as it is, but for the task role. */
export interface RevisionCopy {
  readonly region: string;
  /** ARN of the revision. */
  readonly from: string;
  readonly taskRoleArn: string;
  /** Added to those of the revision. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * ECS of one account, in all its regions. Reads answer `Reading`s and throw only when `signal` aborts; writes throw
 * `AppError`. RegisterTaskDefinition stays under 1/s and UpdateService under 5/s in each region, however many ask at once.
 */
export interface EcsPort {
  /**
   * The services, their clusters and running tasks, with all definitions that they run. Requests, rounded up: clusters/100
   * for each region, and for each cluster services/10 and, where tasks run, 2·tasks/100; one more for each new revision.
   */
  observe(services: readonly ServicePlace[], signal: AbortSignal): Promise<ObservedEcs>;
  /** One service, right before it is changed. */
  readService(place: ServicePlace, signal: AbortSignal): Promise<Reading<ObservedService>>;
  /** Registers the copy, and answers it. Repeated after a lost answer it makes another one, which nobody runs. */
  copyRevision(copy: RevisionCopy, signal: AbortSignal): Promise<TaskDefinition>;
  updateService(place: ServicePlace, update: ServiceUpdate, signal: AbortSignal): Promise<void>;
  /** Adds tags to the service, and replaces those of the same key. */
  tagService(
    place: ServicePlace,
    arn: string,
    tags: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void>;
}

/** A session of ECS Exec, or another session of Session Manager on an ECS task, that is open. */
export interface ShellSession {
  readonly id: string;
  readonly region: string;
  /** Of the target `ecs:CLUSTER_TASKID_RUNTIMEID`; both empty for a session of ECS Exec whose target says something else. */
  readonly cluster: string;
  readonly taskId: string;
  /**
   * Whoever opened it: `arn:aws:sts::111122223333:assumed-role/ROLE/SESSIONNAME`; another ARN for who is in no role, and
   * empty when AWS does not say.
   */
  readonly ownerArn: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
}

/** Open shells of one account, in its regions. Reads answer `Reading`s, writes throw `AppError`. */
export interface ShellsPort {
  /** In all regions, or unreadable; sorted by region, start and id. Sessions on anything but ECS tasks are left out. */
  list(signal: AbortSignal): Promise<Reading<readonly ShellSession[]>>;
  /**
   * Ends a session, and returns once AWS no longer shows it open. One that is no longer there has ended. Throws `transient`
   * with the code `StillOpen` for one that goes on.
   */
  end(session: ShellSession, signal: AbortSignal): Promise<void>;
  /**
   * Stops the task, for ECS to start another; returns when ECS has taken it, while the shell may live on until the task has
   * stopped. A task that is no longer there has stopped. `reason` is cut to what ECS keeps. Only where ECS may be written.
   */
  stopTask(session: ShellSession, reason: string, signal: AbortSignal): Promise<void>;
}

/** The services of AWS in one account. */
export interface AwsAccount {
  readonly iam: IamPort;
  readonly ecs: EcsPort;
  readonly shells: ShellsPort;
  /** AWS's clock minus ours at the last answer, milliseconds; undefined until the first. */
  clockSkewMs(): number | undefined;
}

/** Asked right before a request that writes is sent, and again before it is repeated; throws an `AppError` to have nothing sent. */
export type WritePermit = () => void;

/**
 * Gives each account its own clients, credentials and budgets; the same account gives the same ports. Whoever opens it last
 * gives the permit; without one every write may be sent.
 */
export type OpenAccount = (account: Account, permit?: WritePermit) => AwsAccount;

/** Where policies come from. `unreadable`: missing path, empty checkout, no permission; the last good set stays in force. */
export interface PolicySource {
  load(signal: AbortSignal): Promise<Reading<PolicySet>>;
  /** Calls back soon after something may have changed. Returns how to stop; a missed change is found by the next `load`. */
  watch(onChange: () => void): () => void;
}

/**
 * The table of leases of one instance. A write that throws may have been carried out all the same, or may be later on: who
 * holds what is only known once it is read.
 */
export interface LeaseStore {
  /** All records as they are now; never from a copy that lags. */
  read(signal: AbortSignal): Promise<Reading<readonly LeaseRecord[]>>;
  /**
   * Writes `next` if the record of its name is still `seen`, by holder, fence and beat; undefined: if there is none. Returns
   * whether it did, throws `AppError` when that is not known.
   */
  replace(seen: LeaseRecord | undefined, next: LeaseRecord, signal: AbortSignal): Promise<boolean>;
  /** Removes the record if it is still `seen`; as `replace`. */
  remove(seen: LeaseRecord, signal: AbortSignal): Promise<boolean>;
}

/** The time during which this replica holds one shard without a break. */
export interface Term {
  readonly shard: number;
  /** Greater than that of every earlier holder of the shard; a holder who comes back in time keeps it. */
  readonly fence: number;
  /**
   * Whether a write may begin now. It is looked up on the clock each time, as no timer runs while a process is frozen. Once
   * false it stays false, and `stopping` has aborted.
   */
  mayWrite(): boolean;
  /** Aborts when no further write may begin; the reason is an error that says why. */
  readonly stopping: AbortSignal;
  /** Aborts when others are about to have the shard: what is still in flight is cut off. */
  readonly over: AbortSignal;
}

/** What is done with a shard that is held: works until `stopping` aborts, and returns once nothing is in flight any more. */
export type ServeTerm = (term: Term) => Promise<void>;

/** Which accounts this replica looks after: those whose shard it holds. */
export interface Tenure {
  readonly shards: number;
  /**
   * Begins to take shards. A shard is given away only after its `serve` has returned. `weigh` tells how much work each shard
   * is; undefined: all the same.
   */
  begin(serve: ServeTerm, weigh: () => readonly number[] | undefined): void;
  /** The replica that holds a shard, as far as this one knows. */
  holderOf(shard: number): string | undefined;
  /** Ends all terms, waits until they are served, and gives the shards away. */
  stop(): Promise<void>;
}
