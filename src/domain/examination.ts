// What doctor reads: answers to harmless questions about permissions and settings, on both sides. Nothing is decided here.

import type { ServicePlace } from './ecs.ts';
import type { Account } from './policy.ts';
import type { Reading } from './reading.ts';
import type { ObservedAccount } from './role.ts';

/** What the application may do, by the token that it signs in with; of the token itself nothing is kept. */
export interface AppToken {
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  /** Application permissions of Graph by name, sorted: `GroupMember.Read.All`. */
  readonly roles: readonly string[];
}

export interface AppRole {
  readonly id: string;
  /** What it says in the Role claim: `roleArn,providerArn`; null: nothing. */
  readonly value: string | null;
  readonly isEnabled: boolean;
}

export interface AppRoleAssignment {
  /** Object id of a user, group or service principal. */
  readonly principalId: string;
  readonly appRoleId: string;
}

/** The service principal by which people sign in to AWS. A null property was not readable. */
export interface EnterpriseApplication {
  readonly id: string;
  /** The client id. */
  readonly appId: string;
  readonly displayName: string | null;
  readonly accountEnabled: boolean | null;
  /** `saml`, or another way to sign in. */
  readonly signOnMode: string | null;
  readonly isAssignmentRequired: boolean | null;
  readonly replyUrls: readonly string[] | null;
  readonly appRoles: readonly AppRole[] | null;
  readonly assignments: Reading<readonly AppRoleAssignment[]>;
}

/** Entra, as far as nothing but doctor wants to know it. Reads throw only when `signal` aborts. */
export interface EntraExaminer {
  /** `absent`: the token does not say what it is good for. */
  readToken(signal: AbortSignal): Promise<Reading<AppToken>>;
  /** By client id; keyed as given. */
  readApplications(
    appIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reading<EnterpriseApplication>>>;
}

export interface CallerIdentity {
  /** `arn:aws:sts::111122223333:assumed-role/rolewarden-spoke/rolewarden`. */
  readonly arn: string;
  readonly accountId: string;
}

/** One action that was tried by a call which changes nothing. */
export interface Trial {
  /** `iam:ListRoles`. */
  readonly action: string;
  /** undefined: the service has none. */
  readonly region: string | undefined;
  /** `allowed`: it was carried out, or refused for another reason than a permission. */
  readonly outcome: 'allowed' | 'denied' | 'unknown';
  /** Why not, and what to do; empty when it is allowed. */
  readonly because: string;
}

/** What IAM shows of the permissions of the role that an account is entered by. */
export interface OwnPermissions {
  readonly roleArn: string;
  /** JSON documents, inline ones and attached ones, as far as they could be read. */
  readonly policies: readonly string[];
  /** JSON; undefined: none. */
  readonly boundary: string | undefined;
  /** Policies whose documents could not be read, by ARN: with them, more may be allowed or denied. */
  readonly unread: readonly string[];
}

export interface SamlProviderFacts {
  /** The entity id in its metadata; undefined: it names none. */
  readonly issuer: string | undefined;
  /** Milliseconds since the epoch; undefined: IAM does not tell. */
  readonly validUntilMs: number | undefined;
  /** Ends of the signing certificates in its metadata, milliseconds since the epoch, sorted. */
  readonly certificateEndsMs: readonly number[];
}

export interface OidcProviderFacts {
  readonly audiences: readonly string[];
}

export interface AccountQuestions {
  readonly instance: string;
  /** ARNs of the managed policies that roles are bounded by. */
  readonly boundaries: readonly string[];
  /** ARNs of the identity providers that policies need. */
  readonly samlProviders: readonly string[];
  readonly oidcProviders: readonly string[];
  /** Services that policies and bindings want to be looked at. */
  readonly services: readonly ServicePlace[];
  /** Whether anything is ever written here. */
  readonly writes: boolean;
}

export interface AccountExamination {
  /** Whoever we are in the account. Unreadable: it cannot be entered, and nothing else was looked at. */
  readonly identity: Reading<CallerIdentity>;
  readonly observed: Reading<ObservedAccount>;
  readonly trials: readonly Trial[];
  /** By region: whether AWS answers there. */
  readonly regions: ReadonlyMap<string, Reading<true>>;
  readonly own: Reading<OwnPermissions>;
  /** Documents of the boundaries, by ARN. */
  readonly boundaries: ReadonlyMap<string, Reading<string>>;
  readonly samlProviders: ReadonlyMap<string, Reading<SamlProviderFacts>>;
  readonly oidcProviders: ReadonlyMap<string, Reading<OidcProviderFacts>>;
  /**
   * `iam:CreateRole` with a trust document that is none; undefined: not tried, as nothing is written here. `made`: IAM took
   * it all the same.
   */
  readonly creation: (Trial & { readonly isMade: boolean }) | undefined;
  readonly clockSkewMs: number | undefined;
}

/** Throws only when `signal` aborts. */
export type ExamineAccount = (
  account: Account,
  questions: AccountQuestions,
  signal: AbortSignal,
) => Promise<AccountExamination>;

/** The lease table, tried by writes whose condition can never hold. */
export interface TableExamination {
  readonly scan: Reading<true>;
  readonly put: Reading<true>;
  readonly remove: Reading<true>;
}
