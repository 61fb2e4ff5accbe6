// A revision as DescribeTaskDefinition and RegisterTaskDefinition show it.

import type { ContainerDefinition, Tag, TaskDefinition as SdkTaskDefinition } from '@aws-sdk/client-ecs';
import type { Container, LogGroup, TaskDefinition } from '../domain/ecs.ts';
import { sortedUnique } from '../domain/statement.ts';
import { ecsTags, type NeededFields, neededFields, textOrNone } from './needed-fields.ts';
import { brokenAnswer } from './pages.ts';
import { type ArnPlace, placeOfArn, roleArnFrom } from './partition.ts';

/** Names only: values may be secrets, and secrets may be anywhere in them. */
const awsVariables = ({ environment = [], secrets = [] }: ContainerDefinition): readonly string[] =>
  sortedUnique([...environment, ...secrets].map(({ name }) => name ?? '')).filter((name) =>
    name.startsWith('AWS_'),
  );

const logGroupOf = ({ logConfiguration }: ContainerDefinition, region: string): LogGroup | undefined => {
  const { logDriver, options = {} } = logConfiguration ?? {};
  const name = textOrNone(options['awslogs-group']);
  if (logDriver !== 'awslogs' || name === undefined) return undefined;
  return { region: textOrNone(options['awslogs-region']) ?? region, name };
};

const containerFacts = (
  container: ContainerDefinition,
  { region }: ArnPlace,
  needed: NeededFields,
): Container => ({
  name: needed.text('containerDefinitions.name', container.name),
  image: needed.text('containerDefinitions.image', container.image),
  readonlyRootFilesystem: container.readonlyRootFilesystem ?? false,
  awsVariables: awsVariables(container),
  logGroup: logGroupOf(container, region),
});

/** `action`: which answer it is of. */
export const definitionFacts = (
  action: string,
  definition: SdkTaskDefinition | undefined,
  tags: readonly Tag[] | undefined,
): TaskDefinition => {
  if (definition === undefined) throw brokenAnswer(action, 'no task definition');
  const needed = neededFields(action, 'a task definition');
  const arn = needed.text('taskDefinitionArn', definition.taskDefinitionArn);
  const place = placeOfArn(arn);
  if (place === undefined) throw brokenAnswer(action, 'a taskDefinitionArn that is none');
  return {
    arn,
    family: needed.text('family', definition.family),
    revision: needed.count('revision', definition.revision),
    taskRoleArn: roleArnFrom(place, definition.taskRoleArn),
    executionRoleArn: roleArnFrom(place, definition.executionRoleArn),
    networkMode: textOrNone(definition.networkMode),
    pidMode: textOrNone(definition.pidMode),
    containers: needed
      .list('containerDefinitions', definition.containerDefinitions)
      .map((container) => containerFacts(container, place, needed)),
    tags: ecsTags(tags),
    // Revisions from before ECS kept the moment do not say it.
    registeredBy: textOrNone(definition.registeredBy),
  };
};
