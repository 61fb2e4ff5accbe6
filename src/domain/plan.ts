// The answer of deciding: every object in exactly one state, every change either to apply or held with a reason.

import type { Acknowledgeable } from './acknowledgement.ts';
import type { Change, ObjectKind, Owner } from './change.ts';
import type { ServicePlace } from './ecs.ts';
import type { AccessPolicy, Rollout, SourceRef } from './policy.ts';
import type { ExecReadiness, SideDoor } from './service-findings.ts';
import { compareText } from './statement.ts';
import type { RoleWrite, SeenService, ServiceWrite, Write } from './write.ts';
import type { Activation, GroupKey, Person } from './directory.ts';

/** Why a change waits. Constants: they are metric labels, and runbooks are filed under them. */
export type HoldReason =
  | 'suspended'
  | 'observeOnly'
  | 'narrowOnly'
  | 'federationUnverified'
  | 'roleNameTaken'
  | 'roleNameClaimed'
  | 'notAdopted'
  | 'othersUnsettled'
  | 'unreadable'
  | 'groupVanished'
  | 'groupEmptied'
  | 'awaitingSecondRead'
  | 'stillMember'
  | 'standingUnknown'
  | 'noAssignment'
  | 'provenLeaverCap'
  | 'breaker'
  | 'newcomersMany'
  | 'providerMissing'
  | 'trustFull'
  | 'deniesFull'
  | 'recentlyOut'
  | 'wouldLockOut'
  | 'afterHeldChange'
  | 'writeUncertain'
  | 'clockSkew'
  | 'opaqueDocument'
  | 'foreignDeny'
  | 'sourcesInvalid'
  | 'awaitingPrune'
  | 'permissionsFull'
  | 'notifyOnly'
  | 'byHand'
  | 'ecsWritesOff'
  | 'serviceMissing'
  | 'serviceDraining'
  | 'serviceTaken'
  | 'unsupported'
  | 'shortArn'
  | 'roleMissing'
  | 'roleSettling'
  | 'mutableTags'
  | 'deploying'
  | 'deploymentInProgress'
  | 'rolledBack'
  | 'contested';

export interface Hold {
  readonly reason: HoldReason;
  /** What is held, why, and what to do, for the operator. */
  readonly message: string;
  /** Milliseconds since the epoch: when it may go on by itself; undefined: no time is known. */
  readonly untilMs: number | undefined;
  /** What somebody may acknowledge in Git for it to go on. */
  readonly acknowledgeable?: Acknowledgeable;
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
  /** When the access ends, milliseconds since the epoch; undefined: not by itself. */
  readonly untilMs: number | undefined;
  /** Who activated it and why, where an activation is what gives it. */
  readonly activation: Activation | undefined;
}

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
  readonly writes: readonly RoleWrite[];
  /** What becomes of the tasks in which somebody who was put out had a shell. */
  readonly afterRevoke: AccessPolicy['afterRevoke'];
  /** Why their shells stay open, but for those whom a Lockout names; undefined: they are ended. */
  readonly shellsHold: Hold | undefined;
  /** How full the trust policy would be with everyone in. */
  readonly trustChars: number;
  /** To be pasted as the value of the app role in Entra; undefined without SAML. */
  readonly appRoleValue: string | undefined;
  /** Worked out anew at each call: the plan of a large account does not hold everybody by name. */
  readonly admitted: () => readonly Admitted[];
  /** Members of the policy's break-glass group who are admitted, by sub. */
  readonly breakGlass: ReadonlySet<string>;
  /** What people recognise of those who are not admitted, by sub: members who are kept out, and who loses her access. */
  readonly names: ReadonlyMap<string, string>;
  /** When the access of the admitted ends, milliseconds since the epoch, by sub; those without an end are not there. */
  readonly ends: ReadonlyMap<string, number>;
  /** When the policy itself ends, milliseconds since the epoch; undefined: not by itself. */
  readonly closesAtMs: number | undefined;
  /** Display names of the groups behind `Admitted.via`, where they are known. */
  readonly groupNames: Readonly<Record<GroupKey, string>>;
  /** How long its permissions would be with nothing held, white space aside; undefined: it has none. */
  readonly permissionsChars: number | undefined;
  /** The document of its denies, as observed; undefined: there is none. */
  readonly denies: string | undefined;
  /** When somebody last used it, hours late; milliseconds since the epoch; undefined: not told. */
  readonly lastUsedAtMs: number | undefined;
  /** The trust policy as it is and as it would be with nothing held; undefined when both mean the same. */
  readonly trust: { readonly before: string | undefined; readonly wanted: string } | undefined;
  /** The trust policy that it has, as we would write it, where that admits just whom the policy wants; else undefined; worked out anew, too. */
  readonly trustInSync: () => string | undefined;
}

/** One ECS service that a binding names. */
export interface PlannedService extends PlannedObject {
  readonly object: 'Service';
  readonly writes: readonly ServiceWrite[];
  readonly place: ServicePlace;
  readonly rollout: Rollout;
  readonly wantedTaskRoleArn: string;
  /** What it runs; undefined: nothing, or it could not be read. */
  readonly running: RunningRevision | undefined;
  /** What was seen of it; undefined: it could not be read, or does not exist. */
  readonly seen: SeenService | undefined;
  /** Whether what is to be applied replaces running tasks. */
  readonly deploys: boolean;
}

export interface RunningRevision {
  readonly arn: string;
  readonly taskRoleArn: string | undefined;
  /** Images that a deployment may look up anew, because nothing but a tag names them. */
  readonly mutableImages: readonly string[];
}

/** Second looks that would let held removals go on, or settle whether they should. */
export interface Questions {
  readonly groups: readonly GroupKey[];
  /** Ids of groups whose assignments are wanted. */
  readonly assignments: readonly string[];
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
  /** Sorted by name, like the two lists that follow. */
  readonly services: readonly PlannedService[];
  readonly execReadiness: readonly ExecReadiness[];
  readonly sideDoors: readonly SideDoor[];
  /** Milliseconds since the epoch: when something that is held may go on by itself; undefined: nothing does. */
  readonly wakeAtMs: number | undefined;
  readonly questions: Questions;
  readonly trustQuotaChars: number;
}

/** Roles, then services. */
export const objectsOf = (plan: Plan): readonly (PlannedRole | PlannedService)[] => [
  ...plan.roles,
  ...plan.services,
];

/** What the roles that people enter ask for, and what task roles and services do, as one plan for people to read. */
export const bothHalves = (access: Plan, services: Plan): Plan => ({
  ...access,
  roles: [...access.roles, ...services.roles].sort((a, b) => compareText(a.name, b.name)),
  services: services.services,
  execReadiness: services.execReadiness,
  sideDoors: services.sideDoors,
});

export const isEmptyPlan = (plan: Plan): boolean => objectsOf(plan).every(({ state }) => state === 'inSync');

/** true when a role or service could not be judged, or a change waits because something could not be read. */
export const hasUnread = (plan: Plan): boolean =>
  objectsOf(plan).some(
    ({ state, held }) => state === 'unknown' || held.some(({ hold }) => hold.reason === 'unreadable'),
  ) || plan.execReadiness.some(({ reason }) => reason === 'unreadable');

export const hasQuestions = ({ questions }: Plan): boolean =>
  questions.groups.length +
    questions.assignments.length +
    questions.standings.length +
    questions.managedPolicyArns.length >
  0;
