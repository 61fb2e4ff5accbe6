// The running tasks of one cluster: all are listed and described, a hundred at a time, and those that matter are kept.

import type { Task } from '@aws-sdk/client-ecs';
import { type ObservedTask, serviceGroup } from '../domain/ecs.ts';
import { compareText } from '../domain/statement.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { described, lastPart } from './described.ts';
import { type EcsReads, mostAtOnce } from './ecs-reads.ts';
import { brokenAnswer, readTokenPages } from './pages.ts';
import { slices } from './slices.ts';
import { taskFacts } from './task-facts.ts';

type TaskReads = Pick<EcsReads, 'taskArns' | 'tasks'>;

const requestsAtOnce = 3;

const listArns = async (
  reads: TaskReads,
  cluster: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const arns = new Set<string>();
  const action = 'ecs:ListTasks';
  await readTokenPages(
    action,
    (token) => reads.taskArns(cluster, token, signal),
    (page) => {
      if (page.taskArns === undefined) throw brokenAnswer(action, 'a page without tasks');
      for (const arn of page.taskArns) arns.add(arn);
    },
  );
  return [...arns];
};

/** Those that have not stopped since they were listed. */
const describeSome = async (
  reads: TaskReads,
  cluster: string,
  arns: readonly string[],
  signal: AbortSignal,
): Promise<readonly ObservedTask[]> => {
  const action = 'ecs:DescribeTasks';
  const answer = await reads.tasks(cluster, arns, signal);
  if (answer.tasks === undefined) throw brokenAnswer(action, 'no list of tasks');
  const shown = new Map(answer.tasks.map((task): [string, Task] => [lastPart(task.taskArn ?? ''), task]));
  return arns.flatMap((arn) => {
    const id = lastPart(arn);
    const reading = described(action, `task ${cluster}/${id}`, id, shown, answer.failures ?? []);
    if (reading.state === 'unreadable') throw reading.problem;
    const task = reading.state === 'absent' ? undefined : taskFacts(reading.value);
    return task === undefined ? [] : [task];
  });
};

/**
 * Of the tasks of these services, and of others that run with a role of their own. Throws when a request fails or an answer
 * is broken: some of the tasks are none.
 */
export const observeTasks = async (
  reads: TaskReads,
  cluster: string,
  services: readonly string[],
  signal: AbortSignal,
): Promise<readonly ObservedTask[]> => {
  const arns = await listArns(reads, cluster, signal);
  const parts = await allOrNothing(slices(arns, mostAtOnce.tasks), requestsAtOnce, signal, (some, both) =>
    describeSome(reads, cluster, some, both),
  );
  const groups = new Set<string | undefined>(services.map(serviceGroup));
  return parts
    .flat()
    .filter(({ group, taskRoleOverride }) => groups.has(group) || taskRoleOverride !== undefined)
    .sort((a, b) => compareText(a.arn, b.arn));
};
