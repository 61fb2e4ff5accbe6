// One sweep of the roles that people and workloads enter: observe → decide → look again where the plan asks → decide → act → report.

import pMap from 'p-map';
import { setImmediate } from 'node:timers/promises';
import { resolveDesired, effectiveMode } from '../desired/resolve-desired.ts';
import { bindingsOf } from '../desired/resolve-services.ts';
import { type Confirmations, type DirectorySnapshot, noConfirmations } from '../domain/directory.ts';
import { type Plan, hasQuestions } from '../domain/plan.ts';
import type { Account, ControllerConfig, PolicySet } from '../domain/policy.ts';
import type { Clock, IamPort, ShellsPort } from '../domain/ports.ts';
import type { Reading } from '../domain/reading.ts';
import { type ObservedAccount, tagKeys } from '../domain/role.ts';
import { collectAcknowledgements } from '../domain/acknowledgement.ts';
import { isSkewed, largestSkew } from '../plan/guards/clock.ts';
import { endingByTheirClock, lockedOutIn } from '../plan/lockouts.ts';
import { makePlan, unknownPlan } from '../plan/make-plan.ts';
import type { PlanInput, PolicyAbsence } from '../plan/plan-input.ts';
import { applyRoles } from './apply-plan.ts';
import { type DirectoryBook, wasRead } from './directory-book.ts';
import type { EcsBook } from './ecs-book.ts';
import { type ShellMemory, endShells, noShells } from './end-shells.ts';
import type { ContestBook } from './contest-book.ts';
import type { OthersBook } from './others-book.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RevocationBook } from './revocation-book.ts';
import type { Outcome, ShellsReport, SweepReport, SweepTrigger } from './sweep-report.ts';
import { type WriteMemory, forgetOldWrites, noteShownWrites } from './write-memory.ts';

export interface SweepContext {
  readonly config: ControllerConfig;
  readonly policies: PolicySet;
  readonly account: Account;
  readonly iam: IamPort;
  /** AWS's clock minus ours, milliseconds; undefined until it answered. */
  readonly clockSkewMs: () => number | undefined;
  readonly directory: DirectoryBook;
  /** What another loop last read of the account's ECS. */
  readonly ecsBook: EcsBook;
  readonly shells: ShellsPort;
  readonly shellMemory: ShellMemory;
  readonly contestBook: ContestBook;
  readonly othersBook: OthersBook;
  readonly revocationBook: RevocationBook;
  readonly policyBook: PolicyBook;
  readonly memory: WriteMemory;
  readonly clock: Clock;
  /** Ends writes that are under way; the last resort. */
  readonly signal: AbortSignal;
  /** Ends reads at once, and lets no further write begin. */
  readonly stopping: AbortSignal;
}

/** A plan asks at most for groups and people, and then for what their answers leave open. */
const maxLooks = 3;

const absencesIn = (observed: ObservedAccount, context: SweepContext): ReadonlyMap<string, PolicyAbsence> => {
  const absences = new Map<string, PolicyAbsence>();
  for (const role of observed.roles) {
    const policy = role.tags[tagKeys.policy];
    const absence =
      policy === undefined ? undefined : context.policyBook.absence(context.account.meta.name, policy);
    if (policy !== undefined && absence !== undefined) absences.set(policy, absence);
  }
  return absences;
};

const lookAgain = async (plan: Plan, known: Confirmations, context: SweepContext): Promise<Confirmations> => {
  const { directory, iam, stopping } = context;
  const looks = await directory.lookAgain(plan.questions, stopping);
  const documents = await pMap(
    plan.questions.managedPolicyArns,
    async (arn): Promise<[string, Reading<string>]> => [arn, await iam.readManagedPolicy(arn, stopping)],
    { concurrency: 4 },
  );
  return { ...looks, managedPolicies: new Map([...known.managedPolicies, ...documents]) };
};

const afterSending = async <T>(work: () => T): Promise<T> => {
  await setImmediate();
  return work();
};

export interface Decision {
  readonly plan: Plan;
  readonly reading: Reading<ObservedAccount>;
  readonly snapshot: DirectorySnapshot;
  /** What the plan was made of; undefined: the account could not be observed. */
  readonly input: PlanInput | undefined;
}

const skewIn = (context: SweepContext): PlanInput['clockSkew'] =>
  largestSkew(context.clockSkewMs(), context.directory.clockSkewMs());

const lockedOutNow = (context: SweepContext): ReadonlySet<string> =>
  lockedOutIn(endingByTheirClock(context.policies, skewIn(context)), context.clock.now());

/** What the policies want, as far as the time is known by now. */
const resolve = (
  snapshot: DirectorySnapshot,
  context: SweepContext,
): Pick<PlanInput, 'desired' | 'lockedOut'> => {
  const { account, config, ecsBook, clock } = context;
  const policies = endingByTheirClock(context.policies, skewIn(context));
  return {
    desired: resolveDesired(policies, account, config, snapshot, ecsBook.current(), clock.now()),
    lockedOut: lockedOutNow(context),
  };
};

/** Observes and decides, and changes nothing; `plan` and `run` share it. */
export const decide = async (context: SweepContext): Promise<Decision> => {
  const { account, config, policies, clock } = context;
  const snapshot = context.directory.current();
  const [reading, early] = await Promise.all([
    context.iam.observe(context.stopping),
    // While the first pages are on their way there is time for this.
    afterSending(() => resolve(snapshot, context)),
  ]);
  // The answers tell the time as well. By another time there are only more Lockouts in force, or fewer.
  const isSame = early.lockedOut.size === lockedOutNow(context).size;
  const { desired, lockedOut } = isSame ? early : resolve(snapshot, context);
  if (reading.state !== 'present') {
    const because = reading.state === 'absent' ? 'the account is not there' : reading.problem.message;
    const plan = unknownPlan({ account, desired, nowMs: clock.now() }, because);
    return { plan, reading, snapshot, input: undefined };
  }
  noteShownWrites(context.memory, reading.value);
  context.contestBook.observe(reading.value, context.memory, clock.now());
  context.othersBook.observe(reading.value, config.instance, clock.now());
  const input: PlanInput = {
    scope: 'AccessPolicy',
    account,
    desired,
    observed: reading.value,
    instance: config.instance,
    safety: config.safety,
    confirmations: noConfirmations,
    recentWrites: context.memory.all(),
    acknowledgements: collectAcknowledgements(policies),
    policiesComplete: policies.complete,
    absences: absencesIn(reading.value, context),
    bindings: bindingsOf(policies, account),
    taskRoleUse: new Map(),
    orphanMode: effectiveMode(undefined, account, config),
    clockSkew: skewIn(context),
    rewrites: context.contestBook.rewrites(clock.now()),
    othersSince: context.othersBook.since(),
    knowsLockouts: context.policyBook.knowsLockouts(),
    lockedOut,
    nowMs: clock.now(),
  };
  let confirmations = noConfirmations;
  let plan = makePlan(input);
  for (let look = 0; look < maxLooks && hasQuestions(plan); look += 1) {
    confirmations = await lookAgain(plan, confirmations, context);
    plan = makePlan({ ...input, confirmations });
  }
  return { plan, reading, snapshot, input: { ...input, confirmations } };
};

/** What a person has to repair is told and not tried again and again; a shell that is open still is. */
const ofShells = ({
  ended,
  problem,
}: ShellsReport): Pick<SweepReport, 'result' | 'errorKind' | 'message'> => {
  const [failed] = ended.filter(({ result }) => result === 'failed');
  if (failed !== undefined) return { result: 'incomplete', errorKind: 'transient', message: failed.message };
  if (problem?.kind === 'transient')
    return { result: 'incomplete', errorKind: problem.kind, message: problem.message };
  return { result: 'ok', errorKind: undefined, message: problem?.message ?? '' };
};

export const resultOf = (
  outcomes: readonly Outcome[],
  shells: ShellsReport = noShells,
): Pick<SweepReport, 'result' | 'errorKind' | 'message'> => {
  const bad = outcomes.filter((outcome) => outcome.result !== 'done');
  const [first] = bad;
  if (first === undefined) return ofShells(shells);
  return {
    result: 'incomplete',
    errorKind: first.errorKind,
    message: `${bad.length} of ${outcomes.length} writes did not go through: ${first.message}`,
  };
};

export const sweep = async (trigger: SweepTrigger, context: SweepContext): Promise<SweepReport> => {
  const { account, clock, config, memory, policies, signal, stopping } = context;
  const startedAtMs = clock.now();
  forgetOldWrites(memory, config.safety, startedAtMs);
  const { plan, reading, snapshot, input } = await decide(context);
  const outcomes =
    reading.state === 'present'
      ? await applyRoles(plan, {
          iam: context.iam,
          clock,
          memory,
          revocationBook: context.revocationBook,
          instance: config.instance,
          accountId: account.accountId,
          partition: account.partition,
          signal,
          stopping,
        })
      : [];
  context.contestBook.noteWrites(outcomes);
  const shells = await endShells(plan, outcomes, {
    shells: context.shells,
    shellMemory: context.shellMemory,
    clock,
    namesOf: (sub) => context.directory.namesOf(sub),
    lockedOut: input?.lockedOut ?? new Set(),
    endsUntilMs: input === undefined || isSkewed(input.clockSkew) ? undefined : input.nowMs,
    signal,
    stopping,
  });
  const unreadableBecause =
    reading.state === 'unreadable' ? reading.problem.message : 'the account is not there';
  return {
    account: account.meta.name,
    accountId: account.accountId,
    scope: 'access',
    trigger,
    startedAtMs,
    durationMs: clock.now() - startedAtMs,
    ...(reading.state === 'present'
      ? resultOf(outcomes, shells)
      : {
          result: 'unreadable',
          errorKind: reading.state === 'unreadable' ? reading.problem.kind : undefined,
          message: unreadableBecause,
        }),
    plan,
    outcomes,
    shells,
    membersReadAtMs: wasRead(snapshot) ? snapshot.readAtMs : undefined,
    policyRevision: policies.revision,
    policyCommit: policies.commit?.id,
    clockSkewMs: context.clockSkewMs(),
  };
};
