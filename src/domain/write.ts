// Calls to AWS that a plan makes, each with the changes that it carries out.

import type { Change, Effect } from './change.ts';
import type { DenyEdit } from './denies.ts';
import type { NewRole, ServiceUpdate } from './ports.ts';
import type { RoleSettings } from './role.ts';

/** What all calls that write share: the changes that they carry out. */
interface WriteFrame {
  readonly changes: readonly Change[];
  readonly effect: Effect;
}

/**
 * One call to IAM. `before` is what the plan saw: right before the write the role is read again, and if it differs,
 * whatever widens is dropped and whatever narrows is worked out anew.
 */
export type RoleWrite = WriteFrame &
  (
    | { readonly op: 'createRole'; readonly role: NewRole }
    | { readonly op: 'putBoundary'; readonly before: string | undefined; readonly after: string }
    | {
        readonly op: 'updateTrust';
        readonly before: string;
        readonly after: string;
        readonly providers: readonly string[];
        /** The instance whose statements alone are written, in a shared role; undefined: the whole document is ours. */
        readonly sharedBy: string | undefined;
      }
    | {
        readonly op: 'putInlinePolicy';
        readonly policyName: string;
        readonly before: string | undefined;
        readonly after: string;
      }
    /** The denies, by their own steps, which hold on whatever stands there by then. `after` undefined: nothing is denied any more. */
    | {
        readonly op: 'putDenies';
        readonly policyName: string;
        readonly before: string | undefined;
        readonly after: string | undefined;
        readonly edits: readonly DenyEdit[];
        readonly withSourceIdentity: boolean;
        /** Changes of the trust policy for whose sake it is made. */
        readonly serves: readonly Change[];
      }
    | { readonly op: 'deleteInlinePolicy'; readonly policyName: string; readonly before: string }
    | { readonly op: 'detachPolicy'; readonly policyArn: string }
    | { readonly op: 'updateSettings'; readonly before: RoleSettings; readonly after: RoleSettings }
    | {
        readonly op: 'tagRole';
        readonly before: Readonly<Record<string, string>>;
        readonly after: Readonly<Record<string, string>>;
      }
    | { readonly op: 'deleteRole' }
  );

/** What a plan saw of a service: if any of it differs right before the first write, none is made. */
export interface SeenService {
  readonly arn: string;
  readonly taskDefinitionArn: string | undefined;
  /** Of the PRIMARY deployment. */
  readonly deploymentId: string | undefined;
}

/** One call to ECS. The revision that `copyRevision` makes is what the calls after it speak of as `copy`. */
export type ServiceWrite = WriteFrame &
  (
    | {
        readonly op: 'copyRevision';
        /** ARN of the revision that runs. */
        readonly from: string;
        readonly taskRoleArn: string;
        readonly tags: Readonly<Record<string, string>>;
      }
    | {
        readonly op: 'tagService';
        readonly before: Readonly<Record<string, string>>;
        /** Those that are set. */
        readonly after: Readonly<Record<string, string>>;
        /** Set where a deployment follows: which attempt it is, and with which revision. */
        readonly attempt:
          | { readonly number: number; readonly revision: 'copy' | { readonly arn: string } }
          | undefined;
      }
    | {
        readonly op: 'updateService';
        /** undefined: that which runs. */
        readonly revision: 'copy' | { readonly arn: string } | undefined;
        readonly settings: Omit<ServiceUpdate, 'taskDefinitionArn'>;
      }
  );

export type Write = RoleWrite | ServiceWrite;
