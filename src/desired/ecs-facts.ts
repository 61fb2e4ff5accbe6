// What one observation of ECS says of the things that grants name: log groups and keys. Unread is never none.

import {
  type ClusterPlace,
  type LogGroup,
  type ObservedCluster,
  type ObservedEcs,
  type ObservedService,
  type ServicePlace,
  clusterKey,
  tasksOf,
} from '../domain/ecs.ts';
import type { EcsFacts, Fact } from '../domain/ecs-observed-grants.ts';
import type { Reading } from '../domain/reading.ts';

const known = <T>(value: T): Fact<T> => ({ isKnown: true, value });
const unknown = (because: string): Fact<never> => ({ isKnown: false, because });

/** What follows from a reading; of what is not there, `none` follows. */
const follow = <T, F>(
  reading: Reading<T> | undefined,
  what: string,
  none: F,
  next: (value: T) => Fact<F>,
): Fact<F> => {
  switch (reading?.state) {
    case undefined:
      return unknown(`${what} has not been read yet`);
    case 'absent':
      return known(none);
    case 'unreadable':
      return unknown(`${what} could not be read: ${reading.problem.message}`);
    case 'present':
      return next(reading.value);
  }
};

/** Everything that runs for a service: what it is to run, what it still runs, and what its tasks run. */
const definitionsOf = (service: ObservedService, cluster: ObservedCluster): ReadonlySet<string> =>
  new Set([
    ...(service.taskDefinitionArn === undefined ? [] : [service.taskDefinitionArn]),
    ...service.deployments.map(({ taskDefinitionArn }) => taskDefinitionArn),
    ...tasksOf(cluster, service.place.service).map(({ taskDefinitionArn }) => taskDefinitionArn),
  ]);

const logGroupsIn = (arns: Iterable<string>, ecs: ObservedEcs): Fact<readonly LogGroup[]> => {
  const groups: LogGroup[] = [];
  for (const arn of arns) {
    const reading = ecs.definitions.get(arn);
    // A revision that something runs is there; an answer that says otherwise tells nothing.
    if (reading?.state !== 'present') {
      const why = reading?.state === 'unreadable' ? `: ${reading.problem.message}` : '';
      return unknown(`task definition ${arn} could not be read${why}`);
    }
    groups.push(...reading.value.containers.flatMap(({ logGroup }) => logGroup ?? []));
  }
  return known(groups);
};

export const ecsFacts = (ecs: ObservedEcs): EcsFacts => {
  const ofCluster = <F>(place: ClusterPlace, none: F, next: (cluster: ObservedCluster) => Fact<F>): Fact<F> =>
    follow(
      ecs.clusters.get(clusterKey(place)),
      `the ECS cluster ${place.cluster} in ${place.region}`,
      none,
      next,
    );
  return {
    logGroupsOf: (place: ServicePlace) =>
      ofCluster<readonly LogGroup[]>(place, [], (cluster) =>
        follow(cluster.services.get(place.service), `the ECS service ${place.service}`, [], (service) =>
          logGroupsIn(definitionsOf(service, cluster), ecs),
        ),
      ),
    execKeyOf: (place: ClusterPlace) =>
      ofCluster<string | undefined>(place, undefined, (cluster) => known(cluster.exec.kmsKeyArn)),
  };
};
