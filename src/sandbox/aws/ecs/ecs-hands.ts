// The ways around the ECS API, for tests and demos: making what seems to have been there always, editing as others would,
// scripting failures, and looking at the truth.

import type { JsonObject } from '../../../domain/statement.ts';
import type { Mutation } from '../service.ts';
import { addCluster } from './clusters.ts';
import { type Moment, settle } from './deployments.ts';
import { type EcsEdits, ecsEdits, type ServiceChange } from './ecs-edits.ts';
import { type SeedCluster, type SeedService, type SeedTask, seedService, seedTask } from './ecs-seeds.ts';
import type { EcsStore, Tags } from './ecs-store.ts';
import { type SandboxEcsService, type SandboxEcsTask, serviceView, taskView } from './ecs-views.ts';
import { optionalText } from '../json-protocol.ts';
import { addTaskDefinition, taskDefinitionJson } from './task-definition-state.ts';

export interface EcsPlace {
  readonly accountId: string;
  /** `eu-west-1`. */
  readonly region: string;
}

export interface EcsHands {
  /** Answers the ARN. */
  seedCluster(place: EcsPlace, seed: SeedCluster): string;
  /** Takes what `RegisterTaskDefinition` takes, unchecked and without tags; answers the ARN. */
  seedTaskDefinition(place: EcsPlace, content: JsonObject, tags?: Tags): string;
  /** A service that is already steady, with its tasks running; answers the ARN. Throws when cluster or task definition are missing. */
  seedService(place: EcsPlace, seed: SeedService): string;
  /** A task that somebody ran alone, running; answers the ARN. Throws when cluster or task definition are missing. */
  seedTask(place: EcsPlace, seed: SeedTask): string;
  /**
   * As a pipeline would: registers a revision and deploys it, or changes the service otherwise. Answers the ARN of the
   * revision that the service now runs, or is about to.
   */
  updateService(place: EcsPlace, cluster: string, name: string, change: ServiceChange): string | undefined;
  /** As a person stops a deployment: the service goes back to the last that completed. */
  rollBack(place: EcsPlace, cluster: string, name: string): void;
  /** As `DeleteService` with `force`: it drains, and is INACTIVE once its tasks have stopped. */
  drainService(place: EcsPlace, cluster: string, name: string): void;
  /** As if it had been INACTIVE for long: it is MISSING at once, with its tasks. */
  deleteService(place: EcsPlace, cluster: string, name: string): void;
  /** As `UpdateCluster`. */
  configureCluster(place: EcsPlace, name: string, configuration: JsonObject | undefined): void;
  /** As if it had been INACTIVE for long: it is MISSING at once, with everything in it. */
  deleteCluster(place: EcsPlace, name: string): void;
  /** The revision is INACTIVE from then on: what runs it goes on, and no deployment takes it. */
  deregister(place: EcsPlace, taskDefinition: string): void;
  /** From now on, tasks of this task definition (ARN) die instead of running. Returns how to make them run again. */
  failDeploymentsOf(taskDefinitionArn: string): () => void;
  /**
   * How long tasks started from now on take to run, in ms of the sandbox's clock; their execute command agent takes half
   * of it more, and stopping a task half of it. 0: everything happens at once.
   */
  setTaskStartMs(ms: number): void;
  services(place: EcsPlace): readonly SandboxEcsService[];
  /** Stopped ones too, for an hour. */
  tasks(place: EcsPlace): readonly SandboxEcsTask[];
  /** As `DescribeTaskDefinition` shows them, all revisions of all families, unknown fields included. */
  taskDefinitions(place: EcsPlace): readonly JsonObject[];
}

type Notify = (mutation: Mutation) => void;
type EditHands = Pick<EcsHands, keyof EcsEdits>;

/** Every edit is told of, as it would be had it come by the API. */
const editHands = (momentAt: (place: EcsPlace) => Moment, notify: Notify): EditHands => {
  const edit = <T>(
    operation: keyof EcsEdits,
    place: EcsPlace,
    resource: string,
    act: (edits: EcsEdits) => T,
  ): T => {
    const result = act(ecsEdits(momentAt(place)));
    notify({ service: 'ecs', accountId: place.accountId, operation, resource });
    return result;
  };
  return {
    updateService: (place, cluster, name, change) =>
      edit('updateService', place, name, (edits) => edits.updateService(cluster, name, change)),
    rollBack: (place, cluster, name) =>
      edit('rollBack', place, name, (edits) => edits.rollBack(cluster, name)),
    drainService: (place, cluster, name) =>
      edit('drainService', place, name, (edits) => edits.drainService(cluster, name)),
    deleteService: (place, cluster, name) =>
      edit('deleteService', place, name, (edits) => edits.deleteService(cluster, name)),
    configureCluster: (place, name, configuration) =>
      edit('configureCluster', place, name, (edits) => edits.configureCluster(name, configuration)),
    deleteCluster: (place, name) => edit('deleteCluster', place, name, (edits) => edits.deleteCluster(name)),
    deregister: (place, taskDefinition) =>
      edit('deregister', place, taskDefinition, (edits) => edits.deregister(taskDefinition)),
  };
};

export const createEcsHands = (store: EcsStore, clock: () => number, notify: Notify): EcsHands => {
  const momentAt = (place: EcsPlace): Moment => {
    const region = store.region(place.accountId, place.region);
    const moment = { region, timing: store.timing, nowMs: clock() };
    settle(moment);
    return moment;
  };
  return {
    ...editHands(momentAt, notify),
    seedCluster: (place, seed) => addCluster(momentAt(place).region, seed).arn,
    seedTaskDefinition(place, content, tags = {}) {
      const { region, nowMs } = momentAt(place);
      const family = optionalText(content, 'family') ?? '';
      const registeredBy = `arn:aws:iam::${place.accountId}:user/administrator`;
      return addTaskDefinition(region, { sent: content, family, tags, registeredBy, nowMs }).arn;
    },
    seedService: (place, seed) => seedService(momentAt(place), seed).arn,
    seedTask: (place, seed) => seedTask(momentAt(place), seed).arn,
    failDeploymentsOf(arn) {
      store.timing.failing.add(arn);
      return () => store.timing.failing.delete(arn);
    },
    setTaskStartMs: (ms) => void (store.timing.taskStartMs = ms),
    services(place) {
      const moment = momentAt(place);
      return [...moment.region.services.values()].map((service) => serviceView(moment, service));
    },
    tasks(place) {
      const moment = momentAt(place);
      return [...moment.region.tasks.values()].map((task) => taskView(moment, task));
    },
    taskDefinitions: (place) => [...momentAt(place).region.families.values()].flat().map(taskDefinitionJson),
  };
};
