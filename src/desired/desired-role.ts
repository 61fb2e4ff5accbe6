// What one policy wants of one role in one account, resolved against one snapshot of Entra: people by name, or doubt by name.

import type { GroupKey } from '../domain/directory.ts';
import type { Doubt } from '../domain/verification.ts';
import type { LeaverProof, Owner } from '../domain/change.ts';
import type { Admitted } from '../domain/plan.ts';
import type { AccessPolicy, Mode, RoleOwnership, Rollout, SourceRef } from '../domain/policy.ts';
import type { RoleSettings } from '../domain/role.ts';
import type { JsonObject } from '../domain/statement.ts';
import type { TrustGrant } from '../domain/trust-grants.ts';

/** How well a group of the policy was read. Only `read` lets anyone conclude that somebody is *not* in it. */
export interface GroupState {
  readonly key: GroupKey;
  /** Under Privileged Identity Management, so that assignments tell how long its members stay. */
  readonly pim: boolean;
  readonly state: 'read' | 'unreadable' | 'vanished';
  /** Why not, and what to do; empty for `read`. */
  readonly message: string;
  /** When the policy ends the access through it, milliseconds since the epoch; undefined: not by itself. */
  readonly expiresAtMs: number | undefined;
  /** For a group read without any people: in how many polls in a row. 0 when it has people. */
  readonly emptyPolls: number;
}

export interface DesiredRole {
  readonly roleName: string;
  /** `statements`: the role is somebody else's, and only statements of its trust policy are ours, and the denies. */
  readonly ownership: RoleOwnership;
  readonly owner: Owner;
  readonly source: SourceRef;
  readonly mode: Mode;
  /** Why nobody may rely on the federation yet; undefined: somebody has looked at what Entra sends. */
  readonly doubt: Doubt | undefined;
  readonly isSuspended: boolean;
  /** Of a task role: whether it may be changed while tasks run with it. Roles that people enter are changed when they differ. */
  readonly rollout: Rollout;
  /** `appRole`: whoever Entra assigns may enter, and nobody is named. */
  readonly admission: 'members' | 'appRole';
  /** ARNs of the identity providers that the trust policy speaks of; never empty. */
  readonly providers: readonly string[];
  /** By `grantKey`. Worked out anew at each look; whoever looks often copies them. */
  readonly grants: ReadonlyMap<string, TrustGrant>;
  /** Worked out anew at each call, too. */
  readonly admitted: () => readonly Admitted[];
  /** Members about whom something decisive is unknown, by sub: neither let in nor put out. The sentence says what is unknown. */
  readonly doubtful: ReadonlyMap<string, string>;
  /** Members of groups under Privileged Identity Management whom no assignment shows to be in now: likewise. */
  readonly unassigned: ReadonlyMap<string, string>;
  /** Members whose access may last longer than `grants` say, since a way in could not be read; by sub. */
  readonly mayBeLonger: ReadonlySet<string>;
  /** Members whom the policy itself keeps out, by sub. The sentence says by what. */
  readonly excluded: ReadonlyMap<string, string>;
  /** Members who are surely gone although a group still lists them, by sub. */
  readonly gone: ReadonlyMap<string, LeaverProof>;
  /** Members whom an assignment instance shows, which does not lag as a group does; by sub. */
  readonly assigned: ReadonlySet<string>;
  /** Members of the policy's break-glass group, by sub; while it cannot be read, those who last were. */
  readonly breakGlass: ReadonlySet<string>;
  /** Why entry is closed to all but those: Entra could not be read for longer than the policy allows. undefined: it is not. */
  readonly closedAsStale: string | undefined;
  /** Whether it closes, to all but those, when that happens. */
  readonly closesWhenStale: boolean;
  /** What people recognise of members who are not admitted, by sub. */
  readonly names: ReadonlyMap<string, string>;
  /** Of members whose access ends: when, milliseconds since the epoch, by sub. */
  readonly ends: ReadonlyMap<string, number>;
  /** When all access by the policy ends, milliseconds since the epoch; undefined: not by itself. */
  readonly closesAtMs: number | undefined;
  /** When time alone changes any of this next, milliseconds since the epoch; undefined: it does not. */
  readonly nextChangeMs: number | undefined;
  readonly afterRevoke: AccessPolicy['afterRevoke'];
  readonly groups: readonly GroupState[];
  /** Groups as Entra calls them, else as the policy does, by key; for people to read. */
  readonly groupNames: Readonly<Record<GroupKey, string>>;
  readonly statements: readonly JsonObject[];
  /** Why the statements that hang on what runs in ECS are not among them: those that stand in AWS stay. undefined: they are. */
  readonly unreadStatements: string | undefined;
  readonly boundary: string;
  readonly settings: RoleSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly appRoleValue: string | undefined;
  readonly warnings: readonly string[];
}

export interface DesiredAccount {
  /** Sorted by role name. A role that several policies claim is listed once for each of them. */
  readonly roles: readonly DesiredRole[];
}
