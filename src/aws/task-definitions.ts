// Revisions of task definitions: their content never changes, so each is asked for once. [aws.md §5]

import { DescribeTaskDefinitionCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { revisionName, type TaskDefinition } from '../domain/ecs.ts';
import { absent, present, type Reading } from '../domain/reading.ts';
import type { AccountCalls } from './account-calls.ts';
import { definitionFacts } from './definition-facts.ts';
import type { EcsPace } from './ecs-pace.ts';
import { brokenAnswer } from './pages.ts';
import { recentlyUsed } from './recently-used.ts';
import { sdkFacts } from './sdk-error.ts';

export interface TaskDefinitions {
  /** By ARN: from memory, or asked for. */
  read(arn: string, signal: AbortSignal): Promise<Reading<TaskDefinition>>;
  remember(definition: TaskDefinition): void;
}

const action = 'ecs:DescribeTaskDefinition';
const mostRemembered = 5_000;

/** What ECS says of one that does not exist, or was deleted. [ECS API reference, DescribeTaskDefinition] */
export const isNoDefinition = (thrown: unknown): boolean => {
  const { code, text } = sdkFacts(thrown);
  return code === 'ClientException' && /unable to describe task definition/i.test(text);
};

/** An INACTIVE revision is shown as long as ECS has it, so it is present. */
export const describeDefinition = (arn: string): DescribeTaskDefinitionCommand =>
  new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] });

export const taskDefinitions = (calls: AccountCalls<ECSClient>, pace: EcsPace): TaskDefinitions => {
  const known = recentlyUsed<TaskDefinition>(mostRemembered);
  const ask = (arn: string, signal: AbortSignal): Promise<Reading<TaskDefinition | undefined>> =>
    calls.read(
      { action, resource: `task definition ${revisionName(arn)}` },
      signal,
      async (client, options) => {
        const command = pace.paced('DescribeTaskDefinition', describeDefinition(arn), signal);
        try {
          const { taskDefinition, tags } = await client.send(command, options);
          const definition = definitionFacts(action, taskDefinition, tags);
          if (definition.arn !== arn)
            throw brokenAnswer(action, 'another task definition than was asked for');
          return definition;
        } catch (error) {
          if (isNoDefinition(error)) return undefined;
          throw error;
        }
      },
    );
  return {
    read: async (arn, signal) => {
      const remembered = known.get(arn);
      if (remembered !== undefined) return present(remembered);
      const reading = await ask(arn, signal);
      if (reading.state !== 'present') return reading;
      if (reading.value === undefined) return absent;
      known.set(arn, reading.value);
      return present(reading.value);
    },
    remember: (definition) => known.set(definition.arn, definition),
  };
};
