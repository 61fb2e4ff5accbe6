// What one binding wants of one ECS service, and for whom services have to be ready for shells.

import type { Owner } from '../domain/change.ts';
import type { ServicePlace } from '../domain/ecs.ts';
import type { Mode, Rollout, SourceRef } from '../domain/policy.ts';
import type { DesiredRole } from './desired-role.ts';

export interface DesiredService {
  readonly place: ServicePlace;
  readonly owner: Owner;
  readonly source: SourceRef;
  readonly mode: Mode;
  readonly isSuspended: boolean;
  readonly rollout: Rollout;
  readonly allowMutableTags: boolean;
  /** Whether ECS Exec is to be kept enabled; false: it is left as it is. */
  readonly exec: boolean;
  readonly taskRoleArn: string;
  /** The name of the role, where it is made here; undefined: it exists. */
  readonly madeRole: string | undefined;
}

/** A service in which policies open shells. */
export interface ExecService {
  readonly place: ServicePlace;
  /** Containers that the policies name, sorted. */
  readonly containers: readonly string[];
  /** Names of the policies, sorted. */
  readonly policies: readonly string[];
}

export interface DesiredServices {
  /** Task roles that are made here, sorted by name. */
  readonly roles: readonly DesiredRole[];
  /** Sorted by place. */
  readonly services: readonly DesiredService[];
  /** Sorted by place. */
  readonly exec: readonly ExecService[];
}
