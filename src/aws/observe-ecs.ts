// What runs in all regions of an account, as far as somebody asked; each region by itself, so that none stops another.

import pMap from 'p-map';
import {
  clusterKey,
  type ObservedCluster,
  type ObservedEcs,
  type ServicePlace,
  type TaskDefinition,
} from '../domain/ecs.ts';
import type { AppError } from '../domain/errors.ts';
import { type Reading, unreadable } from '../domain/reading.ts';
import { observeRegion, type RegionToObserve, type Wanted } from './observe-region.ts';

const regionsAtOnce = 4;

const byRegion = (services: readonly ServicePlace[]): ReadonlyMap<string, Wanted> => {
  const regions = new Map<string, Map<string, Set<string>>>();
  for (const { region, cluster, service } of services) {
    const clusters = regions.get(region) ?? new Map<string, Set<string>>();
    regions.set(region, clusters.set(cluster, (clusters.get(cluster) ?? new Set()).add(service)));
  }
  return regions;
};

/**
 * `open` gives a region, or why it may not be asked. Throws only if the signal aborts; with no services asked for, nothing
 * is asked of anyone.
 */
export const observeEcs = async (
  open: (region: string) => RegionToObserve | AppError,
  services: readonly ServicePlace[],
  readAtMs: number,
  signal: AbortSignal,
): Promise<ObservedEcs> => {
  signal.throwIfAborted();
  const clusters = new Map<string, Reading<ObservedCluster>>();
  const definitions = new Map<string, Reading<TaskDefinition>>();
  const observeOne = async ([region, wanted]: readonly [string, Wanted]): Promise<void> => {
    const opened = open(region);
    if (opened instanceof Error) {
      for (const cluster of wanted.keys()) clusters.set(clusterKey({ region, cluster }), unreadable(opened));
      return;
    }
    const observed = await observeRegion(opened, wanted, signal);
    for (const [cluster, reading] of observed.clusters)
      clusters.set(clusterKey({ region, cluster }), reading);
    for (const [arn, reading] of observed.definitions) definitions.set(arn, reading);
  };
  await pMap(byRegion(services), observeOne, { concurrency: regionsAtOnce });
  signal.throwIfAborted();
  return { readAtMs, clusters, definitions };
};
