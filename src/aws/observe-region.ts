// What runs in one region, as far as somebody asked: clusters first, then the services and tasks of each, then the
// definitions of what runs. One broken cluster stops no other.
//
//   DescribeClusters              100 clusters a request
//   DescribeServices               10 services a request, per cluster
//   ListTasks, DescribeTasks      100 tasks a request, per cluster in which tasks run
//   DescribeTaskDefinition        one for each revision that was never seen

import type { Cluster } from '@aws-sdk/client-ecs';
import pMap from 'p-map';
import {
  type ObservedCluster,
  type ObservedService,
  serviceGroup,
  type TaskDefinition,
} from '../domain/ecs.ts';
import { present, type Reading } from '../domain/reading.ts';
import { attemptedArn, attemptOf } from '../domain/service-marks.ts';
import { sortedUnique } from '../domain/statement.ts';
import { type ClusterFacts, clusterFacts } from './cluster-facts.ts';
import { described, mapReading, unreadIn } from './described.ts';
import { type EcsReads, mostAtOnce } from './ecs-reads.ts';
import { observeServices } from './observe-services.ts';
import { observeTasks } from './observe-tasks.ts';
import { brokenAnswer } from './pages.ts';
import { slices } from './slices.ts';
import type { TaskDefinitions } from './task-definitions.ts';

/** Names of services by the name of their cluster. */
export type Wanted = ReadonlyMap<string, ReadonlySet<string>>;

export interface ObservedRegion {
  /** By name. */
  readonly clusters: ReadonlyMap<string, Reading<ObservedCluster>>;
  readonly definitions: ReadonlyMap<string, Reading<TaskDefinition>>;
}

const clustersAtOnce = 4;
const definitionsAtOnce = 8;

const presentOf = <T>(readings: Iterable<Reading<T>>): readonly T[] =>
  [...readings].flatMap((reading) => (reading.state === 'present' ? [reading.value] : []));

const readClusters = async (
  reads: EcsReads,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Reading<ClusterFacts>])[]> => {
  const action = 'ecs:DescribeClusters';
  const answer = await reads.clusters(names, signal);
  if (answer.clusters === undefined) throw brokenAnswer(action, 'no list of clusters');
  const shown = new Map(
    answer.clusters.map((cluster): [string, Cluster] => [cluster.clusterName ?? '', cluster]),
  );
  return names.map((name) => {
    const reading = described(action, `cluster ${name}`, name, shown, answer.failures ?? []);
    return [name, mapReading(reading, (cluster) => clusterFacts(cluster, name))];
  });
};

const observeCluster = async (
  reads: EcsReads,
  facts: ClusterFacts,
  place: { readonly region: string; readonly cluster: string },
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<ObservedCluster> => {
  const services = await observeServices(reads, place, wanted, signal);
  // What a cluster counts lags behind its services at times.
  const hasTasks =
    facts.hasTasks || presentOf(services.values()).some(({ runningCount }) => runningCount > 0);
  const tasks = hasTasks ? await observeTasks(reads, place.cluster, wanted, signal) : [];
  return { arn: facts.arn, exec: facts.exec, services, tasks };
};

const definitionsOfService = (service: ObservedService): readonly string[] => {
  const { taskDefinitionArn: running, deployments, tags } = service;
  const attempt = attemptOf(tags);
  const attempted =
    attempt === undefined || running === undefined ? undefined : attemptedArn(attempt, running);
  return [running, attempted, ...deployments.map((deployment) => deployment.taskDefinitionArn)].filter(
    (arn) => arn !== undefined,
  );
};

/** Of the services, of their tasks, and of what was last tried with them; in order, each once. */
const definitionsOf = (cluster: ObservedCluster): readonly string[] => {
  const groups = new Set<string | undefined>([...cluster.services.keys()].map(serviceGroup));
  return [
    ...presentOf(cluster.services.values()).flatMap(definitionsOfService),
    ...cluster.tasks.filter(({ group }) => groups.has(group)).map((task) => task.taskDefinitionArn),
  ];
};

export interface RegionToObserve {
  readonly region: string;
  readonly reads: EcsReads;
  readonly definitions: Pick<TaskDefinitions, 'read'>;
}

/** Throws only if the signal aborts. */
export const observeRegion = async (
  { region, reads, definitions }: RegionToObserve,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<ObservedRegion> => {
  const broken = (error: unknown, action: string, cluster: string): Reading<never> =>
    unreadIn(error, { action, resource: `cluster ${region}/${cluster}` });
  const readSome = (names: readonly string[]) =>
    readClusters(reads, names, signal).catch((error: unknown) =>
      names.map((name) => [name, broken(error, 'ecs:DescribeClusters', name)] as const),
    );
  const heads = await pMap(slices([...wanted.keys()], mostAtOnce.clusters), readSome, {
    concurrency: clustersAtOnce,
  });
  signal.throwIfAborted();
  const observeOne = async ([cluster, head]: readonly [string, Reading<ClusterFacts>]) => {
    if (head.state !== 'present') return [cluster, head] as const;
    const names = [...(wanted.get(cluster) ?? [])];
    const reading = await observeCluster(reads, head.value, { region, cluster }, names, signal)
      .then(present)
      .catch((error: unknown) => broken(error, 'ecs:DescribeServices', cluster));
    return [cluster, reading] as const;
  };
  const clusters = new Map(await pMap(heads.flat(), observeOne, { concurrency: clustersAtOnce }));
  signal.throwIfAborted();
  const arns = sortedUnique(presentOf(clusters.values()).flatMap(definitionsOf));
  const found = await pMap(arns, async (arn) => [arn, await definitions.read(arn, signal)] as const, {
    concurrency: definitionsAtOnce,
  });
  return { clusters, definitions: new Map(found) };
};
