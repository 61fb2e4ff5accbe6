// The newest observation of one account's ECS, and what this process did there lately. The loop that looks after services
// reads it; the one that looks after access takes from it what permissions hang on.

import { type ObservedEcs, type ServiceKey, nothingInEcs } from '../domain/ecs.ts';
import type { RecentUpdate } from '../plan/services/services-input.ts';

export interface EcsBook {
  current(): ObservedEcs;
  publish(ecs: ObservedEcs): void;
  noteUpdate(service: ServiceKey, update: RecentUpdate): void;
  recentUpdates(): ReadonlyMap<ServiceKey, RecentUpdate>;
}

export const createEcsBook = (): EcsBook => {
  let current = nothingInEcs;
  const updates = new Map<ServiceKey, RecentUpdate>();
  return {
    current: () => current,
    publish: (ecs) => {
      current = ecs;
    },
    noteUpdate: (service, update) => {
      updates.set(service, update);
    },
    recentUpdates: () => updates,
  };
};
