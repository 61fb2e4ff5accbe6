// Registers a copy of a revision with another task role: the raw JSON of the one becomes the raw JSON of the other.

import { type ECSClient, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { familyOf, revisionName, type TaskDefinition } from '../domain/ecs.ts';
import { AppError } from '../domain/errors.ts';
import type { RevisionCopy } from '../domain/ports.ts';
import { isJsonObject, type JsonObject } from '../domain/statement.ts';
import { registrationOf } from './copy-revision.ts';
import { definitionFacts } from './definition-facts.ts';
import type { EcsRegion } from './ecs-region.ts';
import { brokenAnswer } from './pages.ts';
import { keepAnswer, sendText } from './raw-json.ts';
import { describeDefinition, isNoDefinition } from './task-definitions.ts';

const reading = 'ecs:DescribeTaskDefinition';
const writing = 'ecs:RegisterTaskDefinition';

const gone = (resource: string): AppError =>
  new AppError(
    'conflict',
    `${resource} is not there to be copied: someone deleted the revision; the next sweep starts from the one that runs`,
    { resource, code: 'NoSuchRevision' },
  );

const parse = (body: string | undefined): JsonObject => {
  const value: unknown = body === undefined ? undefined : JSON.parse(body);
  if (!isJsonObject(value)) throw brokenAnswer(reading, 'no JSON object');
  return value;
};

/** What ECS has of the revision, as it says it. */
const describeRaw = ({ calls, pace }: EcsRegion, arn: string, signal: AbortSignal): Promise<JsonObject> => {
  const resource = `task definition ${revisionName(arn)}`;
  return calls.call({ action: reading, resource }, signal, async (client: ECSClient, options) => {
    const command = pace.paced('DescribeTaskDefinition', describeDefinition(arn), signal);
    const answer = keepAnswer(command);
    try {
      const { taskDefinition } = await client.send(command, options);
      if (taskDefinition?.taskDefinitionArn !== arn)
        throw brokenAnswer(reading, 'another task definition than was asked for');
      return parse(answer());
    } catch (error) {
      if (isNoDefinition(error)) throw gone(resource);
      throw error;
    }
  });
};

const register = async (
  { calls, pace }: EcsRegion,
  family: string,
  registration: JsonObject,
  signal: AbortSignal,
): Promise<TaskDefinition> => {
  const context = { action: writing, resource: `task definition ${family}` };
  const answer = await calls.write(context, signal, (client, options) => {
    const command = new RegisterTaskDefinitionCommand({ family, containerDefinitions: [] });
    sendText(command, JSON.stringify(registration));
    return client.send(pace.paced('RegisterTaskDefinition', command, signal), options);
  });
  return definitionFacts(writing, answer.taskDefinition, answer.tags);
};

/** Throws unless ECS says that it registered just that. */
export const registerCopy = async (
  region: EcsRegion,
  copy: RevisionCopy,
  signal: AbortSignal,
): Promise<TaskDefinition> => {
  const family = familyOf(copy.from);
  const described = await describeRaw(region, copy.from, signal);
  const made = await register(region, family, registrationOf(described, copy), signal);
  if (made.family !== family || made.taskRoleArn !== copy.taskRoleArn)
    throw brokenAnswer(writing, 'a revision of another family, or with another role, than was asked for');
  region.definitions.remember(made);
  return made;
};
