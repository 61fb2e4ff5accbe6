// What we know of Entra: groups, people, service principals, and how sure we are.

import type { Reading } from './reading.ts';

/** A user as Graph returns one among a group's members. A null property was not readable: it means *unknown*, never a default. */
export interface Person {
  /** Entra object id, lower case. */
  readonly id: string;
  readonly userPrincipalName: string | null;
  readonly mail: string | null;
  readonly accountEnabled: boolean | null;
  readonly userType: 'Member' | 'Guest' | null;
}

/** A member that is no user; listed so that the reader learns why it is not admitted. */
export interface OtherMember {
  readonly id: string;
  readonly kind: 'group' | 'servicePrincipal' | 'device' | 'orgContact' | 'unknown';
}

export interface Group {
  readonly id: string;
  /** null: not readable just now. Never used to find a group. */
  readonly displayName: string | null;
  /** Each person once, sorted by id. */
  readonly people: readonly Person[];
  readonly others: readonly OtherMember[];
}

export interface ServicePrincipal {
  readonly id: string;
  /** The client id, which v2 tokens carry as `azp` and IAM reads as `:aud`. */
  readonly appId: string;
  readonly displayName: string | null;
  readonly accountEnabled: boolean | null;
}

export interface GroupQuery {
  readonly id: string;
  /** true: members of member groups too (`transitiveMembers`). */
  readonly nested: boolean;
}

export type GroupKey = string;
export const groupKey = (query: GroupQuery): GroupKey => (query.nested ? `${query.id}+nested` : query.id);
export const parseGroupKey = (key: GroupKey): GroupQuery => {
  const nested = key.endsWith('+nested');
  return { id: nested ? key.slice(0, -'+nested'.length) : key, nested };
};

/** What a look-up of one user says about whether she is still here, and who she is. */
export interface UserStanding {
  /** `notFound` in one poll proves nothing. */
  readonly is: 'enabled' | 'disabled' | 'deleted' | 'notFound' | 'unknown';
  /** Entra object id, lower case; undefined: no such user was found. */
  readonly id: string | undefined;
  /** For people to read, and cleaned for it, so that nothing is decided by it; null: not told. */
  readonly userPrincipalName: string | null;
}

/** Who activated an assignment, and what she said when she did. */
export interface Activation {
  readonly requestId: string;
  readonly justification: string | null;
  readonly ticketNumber: string | null;
  readonly ticketSystem: string | null;
  /** Milliseconds since the epoch. */
  readonly requestedAtMs: number;
}

/** An active assignment instance of Privileged Identity Management: somebody is a member, from then until then. */
export interface Assignment {
  /** Of the user; lower case. */
  readonly principalId: string;
  /** Milliseconds since the epoch; undefined: since always. */
  readonly startMs: number | undefined;
  /** Milliseconds since the epoch; undefined: it has no end. */
  readonly endMs: number | undefined;
  readonly kind: 'assigned' | 'activated';
  /** By way of a group that is a member, which counts only where nested members do. */
  readonly isInherited: boolean;
  /** undefined: nobody activated it, or the request could not be read. */
  readonly activation: Activation | undefined;
}

/** One poll of Entra, immutable. Everything the plan knows of people comes from here. */
export interface DirectorySnapshot {
  /** Counts up by one with each poll of this process. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly readAtMs: number;
  readonly groups: ReadonlyMap<GroupKey, Reading<Group>>;
  readonly servicePrincipals: ReadonlyMap<string, Reading<ServicePrincipal>>;
  /** Of the groups under Privileged Identity Management that policies name, by the group's id. */
  readonly assignments: ReadonlyMap<string, Reading<readonly Assignment[]>>;
  /**
   * For a group that was completely read and had no people: in how many polls in a row, this one included, without a second
   * look between them that showed somebody.
   */
  readonly emptyPolls: ReadonlyMap<GroupKey, number>;
  /** Of groups that cannot be read now: what they were when they last could, or since when nobody could. */
  readonly lastRead: ReadonlyMap<GroupKey, LastRead>;
  /** Of service principals that cannot be read now, by id: when they last could, or since when nobody could; milliseconds since the epoch. */
  readonly unreadServicePrincipals: ReadonlyMap<string, number>;
}

export interface LastRead {
  /** Milliseconds since the epoch; the start of the process, if it never could. */
  readonly atMs: number;
  /** undefined: it never could since the process started. */
  readonly group: Group | undefined;
}

/** Second looks, taken because a plan asked for them before it would remove anyone. */
export interface Confirmations {
  /** The same groups, read again after the snapshot. */
  readonly groups: ReadonlyMap<GroupKey, Reading<Group>>;
  /** Of groups under Privileged Identity Management, by id; read again likewise. */
  readonly assignments: ReadonlyMap<string, Reading<readonly Assignment[]>>;
  /** People who would lose access, looked up one by one; keyed by the `saml:sub` value they are trusted under. */
  readonly standings: ReadonlyMap<string, Reading<UserStanding>>;
  /** In how many polls in a row a look-up said `notFound`, keyed likewise. */
  readonly notFoundPolls: ReadonlyMap<string, number>;
  /** Documents of attached managed policies, by ARN; asked for before a policy is detached. */
  readonly managedPolicies: ReadonlyMap<string, Reading<string>>;
}

export const noConfirmations: Confirmations = {
  groups: new Map(),
  assignments: new Map(),
  standings: new Map(),
  notFoundPolls: new Map(),
  managedPolicies: new Map(),
};
