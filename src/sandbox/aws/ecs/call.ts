// One ECS request on its way to the operation that answers it.

import type { Json, JsonObject } from '../../../domain/statement.ts';
import type { Question } from '../authorize.ts';
import type { Caller } from '../credentials.ts';
import { clusterArn, clusterNameOf } from './arns.ts';
import { clusterInactive, noCluster } from './ecs-errors.ts';
import type { Cluster, EcsRegion, Timing } from './ecs-store.ts';
import { optionalText } from './json-protocol.ts';

export interface EcsCall {
  readonly input: JsonObject;
  readonly caller: Caller;
  readonly region: EcsRegion;
  readonly timing: Timing;
  readonly nowMs: number;
  /** Throws AccessDeniedException unless the caller may do this, to this. */
  authorize(question: Question): void;
}

export type Answer = Readonly<Record<string, Json>>;
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
