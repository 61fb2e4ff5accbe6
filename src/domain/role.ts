// An IAM role as AWS shows it, and the marks by which we know our own.

/** Roles live under this path, which is the cheap filter of `ListRoles` and the scope of the spoke's IAM policy. */
export const rolePath = '/rolewarden/';

export const tagKeys = {
  instance: 'rolewarden:instance',
  policy: 'rolewarden:policy',
  prune: 'rolewarden:prune',
} as const;

/** The one inline policy that carries the compiled permissions. */
export const accessPolicyName = 'rolewarden-access';

/** Inline policies share 10,240 characters a role, white space aside; 4,096 of them are kept for denies. [AWS IAM quotas] */
export const inlinePolicyQuotaChars = 10_240;
export const reservedForDeniesChars = 4_096;

export interface InlinePolicy {
  readonly name: string;
  /** JSON text, already URL-decoded. */
  readonly document: string;
}

/** `GetAccountAuthorizationDetails` lacks these two, so they come from `ListRoles` or `GetRole`. */
export interface RoleSettings {
  readonly description: string;
  readonly maxSessionSeconds: number;
}

export interface ObservedRole {
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  /** AROA…; differs when a role was deleted and created again under the same name. */
  readonly roleId: string;
  /** JSON text, already URL-decoded. */
  readonly trustDocument: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundary: string | undefined;
  readonly inlinePolicies: readonly InlinePolicy[];
  readonly attachedPolicyArns: readonly string[];
  /** undefined: the listing that holds them did not show this role. */
  readonly settings: RoleSettings | undefined;
}

/** The part that one `GetRole` shows: all but inline policies and attachments. */
export type RoleHead = Omit<ObservedRole, 'inlinePolicies' | 'attachedPolicyArns' | 'settings'> & {
  readonly settings: RoleSettings;
};

export interface ObservedAccount {
  /** Milliseconds since the epoch, when the read began. */
  readonly readAtMs: number;
  /** Roles under `rolePath` that both bulk reads show, sorted by name. */
  readonly roles: readonly ObservedRole[];
  /** Roles under `rolePath` that only one of the two bulk reads shows: something is changing, so nothing is concluded. */
  readonly halfSeenRoleNames: readonly string[];
  /** Names of all other roles of the account, lower case, to their ARN: role names are unique without regard to case or path. */
  readonly otherRoles: ReadonlyMap<string, string>;
  /** `AssumeRolePolicySizeQuota`, characters. */
  readonly trustQuotaChars: number;
  /** ARNs of the identity providers of the account. */
  readonly samlProviderArns: ReadonlySet<string>;
  readonly oidcProviderArns: ReadonlySet<string>;
}

export const isOurs = (role: Pick<ObservedRole, 'path' | 'tags'>, instance: string): boolean =>
  role.path === rolePath && role.tags[tagKeys.instance] === instance;
