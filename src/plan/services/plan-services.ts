// Deciding about bindings: the task roles first, as roles are decided, and then the services that run with them.

import { earliest } from '../../domain/moment.ts';
import type { DesiredServices } from '../../desired/desired-service.ts';
import { type Change, objectKey } from '../../domain/change.ts';
import { serviceKey } from '../../domain/ecs.ts';
import type { HeldChange, Plan, PlannedRole, PlannedService, RunningRevision } from '../../domain/plan.ts';
import { compareText, sortedUnique } from '../../domain/statement.ts';
import { byObject, runGuards } from '../guards/guard.ts';
import { makePlan, wakeAt } from '../make-plan.ts';
import type { PlanInput } from '../plan-input.ts';
import { compareService } from './compare-service.ts';
import { execReadiness, managedPoliciesForExec } from '../findings/exec-readiness.ts';
import { serviceGuards } from './guards.ts';
import { mutableImages } from './mutable-images.ts';
import { orderServiceWrites } from './order-service-writes.ts';
import { primaryOf } from './rollout.ts';
import { type ServiceFacts, type UnknownService, isFound, serviceFacts } from './service-facts.ts';
import { serviceWarnings } from './service-warnings.ts';
import type { ServicesInput } from '../services-input.ts';
import { findSideDoors } from '../findings/side-doors.ts';
import { taskRoleUse } from './task-role-use.ts';

const runningOf = (facts: ServiceFacts): RunningRevision | undefined => {
  if (!isFound(facts) || facts.running === undefined) return undefined;
  const { arn, taskRoleArn } = facts.running;
  return { arn, taskRoleArn, mutableImages: mutableImages(facts.running) };
};

const frameOf = ({ desired }: { readonly desired: ServiceFacts['desired'] }) => ({
  object: 'Service' as const,
  name: serviceKey(desired.place),
  owner: desired.owner,
  source: desired.source,
  place: desired.place,
  rollout: desired.rollout,
  wantedTaskRoleArn: desired.taskRoleArn,
  isSettling: false,
});

const unknownService = (unknown: UnknownService): PlannedService => ({
  ...frameOf(unknown),
  state: 'unknown',
  unknownBecause: unknown.because,
  apply: [],
  writes: [],
  held: [],
  warnings: [],
  running: undefined,
  seen: undefined,
  deploys: false,
});

const plannedService = (
  facts: ServiceFacts,
  apply: readonly Change[],
  held: readonly HeldChange[],
  input: ServicesInput,
): PlannedService => {
  const service = isFound(facts) ? facts.service : undefined;
  return {
    ...frameOf(facts),
    state: apply.length > 0 ? 'apply' : held.length > 0 ? 'hold' : 'inSync',
    unknownBecause: undefined,
    apply,
    writes: orderServiceWrites(facts, apply, input),
    held,
    warnings: serviceWarnings(facts),
    running: runningOf(facts),
    seen:
      service === undefined
        ? undefined
        : {
            arn: service.arn,
            taskDefinitionArn: service.taskDefinitionArn,
            deploymentId: primaryOf(service)?.id,
          },
    deploys: apply.some(({ detail }) => detail.kind === 'bindTaskRole' || detail.kind === 'replaceTasks'),
  };
};

const planEach = (
  services: readonly (ServiceFacts | UnknownService)[],
  input: ServicesInput,
  taskRoles: ReadonlyMap<string, PlannedRole>,
): readonly PlannedService[] => {
  const known = services.flatMap((one) => ('because' in one ? [] : [one]));
  const changes = known.map((facts) => ({ facts, own: compareService(facts) }));
  const keyOf = ({ desired }: ServiceFacts): string =>
    objectKey({ object: 'Service', name: serviceKey(desired.place), owner: desired.owner });
  const { apply, held } = runGuards(
    serviceGuards,
    changes.flatMap(({ own }) => own),
    { input: { ...input, taskRoles }, facts: new Map(known.map((facts) => [keyOf(facts), facts])) },
  );
  const applied = byObject(apply);
  const planned = known.map((facts) =>
    plannedService(
      facts,
      applied.get(keyOf(facts)) ?? [],
      held
        .filter(({ change }) => objectKey(change) === keyOf(facts))
        .sort((a, b) => compareText(a.change.id, b.change.id)),
      input,
    ),
  );
  const unknown = services.flatMap((one) => ('because' in one ? [unknownService(one)] : []));
  return [...planned, ...unknown].sort((a, b) => compareText(a.name, b.name));
};

/** What is said of services while the roles of their account cannot be observed. */
export const unknownServices = (
  desired: DesiredServices,
  because: string,
): Pick<Plan, 'services' | 'execReadiness' | 'sideDoors'> => ({
  services: desired.services.map((service) => unknownService({ desired: service, because })),
  execReadiness: desired.exec.map(({ place, policies }) => ({
    place,
    policies,
    reason: 'unreadable',
    messages: [because],
    warnings: [],
  })),
  sideDoors: [],
});

/** The plan for the task roles and services of one account whose roles could be observed. */
export const makeServicesPlan = (input: ServicesInput): Plan => {
  const services = input.desired.services.map((desired) => serviceFacts(desired, input));
  const roleInput: PlanInput = {
    ...input,
    scope: 'TaskRoleBinding',
    desired: { roles: input.desired.roles },
    taskRoleUse: taskRoleUse(input.desired.roles, services, ({ taskRoleArn }) => taskRoleArn),
  };
  const plan = makePlan(roleInput);
  const taskRoles = new Map(plan.roles.map((role) => [role.name, role]));
  const planned = planEach(services, input, taskRoles);
  return {
    ...plan,
    services: planned,
    questions: {
      ...plan.questions,
      managedPolicyArns: sortedUnique([
        ...plan.questions.managedPolicyArns,
        ...managedPoliciesForExec(input).filter((arn) => !input.confirmations.managedPolicies.has(arn)),
      ]),
    },
    execReadiness: execReadiness(input),
    sideDoors: findSideDoors(input),
    wakeAtMs: earliest([plan.wakeAtMs, wakeAt(planned.flatMap(({ held }) => held))]),
  };
};
