// Where a deployment of a service stands, and whether the last attempt with it allows another. ECS itself is the memory:
// the deployments and events of the service, the tag of the last attempt, and the revision that it names.
//
//   the service runs           and                                      then
//   the revision of the attempt  its role is wanted                     it arrived, or is arriving
//   what the copy was made of    nothing was deployed since             the update never went out: it is made up for,
//                                                                       or after ten minutes begun anew
//   anything else                a deployment failed since              rolledBack: ECS's answer; wait
//   anything else                                                       contested: somebody put another back; wait
//
// Waiting doubles with each attempt of a week: 30 minutes, 1 hour, … up to a day.

import type { Deployment, ObservedService } from '../../domain/ecs.ts';
import { revisionName } from '../../domain/ecs.ts';
import { attemptedArn, clonedFromTag } from '../../domain/service-marks.ts';
import type { FoundService } from './service-facts.ts';

const firstPauseMs = 30 * 60_000;
const longestPauseMs = 24 * 3_600_000;
const forgottenAfterMs = 7 * 24 * 3_600_000;
const resumableForMs = 10 * 60_000;
/** Our clock and that of ECS may differ by this much; a failure that close before an attempt may be its own. */
const skewMs = 60_000;

/** How long after the attempt of this number the next one waits. */
export const pauseMs = (number: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(number - 1, 30));

export const primaryOf = (service: ObservedService): Deployment | undefined => service.deployments[0];

/** Whether tasks are being replaced. Behind a Classic Load Balancer ECS does not say, and the counts tell. */
export const isRollingOut = (service: ObservedService): boolean => {
  const primary = primaryOf(service);
  if (primary === undefined) return false;
  if (primary.rollout !== undefined) return primary.rollout === 'IN_PROGRESS';
  return service.deployments.length > 1 || primary.runningCount < primary.desiredCount;
};

/** A rollback under way says so in the reason of the deployment that goes back. */
export const isGoingBack = (service: ObservedService): boolean =>
  /roll(?:ing|ed)?[ -]?back/i.test(primaryOf(service)?.rolloutReason ?? '');

export interface Waiting {
  readonly reason: 'rolledBack' | 'contested' | 'deploying';
  readonly untilMs: number;
}

const attemptedRevision = ({ attempt, running }: FoundService): string | undefined =>
  attempt === undefined || running === undefined ? undefined : attemptedArn(attempt, running.arn);

/** The last attempt was for what is wanted still. */
const isSameWish = ({ attempt, desired }: FoundService): boolean =>
  attempt?.copy?.taskRoleArn === desired.taskRoleArn;

/** The update that should have deployed the copy of the last attempt never went out. */
const isUntouched = (facts: FoundService): boolean => {
  const { attempt, running, service } = facts;
  const primary = primaryOf(service);
  return (
    isSameWish(facts) &&
    running !== undefined &&
    primary !== undefined &&
    attempt?.copy?.tags[clonedFromTag] === revisionName(running.arn) &&
    primary.createdAtMs <= attempt.atMs
  );
};

/** The copy of the last attempt, if its update is to be made up for: not for ever, as ECS may not take it (INACTIVE). */
export const copyToResume = (facts: FoundService, nowMs: number): string | undefined => {
  const { attempt } = facts;
  const isYoung = attempt !== undefined && nowMs - attempt.atMs < resumableForMs;
  return isYoung && isUntouched(facts) ? attempt.copy?.arn : undefined;
};

const lastFailureMs = ({ service, attempt }: FoundService): number | undefined =>
  service.failedAtMs.find((ms) => attempt !== undefined && ms >= attempt.atMs - skewMs);

/** What keeps the next deployment waiting; undefined: nothing that was tried before. */
export const waitingFor = (facts: FoundService): Waiting | undefined => {
  const { attempt, running, service, desired } = facts;
  if (attempt === undefined || running === undefined) return undefined;
  const failedAtMs = lastFailureMs(facts);
  const since = (ms: number): number => ms + pauseMs(attempt.number);
  if (running.arn === attemptedRevision(facts)) {
    // Another role is wanted by now: that is no repetition.
    if (running.taskRoleArn !== desired.taskRoleArn) return undefined;
    const reason = failedAtMs === undefined ? 'deploying' : 'rolledBack';
    return { reason, untilMs: since(Math.max(attempt.atMs, failedAtMs ?? 0)) };
  }
  if (!isSameWish(facts) || isUntouched(facts)) return undefined;
  const changedAtMs = primaryOf(service)?.createdAtMs ?? attempt.atMs;
  return {
    reason: failedAtMs === undefined ? 'contested' : 'rolledBack',
    untilMs: since(Math.max(changedAtMs, failedAtMs ?? 0)),
  };
};

/** Whether the service once ran, or was to run, our copy with the wanted role, and now runs another's. */
export const isPutBack = (facts: FoundService): boolean =>
  isSameWish(facts) &&
  facts.running !== undefined &&
  facts.running.arn !== attemptedRevision(facts) &&
  !isUntouched(facts) &&
  lastFailureMs(facts) === undefined;

/** The how-manieth attempt the next one is. */
export const nextAttempt = (facts: FoundService, nowMs: number): number => {
  const { attempt } = facts;
  if (attempt === undefined || nowMs - attempt.atMs >= forgottenAfterMs) return 1;
  if (isUntouched(facts)) return attempt.number;
  return waitingFor(facts) === undefined ? 1 : attempt.number + 1;
};
