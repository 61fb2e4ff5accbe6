// ECS of one account: a client, a pace and a memory of revisions for each region, made when the region is first needed.

import { type ObservedService, serviceKey, type ServicePlace } from '../domain/ecs.ts';
import type { AppError } from '../domain/errors.ts';
import type { Account } from '../domain/policy.ts';
import type { EcsPort } from '../domain/ports.ts';
import { absent, type Reading, unreadable } from '../domain/reading.ts';
import { unreadIn } from './described.ts';
import { ecsReads } from './ecs-reads.ts';
import { type EcsRegion, type EcsRegionOptions, openEcsRegion } from './ecs-region.ts';
import { checkPlace, checkRegion } from './ecs-rules.ts';
import { ecsWrites } from './ecs-writes.ts';
import { observeEcs } from './observe-ecs.ts';
import type { RegionToObserve } from './observe-region.ts';
import { servicesIn } from './observe-services.ts';
import { refusalOf } from './refusal.ts';

export interface OpenedEcs {
  readonly port: EcsPort;
  /** Opens it when it is first needed. */
  readonly region: (region: string) => EcsRegion;
}

const readService = async (
  region: EcsRegion,
  place: ServicePlace,
  signal: AbortSignal,
): Promise<Reading<ObservedService>> => {
  const names = [place.service];
  try {
    const answer = await ecsReads(region).services(place.cluster, names, signal);
    return servicesIn(answer, place, names).get(place.service) ?? absent;
  } catch (error) {
    signal.throwIfAborted();
    const context = { action: 'ecs:DescribeServices', resource: `service ${serviceKey(place)}` };
    return unreadIn(error, context);
  }
};

export const openEcs = (account: Account, options: EcsRegionOptions): OpenedEcs => {
  const regions = new Map<string, EcsRegion>();
  const open = (region: string): EcsRegion => {
    const opened = regions.get(region) ?? openEcsRegion(region, options);
    regions.set(region, opened);
    return opened;
  };
  const toObserve = (region: string): RegionToObserve | AppError => {
    const refusal = refusalOf(() => checkRegion(account, region));
    if (refusal !== undefined) return refusal;
    const opened = open(region);
    return { region, reads: ecsReads(opened), definitions: opened.definitions };
  };
  return {
    port: {
      observe: (services, signal) => observeEcs(toObserve, services, options.settings.clock.now(), signal),
      readService: async (place, signal) => {
        signal.throwIfAborted();
        const refusal = refusalOf(() => checkPlace(account, place));
        return refusal === undefined ? readService(open(place.region), place, signal) : unreadable(refusal);
      },
      ...ecsWrites(account, open),
    },
    region: open,
  };
};
