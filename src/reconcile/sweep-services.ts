// One sweep of the task roles and ECS services of one account: observe → decide → look again where the plan asks → act →
// report. What it observed of ECS is published for the loop that looks after access.

import pMap from 'p-map';
import type { DesiredServices } from '../desired/desired-service.ts';
import { effectiveMode } from '../desired/resolve-desired.ts';
import { bindingsOf, resolveServices, servicesToObserve } from '../desired/resolve-services.ts';
import { noConfirmations } from '../domain/directory.ts';
import type { ObservedEcs } from '../domain/ecs.ts';
import { AppError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { EcsPort } from '../domain/ports.ts';
import type { Reading } from '../domain/reading.ts';
import type { ObservedAccount, RoleInterest } from '../domain/role.ts';
import { unknownPlan } from '../plan/make-plan.ts';
import { doorActions } from '../plan/findings/side-doors.ts';
import { makeServicesPlan, unknownServices } from '../plan/services/plan-services.ts';
import type { ServicesInput } from '../plan/services-input.ts';
import { applyRoles, applyServices } from './apply-plan.ts';
import type { ManagedPolicyBook } from './managed-policy-book.ts';
import { noShells } from './end-shells.ts';
import { type SweepContext, resultOf } from './sweep.ts';
import type { Outcome, SweepReport, SweepTrigger } from './sweep-report.ts';
import { forgetOldWrites, noteShownWrites } from './write-memory.ts';

export interface ServicesContext extends Omit<SweepContext, 'directory'> {
  readonly ecs: EcsPort;
  readonly managedPolicies: ManagedPolicyBook;
}

/** Task roles that something observed runs with, or is to run with. */
const interestIn = (desired: DesiredServices, ecs: ObservedEcs): RoleInterest => {
  const running = [...ecs.definitions.values()].flatMap((reading) =>
    reading.state === 'present' ? (reading.value.taskRoleArn ?? []) : [],
  );
  const overrides = [...ecs.clusters.values()].flatMap((reading) =>
    reading.state === 'present' ? reading.value.tasks.flatMap((task) => task.taskRoleOverride ?? []) : [],
  );
  return {
    roleArns: new Set([...desired.services.map(({ taskRoleArn }) => taskRoleArn), ...running, ...overrides]),
    actions: desired.services.length === 0 ? [] : doorActions,
  };
};

export interface ServicesDecision {
  readonly plan: Plan;
  readonly ecs: ObservedEcs;
  /** Why the roles of the account could not be observed. */
  readonly problem: AppError | undefined;
}

const inputOf = (
  desired: DesiredServices,
  ecs: ObservedEcs,
  observed: ObservedAccount,
  context: ServicesContext,
): ServicesInput => {
  const { account, config, policies, clock, memory, ecsBook } = context;
  return {
    account,
    desired,
    ecs,
    observed,
    instance: config.instance,
    safety: config.safety,
    confirmations: noConfirmations,
    recentWrites: memory.all(),
    recentUpdates: ecsBook.recentUpdates(),
    acknowledgements: [],
    policiesComplete: policies.complete,
    absences: new Map(),
    bindings: bindingsOf(policies, account),
    clockSkew: undefined,
    othersSince: new Map(),
    rewrites: new Map(),
    knowsLockouts: true,
    lockedOut: new Set(),
    orphanMode: effectiveMode(undefined, account, config),
    nowMs: clock.now(),
  };
};

const withManagedPolicies = async (input: ServicesInput, context: ServicesContext): Promise<Plan> => {
  const first = makeServicesPlan(input);
  const arns = first.questions.managedPolicyArns;
  if (arns.length === 0) return first;
  const documents = await pMap(
    arns,
    async (arn): Promise<[string, Reading<string>]> => [
      arn,
      await context.managedPolicies.read(arn, context.stopping),
    ],
    { concurrency: 4 },
  );
  return makeServicesPlan({
    ...input,
    confirmations: { ...noConfirmations, managedPolicies: new Map(documents) },
  });
};

/** Observes and decides, and changes nothing. Without bindings and shells no role is looked at. */
export const decideServices = async (context: ServicesContext): Promise<ServicesDecision> => {
  const { account, config, policies, clock, stopping } = context;
  const desired = resolveServices(policies, account, config);
  const ecs = await context.ecs.observe(servicesToObserve(policies, account), stopping);
  context.ecsBook.publish(ecs);
  const unknown = (because: string): Plan => ({
    ...unknownPlan({ account, desired, nowMs: clock.now() }, because),
    ...unknownServices(desired, because),
  });
  if (desired.services.length + desired.exec.length === 0)
    return { plan: unknown(''), ecs, problem: undefined };
  const reading = await context.iam.observe(stopping, interestIn(desired, ecs));
  if (reading.state !== 'present') {
    const problem =
      reading.state === 'unreadable' ? reading.problem : new AppError('invalid', 'the account is not there');
    return { plan: unknown(problem.message), ecs, problem };
  }
  noteShownWrites(context.memory, reading.value);
  const plan = await withManagedPolicies(inputOf(desired, ecs, reading.value, context), context);
  return { plan, ecs, problem: undefined };
};

type Result = Pick<SweepReport, 'result' | 'errorKind' | 'message'>;

/** The first thing in ECS that could not be read. */
const unreadIn = (ecs: ObservedEcs): AppError | undefined => {
  const clusters = [...ecs.clusters.values()];
  const services = clusters.flatMap((reading) =>
    reading.state === 'present' ? [...reading.value.services.values()] : [],
  );
  for (const reading of [...clusters, ...services, ...ecs.definitions.values()])
    if (reading.state === 'unreadable') return reading.problem;
  return undefined;
};

const resultOfServices = ({ ecs, problem }: ServicesDecision, outcomes: readonly Outcome[]): Result => {
  if (problem !== undefined)
    return { result: 'unreadable', errorKind: problem.kind, message: problem.message };
  const written = resultOf(outcomes);
  const unread = written.result === 'ok' ? unreadIn(ecs) : undefined;
  return unread === undefined
    ? written
    : { result: 'incomplete', errorKind: unread.kind, message: unread.message };
};

export const sweepServices = async (
  trigger: SweepTrigger,
  context: ServicesContext,
): Promise<SweepReport> => {
  const { account, clock, config, memory, policies } = context;
  const startedAtMs = clock.now();
  forgetOldWrites(memory, config.safety, startedAtMs, config.safety.taskRoleSettleMs);
  const decision = await decideServices(context);
  const { plan } = decision;
  const shared = {
    ...context,
    instance: config.instance,
    accountId: account.accountId,
    partition: account.partition,
  };
  const ofRoles = await applyRoles(plan, shared);
  const ofServices = await applyServices(plan, { ...context, book: context.ecsBook });
  const outcomes = [...ofRoles, ...ofServices];
  return {
    account: account.meta.name,
    accountId: account.accountId,
    scope: 'services',
    trigger,
    startedAtMs,
    durationMs: clock.now() - startedAtMs,
    ...resultOfServices(decision, outcomes),
    plan,
    outcomes,
    shells: noShells,
    membersReadAtMs: undefined,
    policyRevision: policies.revision,
    policyCommit: policies.commit?.id,
    clockSkewMs: context.clockSkewMs(),
  };
};
