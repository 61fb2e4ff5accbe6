// ECS services in the status document: how each stands to its binding, and whether shells would open in it.

import { serviceKey } from '../domain/ecs.ts';
import type { PlannedService } from '../domain/plan.ts';
import type { ExecReadiness, SideDoor } from '../domain/service-findings.ts';
import type { SweepReport } from '../reconcile/sweep-report.ts';
import { worstStanding } from './standing.ts';
import type {
  BindingStatus,
  Condition,
  ExecStatus,
  ServiceStatus,
  SideDoorStatus,
} from './status-document.ts';
import {
  type ObjectContext,
  type TrackedObject,
  conditionsOf,
  describeDrift,
  describeHolds,
  describeUnwritten,
  ownerNameOf,
  stateOf,
} from './status-policies.ts';

/** Since when shells in a service would open, or not, for the reason that they have now; milliseconds since the epoch. */
export interface TrackedExec {
  readonly readiness: ExecReadiness;
  readonly sinceMs: number;
}

export const trackExec = (
  report: SweepReport,
  before: ReadonlyMap<string, TrackedExec>,
): ReadonlyMap<string, TrackedExec> =>
  new Map(
    report.plan.execReadiness.map((readiness) => {
      const key = serviceKey(readiness.place);
      const known = before.get(key);
      const isSame = known?.readiness.reason === readiness.reason;
      return [key, { readiness, sinceMs: isSame ? known.sinceMs : report.plan.atMs }];
    }),
  );

const describeExec = ({ readiness, sinceMs }: TrackedExec): ExecStatus => {
  const { reason, messages, policies, warnings } = readiness;
  const isUnknown = reason === 'unreadable' || reason === 'taskRoleUnknown';
  const condition: Condition = {
    type: 'ExecReady',
    status: reason === 'Ready' ? 'True' : isUnknown ? 'Unknown' : 'False',
    reason,
    message: messages.join('; '),
    since: new Date(sinceMs).toISOString(),
  };
  return { condition, policies, warnings };
};

const describeDoor = ({ kind, roleArn, statement, message }: SideDoor): SideDoorStatus => ({
  kind,
  roleArn,
  statement,
  message,
});

type TrackedService = TrackedObject & { readonly known: { readonly planned: PlannedService } };
const isService = (tracked: TrackedObject): tracked is TrackedService =>
  tracked.known.planned.object === 'Service';

/** The service speaks, unless its task role stands worse. */
const speaker = (service: TrackedService, role: TrackedObject | undefined): TrackedObject =>
  role !== undefined && worstStanding([service.standing, role.standing]) === role.standing ? role : service;

const describeBinding = (
  service: TrackedService,
  role: TrackedObject | undefined,
  context: ObjectContext,
): BindingStatus => {
  const { planned } = service.known;
  const { source, running } = planned;
  const worst = speaker(service, role);
  const both = role === undefined ? [service] : [service, role];
  return {
    name: ownerNameOf(service),
    source: source === undefined ? null : { file: source.file, line: source.line },
    rollout: planned.rollout,
    state: stateOf(worst.standing.reason),
    reason: worst.standing.reason,
    message: worst.standing.message,
    conditions: conditionsOf(worst, context.nowMs),
    drift: describeDrift(both),
    held: both.flatMap((one) => describeHolds(one, context)),
    unwritten: both.flatMap((one) => describeUnwritten(one)),
    revision: running?.arn ?? null,
    taskRoleArn: running?.taskRoleArn ?? null,
    wantedTaskRoleArn: planned.wantedTaskRoleArn,
    mutableImages: running?.mutableImages ?? [],
    warnings: [...planned.warnings, ...(role?.known.planned.warnings ?? [])],
    sideDoors: context.report.plan.sideDoors
      .filter(({ place }) => serviceKey(place) === planned.name)
      .map(describeDoor),
  };
};

/** Every service of one account that was swept, sorted by place. */
export const describeServices = (
  objects: readonly TrackedObject[],
  exec: ReadonlyMap<string, TrackedExec>,
  context: ObjectContext,
): readonly ServiceStatus[] => {
  const { report } = context;
  const bound = new Map(objects.filter(isService).map((one) => [one.known.planned.name, one]));
  const roles = new Map(
    objects.filter((one) => one.known.planned.object === 'Role').map((one) => [ownerNameOf(one), one]),
  );
  const names = [...new Set([...bound.keys(), ...exec.keys()])].sort();
  return names.flatMap((name) => {
    const service = bound.get(name);
    const tracked = exec.get(name);
    const place = service?.known.planned.place ?? tracked?.readiness.place;
    if (place === undefined) return [];
    return [
      {
        account: report.account,
        accountId: report.accountId,
        ...place,
        binding:
          service === undefined ? null : describeBinding(service, roles.get(ownerNameOf(service)), context),
        exec: tracked === undefined ? null : describeExec(tracked),
        sweptAt: new Date(report.startedAtMs + report.durationMs).toISOString(),
      },
    ];
  });
};
