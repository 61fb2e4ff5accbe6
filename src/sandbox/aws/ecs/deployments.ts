// What the scheduler of ECS does over time: starts the tasks of a new deployment, retires those of the old ones once the
// new run, and gives up on a deployment whose tasks keep dying. Nothing runs in between: whoever asks, settles first.
//
// Each move is made as often as it changes something, in this order:
//   count failures → break the circuit → start what is missing → stop what is too much → retire the old → complete
//
// A service that was deleted is DRAINING: it desires no tasks, and is INACTIVE once none is left.

import type { Deployment, EcsRegion, Service, Tags, Task, TaskDefinition, Timing } from './ecs-store.ts';
import { optionalFlag, optionalObject, optionalText } from '../json-protocol.ts';
import {
  forgetStopped,
  hasFailed,
  isRunning,
  isStopped,
  isStopping,
  startTask,
  stopTask,
} from './task-state.ts';

export interface Moment {
  readonly region: EcsRegion;
  readonly timing: Timing;
  readonly nowMs: number;
}

const longestPauseMs = 900_000;
const shortestPauseMs = 1_000;

export const addEvent = ({ region, nowMs }: Moment, service: Service, message: string): void => {
  const event = {
    id: region.newId().slice(0, 32),
    atMs: nowMs,
    message: `(service ${service.name}) ${message}`,
  };
  service.events = [event, ...service.events].slice(0, 100);
};

/** Starts a deployment, which becomes the PRIMARY one. */
export const deploy = (
  moment: Moment,
  service: Service,
  definition: TaskDefinition,
  rollback = false,
): Deployment => {
  const digits = BigInt(`0x${moment.region.newId().slice(0, 15)}`)
    .toString()
    .padStart(19, '0');
  const id = `ecs-svc/${digits}`;
  const deployment: Deployment = {
    id,
    definition,
    createdAtMs: moment.nowMs,
    updatedAtMs: moment.nowMs,
    state: 'IN_PROGRESS',
    reason: rollback
      ? `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`
      : `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    failedRounds: 0,
    retryAtMs: moment.nowMs,
    isRollback: rollback,
  };
  service.deployments = [deployment, ...service.deployments];
  return deployment;
};

/** The tags that ECS puts on the tasks it manages. */
export const managedTags = (clusterName: string, serviceName: string | undefined): Tags => ({
  'aws:ecs:clusterName': clusterName,
  ...(serviceName === undefined ? {} : { 'aws:ecs:serviceName': serviceName }),
});

const propagated = (service: Service, definition: TaskDefinition): Tags => {
  if (service.propagateTags === 'SERVICE') return service.tags;
  return service.propagateTags === 'TASK_DEFINITION' ? definition.tags : {};
};

/** One task of a service, as the service is at this moment. */
export const startServiceTask = (moment: Moment, service: Service, deployment: Deployment): Task =>
  startTask(moment.region, moment.timing, moment.nowMs, {
    cluster: service.cluster,
    definition: deployment.definition,
    service,
    group: `service:${service.name}`,
    startedBy: deployment.id,
    launchType: optionalText(service.more, 'launchType') ?? 'EC2',
    platformVersion: optionalText(service.more, 'platformVersion'),
    hasShortArn: service.hasShortArns,
    enableExecuteCommand: service.enableExecuteCommand,
    overrides: {},
    tags: {
      ...propagated(service, deployment.definition),
      ...(service.enableEcsManagedTags ? managedTags(service.cluster.name, service.name) : {}),
    },
  });

/** true: it changed something. */
type Move = (moment: Moment, service: Service, primary: Deployment) => boolean;

const countFailures: Move = (moment, service, primary) => {
  const failed = [...service.tasks].filter(
    (task) => !task.isFailureCounted && task.startedBy === primary.id && hasFailed(task, moment.nowMs),
  );
  if (failed.length === 0) return false;
  for (const task of failed) task.isFailureCounted = true;
  const pauseMs = Math.max(shortestPauseMs, moment.timing.taskStartMs) * 2 ** primary.failedRounds;
  primary.failedTasks += failed.length;
  primary.failedRounds += 1;
  primary.retryAtMs = moment.nowMs + Math.min(longestPauseMs, pauseMs);
  return true;
};

const breaker = (service: Service, field: 'enable' | 'rollback'): boolean => {
  const settings = optionalObject(service.deploymentConfiguration, 'deploymentCircuitBreaker');
  return service.controller === 'ECS' && settings !== undefined && optionalFlag(settings, field) === true;
};

/** Half of the desired tasks, but 3 at least and 200 at most. [aws.md §5] */
const failureThreshold = (service: Service): number =>
  Math.min(200, Math.max(3, Math.ceil(service.desiredCount / 2)));

const breakCircuit: Move = (moment, service, primary) => {
  const isBroken = primary.state === 'IN_PROGRESS' && primary.failedTasks >= failureThreshold(service);
  if (!isBroken || !breaker(service, 'enable')) return false;
  primary.state = 'FAILED';
  primary.reason = 'ECS deployment circuit breaker: tasks failed to start.';
  primary.updatedAtMs = moment.nowMs;
  addEvent(moment, service, `(deployment ${primary.id}) deployment failed: tasks failed to start.`);
  // A rollback that fails is not rolled back again.
  if (primary.isRollback || service.lastCompleted === undefined || !breaker(service, 'rollback')) return true;
  const back = deploy(moment, service, service.lastCompleted, true);
  addEvent(moment, service, `rolling back to deployment ${back.id}.`);
  return true;
};

const liveTasks = (moment: Moment, service: Service, primary: Deployment): readonly Task[] =>
  [...service.tasks].filter((task) => task.startedBy === primary.id && !isStopping(task, moment.nowMs));

const startMissing: Move = (moment, service, primary) => {
  if (primary.state === 'FAILED' || moment.nowMs < primary.retryAtMs) return false;
  const missing = service.desiredCount - liveTasks(moment, service, primary).length;
  for (let started = 0; started < missing; started += 1) startServiceTask(moment, service, primary);
  return missing > 0;
};

const scaling = (service: Service): string => `Scaling activity initiated by deployment of ${service.name}`;

const stopAll = (moment: Moment, service: Service, tasks: readonly Task[]): boolean => {
  for (const task of tasks)
    stopTask(task, moment.timing, moment.nowMs, 'ServiceSchedulerInitiated', scaling(service));
  return tasks.length > 0;
};

const stopExtra: Move = (moment, service, primary) =>
  stopAll(moment, service, liveTasks(moment, service, primary).slice(service.desiredCount));

const areAllRunning = (moment: Moment, service: Service, primary: Deployment): boolean =>
  liveTasks(moment, service, primary).filter((task) => isRunning(task, moment.nowMs)).length ===
  service.desiredCount;

const oldTasks = (moment: Moment, service: Service, primary: Deployment): readonly Task[] =>
  [...service.tasks].filter((task) => task.startedBy !== primary.id && !isStopped(task, moment.nowMs));

const retireOld: Move = (moment, service, primary) => {
  // What still serves beside a failed deployment goes on, unless the service itself is to end.
  if (primary.state === 'FAILED' && service.status === 'ACTIVE') return false;
  if (!areAllRunning(moment, service, primary)) return false;
  const old = oldTasks(moment, service, primary).filter((task) => !isStopping(task, moment.nowMs));
  return stopAll(moment, service, old);
};

const complete: Move = (moment, service, primary) => {
  const isDone =
    primary.state === 'IN_PROGRESS' &&
    areAllRunning(moment, service, primary) &&
    oldTasks(moment, service, primary).length === 0;
  if (!isDone) return false;
  primary.state = 'COMPLETED';
  primary.reason = `ECS deployment ${primary.id} completed.`;
  primary.updatedAtMs = moment.nowMs;
  service.lastCompleted = primary.definition;
  service.deployments = [primary];
  addEvent(moment, service, `(deployment ${primary.id}) deployment completed.`);
  addEvent(moment, service, 'has reached a steady state.');
  return true;
};

/** Tasks take their time to stop. [ECS API reference, DeleteService] */
const endDraining: Move = (moment, service) => {
  const isLeft = [...service.tasks].some((task) => !isStopped(task, moment.nowMs));
  if (service.status !== 'DRAINING' || isLeft) return false;
  service.status = 'INACTIVE';
  return true;
};

const moves: readonly Move[] = [
  countFailures,
  breakCircuit,
  startMissing,
  stopExtra,
  retireOld,
  complete,
  endDraining,
];

/** Lets everything happen to a service that is due now: after a change of it, or of one of its tasks. */
export const schedule = (moment: Moment, service: Service): void => {
  for (;;) {
    const primary = service.deployments[0];
    if (primary === undefined || service.status === 'INACTIVE') return;
    if (!moves.some((move) => move(moment, service, primary))) return;
  }
};

const timesOf = (region: EcsRegion): readonly number[] => [
  ...[...region.tasks.values()].flatMap((task) => [
    task.startsAtMs,
    ...(task.stop === undefined ? [] : [task.stop.askedAtMs, task.stop.stoppedAtMs]),
  ]),
  ...[...region.services.values()].flatMap((service) =>
    service.deployments.slice(0, 1).map((primary) => primary.retryAtMs),
  ),
];

/** The first moment after this one at which something is due; Infinity: nothing is. */
const nextAfter = (region: EcsRegion, afterMs: number): number => {
  let next = Number.POSITIVE_INFINITY;
  for (const time of timesOf(region)) if (time > afterMs && time < next) next = time;
  return next;
};

/** Lets everything happen that became due since the last time. */
export const settle = (moment: Moment): void => {
  const { region, nowMs } = moment;
  let at = nextAfter(region, region.settledAtMs);
  for (; at <= nowMs; at = nextAfter(region, at)) {
    for (const service of region.services.values()) schedule({ ...moment, nowMs: at }, service);
    forgetStopped(region, at);
  }
  forgetStopped(region, nowMs);
  region.settledAtMs = nowMs;
};
