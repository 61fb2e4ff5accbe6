// Families and revisions: adding one, finding one, and what ECS makes of what was sent.

import { type Json, type JsonObject, isJsonObject } from '../../../domain/statement.ts';
import { parseTaskDefinition, taskDefinitionArn } from './arns.ts';
import type { EcsRegion, Tags, TaskDefinition } from './ecs-store.ts';
import { present, seconds } from '../json-protocol.ts';

/** What ECS shows of every container, said or not. */
const containerDefaults = {
  cpu: 0,
  portMappings: [],
  essential: true,
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
};

/** Everything that was sent stays as it was sent, unknown fields and empty values too. */
const contentOf = (sent: JsonObject): JsonObject => {
  const { tags: _tags, ...rest } = sent;
  const containers = Array.isArray(sent['containerDefinitions'])
    ? (sent['containerDefinitions'] as readonly Json[])
    : [];
  return {
    volumes: [],
    placementConstraints: [],
    ...rest,
    containerDefinitions: containers.map((one) =>
      isJsonObject(one) ? { ...containerDefaults, ...one } : one,
    ),
  };
};

export interface NewTaskDefinition {
  /** As sent to `RegisterTaskDefinition`. */
  readonly sent: JsonObject;
  readonly family: string;
  readonly tags: Tags;
  readonly registeredBy: string;
  readonly nowMs: number;
}

/** Revisions count up and are never used again. */
export const addTaskDefinition = (region: EcsRegion, made: NewTaskDefinition): TaskDefinition => {
  const revisions = region.families.get(made.family) ?? [];
  const revision = revisions.length + 1;
  const definition: TaskDefinition = {
    arn: taskDefinitionArn(region, made.family, revision),
    family: made.family,
    revision,
    content: contentOf(made.sent),
    registeredAtMs: made.nowMs,
    registeredBy: made.registeredBy,
    deregisteredAtMs: undefined,
    isBeingDeleted: false,
    tags: made.tags,
  };
  region.families.set(made.family, [...revisions, definition]);
  return definition;
};

export const isActive = (definition: TaskDefinition): boolean => definition.deregisteredAtMs === undefined;

/** By family (the latest ACTIVE revision), family and revision, or ARN. */
export const findTaskDefinition = (region: EcsRegion, reference: string): TaskDefinition | undefined => {
  const wanted = parseTaskDefinition(region, reference);
  const revisions = region.families.get(wanted?.family ?? '') ?? [];
  return wanted?.revision === undefined
    ? revisions.findLast(isActive)
    : revisions.find((one) => one.revision === wanted.revision);
};

const compatibilitiesOf = (content: JsonObject): readonly Json[] => {
  const asked = content['requiresCompatibilities'];
  const isFargate = Array.isArray(asked) && asked.includes('FARGATE');
  return isFargate ? ['EC2', 'FARGATE'] : ['EXTERNAL', 'EC2'];
};

const attributesOf = (content: JsonObject): readonly Json[] => {
  const names = ['com.amazonaws.ecs.capability.docker-remote-api.1.18'];
  if (content['taskRoleArn'] !== undefined) names.push('com.amazonaws.ecs.capability.task-iam-role');
  if (content['executionRoleArn'] !== undefined) names.push('ecs.capability.execution-role-ecr-pull');
  return names.map((name) => ({ name }));
};

export type TaskDefinitionStatus = 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';

export const statusOf = (definition: TaskDefinition): TaskDefinitionStatus => {
  if (definition.isBeingDeleted) return 'DELETE_IN_PROGRESS';
  return isActive(definition) ? 'ACTIVE' : 'INACTIVE';
};

export const taskDefinitionJson = (definition: TaskDefinition): JsonObject => ({
  ...definition.content,
  ...present({
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: statusOf(definition),
    compatibilities: compatibilitiesOf(definition.content),
    requiresAttributes: attributesOf(definition.content),
    registeredAt: seconds(definition.registeredAtMs),
    registeredBy: definition.registeredBy,
    deregisteredAt:
      definition.deregisteredAtMs === undefined ? undefined : seconds(definition.deregisteredAtMs),
  }),
});
