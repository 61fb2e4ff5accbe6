// One ECS request on its way to the operation that answers it.

import type { Answer, JsonCall } from '../json-service.ts';
import type { SessionRegion } from '../ssm/session-store.ts';
import { clusterArn, clusterNameOf } from './arns.ts';
import { clusterInactive, noCluster } from './ecs-errors.ts';
import type { Cluster, EcsRegion, Timing } from './ecs-store.ts';
import { optionalText } from '../json-protocol.ts';

export interface EcsCall extends Omit<JsonCall, 'region'> {
  readonly region: EcsRegion;
  readonly timing: Timing;
  /** Of the Session Manager, in the same region. */
  readonly sessions: SessionRegion;
}

export type EcsOperation = (call: EcsCall) => Answer;
export type EcsOperations = Readonly<Record<string, EcsOperation>>;

/** The cluster that a request names, whether or not it exists. */
export const namedCluster = (call: EcsCall): { readonly name: string; readonly arn: string } => {
  const name = clusterNameOf(optionalText(call.input, 'cluster'));
  return { name, arn: clusterArn(call.region, name) };
};

export const requireCluster = (call: EcsCall): Cluster => {
  const cluster = call.region.clusters.get(namedCluster(call).name);
  if (cluster === undefined) throw noCluster();
  if (cluster.status !== 'ACTIVE') throw clusterInactive();
  return cluster;
};
