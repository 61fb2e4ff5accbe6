// A cluster as DescribeClusters shows it.

import type { Cluster } from '@aws-sdk/client-ecs';
import type { ExecSettings } from '../domain/ecs.ts';
import { type NeededFields, neededFields, textOrNone } from './needed-fields.ts';
import { brokenAnswer } from './pages.ts';
import { type ArnPlace, placeOfArn } from './partition.ts';

const action = 'ecs:DescribeClusters';

const keyArn = /^arn:[\w-]+:kms:[\w-]+:\d{12}:(?:key\/[\w-]+|alias\/[\w/-]+)$/;
const keyId = /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const aliasName = /^alias\/[\w/-]{1,250}$/;

/**
 * A key may be given by its id or its alias, either with or without an ARN around it. undefined: it is none of these, so
 * that nobody knows which key a session needs.
 */
export const kmsArn = (key: string, { partition, region, accountId }: ArnPlace): string | undefined => {
  if (keyArn.test(key)) return key;
  const here = `arn:${partition}:kms:${region}:${accountId}`;
  if (keyId.test(key)) return `${here}:key/${key}`;
  return aliasName.test(key) ? `${here}:${key}` : undefined;
};

const kmsKeyArn = (key: string | undefined, clusterArn: string): string | undefined => {
  if (key === undefined) return undefined;
  const place = placeOfArn(clusterArn);
  const arn = place === undefined ? undefined : kmsArn(key, place);
  if (arn === undefined)
    throw brokenAnswer(action, `${clusterArn} with a kmsKeyId that is neither key nor alias`);
  return arn;
};

/** What is not configured is DEFAULT. [ECS API reference, ExecuteCommandConfiguration] */
const execSettings = (cluster: Cluster, clusterArn: string, needed: NeededFields): ExecSettings => {
  const exec = cluster.configuration?.executeCommandConfiguration;
  const { logging } = exec ?? {};
  return {
    logging:
      logging === undefined
        ? 'DEFAULT'
        : needed.oneOf('executeCommandConfiguration.logging', logging, ['NONE', 'DEFAULT', 'OVERRIDE']),
    kmsKeyArn: kmsKeyArn(exec?.kmsKeyId, clusterArn),
    logGroup: textOrNone(exec?.logConfiguration?.cloudWatchLogGroupName),
    s3Bucket: textOrNone(exec?.logConfiguration?.s3BucketName),
  };
};

export interface ClusterFacts {
  readonly arn: string;
  /** Whether it says that tasks run, or are about to. */
  readonly hasTasks: boolean;
  readonly exec: ExecSettings;
}

/** undefined: it was deleted; ECS shows it for a while as INACTIVE. */
export const clusterFacts = (cluster: Cluster, name: string): ClusterFacts | undefined => {
  const needed = neededFields(action, `cluster ${name}`);
  if (needed.text('status', cluster.status) === 'INACTIVE') return undefined;
  const arn = needed.text('clusterArn', cluster.clusterArn);
  const running = needed.count('runningTasksCount', cluster.runningTasksCount);
  const pending = needed.count('pendingTasksCount', cluster.pendingTasksCount);
  return { arn, hasTasks: running + pending > 0, exec: execSettings(cluster, arn, needed) };
};
