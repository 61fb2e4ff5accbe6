// What a session is opened on when it is a container of an ECS task: `ecs:CLUSTER_TASKID_RUNTIMEID`.

import type { EcsRegion, Task } from '../ecs/ecs-store.ts';
import { runtimeIdOf } from '../ecs/task-json.ts';
import { containerNames } from '../ecs/task-state.ts';

export const targetOf = (task: Task, container: string): string =>
  `ecs:${task.cluster.name}_${task.id}_${runtimeIdOf(task, containerNames(task).indexOf(container))}`;

/** The task and its container; undefined: the target is none, or none of this region. */
export const taskAt = (
  region: EcsRegion,
  target: string,
): { readonly task: Task; readonly container: string } | undefined => {
  for (const task of region.tasks.values()) {
    const container = containerNames(task).find((name) => targetOf(task, name) === target);
    if (container !== undefined) return { task, container };
  }
  return undefined;
};
