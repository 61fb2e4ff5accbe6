// ECS of one account in memory. It behaves like ECS for the operations of `EcsPort`:
//
// | what                 | behaviour                                                                             |
// |----------------------|---------------------------------------------------------------------------------------|
// | clusters, services   | found by exact name; what is not there is absent, what is in `unreadable` unreadable   |
// | deployments          | see in-memory-ecs-services.ts                                                          |
// | update a service     | deploys another revision, or the same if forced; exec and tags reach new tasks only    |
// |                      | `ServiceNotActiveException` while it drains; INACTIVE revisions are refused            |
// | copy a revision      | the next number of its family, whatever its state                                      |
// | tags of a service    | added; the short form of an ARN is refused                                             |
// | `ecsWrites: false`   | nothing is written                                                                     |
//
// Everything is synchronous behind resolved promises, so runs are fast and repeatable.

import {
  checkMayWrite,
  checkPlace,
  checkRegion,
  checkRevision,
  checkServiceArn,
} from '../../src/aws/ecs-rules.ts';
import { refusalOf } from '../../src/aws/refusal.ts';
import {
  type ObservedService,
  serviceKey,
  type ServicePlace,
  type TaskDefinition,
} from '../../src/domain/ecs.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { Clock, EcsPort, RevisionCopy, ServiceUpdate } from '../../src/domain/ports.ts';
import { unreadable } from '../../src/domain/reading.ts';
import { checkUpdate, refuseEcs } from './ecs-refusals.ts';
import { memoryReads } from './in-memory-ecs-reads.ts';
import { deploy } from './in-memory-ecs-services.ts';
import { ecsWorld, type EcsWorldHands } from './in-memory-ecs-world.ts';

export interface EcsCall {
  readonly operation: keyof EcsPort;
  /** Key of the service, or ARN of the revision; empty for `observe`. */
  readonly resource: string;
  /** The arguments without the signal. */
  readonly args: readonly unknown[];
}

export interface InMemoryEcsOptions {
  readonly account: Account;
  readonly clock?: Clock;
  /** How long a task takes to run, and a deployment to be decided. */
  readonly taskStartMs?: number;
}

export interface InMemoryEcs extends EcsPort, EcsWorldHands {
  /** Every call in order, reads too, failed ones too. Empty it with `calls.length = 0`. */
  readonly calls: EcsCall[];
  /** Keys of clusters, keys of services, and ARNs of revisions that cannot be read, and why. */
  readonly unreadable: Map<string, AppError>;
  /** By ARN, all revisions that there are. */
  readonly definitions: ReadonlyMap<string, TaskDefinition>;
  /** As it is now; fails if there is none. */
  serviceAt(place: ServicePlace): ObservedService;
  /**
   * The next `times` calls of that operation fail: `observe` finds all clusters unreadable, `readService` the service,
   * writes throw. With `applied` the write is performed first, as when the answer is lost.
   */
  failNext(
    operation: keyof EcsPort,
    problem: AppError,
    how?: { readonly times?: number; readonly applied?: boolean },
  ): void;
  /** Called after each write. What it throws comes out of the write: that is how tests crash between writes. */
  onWrite(listener: (call: EcsCall) => void): () => void;
}

interface Planned {
  readonly problem: AppError;
  readonly applied: boolean;
  left: number;
}

export const inMemoryEcs = (options: InMemoryEcsOptions): InMemoryEcs => {
  const { account, clock = { now: () => 1 }, taskStartMs = 10_000 } = options;
  const { world, hands } = ecsWorld(account, clock, taskStartMs);
  const broken = new Map<string, AppError>();
  const reads = memoryReads(account, world, broken, clock);
  const calls: EcsCall[] = [];
  const planned: (Planned & { readonly operation: keyof EcsPort })[] = [];
  const listeners = new Set<(call: EcsCall) => void>();

  const nextFailure = (operation: keyof EcsPort): Planned | undefined => {
    const next = planned.find((failure) => failure.operation === operation && failure.left > 0);
    if (next !== undefined) next.left -= 1;
    return next;
  };
  const write = async <T>(call: EcsCall, signal: AbortSignal, change: () => T): Promise<T> => {
    signal.throwIfAborted();
    calls.push(call);
    checkMayWrite(account);
    const failure = nextFailure(call.operation);
    if (failure !== undefined && !failure.applied) throw failure.problem;
    const result = change();
    for (const listener of listeners) listener(call);
    if (failure !== undefined) throw failure.problem;
    return result;
  };

  const copy = ({ region, from, taskRoleArn, tags }: RevisionCopy): TaskDefinition => {
    checkRegion(account, region);
    checkRevision(account, region, from);
    const old = world.definitions.get(from);
    if (old === undefined)
      throw new AppError('conflict', `task definition ${from} is not there to be copied: look at it`, {
        code: 'NoSuchRevision',
      });
    const registeredBy = `arn:aws:sts::${account.accountId}:assumed-role/rolewarden/rolewarden`;
    return world.register({ ...old, taskRoleArn, tags: { ...old.tags, ...tags }, registeredBy });
  };

  const update = (place: ServicePlace, change: ServiceUpdate): void => {
    checkPlace(account, place);
    const { taskDefinitionArn, forceNewDeployment, enableExecuteCommand, propagateTags } = change;
    if (taskDefinitionArn !== undefined) checkRevision(account, place.region, taskDefinitionArn);
    const service = checkUpdate(world, place, change);
    const running = service.deployments[0]?.definitionArn ?? '';
    service.enableExecuteCommand = enableExecuteCommand ?? service.enableExecuteCommand;
    service.propagateTags = propagateTags ?? service.propagateTags;
    const next = taskDefinitionArn ?? running;
    if (next !== running || forceNewDeployment === true) deploy(service, next, world.around());
  };

  const tag = (place: ServicePlace, arn: string, tags: Readonly<Record<string, string>>): void => {
    checkPlace(account, place);
    checkServiceArn(account, place, arn);
    const service = world.service(place);
    if (service?.arn !== arn || service.status === 'INACTIVE')
      return refuseEcs(
        'InvalidParameterException',
        'The specified service is not found.',
        'TagResource',
        place,
      );
    service.tags = { ...service.tags, ...tags };
  };

  return {
    ...hands,
    calls,
    unreadable: broken,
    definitions: world.definitions,
    serviceAt: (place) => {
      const reading = reads.service(place);
      if (reading.state !== 'present') throw new Error(`serviceAt: ${serviceKey(place)} is ${reading.state}`);
      return reading.value;
    },
    failNext: (operation, problem, how = {}) =>
      void planned.push({ operation, problem, applied: how.applied === true, left: how.times ?? 1 }),
    onWrite: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    observe: async (services, signal) => {
      signal.throwIfAborted();
      calls.push({ operation: 'observe', resource: '', args: [services] });
      return reads.observe(services, nextFailure('observe')?.problem);
    },
    readService: async (place, signal) => {
      signal.throwIfAborted();
      calls.push({ operation: 'readService', resource: serviceKey(place), args: [place] });
      const problem = nextFailure('readService')?.problem ?? refusalOf(() => checkPlace(account, place));
      return problem === undefined ? reads.service(place) : unreadable(problem);
    },
    copyRevision: (revision, signal) =>
      write({ operation: 'copyRevision', resource: revision.from, args: [revision] }, signal, () =>
        copy(revision),
      ),
    updateService: (place, change, signal) =>
      write({ operation: 'updateService', resource: serviceKey(place), args: [place, change] }, signal, () =>
        update(place, change),
      ),
    tagService: (place, arn, tags, signal) =>
      write({ operation: 'tagService', resource: serviceKey(place), args: [place, arn, tags] }, signal, () =>
        tag(place, arn, tags),
      ),
  };
};
