// An IAM role as AWS shows it, and the marks by which we know our own.

import type { JsonObject } from './statement.ts';

/** Roles live under this path, which is the cheap filter of `ListRoles` and the scope of the spoke's IAM policy. */
export const rolePath = '/rolewarden/';

/** The ARN of a role that is made here; role ARNs include the path. */
export const roleArn = (
  { partition, accountId }: { readonly partition: string; readonly accountId: string },
  name: string,
): string => `arn:${partition}:iam::${accountId}:role${rolePath}${name}`;

export const tagKeys = {
  instance: 'rolewarden:instance',
  policy: 'rolewarden:policy',
  /** On task roles, and on the revisions that were made for a binding. */
  binding: 'rolewarden:binding',
  prune: 'rolewarden:prune',
  /** Set by a person on a role of somebody else's, with our instance as its value: we may have statements in it. */
  adopt: 'rolewarden:adopt',
} as const;

/** The one inline policy that carries the compiled permissions. */
export const accessPolicyName = 'rolewarden-access';

/** The one inline policy that carries the denies of those who were inside and are not to be any more. */
export const denyPolicyName = 'rolewarden-revoked';
/** IAM tells the names of inline policies apart without regard to case. */
export const isDenyPolicy = (name: string): boolean => name.toLowerCase() === denyPolicyName;

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
  /** Milliseconds since the epoch; undefined: not told. */
  readonly createdAtMs: number | undefined;
  /** When somebody last used it, hours late; milliseconds since the epoch; undefined: not told, or not in 400 days. */
  readonly lastUsedAtMs: number | undefined;
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

/** What a read of the account's roles should bring besides our own. */
export interface RoleInterest {
  /** ARNs of roles, wherever in the account, whose documents are wanted. */
  readonly roleArns: ReadonlySet<string>;
  /** `iam:PassRole`: statements of all roles that allow one of these are wanted. */
  readonly actions: readonly string[];
}

/** A statement of an inline policy of any role that allows one of the actions asked for, perhaps among others. */
export interface RoleAllow {
  readonly roleArn: string;
  readonly policyName: string;
  readonly statement: JsonObject;
}

export interface ObservedAccount {
  /** Milliseconds since the epoch, when the read began. */
  readonly readAtMs: number;
  /** Roles under `rolePath` that both bulk reads show, and all others that carry `rolewarden:adopt`; sorted by name. */
  readonly roles: readonly ObservedRole[];
  /** Roles under `rolePath` that only one of the two bulk reads shows: something is changing, so nothing is concluded. */
  readonly halfSeenRoleNames: readonly string[];
  /** Names of all roles elsewhere in the account, lower case, to their ARN: role names are unique without regard to case or path. */
  readonly otherRoles: ReadonlyMap<string, string>;
  /** Roles outside of our path whose documents were asked for, by ARN. */
  readonly askedRoles: ReadonlyMap<string, ObservedRole>;
  /** Sorted by role and policy, in the order of the documents. */
  readonly allows: readonly RoleAllow[];
  /** `AssumeRolePolicySizeQuota`, characters. */
  readonly trustQuotaChars: number;
  /** ARNs of the identity providers of the account. */
  readonly samlProviderArns: ReadonlySet<string>;
  readonly oidcProviderArns: ReadonlySet<string>;
}

/** Made by us, and ours as a whole. */
export const isOurs = (role: Pick<ObservedRole, 'path' | 'tags'>, instance: string): boolean =>
  role.path === rolePath && role.tags[tagKeys.instance] === instance;

/** Somebody else's, in which we may have statements: a person said so by a tag, which nobody here sets. */
export const isAdopted = (role: Pick<ObservedRole, 'path' | 'tags'>, instance: string): boolean =>
  !role.path.startsWith(rolePath) && role.tags[tagKeys.adopt] === instance;

/** By ARN: one under our path, or another that was asked for. */
export const roleOf = (arn: string, { roles, askedRoles }: ObservedAccount): ObservedRole | undefined =>
  roles.find((role) => role.arn === arn) ?? askedRoles.get(arn);
