// Names and ARNs of ECS, in the forms that requests may use: short name, ARN with the cluster, ARN without.

import type { EcsRegion } from './ecs-store.ts';
import { invalidParameter } from './ecs-errors.ts';

type Place = Pick<EcsRegion, 'accountId' | 'region'>;

export const ecsArn = (place: Place, resource: string): string =>
  `arn:aws:ecs:${place.region}:${place.accountId}:${resource}`;

export const clusterArn = (place: Place, name: string): string => ecsArn(place, `cluster/${name}`);

/** The last part of a name or an ARN. */
const lastPart = (text: string): string => text.split('/').at(-1) ?? text;

/** The name of a cluster in a request, which is `default` when it is left out. */
export const clusterNameOf = (reference: string | undefined): string => lastPart(reference ?? 'default');

const isElsewhere = (place: Place, reference: string): boolean =>
  reference.startsWith('arn:') && !reference.startsWith(ecsArn(place, ''));

/** The form of before 2018, which does not name the cluster; accounts and services from then still have it. */
export const shortArn = (place: Place, kind: 'service' | 'task', name: string): string =>
  ecsArn(place, `${kind}/${name}`);

/**
 * The ARN, with the cluster, of a service or a task that a request names in whichever form: the key by which both are
 * found, also where they show the short form.
 */
export const arnWithin = (
  place: Place,
  kind: 'service' | 'task',
  clusterName: string,
  reference: string,
): string => {
  const [, named] = /^arn:[^/]*\/([^/]+)\/[^/]+$/.exec(reference) ?? [];
  if (named !== undefined && named !== clusterName) {
    throw invalidParameter(
      `Invalid identifier: Identifier is for cluster ${named}. Your cluster is ${clusterName}`,
    );
  }
  // A thing of another account or region is simply not here.
  if (isElsewhere(place, reference)) return reference;
  return ecsArn(place, `${kind}/${clusterName}/${lastPart(reference)}`);
};

export const taskDefinitionArn = (place: Place, family: string, revision: number): string =>
  ecsArn(place, `task-definition/${family}:${revision}`);

export interface FamilyRevision {
  readonly family: string;
  /** undefined: the latest that is ACTIVE. */
  readonly revision: number | undefined;
}

/** undefined: the reference is in no form that ECS knows, or names another account or region. */
export const parseTaskDefinition = (place: Place, reference: string): FamilyRevision | undefined => {
  if (isElsewhere(place, reference)) return undefined;
  const name = reference.startsWith('arn:')
    ? reference.slice(ecsArn(place, 'task-definition/').length)
    : reference;
  const [, family, revision] = /^([\w-]+)(?::(\d+))?$/.exec(name) ?? [];
  if (family === undefined) return undefined;
  return { family, revision: revision === undefined ? undefined : Number(revision) };
};
