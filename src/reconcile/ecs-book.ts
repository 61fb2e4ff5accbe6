// The newest observation of one account's ECS, and what this process did there lately. The loop that looks after services
// reads it; the one that looks after access takes from it what permissions hang on.

import {
  type ObservedEcs,
  type ObservedService,
  type ServiceKey,
  nothingInEcs,
  serviceKey,
} from '../domain/ecs.ts';
import type { RecentUpdate } from '../plan/services-input.ts';

export interface EcsBook {
  current(): ObservedEcs;
  publish(ecs: ObservedEcs): void;
  noteUpdate(service: ServiceKey, update: RecentUpdate): void;
  recentUpdates(): ReadonlyMap<ServiceKey, RecentUpdate>;
}

export const createEcsBook = (): EcsBook => {
  let current = nothingInEcs;
  const updates = new Map<ServiceKey, RecentUpdate>();
  /** Once ECS has shown an update, whatever else it shows later is somebody else's. */
  const forgetShown = ({ place, taskDefinitionArn }: ObservedService): void => {
    const key = serviceKey(place);
    if (updates.get(key)?.taskDefinitionArn === taskDefinitionArn) updates.delete(key);
  };
  return {
    current: () => current,
    publish: (ecs) => {
      current = ecs;
      for (const cluster of ecs.clusters.values()) {
        if (cluster.state !== 'present') continue;
        for (const service of cluster.value.services.values())
          if (service.state === 'present') forgetShown(service.value);
      }
    },
    noteUpdate: (service, update) => {
      updates.set(service, update);
    },
    recentUpdates: () => updates,
  };
};
