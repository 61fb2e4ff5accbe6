// One difference between what is and what should be, small enough that a guard can hold it without holding anything
// else: one person on one role, one policy of one role. Plans are made of these, and so are metrics, journal and status.

import type { DenyEdit } from './denies.ts';
import type { SourceRef } from './policy.ts';
import type { RoleSettings } from './role.ts';
import type { JsonObject } from './statement.ts';
import type { TrustGrant } from './trust-grants.ts';

/** `mixed`: both ways, or not decidable. `none`: the same access in another form. */
export type Effect = 'widens' | 'narrows' | 'mixed' | 'none';

/** Why someone's removal needs no second look. */
export type LeaverProof =
  | 'accountDisabled'
  | 'userDeleted'
  | 'userNotFound'
  /** The end that stands in the trust policy has passed, so that she is out already. */
  | 'accessEnded'
  /** A `Lockout` names her. */
  | 'lockedOut'
  /** Nobody can tell who belongs in, for longer than the policy allows. Entry is closed; who is inside stays. */
  | 'entraStale';

export type ChangeDetail =
  | {
      readonly kind: 'createRole';
      readonly boundary: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly settings: RoleSettings;
      readonly providers: readonly string[];
    }
  | { readonly kind: 'setBoundary'; readonly before: string | undefined; readonly after: string }
  /** Adds a grant to the trust policy, or moves its end later. */
  | { readonly kind: 'grant'; readonly grant: TrustGrant; readonly before: TrustGrant | undefined }
  /** Takes a grant out of the trust policy, or (with `after`) moves its end earlier. */
  | {
      readonly kind: 'revoke';
      readonly grant: TrustGrant;
      readonly after: TrustGrant | undefined;
      readonly proof: LeaverProof | undefined;
    }
  /** Writes the trust policy anew without changing who may enter: statements that our own Deny had silenced go. */
  | { readonly kind: 'restateTrust' }
  | { readonly kind: 'putPermissions'; readonly before: string | undefined; readonly after: string }
  /** Sessions end that nothing has ended yet; without edits, what stands there is written as we write it. */
  | {
      readonly kind: 'tightenDenies';
      readonly edits: readonly DenyEdit[];
      /** Nothing but people whom a Lockout names. */
      readonly isLockout: boolean;
    }
  /** Someone inside is denied no more, or later. `sub` undefined: everybody. */
  | {
      readonly kind: 'liftDenies';
      readonly sub: string | undefined;
      readonly edits: readonly DenyEdit[];
    }
  /** Denies that are past are taken away. */
  | { readonly kind: 'forgetDenies' }
  /** An inline policy that is not ours: deleted, or cut down to its Denies. */
  | {
      readonly kind: 'stripPolicy';
      readonly policyName: string;
      readonly before: string;
      readonly keep: readonly JsonObject[];
    }
  | { readonly kind: 'detachPolicy'; readonly policyArn: string }
  | { readonly kind: 'updateSettings'; readonly before: RoleSettings; readonly after: RoleSettings }
  | {
      readonly kind: 'tagRole';
      readonly before: Readonly<Record<string, string>>;
      readonly after: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'deleteRole' }
  /** Another task role for a service, in a copy of the revision that it runs. */
  | {
      readonly kind: 'bindTaskRole';
      /** ARN of the revision that runs; undefined: none does. */
      readonly revision: string | undefined;
      readonly before: string | undefined;
      readonly after: string;
    }
  | { readonly kind: 'enableExec' }
  /** The tag by which policies know the tasks of a service, handed on to its tasks. */
  | { readonly kind: 'propagateTags'; readonly before: string }
  | {
      readonly kind: 'tagService';
      readonly before: Readonly<Record<string, string>>;
      readonly after: Readonly<Record<string, string>>;
    }
  /** Tasks that started before ECS Exec or the tag were there, and get neither until they are replaced. */
  | { readonly kind: 'replaceTasks'; readonly tasks: readonly string[] }
  /** Tasks that somebody ran with another role. */
  | {
      readonly kind: 'stopTasks';
      readonly tasks: readonly { readonly arn: string; readonly taskRoleArn: string }[];
    };

export type ChangeKind = ChangeDetail['kind'];

/** What differs, as the `class` label of the drift metric. */
export type DriftClass =
  | 'missing'
  | 'trust'
  | 'denies'
  | 'foreignStatement'
  | 'permissions'
  | 'extraPolicy'
  | 'boundary'
  | 'settings'
  | 'tags'
  | 'orphaned'
  | 'wrongTaskRole'
  | 'foreignRevision'
  | 'taskOverride'
  | 'execNotEnabled'
  | 'execOnOldTasks'
  | 'tagMissing';

/** What differs: an IAM role by name, or an ECS service by `region/cluster/service`. */
export type ObjectKind = 'Role' | 'Service';

/** The object in Git behind something in AWS. */
export interface Owner {
  readonly kind: 'AccessPolicy' | 'TaskRoleBinding';
  readonly name: string;
}

export interface Change {
  /** Unique in a plan and the same whenever the same difference is found again. */
  readonly id: string;
  readonly object: ObjectKind;
  /** Of the role or the service. */
  readonly name: string;
  /** Also when it is gone (from the role's tag). */
  readonly owner: Owner | undefined;
  readonly source: SourceRef | undefined;
  readonly effect: Effect;
  readonly driftClass: DriftClass;
  /** A sentence: why this should change. */
  readonly why: string;
  readonly detail: ChangeDetail;
}

/**
 * One for each object of a plan; several policies may claim one role, so they are told apart. Joined, since what is put together
 * by template stays in pieces for as long as somebody keeps it.
 */
export const objectKey = ({ object, name, owner }: Pick<Change, 'object' | 'name' | 'owner'>): string =>
  [object, '|', name, '|', ...(owner === undefined ? [] : [owner.kind, '/', owner.name])].join('');

/** The person or workload that a change concerns, as named in `saml:sub` or `:sub`; undefined for all other changes. */
export const subjectOf = (change: Change): string | undefined => {
  const { detail } = change;
  if (detail.kind === 'liftDenies') return detail.sub;
  if (detail.kind !== 'grant' && detail.kind !== 'revoke') return undefined;
  return 'sub' in detail.grant ? detail.grant.sub : undefined;
};
