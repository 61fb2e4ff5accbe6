// Clusters: making, listing and describing them.

import { type Json, type JsonObject, compareText } from '../../../domain/statement.ts';
import { clusterArn, clusterNameOf } from './arns.ts';
import type { EcsOperations } from './call.ts';
import { clusterHasServices, clusterHasTasks, invalidParameter, noCluster } from './ecs-errors.ts';
import type { Cluster, EcsRegion, Service, Tags, Task } from './ecs-store.ts';
import { objectList, optionalObject, optionalText, present, textList } from '../json-protocol.ts';
import { pageOf } from './paging.ts';
import { authorizeTagsAtCreation, requestTagContext, tagsJson, tagsOf } from './tags.ts';
import { isRunning, isStopping } from './task-state.ts';

export interface NewCluster {
  readonly name: string;
  readonly tags?: Tags;
  /** As in `CreateCluster`. */
  readonly configuration?: JsonObject | undefined;
  readonly settings?: readonly JsonObject[];
}

export const addCluster = (region: EcsRegion, cluster: NewCluster): Cluster => {
  const made: Cluster = {
    name: cluster.name,
    arn: clusterArn(region, cluster.name),
    status: 'ACTIVE',
    tags: cluster.tags ?? {},
    configuration: cluster.configuration,
    settings: cluster.settings ?? [{ name: 'containerInsights', value: 'disabled' }],
  };
  region.clusters.set(made.name, made);
  return made;
};

const liveTasks = (region: EcsRegion, cluster: Cluster, nowMs: number): readonly Task[] =>
  [...region.tasks.values()].filter((task) => task.cluster === cluster && !isStopping(task, nowMs));

const activeServices = (region: EcsRegion, cluster: Cluster): readonly Service[] =>
  [...region.services.values()].filter((one) => one.cluster === cluster && one.status === 'ACTIVE');

const clusterJson = (
  region: EcsRegion,
  cluster: Cluster,
  include: readonly string[],
  nowMs: number,
): JsonObject => {
  const tasks = liveTasks(region, cluster, nowMs);
  const running = tasks.filter((task) => isRunning(task, nowMs)).length;
  const optional = (field: string, value: Json | undefined): Json | undefined =>
    include.includes(field) ? value : undefined;
  return present({
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: running,
    pendingTasksCount: tasks.length - running,
    activeServicesCount: activeServices(region, cluster).length,
    statistics: [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: optional('TAGS', tagsJson(cluster.tags)) ?? [],
    settings: optional('SETTINGS', cluster.settings) ?? [],
    configuration: optional('CONFIGURATIONS', cluster.configuration),
  });
};

const everything = ['TAGS', 'SETTINGS', 'CONFIGURATIONS'];

export const clusterOperations: EcsOperations = {
  CreateCluster(call) {
    const name = optionalText(call.input, 'clusterName') ?? 'default';
    const tags = tagsOf(call.input);
    call.authorize({ action: 'ecs:CreateCluster', resource: '*', context: requestTagContext(tags) });
    authorizeTagsAtCreation(call, 'CreateCluster', clusterArn(call.region, name), tags);
    if (!/^[\w-]{1,255}$/.test(name)) throw invalidParameter('Identifier contains invalid characters.');
    // A second creation of the same name is answered with what is there.
    const there = call.region.clusters.get(name);
    const cluster =
      (there?.status === 'ACTIVE' ? there : undefined) ??
      addCluster(call.region, {
        name,
        tags,
        configuration: optionalObject(call.input, 'configuration'),
        ...(call.input['settings'] === undefined ? {} : { settings: objectList(call.input, 'settings') }),
      });
    return { cluster: clusterJson(call.region, cluster, everything, call.nowMs) };
  },
  ListClusters(call) {
    call.authorize({ action: 'ecs:ListClusters', resource: '*' });
    const arns = [...call.region.clusters.values()]
      .filter(({ status }) => status === 'ACTIVE')
      .map((cluster) => cluster.arn)
      .sort(compareText);
    const { page, more } = pageOf(call.input, arns, { usual: 100, most: 100 });
    return { clusterArns: page, ...more };
  },
  DeleteCluster(call) {
    const { region, nowMs } = call;
    const name = clusterNameOf(optionalText(call.input, 'cluster'));
    const cluster = region.clusters.get(name);
    call.authorize({
      action: 'ecs:DeleteCluster',
      resource: clusterArn(region, name),
      tags: cluster?.tags,
    });
    if (cluster === undefined) throw noCluster();
    if (activeServices(region, cluster).length > 0) throw clusterHasServices();
    if (liveTasks(region, cluster, nowMs).length > 0) throw clusterHasTasks();
    cluster.status = 'INACTIVE';
    return { cluster: clusterJson(region, cluster, everything, nowMs) };
  },
  DescribeClusters(call) {
    const { region, input } = call;
    const include = textList(input, 'include');
    const references = textList(input, 'clusters');
    if (references.length > 100) throw invalidParameter('Clusters cannot exceed 100.');
    const clusters: Json[] = [];
    const failures: Json[] = [];
    for (const reference of references.length === 0 ? ['default'] : references) {
      const name = clusterNameOf(reference);
      const arn = reference.startsWith('arn:') ? reference : clusterArn(region, name);
      const found = region.clusters.get(name);
      const cluster = found?.arn === arn ? found : undefined;
      call.authorize({ action: 'ecs:DescribeClusters', resource: arn, tags: cluster?.tags });
      if (cluster === undefined) failures.push({ arn, reason: 'MISSING' });
      else clusters.push(clusterJson(region, cluster, include, call.nowMs));
    }
    return { clusters, failures };
  },
};
