// How fast ECS is asked in one region of an account. Its limits stand per account and region, and everyone who works
// there shares them, so we stay below them, and slow down when ECS throttles. [aws.md §5]
//
//   ECS allows at once / a second    |  we take
//   RegisterTaskDefinition    20 / 1 |    1 / 0.9    a registration more or less is in no hurry
//   UpdateService             50 / 5 |    1 / 4
//   TagResource              20 / 10 |    1 / 4
//   DescribeTaskDefinition   50 / 20 |   40 / 15
//   DescribeServices        100 / 20 |   80 / 15
//   ListTasks, DescribeTasks 100 / 20 |  80 / 15     together
//   DescribeClusters         50 / 20 |   40 / 15

import type { Clock } from '../domain/ports.ts';
import { type Command, aroundAttempts } from './command-stack.ts';
import type { Sleep } from './sleep.ts';
import { type WriteBudget, writeBudget } from './write-budget.ts';

export type PacedOperation =
  | 'RegisterTaskDefinition'
  | 'UpdateService'
  | 'TagResource'
  | 'DescribeTaskDefinition'
  | 'DescribeServices'
  | 'ListTasks'
  | 'DescribeTasks'
  | 'DescribeClusters';

export interface EcsPace {
  /** The command, which from now on takes a token before every attempt, first come first served. */
  paced<C extends Command>(operation: PacedOperation, command: C, signal: AbortSignal): C;
  /** ECS throttled an attempt at this operation. */
  throttled(operation: string): void;
}

type Budgets = Readonly<Record<PacedOperation, WriteBudget>>;

const budgetsFor = (clock: Clock, sleep: Sleep): Budgets => {
  const budget = (burst: number, ratePerSecond: number): WriteBudget =>
    writeBudget({ burst, ratePerSecond, clock, sleep });
  const tasks = budget(80, 15);
  return {
    RegisterTaskDefinition: budget(1, 0.9),
    UpdateService: budget(1, 4),
    TagResource: budget(1, 4),
    DescribeTaskDefinition: budget(40, 15),
    DescribeServices: budget(80, 15),
    ListTasks: tasks,
    DescribeTasks: tasks,
    DescribeClusters: budget(40, 15),
  };
};

/** A retry counts as what it is, a request; and a signature would age while waiting. */
const takeToken = (command: Command, budget: WriteBudget, signal: AbortSignal): void =>
  aroundAttempts(command, 'rolewardenTakeToken', (next) => async (args) => {
    await budget.take(signal);
    return next(args);
  });

export const ecsPace = (clock: Clock, sleep: Sleep): EcsPace => {
  const budgets = budgetsFor(clock, sleep);
  return {
    paced: (operation, command, signal) => {
      takeToken(command, budgets[operation], signal);
      return command;
    },
    throttled: (operation) => {
      if (Object.hasOwn(budgets, operation)) budgets[operation as PacedOperation].throttled();
    },
  };
};
