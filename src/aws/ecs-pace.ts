// How fast ECS is asked in one region of an account. Its limits stand per account and region, and everyone who works
// there shares them, so we stay below them, and slow down when ECS throttles. [aws.md §5]
//
//   ECS allows at once / a second    |  we take
//   RegisterTaskDefinition    20 / 1 |    1 / 0.9    a registration more or less is in no hurry
//   UpdateService             50 / 5 |    1 / 4
//   TagResource              20 / 10 |    1 / 4
//   StopTask                100 / 40 |    5 / 5      with all that people run and exec
//   DescribeTaskDefinition   50 / 20 |   40 / 15
//   DescribeServices        100 / 20 |   80 / 15
//   ListTasks, DescribeTasks 100 / 20 |  80 / 15     together
//   DescribeClusters         50 / 20 |   40 / 15

import type { Clock } from '../domain/ports.ts';
import { type Pace, paceOf } from './pace.ts';
import type { Sleep } from './sleep.ts';
import { type WriteBudget, writeBudget } from './write-budget.ts';

export type PacedOperation =
  | 'RegisterTaskDefinition'
  | 'UpdateService'
  | 'TagResource'
  | 'StopTask'
  | 'DescribeTaskDefinition'
  | 'DescribeServices'
  | 'ListTasks'
  | 'DescribeTasks'
  | 'DescribeClusters';

export type EcsPace = Pace<PacedOperation>;

export const ecsPace = (clock: Clock, sleep: Sleep): EcsPace => {
  const budget = (burst: number, ratePerSecond: number): WriteBudget =>
    writeBudget({ burst, ratePerSecond, clock, sleep });
  const tasks = budget(80, 15);
  return paceOf({
    RegisterTaskDefinition: budget(1, 0.9),
    UpdateService: budget(1, 4),
    TagResource: budget(1, 4),
    StopTask: budget(5, 5),
    DescribeTaskDefinition: budget(40, 15),
    DescribeServices: budget(80, 15),
    ListTasks: tasks,
    DescribeTasks: tasks,
    DescribeClusters: budget(40, 15),
  });
};
