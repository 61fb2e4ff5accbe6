// Reads of the in-memory ECS, as of the clock's now: the same cut through the world that the real adapter makes.

import { checkRegion } from '../../src/aws/ecs-rules.ts';
import { refusalOf } from '../../src/aws/refusal.ts';
import {
  clusterKey,
  type ClusterPlace,
  type ObservedCluster,
  type ObservedEcs,
  type ObservedService,
  type ObservedTask,
  serviceGroup,
  serviceKey,
  type ServicePlace,
  type TaskDefinition,
} from '../../src/domain/ecs.ts';
import type { AppError } from '../../src/domain/errors.ts';
import type { Account } from '../../src/domain/policy.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { absent, present, type Reading, unreadable } from '../../src/domain/reading.ts';
import { attemptedArn, attemptOf } from '../../src/domain/service-marks.ts';
import { compareText, sortedUnique } from '../../src/domain/statement.ts';
import { observedService, observedTask } from './in-memory-ecs-services.ts';
import type { EcsWorld } from './in-memory-ecs-world.ts';

const definitionsOf = ({ taskDefinitionArn, deployments, tags }: ObservedService): readonly string[] => {
  const attempt = attemptOf(tags);
  const attempted =
    attempt === undefined || taskDefinitionArn === undefined
      ? undefined
      : attemptedArn(attempt, taskDefinitionArn);
  return [taskDefinitionArn, attempted, ...deployments.map((one) => one.taskDefinitionArn)].filter(
    (arn) => arn !== undefined,
  );
};

const wanted = ({ services, tasks: all }: ObservedCluster): readonly string[] => {
  const groups = new Set<string | undefined>([...services.keys()].map(serviceGroup));
  const shown = [...services.values()].flatMap((one) => (one.state === 'present' ? [one.value] : []));
  return [
    ...shown.flatMap(definitionsOf),
    ...all.filter(({ group }) => groups.has(group)).map((task) => task.taskDefinitionArn),
  ];
};

export interface MemoryReads {
  service(place: ServicePlace): Reading<ObservedService>;
  /** With a problem, no cluster is readable. */
  observe(services: readonly ServicePlace[], problem: AppError | undefined): ObservedEcs;
}

/** `broken`: keys of clusters and services, and ARNs of revisions, that cannot be read. */
export const memoryReads = (
  account: Account,
  world: EcsWorld,
  broken: ReadonlyMap<string, AppError>,
  clock: Clock,
): MemoryReads => {
  const orBroken = <T>(key: string, read: () => Reading<T>): Reading<T> => {
    const problem = broken.get(key);
    return problem === undefined ? read() : unreadable(problem);
  };
  const service = (place: ServicePlace): Reading<ObservedService> =>
    orBroken(serviceKey(place), () => {
      const found = world.service(place);
      return found === undefined ? absent : present(observedService(found, clock.now()));
    });
  const tasks = (place: ClusterPlace, services: readonly string[]): readonly ObservedTask[] => {
    const ofServices = services.flatMap((name) => world.service({ ...place, service: name })?.tasks ?? []);
    const alone = world.loneTasks.filter(
      (task) => task.cluster === clusterKey(place) && task.taskRoleOverride !== undefined,
    );
    return [...ofServices, ...alone]
      .map((task) => {
        const containers = world.definitions.get(task.definitionArn)?.containers ?? [];
        return observedTask(
          task,
          clock.now(),
          containers.map(({ name }) => name),
        );
      })
      .toSorted((a, b) => compareText(a.arn, b.arn));
  };
  const cluster = (place: ClusterPlace, services: readonly string[]): Reading<ObservedCluster> =>
    orBroken(clusterKey(place), () => {
      const exec = world.clusters.get(clusterKey(place));
      if (exec === undefined) return absent;
      const readings = services.map((name) => [name, service({ ...place, service: name })] as const);
      return present({
        arn: world.clusterArn(place),
        exec,
        services: new Map(readings),
        tasks: tasks(place, services),
      });
    });
  const definition = (arn: string): Reading<TaskDefinition> =>
    orBroken(arn, () => {
      const found = world.definitions.get(arn);
      return found === undefined ? absent : present(found);
    });
  const observe = (services: readonly ServicePlace[], problem: AppError | undefined): ObservedEcs => {
    const places = new Map(services.map((place) => [clusterKey(place), place]));
    const clusters = [...places].map(([key, place]) => {
      const names = services.filter((one) => clusterKey(one) === key).map((one) => one.service);
      const refusal = problem ?? refusalOf(() => checkRegion(account, place.region));
      const reading = refusal === undefined ? cluster(place, [...new Set(names)]) : unreadable(refusal);
      return [key, reading] as const;
    });
    const arns = clusters.flatMap(([, one]) => (one.state === 'present' ? wanted(one.value) : []));
    return {
      readAtMs: clock.now(),
      clusters: new Map(clusters),
      definitions: new Map(sortedUnique(arns).map((arn) => [arn, definition(arn)])),
    };
  };
  return { service, observe };
};
