// What runs in ECS, as far as access depends on it: clusters, services, running tasks, and the revisions of task
// definitions that they run. Everything here was read; what could not be read is a `Reading` of its own.

import type { Reading } from './reading.ts';

/** Names, not ARNs; with regard to case, as in ECS. */
export interface ClusterPlace {
  readonly region: string;
  readonly cluster: string;
}

export interface ServicePlace extends ClusterPlace {
  readonly service: string;
}

/** `eu-west-1/payments` */
export type ClusterKey = string;
export const clusterKey = ({ region, cluster }: ClusterPlace): ClusterKey => `${region}/${cluster}`;

/** `eu-west-1/payments/payments-api`; how plans and metrics name a service. */
export type ServiceKey = string;
export const serviceKey = (place: ServicePlace): ServiceKey => `${clusterKey(place)}/${place.service}`;

export interface LogGroup {
  readonly region: string;
  readonly name: string;
}

export interface Container {
  readonly name: string;
  /** As the task definition says it: `repository:tag`, `repository@sha256:…`. */
  readonly image: string;
  readonly readonlyRootFilesystem: boolean;
  /** Names of environment variables and secrets that begin with `AWS_`; never their values. */
  readonly awsVariables: readonly string[];
  /** Where the log driver `awslogs` sends its output; undefined: elsewhere, or nowhere. */
  readonly logGroup: LogGroup | undefined;
}

/** One revision. Its content never changes, so it is read once. [aws.md §5] */
export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  /** Always an ARN, also where the definition says a short name. */
  readonly taskRoleArn: string | undefined;
  readonly executionRoleArn: string | undefined;
  /** `awsvpc`, `bridge`, `host`, `none`; undefined: the platform's own. */
  readonly networkMode: string | undefined;
  /** `task` or `host`; undefined: each container has its own. */
  readonly pidMode: string | undefined;
  readonly containers: readonly Container[];
  /** When it was first read; tags can change. */
  readonly tags: Readonly<Record<string, string>>;
  /** The ARN of whoever registered it. */
  readonly registeredBy: string | undefined;
}

export interface Deployment {
  readonly id: string;
  readonly taskDefinitionArn: string;
  /** undefined: ECS does not say (services behind a Classic Load Balancer). */
  readonly rollout: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | undefined;
  readonly rolloutReason: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
  readonly failedTasks: number;
}

export type DeploymentController = 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';

export interface ObservedService {
  readonly place: ServicePlace;
  /** In the long form, which names the cluster, or in the short one of services from before 2018. */
  readonly arn: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly controller: DeploymentController;
  /** undefined: an EXTERNAL service, which has task sets instead. */
  readonly taskDefinitionArn: string | undefined;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly enableExecuteCommand: boolean;
  readonly propagateTags: 'SERVICE' | 'TASK_DEFINITION' | 'NONE';
  readonly tags: Readonly<Record<string, string>>;
  /** undefined: by a capacity provider strategy. */
  readonly launchType: 'FARGATE' | 'EC2' | 'EXTERNAL' | undefined;
  readonly platformVersion: string | undefined;
  /** Whether its circuit breaker puts the last deployment back when a new one fails. */
  readonly rollsBack: boolean;
  /** The PRIMARY one first; empty where another controller deploys. */
  readonly deployments: readonly Deployment[];
  /** When deployments failed or were rolled back, as its events tell, newest first; milliseconds since the epoch. */
  readonly failedAtMs: readonly number[];
}

export interface ObservedTask {
  readonly arn: string;
  readonly taskDefinitionArn: string;
  /** `service:payments-api` for tasks of a service, `family:…` or anything else for those that somebody ran alone. */
  readonly group: string | undefined;
  /** A role that whoever ran it put in the place of the definition's; always an ARN. */
  readonly taskRoleOverride: string | undefined;
  readonly isRunning: boolean;
  readonly enableExecuteCommand: boolean;
  /** What the ECS Exec agent of each container says of itself (`RUNNING`, `PENDING`, `STOPPED`), by container. */
  readonly agents: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Fargate only: `1.4.0`. */
  readonly platformVersion: string | undefined;
  /** `Linux`, `Windows-Server-2019-Core`, … */
  readonly platformFamily: string | undefined;
}

/** How sessions of ECS Exec are encrypted and logged. */
export interface ExecSettings {
  readonly logging: 'NONE' | 'DEFAULT' | 'OVERRIDE';
  /** An ARN of a key or an alias; undefined: none. */
  readonly kmsKeyArn: string | undefined;
  readonly logGroup: string | undefined;
  readonly s3Bucket: string | undefined;
}

export interface ObservedCluster {
  readonly arn: string;
  readonly exec: ExecSettings;
  /** Those that were asked for, by name. */
  readonly services: ReadonlyMap<string, Reading<ObservedService>>;
  /** Running tasks, and those about to, sorted by ARN: of the services asked for, and others with a role of their own. */
  readonly tasks: readonly ObservedTask[];
}

export interface ObservedEcs {
  /** Milliseconds since the epoch, when the read began. */
  readonly readAtMs: number;
  /** Those of the services that were asked for. */
  readonly clusters: ReadonlyMap<ClusterKey, Reading<ObservedCluster>>;
  /** By ARN: those that the services and their tasks run, and those that an attempt on a service names. */
  readonly definitions: ReadonlyMap<string, Reading<TaskDefinition>>;
}

export const nothingInEcs: ObservedEcs = { readAtMs: 0, clusters: new Map(), definitions: new Map() };

/** `arn:aws:ecs:…:task-definition/payments-api:7` → `payments-api:7` */
export const revisionName = (taskDefinitionArn: string): string =>
  taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1);

/** → `payments-api` */
export const familyOf = (taskDefinitionArn: string): string =>
  revisionName(taskDefinitionArn).replace(/:\d+$/, '');

/** A service or task whose ARN does not name its cluster: it can be neither tagged nor told apart by cluster. [aws.md §4.2] */
export const isShortArn = (arn: string): boolean => /:(service|task)\/[^/]+$/.test(arn);

/** The group that ECS gives to all tasks of a service, and to no others. */
export const serviceGroup = (service: string): string => `service:${service}`;

/** Tasks of one service, those about to run among them. */
export const tasksOf = (cluster: ObservedCluster, service: string): readonly ObservedTask[] =>
  cluster.tasks.filter(({ group }) => group === serviceGroup(service));
