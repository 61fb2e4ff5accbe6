// What every Graph operation needs of the cloud around it.

import type { Directory } from './directory.ts';
import type { GraphRequest } from './graph-exchange.ts';
import type { PrivilegedAccess } from './privileged-access.ts';

export interface GraphContext {
  readonly directory: Directory;
  readonly privilegedAccess: PrivilegedAccess;
  readonly clock: () => number;
  /** Up to which time the replica that answers plain reads has heard of membership changes. */
  readonly replicaTimeMs: () => number;
  /** The same for the index behind casts, filters and counts on members, which is always older. */
  readonly indexTimeMs: () => number;
  /** A new order for each chain of pages. */
  readonly nextSeed: () => number;
  /** The most that a page holds, however many are asked for. */
  readonly mostOnPage: () => number;
  /** Differs from process to process: state tokens of another one ask for a resync. */
  readonly instanceId: string;
}

/** Gives the body of a 200, or throws a `GraphFailure`. `parameters` are the variable path segments. */
export type Operation = (
  request: GraphRequest,
  context: GraphContext,
  parameters: readonly string[],
) => unknown;

/** Whether the request asks for the eventually consistent index, as casts, filters and counts must. */
export const asksForIndex = (request: GraphRequest): boolean =>
  request.headers['consistencylevel']?.toLowerCase() === 'eventual' && request.query.get('$count') === 'true';
