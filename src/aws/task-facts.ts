// A task as DescribeTasks shows it.

import type { Container, Task } from '@aws-sdk/client-ecs';
import type { ObservedTask } from '../domain/ecs.ts';
import { ecsTags, neededFields, textOrNone } from './needed-fields.ts';
import { brokenAnswer } from './pages.ts';
import { placeOfArn, roleArnFrom } from './partition.ts';

const action = 'ecs:DescribeTasks';
const execAgent = 'ExecuteCommandAgent';

const agentsOf = (containers: readonly Container[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    containers.flatMap(({ name, managedAgents = [] }) =>
      managedAgents
        .filter((agent) => agent.name === execAgent)
        .map((agent) => [name ?? '', agent.lastStatus ?? '']),
    ),
  );

/** undefined: it has stopped, or is stopping, since it was listed. */
export const taskFacts = (task: Task): ObservedTask | undefined => {
  const needed = neededFields(action, 'a task');
  const arn = needed.text('taskArn', task.taskArn);
  const lastStatus = needed.text('lastStatus', task.lastStatus);
  if (needed.text('desiredStatus', task.desiredStatus) === 'STOPPED' || lastStatus === 'STOPPED')
    return undefined;
  const place = placeOfArn(arn);
  if (place === undefined) throw brokenAnswer(action, 'a taskArn that is none');
  return {
    arn,
    taskDefinitionArn: needed.text('taskDefinitionArn', task.taskDefinitionArn),
    group: textOrNone(task.group),
    taskRoleOverride: roleArnFrom(place, task.overrides?.taskRoleArn),
    isRunning: lastStatus === 'RUNNING',
    enableExecuteCommand: needed.flag('enableExecuteCommand', task.enableExecuteCommand),
    agents: agentsOf(task.containers ?? []),
    tags: ecsTags(task.tags),
    platformVersion: textOrNone(task.platformVersion),
    platformFamily: textOrNone(task.platformFamily),
  };
};
