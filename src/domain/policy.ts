// The user's words, typed: what the YAML kinds of `rolewarden/v1alpha1` say after validation.
// Durations are seconds or milliseconds as the name says; ids of Entra objects are lower-case UUIDs.

import { groupKey } from './directory.ts';
import type { ServicePlace } from './ecs.ts';
import type { Verification } from './verification.ts';

/** Where in Git an object stands; travels into plans and the journal so that "why" has an address. */
export interface SourceRef {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Modes only ever take power away; the weakest of all that apply wins. Ordered from weak to strong in `modes`. */
export type Mode = 'observe' | 'narrow-only' | 'enforce';
export const modes: readonly Mode[] = ['observe', 'narrow-only', 'enforce'];
export const weakestMode = (...given: readonly Mode[]): Mode =>
  modes.find((mode) => given.includes(mode)) ?? 'observe';

export interface Meta {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source: SourceRef;
}

/** A breaker limit: more than `max(minimum, percent of the people)` trips it. */
export interface Limit {
  readonly minimum: number;
  readonly percent: number;
}

export type EntraCloud = 'public' | 'usGovernment' | 'china' | 'custom';
/** `awsRole`: by a token of AWS STS for the controller's own role. */
export type EntraCredential = 'clientSecret' | 'certificate' | 'tokenFile' | 'awsRole';

export interface EntraSettings {
  readonly tenantId: string;
  readonly cloud: EntraCloud;
  /** https origins; set for `custom`, derived from the cloud otherwise. */
  readonly authorityHost: string;
  readonly graphEndpoint: string;
  readonly credential: EntraCredential;
  readonly pollIntervalMs: number;
  readonly requestTimeoutMs: number;
}

export interface AwsSettings {
  readonly requestTimeoutMs: number;
  /** The per-account write budget: tokens a second, and how many may be saved up. */
  readonly writesPerSecond: number;
  readonly writeBurst: number;
}

export interface SafetySettings {
  readonly breaker: Limit;
  readonly provenLeavers: Limit;
  /** How long a read that equals our document from before a recent write counts as IAM still settling. */
  readonly settleMs: number;
  /** How long a task role that was just made or changed is given to become known everywhere before a task runs with it. */
  readonly taskRoleSettleMs: number;
  /** How long a policy must be gone, over at least two good loads, before a prunable role is deleted. */
  readonly pruneAfterMs: number;
  /** How many people may gain access at once: more than `max(minimum, factor × those who have it)` is held. */
  readonly widening: { readonly minimum: number; readonly factor: number };
  /** How long Entra may not be read before policies with `onStale: close` close. */
  readonly maxStalenessMs: number;
  /** How long whoever lost access stays out although a group lists her, which may be an old read. */
  readonly reentryDelayMs: number;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
}

/** How a Git server is told who asks; the secrets themselves come from the environment. */
export type GitAuth =
  | { readonly kind: 'none' }
  /** A token as password, beside any user name that the server wants. */
  | { readonly kind: 'token'; readonly username: string }
  | {
      readonly kind: 'githubApp';
      readonly appId: string;
      readonly installationId: string;
      /** The base of GitHub's REST API, without a slash at its end. */
      readonly apiUrl: string;
    };

/** A folder of a Git repository, as one branch or tag has it. */
export interface GitOrigin {
  readonly kind: 'git';
  /** https (http for loopback hosts), without user name, password and a slash at its end. */
  readonly url: string;
  /** In full: `refs/heads/main`. */
  readonly ref: string;
  /** From the root of the repository, with forward slashes; `.` is all of it. */
  readonly path: string;
  readonly auth: GitAuth;
}

export interface DirectoryOrigin {
  readonly kind: 'directory';
  /** Absolute, resolved against the config file's directory. */
  readonly path: string;
}

export type PolicyOrigin = DirectoryOrigin | GitOrigin;

/** How replicas share the accounts. */
export interface ReplicaSettings {
  /** Into how many shards the accounts are divided. */
  readonly shards: number;
  readonly lease: {
    /** Of DynamoDB, in our own account. */
    readonly table: string;
    /** undefined: as the SDK finds it. */
    readonly region: string | undefined;
    readonly durationMs: number;
  };
}

export interface ControllerConfig {
  readonly meta: Meta;
  /** The ownership mark: the value of the tag `rolewarden:instance`. */
  readonly instance: string;
  readonly defaultMode: Mode;
  readonly maxMode: Mode;
  readonly policyOrigin: PolicyOrigin;
  readonly policyIntervalMs: number;
  readonly entra: EntraSettings;
  readonly aws: AwsSettings;
  /** A cron expression for the full sweep, and the IANA time zone it is read in. */
  readonly sweepSchedule: string;
  readonly sweepTimeZone: string;
  readonly safety: SafetySettings;
  /** undefined: this process is alone. */
  readonly replicas: ReplicaSettings | undefined;
  readonly metricsListener: Listener;
  readonly apiListener: Listener;
}

export interface Account {
  readonly meta: Meta;
  /** Twelve digits. */
  readonly accountId: string;
  readonly partition: string;
  readonly regions: readonly string[];
  /** Absent: the controller's own credentials are used. */
  readonly spokeRole: { readonly arn: string; readonly externalId: string | undefined } | undefined;
  readonly permissionsBoundary: string;
  /** ARNs of further boundaries, which task roles made here may have. */
  readonly taskRoleBoundaries: readonly string[];
  readonly maxMode: Mode;
  /** Whether ECS services may be changed here. */
  readonly ecsWrites: boolean;
}

export interface SamlFederation {
  readonly providerName: string;
  /** The enterprise application's client id. */
  readonly applicationId: string;
  /** What Entra puts into NameID, and so what `saml:sub` is compared with. */
  readonly nameId: 'objectId' | 'userPrincipalName';
  /** Values of `saml:aud`: the sign-in endpoints (the assertion's Recipient), not the AudienceRestriction. */
  readonly audiences: readonly string[];
  readonly sendsSourceIdentity: boolean;
  readonly sendsSessionTags: boolean;
  readonly verification: Verification;
}

export interface OidcFederation {
  /** As IAM keys it: the issuer URL without `https://`, a trailing slash included. */
  readonly issuer: string;
  readonly tokenVersion: 1 | 2;
  readonly audiences: readonly string[];
  readonly verification: Verification;
}

export interface Federation {
  readonly meta: Meta;
  readonly tenantId: string;
  readonly saml: SamlFederation | undefined;
  readonly oidc: OidcFederation | undefined;
}

export interface GroupSubject {
  readonly id: string;
  /** A checked comment: compared with the directory and warned about, never used to find the group. */
  readonly displayName: string | undefined;
  readonly nested: boolean;
  /** Whether Privileged Identity Management rules over the group, so that its members have ends. */
  readonly pim: boolean;
  /** When the access through this group ends, milliseconds since the epoch; undefined: never by itself. */
  readonly expiresAtMs: number | undefined;
  readonly source: SourceRef;
}

export interface ServicePrincipalSubject {
  /** The object id of the service principal (not of the application, and not the client id). */
  readonly id: string;
  readonly displayName: string | undefined;
  /** When its access ends, milliseconds since the epoch; undefined: never by itself. */
  readonly expiresAtMs: number | undefined;
  readonly source: SourceRef;
}

/** A statement of an AWS permissions policy as the user wrote it, with Effect, Action, Resource and perhaps Condition and Sid. */
export type PermissionStatement = Readonly<Record<string, unknown>>;

export type EcsVerb = 'inspect' | 'logs' | 'exec' | 'restart';

/** `role`: made by us, and ours as a whole. `statements`: somebody else's, in whose trust policy we have statements. */
export type RoleOwnership = 'role' | 'statements';

/** What may be done to services of one ECS cluster. */
export interface EcsGrant {
  readonly region: string;
  /** Names, not ARNs; as IAM does, with regard to case. */
  readonly cluster: string;
  readonly services: readonly string[];
  /** Containers to which `exec` opens shells; empty without `exec`. */
  readonly containers: readonly string[];
  readonly allow: readonly EcsVerb[];
}

export interface AccessPolicy {
  readonly meta: Meta;
  /** Names of `Account` objects: listed, or found by the selector. Sorted. */
  readonly accounts: readonly string[];
  readonly federation: string;
  readonly groups: readonly GroupSubject[];
  readonly servicePrincipals: readonly ServicePrincipalSubject[];
  readonly role: {
    readonly name: string;
    readonly description: string;
    readonly maxSessionSeconds: number;
    readonly admission: 'members' | 'appRole';
    readonly ownership: RoleOwnership;
  };
  readonly ecs: readonly EcsGrant[];
  /** Whether people may get credentials at the terminal from a console sign-in. */
  readonly cli: boolean;
  readonly statements: readonly PermissionStatement[];
  /** undefined: the config's `defaultMode`. */
  readonly mode: Mode | undefined;
  readonly suspend: boolean;
  readonly prune: boolean;
  /** When all access ends, milliseconds since the epoch; then the role is closed, and kept. undefined: never by itself. */
  readonly expiresAtMs: number | undefined;
  /** `forbidden`: members without an end are not admitted. */
  readonly standing: 'allowed' | 'forbidden';
  /** A group whose members stay in while Entra cannot be read; undefined: none. */
  readonly breakGlass: GroupSubject | undefined;
  /** What is done once Entra was not read for longer than `safety.maxStaleness`: `close` lets nobody enter any more. */
  readonly onStale: 'hold' | 'close';
  /** What becomes of the tasks in which somebody who was put out had a shell, besides that the shell is ended. */
  readonly afterRevoke: 'keepTask' | 'stopTask';
}

/** Somebody who must not enter any role of any account, whatever policies say. */
export interface Lockout {
  readonly meta: Meta;
  /** The Entra object id. */
  readonly person: string;
  /** Her user principal name, where the federation's NameID is one; undefined: not given. */
  readonly userPrincipalName: string | undefined;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  readonly reason: string;
}

/** `notify` shows the drift; `deploy` also changes what runs. */
export type Rollout = 'notify' | 'deploy';

/** The role that tasks run with: made here, or one that exists and is left as it is. */
export type BoundTaskRole =
  | {
      readonly kind: 'made';
      readonly name: string;
      readonly statements: readonly PermissionStatement[];
      /** One of the account's boundaries. */
      readonly boundary: string;
    }
  | { readonly kind: 'existing'; readonly arn: string };

/** The task role that one ECS service must run with. */
export interface TaskRoleBinding {
  readonly meta: Meta;
  /** The name of an `Account` object. */
  readonly account: string;
  readonly place: ServicePlace;
  readonly taskRole: BoundTaskRole;
  /** true: ECS Exec is kept enabled on the service, with the tag by which policies know its tasks. false: neither is touched. */
  readonly exec: boolean;
  readonly rollout: Rollout;
  /** Whether a deployment may look up image tags anew, and so perhaps ship another image. */
  readonly allowMutableTags: boolean;
  /** undefined: the config's `defaultMode`. */
  readonly mode: Mode | undefined;
  readonly suspend: boolean;
}

/** One finding about the user's files. `error` makes its object unusable; `warning` does not. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** A stable identifier such as `unknownField`, used as the SARIF rule id. */
  readonly rule: string;
  readonly file: string;
  /** 1-based; 1:1 where the problem is the whole file. */
  readonly line: number;
  readonly column: number;
  /** `spec.subjects.groups[2].id`; empty for the whole document. */
  readonly path: string;
  /** What is wrong and what to do, in one or two sentences. */
  readonly message: string;
}

/** A commit that policies came from. */
export interface Commit {
  /** 40 hexadecimal digits. */
  readonly id: string;
  readonly parents: readonly string[];
  /** Milliseconds since the epoch, by the clock of whoever committed it. */
  readonly committedAtMs: number;
}

/** Everything that one load of the sources found. */
export interface PolicySet {
  readonly configs: readonly ControllerConfig[];
  readonly accounts: readonly Account[];
  readonly federations: readonly Federation[];
  readonly policies: readonly AccessPolicy[];
  readonly bindings: readonly TaskRoleBinding[];
  readonly lockouts: readonly Lockout[];
  readonly problems: readonly Problem[];
  /**
   * True only if every file was read and every document is valid. While false, a policy that is not in `policies`
   * may simply stand in a broken file, so nothing counts as deleted.
   */
  readonly complete: boolean;
  /** A hash of the content: the same files give the same revision. */
  readonly revision: string;
  /** undefined: the source is no repository. */
  readonly commit: Commit | undefined;
}

/** All groups whose members a policy admits; a group that is named twice counts once. */
export const groupsOf = (policy: AccessPolicy): readonly GroupSubject[] => {
  const { breakGlass } = policy;
  const isListed =
    breakGlass === undefined || policy.groups.some((one) => groupKey(one) === groupKey(breakGlass));
  return isListed ? policy.groups : [...policy.groups, breakGlass];
};

/** Lockouts whose end has not come yet. */
export const lockoutsInForce = (
  { lockouts }: Pick<PolicySet, 'lockouts'>,
  nowMs: number,
): readonly Lockout[] => lockouts.filter(({ untilMs }) => untilMs > nowMs);
