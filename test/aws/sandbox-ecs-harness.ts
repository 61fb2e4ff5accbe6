// The contract's world, made in the sandbox.

import type { Account } from '../../src/domain/policy.ts';
import type { JsonObject } from '../../src/domain/statement.ts';
import type { EcsHarness, SeededDefinition, SeededExec, SeededService } from './ecs-contract-world.ts';
import { startSandbox } from './sandbox-harness.ts';

const taskStartMs = 10_000;

type SeededContainer = SeededDefinition['containers'][number];

const definedNames = (names: readonly string[] = [], value: string) =>
  names.map((name) => ({ name, [value]: 'not-to-be-read' }));

const containerJson = ({
  logGroup,
  logRegion,
  environment,
  secrets,
  ...rest
}: SeededContainer): JsonObject => ({
  ...rest,
  environment: definedNames(environment, 'value'),
  secrets: definedNames(secrets, 'valueFrom'),
  ...(logGroup === undefined
    ? { logConfiguration: { logDriver: 'json-file', options: { 'awslogs-group': 'not-in-use' } } }
    : {
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': logGroup,
            ...(logRegion === undefined ? {} : { 'awslogs-region': logRegion }),
          },
        },
      }),
});

const definitionJson = ({
  family,
  taskRole,
  executionRole,
  containers,
  networkMode,
  pidMode,
}: SeededDefinition): JsonObject => ({
  family,
  containerDefinitions: containers.map(containerJson),
  ...(taskRole === undefined ? {} : { taskRoleArn: taskRole }),
  ...(executionRole === undefined ? {} : { executionRoleArn: executionRole }),
  ...(networkMode === undefined ? {} : { networkMode }),
  ...(pidMode === undefined ? {} : { pidMode }),
});

const clusterJson = ({ logging, kmsKey, logGroup, s3Bucket }: SeededExec): JsonObject => ({
  executeCommandConfiguration: {
    ...(logging === undefined ? {} : { logging }),
    ...(kmsKey === undefined ? {} : { kmsKeyId: kmsKey }),
    ...(logGroup === undefined && s3Bucket === undefined
      ? {}
      : { logConfiguration: { cloudWatchLogGroupName: logGroup ?? '', s3BucketName: s3Bucket ?? '' } }),
  },
});

const breaker = (rollback: boolean): JsonObject => ({
  deploymentCircuitBreaker: { enable: rollback, rollback },
});

export const sandboxEcsHarness = async (account: Account): Promise<EcsHarness> => {
  const sandbox = await startSandbox(account);
  const { cloud, clock, ecs: port } = sandbox;
  const { ecs } = cloud;
  ecs.setTaskStartMs(taskStartMs);
  const place = { accountId: account.accountId, region: account.regions[0] ?? '' };
  return {
    account,
    port,
    readOnlyPort: sandbox.open({ ...account, ecsWrites: false }).ecs,
    taskStartMs,
    seedCluster: (name, exec) =>
      void ecs.seedCluster(place, {
        name,
        ...(exec === undefined ? {} : { configuration: clusterJson(exec) }),
      }),
    seedDefinition: (seed) => ecs.seedTaskDefinition(place, definitionJson(seed), seed.tags ?? {}),
    seedService: ({
      service: name,
      definitionArn: taskDefinition,
      launchType,
      rollsBack,
      ...seed
    }: SeededService) =>
      void ecs.seedService(place, {
        ...seed,
        name,
        taskDefinition,
        ...(launchType === undefined ? {} : { more: { launchType } }),
        deploymentConfiguration: breaker(rollsBack ?? false),
      }),
    seedTask: ({ cluster, definitionArn: taskDefinition, taskRole }) =>
      void ecs.seedTask(place, {
        cluster,
        taskDefinition,
        overrides: taskRole === undefined ? {} : { taskRoleArn: taskRole },
      }),
    failDeploymentsOf: (arn) => void ecs.failDeploymentsOf(arn),
    pipelineDeploys: (cluster, service, taskRoleArn) =>
      ecs.updateService(place, cluster, service, { revision: (newest) => ({ ...newest, taskRoleArn }) }) ??
      '',
    drainService: (cluster, service) => ecs.drainService(place, cluster, service),
    deleteService: (cluster, service) => ecs.deleteService(place, cluster, service),
    deleteCluster: (cluster) => ecs.deleteCluster(place, cluster),
    deregister: (arn) => ecs.deregister(place, arn),
    advance: (ms) => clock.advance(ms),
    stop: () => sandbox.stop(),
  };
};
