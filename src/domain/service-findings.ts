// What is found out about ECS services and changed by nobody here: whether shells would open, and the ways around policies.

import type { ServicePlace } from './ecs.ts';

/** Why a shell could not be opened in a service, the first that applies. Constants: they are metric labels. */
export type ExecReason =
  | 'Ready'
  | 'unreadable'
  | 'serviceMissing'
  | 'noTasks'
  | 'execNotEnabled'
  | 'execOnOldTasks'
  | 'shortArn'
  | 'tagMissing'
  | 'containerMissing'
  | 'noTaskRole'
  | 'taskRoleDenied'
  | 'taskRoleUnknown'
  | 'keyDenied'
  | 'readOnlyRoot'
  | 'platformVersion'
  | 'awsVariables'
  | 'agentNotRunning';

/** Whether the shells that policies give in a service would open. */
export interface ExecReadiness {
  readonly place: ServicePlace;
  readonly policies: readonly string[];
  readonly reason: ExecReason;
  /** What is the matter and what to do, everything that was found; empty when ready. */
  readonly messages: readonly string[];
  /** What does not keep a shell from opening, and should be known: no log, a shared PID namespace. */
  readonly warnings: readonly string[];
}

export type DoorKind = 'executeCommand' | 'startSession' | 'assumeRole' | 'passRole';

/** A way to a service's containers, or to its task role, beside the policies. */
export interface SideDoor {
  readonly place: ServicePlace;
  readonly kind: DoorKind;
  /** Of the role that holds it; for ways through the task role's own trust policy, the task role. */
  readonly roleArn: string;
  /** The policy, and the statement's Sid or number. */
  readonly statement: string;
  /** A sentence. */
  readonly message: string;
}
