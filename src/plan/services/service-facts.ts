// Brings a binding and its service together: what runs, with which roles, and what was last tried.

import type { DesiredService } from '../../desired/desired-service.ts';
import {
  type ObservedCluster,
  type ObservedEcs,
  type ObservedService,
  type ObservedTask,
  type TaskDefinition,
  clusterKey,
  familyOf,
  tasksOf,
} from '../../domain/ecs.ts';
import type { Reading } from '../../domain/reading.ts';
import { tagKeys } from '../../domain/role.ts';
import { type Attempt, attemptOf, attemptedArn } from '../../domain/service-marks.ts';
import type { ServicesInput } from '../services-input.ts';

/** A service about which nothing can be said. */
export interface UnknownService {
  readonly desired: DesiredService;
  readonly because: string;
}

/** A service that is not there; the sentence says what is missing. */
export interface MissingService {
  readonly desired: DesiredService;
  readonly missing: string;
}

export interface LastAttempt extends Attempt {
  /** The revision that was made for it; undefined: it is not ours, or gone. */
  readonly copy: TaskDefinition | undefined;
}

export interface FoundService {
  readonly desired: DesiredService;
  readonly service: ObservedService;
  /** What the service is to run; undefined where another controller deploys. */
  readonly running: TaskDefinition | undefined;
  readonly tasks: readonly ObservedTask[];
  /** The role of each of its tasks, by the task's ARN; undefined: none. */
  readonly roleOfTask: ReadonlyMap<string, string | undefined>;
  /** Tasks of its family that somebody ran with a role of their own. */
  readonly overridden: readonly ObservedTask[];
  readonly attempt: LastAttempt | undefined;
}

export type ServiceFacts = FoundService | MissingService;
export const isFound = (facts: ServiceFacts): facts is FoundService => 'service' in facts;

type Look<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly outcome: UnknownService | MissingService };

const look = <T>(
  desired: DesiredService,
  reading: Reading<T> | undefined,
  what: string,
  missing: string,
): Look<T> => {
  switch (reading?.state) {
    case 'present':
      return { ok: true, value: reading.value };
    case 'absent':
      return { ok: false, outcome: { desired, missing } };
    case 'unreadable':
      return {
        ok: false,
        outcome: { desired, because: `${what} could not be read: ${reading.problem.message}` },
      };
    case undefined:
      return { ok: false, outcome: { desired, because: `${what} has not been read` } };
  }
};

const definitionIn = (ecs: ObservedEcs, arn: string): TaskDefinition | undefined => {
  const reading = ecs.definitions.get(arn);
  return reading?.state === 'present' ? reading.value : undefined;
};

/** The roles that tasks run with; undefined when the revision of one could not be read. */
const rolesOf = (
  tasks: readonly ObservedTask[],
  ecs: ObservedEcs,
): ReadonlyMap<string, string | undefined> | undefined => {
  const roles = new Map<string, string | undefined>();
  for (const { arn, taskDefinitionArn, taskRoleOverride } of tasks) {
    const definition = definitionIn(ecs, taskDefinitionArn);
    if (definition === undefined) return undefined;
    roles.set(arn, taskRoleOverride ?? definition.taskRoleArn);
  }
  return roles;
};

/** Somebody may have written a tag that looks like ours; the revision that it names carries our marks, or is none of ours. */
const lastAttempt = (
  service: ObservedService,
  binding: string,
  { ecs, instance }: ServicesInput,
): LastAttempt | undefined => {
  const attempt = attemptOf(service.tags);
  if (attempt === undefined || service.taskDefinitionArn === undefined) return undefined;
  const arn = attemptedArn(attempt, service.taskDefinitionArn);
  const copy = arn === undefined ? undefined : definitionIn(ecs, arn);
  const isOurs = copy?.tags[tagKeys.instance] === instance && copy.tags[tagKeys.binding] === binding;
  return { ...attempt, copy: isOurs ? copy : undefined };
};

const overriddenTasks = (
  cluster: ObservedCluster,
  service: ObservedService,
  tasks: readonly ObservedTask[],
): readonly ObservedTask[] => {
  const families = new Set(
    [service.taskDefinitionArn, ...tasks.map(({ taskDefinitionArn }) => taskDefinitionArn)].flatMap((arn) =>
      arn === undefined ? [] : [familyOf(arn)],
    ),
  );
  return cluster.tasks.filter(
    (task) => task.taskRoleOverride !== undefined && families.has(familyOf(task.taskDefinitionArn)),
  );
};

const found = (
  desired: DesiredService,
  cluster: ObservedCluster,
  service: ObservedService,
  input: ServicesInput,
): FoundService | UnknownService => {
  const { taskDefinitionArn } = service;
  const tasks = tasksOf(cluster, desired.place.service);
  const running = taskDefinitionArn === undefined ? undefined : definitionIn(input.ecs, taskDefinitionArn);
  if (taskDefinitionArn !== undefined && running === undefined)
    return { desired, because: `the task definition ${taskDefinitionArn} could not be read` };
  const roleOfTask = rolesOf(tasks, input.ecs);
  if (roleOfTask === undefined)
    return { desired, because: 'the task definition of one of its running tasks could not be read' };
  return {
    desired,
    service,
    running,
    tasks,
    roleOfTask,
    overridden: overriddenTasks(cluster, service, tasks),
    attempt: lastAttempt(service, desired.owner.name, input),
  };
};

export const serviceFacts = (
  desired: DesiredService,
  input: ServicesInput,
): ServiceFacts | UnknownService => {
  const { place, owner } = desired;
  const advice = `correct the binding ${owner.name}, or remove it`;
  const where = `${place.cluster} in ${place.region} of account ${input.account.meta.name}`;
  const cluster = look(
    desired,
    input.ecs.clusters.get(clusterKey(place)),
    `the ECS cluster ${place.cluster} in ${place.region}`,
    `there is no ECS cluster ${where}; ${advice}`,
  );
  if (!cluster.ok) return cluster.outcome;
  const missing = `there is no service ${place.service} in the ECS cluster ${where}; ${advice}`;
  const service = look(
    desired,
    cluster.value.services.get(place.service),
    `the ECS service ${place.service}`,
    missing,
  );
  if (!service.ok) return service.outcome;
  if (service.value.status === 'INACTIVE') return { desired, missing };
  return found(desired, cluster.value, service.value, input);
};
