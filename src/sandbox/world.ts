// The words of the embedded cloud: what a world consists of at start, and which faults can be scripted into it.

export interface SandboxUser {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly mail: string | null;
  readonly accountEnabled: boolean;
  readonly userType: 'Member' | 'Guest';
}

export interface SandboxGroup {
  readonly id: string;
  readonly displayName: string;
  /** Ids of users, groups and service principals. */
  readonly members: readonly string[];
  /** Under Privileged Identity Management from the start, as any group is from its first activation on. */
  readonly pim?: boolean;
}

export interface SandboxServicePrincipal {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string;
  readonly accountEnabled: boolean;
  /** How people sign in by it; absent: they do not. */
  readonly signIn?: SandboxSignIn;
}

/** What makes a service principal an enterprise application by which people sign in. */
export interface SandboxSignIn {
  readonly mode: string;
  readonly isAssignmentRequired: boolean;
  readonly replyUrls: readonly string[];
  /** `value`: as `roleArn,providerArn`; `assignedTo`: ids of groups. */
  readonly appRoles: readonly {
    readonly id: string;
    readonly value: string;
    readonly assignedTo: readonly string[];
  }[];
}

export interface SandboxAccount {
  readonly accountId: string;
  /** Static credentials of an administrator of this account. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly samlProviders: readonly string[];
  /** Issuers without `https://`. */
  readonly oidcProviders: readonly string[];
  /** Client ids that these take; absent: any. */
  readonly oidcClientIds?: readonly string[];
  /** Customer managed policies: full path and name (`rolewarden-boundary`) to JSON document. */
  readonly managedPolicies: Readonly<Record<string, string>>;
  /** Roles that another account's credentials may assume (spokes), by name, with the external id they ask for. */
  readonly spokeRoles: readonly {
    readonly name: string;
    readonly trustedAccountId: string;
    readonly externalId?: string;
    /** Inline policies, by name: what it may do. Absent: everything. */
    readonly policies?: Readonly<Record<string, string>>;
  }[];
  /** `AssumeRolePolicySizeQuota`; 2048 unless raised. */
  readonly trustQuotaChars?: number;
  /** ECS services that run already; their clusters are made with them. */
  readonly services?: readonly SandboxService[];
}

/** A service of one Fargate task, reachable by ECS Exec, with its tags on its task, and its images named by digest. */
export interface SandboxService {
  readonly region: string;
  readonly cluster: string;
  readonly name: string;
  readonly containers: readonly string[];
  /** Made with the service, unless another service has made it: ECS tasks may have it, and it may do what shells need. */
  readonly taskRole: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SandboxWorld {
  readonly tenantId: string;
  /** Registered applications that may ask the token endpoint for Graph tokens. */
  readonly applications: readonly {
    readonly clientId: string;
    readonly clientSecret: string;
    /** Application permissions of Graph; absent: everything, and its tokens do not say so. */
    readonly permissions?: readonly string[];
  }[];
  readonly users: readonly SandboxUser[];
  readonly groups: readonly SandboxGroup[];
  readonly servicePrincipals: readonly SandboxServicePrincipal[];
  readonly accounts: readonly SandboxAccount[];
}

/** One scripted misbehaviour. All given selectors must match; it acts `times` times (default: until cleared), after letting `skip` matching calls pass. */
export interface Fault {
  readonly service: 'iam' | 'sts' | 'ecs' | 'ssm' | 'dynamodb' | 'graph' | 'token';
  /** IAM, STS, ECS, SSM and DynamoDB: the action (`GetRole`). Graph: `listMembers`, `listTransitiveMembers`, `getGroup`, `getUser`, `getServicePrincipal`, `listAppRoleAssignedTo`, `getDeletedItem`, `listAssignmentScheduleInstances`, `listAssignmentScheduleRequests`, `getByIds`, `delta`, `batch`, `nextPage`. `*`: any. */
  readonly operation: string;
  readonly accountId?: string;
  /** A substring of the role name, cluster, service, task definition, session id, table, group id or user id concerned. */
  readonly resource?: string;
  readonly times?: number;
  readonly skip?: number;
  readonly effect: FaultEffect;
}

export type FaultEffect =
  /** Answers with this error. `retryAfterSeconds` sets the header; without it there is none. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'dropConnection' }
  /** A 200 whose body is cut in half. */
  | { readonly kind: 'truncateBody' }
  /** Graph: a 200 whose body has no `value`. */
  | { readonly kind: 'noValue' }
  /** Graph: a 200 with an empty `value` and no next link. */
  | { readonly kind: 'emptyPage' }
  /** Graph: next links that lead back to the same page. */
  | { readonly kind: 'loopingNextLink' }
  /** Graph: members with only `@odata.type` and `id`, everything else null. */
  | { readonly kind: 'nullProperties' }
  /** IAM, ECS, SSM and DynamoDB: performs the write, then drops the connection, so that the caller does not learn of it. */
  | { readonly kind: 'applyThenDrop' };

/** One request as the sandbox served it, for tests and benchmarks that count. */
export interface ServedRequest {
  readonly service: 'iam' | 'sts' | 'ecs' | 'ssm' | 'dynamodb' | 'graph' | 'token';
  readonly operation: string;
  readonly accountId?: string;
  readonly resource?: string;
  readonly status: number;
  readonly atMs: number;
  /** Inner requests of a Graph `$batch` are listed one by one with `inBatch: true`; the batch itself is listed once as well. */
  readonly inBatch?: boolean;
}
