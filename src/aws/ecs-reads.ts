// The requests by which one region is observed, so that tests can answer them without HTTP. Each throws classified errors.

import {
  type Cluster,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type ListTasksCommandOutput,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import type { EcsRegion } from './ecs-region.ts';

/** What ECS did not describe, and why: `MISSING` is the only reason that says that it is not there. */
export interface Failure {
  readonly arn?: string | undefined;
  readonly reason?: string | undefined;
}

export interface ClustersAnswer {
  readonly clusters?: readonly Cluster[] | undefined;
  readonly failures?: readonly Failure[] | undefined;
}
export interface ServicesAnswer {
  readonly services?: readonly Service[] | undefined;
  readonly failures?: readonly Failure[] | undefined;
}
export type TaskArnsPage = Pick<ListTasksCommandOutput, 'taskArns' | 'nextToken'>;
export interface TasksAnswer {
  readonly tasks?: readonly Task[] | undefined;
  readonly failures?: readonly Failure[] | undefined;
}

export interface EcsReads {
  /** Up to 100 names. */
  clusters(names: readonly string[], signal: AbortSignal): Promise<ClustersAnswer>;
  /** Up to 10 names. */
  services(cluster: string, names: readonly string[], signal: AbortSignal): Promise<ServicesAnswer>;
  /** Of all tasks that run or are about to, 100 a page. */
  taskArns(cluster: string, token: string | undefined, signal: AbortSignal): Promise<TaskArnsPage>;
  /** Up to 100 ARNs. */
  tasks(cluster: string, arns: readonly string[], signal: AbortSignal): Promise<TasksAnswer>;
}

/** The most that one request may ask for. [aws.md §5] */
export const mostAtOnce = { clusters: 100, services: 10, tasks: 100 } as const;

export const ecsReads = ({ region, calls, pace }: EcsRegion): EcsReads => {
  const of = (cluster: string): string => `cluster ${region}/${cluster}`;
  return {
    clusters: (names, signal) =>
      calls.call(
        { action: 'ecs:DescribeClusters', resource: `clusters of ${region}` },
        signal,
        (client, options) => {
          const command = new DescribeClustersCommand({ clusters: [...names], include: ['CONFIGURATIONS'] });
          return client.send(pace.paced('DescribeClusters', command, signal), options);
        },
      ),
    services: (cluster, names, signal) =>
      calls.call({ action: 'ecs:DescribeServices', resource: of(cluster) }, signal, (client, options) => {
        const command = new DescribeServicesCommand({ cluster, services: [...names], include: ['TAGS'] });
        return client.send(pace.paced('DescribeServices', command, signal), options);
      }),
    taskArns: (cluster, nextToken, signal) =>
      calls.call({ action: 'ecs:ListTasks', resource: of(cluster) }, signal, (client, options) => {
        const command = new ListTasksCommand({ cluster, nextToken, maxResults: mostAtOnce.tasks });
        return client.send(pace.paced('ListTasks', command, signal), options);
      }),
    tasks: (cluster, arns, signal) =>
      calls.call({ action: 'ecs:DescribeTasks', resource: of(cluster) }, signal, (client, options) => {
        const command = new DescribeTasksCommand({ cluster, tasks: [...arns], include: ['TAGS'] });
        return client.send(pace.paced('DescribeTasks', command, signal), options);
      }),
  };
};
