// Everything that deciding about bindings and shells knows.

import type { DesiredServices } from '../desired/desired-service.ts';
import type { ObservedEcs, ServiceKey } from '../domain/ecs.ts';
import type { PlanInput } from './plan-input.ts';

/** The last update of a service by this process: ECS may still show what was before. */
export interface RecentUpdate {
  /** ARN of the revision that it is to run. */
  readonly taskDefinitionArn: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface ServicesInput extends Omit<PlanInput, 'scope' | 'desired' | 'taskRoleUse'> {
  readonly desired: DesiredServices;
  readonly ecs: ObservedEcs;
  readonly recentUpdates: ReadonlyMap<ServiceKey, RecentUpdate>;
}
