// What is left of a plan after the sweep that made it: what went through is not to be done any more. Until the next sweep has
// looked, what is shown of documents is as they were.

import type { Plan, PlannedObject } from '../domain/plan.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { carriedOutIn } from './known-objects.ts';

const leftOfObject = <T extends PlannedObject>(
  planned: T,
  carriedOut: ReadonlySet<string>,
  writesDone: ReadonlySet<unknown>,
): T => {
  if (planned.apply.length === 0) return planned;
  const apply = planned.apply.filter(({ id }) => !carriedOut.has(id));
  const isDone = apply.length === 0;
  return {
    ...planned,
    apply,
    writes: planned.writes.filter((write) => !writesDone.has(write)),
    state: isDone ? (planned.held.length === 0 ? 'inSync' : 'hold') : planned.state,
  };
};

export const leftOfPlan = (report: SweepReport): Plan => {
  const { plan, outcomes } = report;
  if (outcomes.length === 0) return plan;
  const carriedOut = carriedOutIn(report);
  const done = new Set(outcomes.filter(({ result }) => result === 'done').map(({ write }) => write));
  return {
    ...plan,
    roles: plan.roles.map((role) => leftOfObject(role, carriedOut, done)),
    services: plan.services.map((service) => leftOfObject(service, carriedOut, done)),
  };
};
