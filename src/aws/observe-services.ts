// The services of one cluster, ten at a time.

import type { ClusterPlace, ObservedService } from '../domain/ecs.ts';
import type { Reading } from '../domain/reading.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { described, mapReading } from './described.ts';
import { type EcsReads, mostAtOnce, type ServicesAnswer } from './ecs-reads.ts';
import { brokenAnswer } from './pages.ts';
import { serviceFacts } from './service-facts.ts';
import { slices } from './slices.ts';

const action = 'ecs:DescribeServices';
const requestsAtOnce = 3;

/** What the answer says of these services of a cluster, by name. */
export const servicesIn = (
  answer: ServicesAnswer,
  place: ClusterPlace,
  names: readonly string[],
): ReadonlyMap<string, Reading<ObservedService>> => {
  if (answer.services === undefined) throw brokenAnswer(action, 'no list of services');
  const shown = new Map(answer.services.map((service) => [service.serviceName ?? '', service]));
  const readings = names.map((name): [string, Reading<ObservedService>] => {
    const thing = `service ${place.cluster}/${name}`;
    const reading = described(action, thing, name, shown, answer.failures ?? []);
    return [name, mapReading(reading, (service) => serviceFacts(service, { ...place, service: name }))];
  });
  return new Map(readings);
};

/** Throws when a request fails, or an answer is broken as a whole. */
export const observeServices = async (
  reads: Pick<EcsReads, 'services'>,
  place: ClusterPlace,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Reading<ObservedService>>> => {
  const parts = await allOrNothing(
    slices(names, mostAtOnce.services),
    requestsAtOnce,
    signal,
    async (some, both) => servicesIn(await reads.services(place.cluster, some, both), place, some),
  );
  return new Map(parts.flatMap((part) => [...part]));
};
