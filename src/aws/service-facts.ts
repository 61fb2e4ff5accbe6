// A service as DescribeServices shows it.

import type { Deployment as SdkDeployment, Service, ServiceEvent } from '@aws-sdk/client-ecs';
import type { Deployment, ObservedService, ServicePlace } from '../domain/ecs.ts';
import { ecsTags, type NeededFields, neededFields, textOrNone } from './needed-fields.ts';

const action = 'ecs:DescribeServices';

const deploymentFacts = (deployment: SdkDeployment, needed: NeededFields): Deployment => ({
  id: needed.text('deployments.id', deployment.id),
  taskDefinitionArn: needed.text('deployments.taskDefinition', deployment.taskDefinition),
  rollout:
    deployment.rolloutState === undefined
      ? undefined
      : needed.oneOf('deployments.rolloutState', deployment.rolloutState, [
          'IN_PROGRESS',
          'COMPLETED',
          'FAILED',
        ]),
  rolloutReason: deployment.rolloutStateReason ?? '',
  createdAtMs: needed.momentMs('deployments.createdAt', deployment.createdAt),
  desiredCount: needed.count('deployments.desiredCount', deployment.desiredCount),
  runningCount: needed.count('deployments.runningCount', deployment.runningCount),
  pendingCount: needed.count('deployments.pendingCount', deployment.pendingCount),
  // Told only where ECS counts them.
  failedTasks: deployment.failedTasks ?? 0,
});

const isPrimary = ({ status }: SdkDeployment): boolean => status === 'PRIMARY';

const primaryFirst = (deployments: readonly SdkDeployment[]): readonly SdkDeployment[] => [
  ...deployments.filter(isPrimary),
  ...deployments.filter((deployment) => !isPrimary(deployment)),
];

/**
 * `(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start.`, `(service web) rolling back to
 * deployment ecs-svc/2.` What stands in parentheses are names, which may say anything. [ECS service event messages]
 */
export const tellsOfFailure = (message: string): boolean =>
  /(?<![\w/-])(?:deployment failed|roll(?:ing|ed) back|rollback)(?![\w/-])/i.test(
    message.replaceAll(/\([^)]*\)/g, ''),
  );

const failures = (events: readonly ServiceEvent[], needed: NeededFields): readonly number[] =>
  events
    .filter(({ message }) => tellsOfFailure(message ?? ''))
    .map(({ createdAt }) => needed.momentMs('events.createdAt', createdAt))
    .sort((a, b) => b - a);

/** One that was never set is off. [ECS API reference, DeploymentCircuitBreaker] */
const rollsBack = ({ deploymentConfiguration }: Service): boolean => {
  const breaker = deploymentConfiguration?.deploymentCircuitBreaker;
  return breaker?.enable === true && breaker.rollback === true;
};

const launchTypes = ['FARGATE', 'EC2', 'EXTERNAL'] as const;

export const serviceFacts = (service: Service, place: ServicePlace): ObservedService => {
  const needed = neededFields(action, `service ${place.service}`);
  const { type = 'ECS' } = service.deploymentController ?? {};
  const controller = needed.oneOf('deploymentController', type, ['ECS', 'CODE_DEPLOY', 'EXTERNAL']);
  const deployments =
    controller === 'ECS' ? needed.list('deployments', service.deployments) : (service.deployments ?? []);
  return {
    place,
    arn: needed.text('serviceArn', service.serviceArn),
    status: needed.oneOf('status', service.status, ['ACTIVE', 'DRAINING', 'INACTIVE']),
    controller,
    taskDefinitionArn:
      controller === 'EXTERNAL'
        ? textOrNone(service.taskDefinition)
        : needed.text('taskDefinition', service.taskDefinition),
    desiredCount: needed.count('desiredCount', service.desiredCount),
    runningCount: needed.count('runningCount', service.runningCount),
    enableExecuteCommand: needed.flag('enableExecuteCommand', service.enableExecuteCommand),
    // A service made without it shows none, and does not propagate. [ECS API reference, Service]
    propagateTags:
      service.propagateTags === undefined
        ? 'NONE'
        : needed.oneOf('propagateTags', service.propagateTags, ['SERVICE', 'TASK_DEFINITION', 'NONE']),
    tags: ecsTags(service.tags),
    launchType: launchTypes.find((known) => known === service.launchType),
    platformVersion: textOrNone(service.platformVersion),
    rollsBack: rollsBack(service),
    deployments:
      controller === 'ECS'
        ? primaryFirst(deployments).map((deployment) => deploymentFacts(deployment, needed))
        : [],
    failedAtMs: failures(service.events ?? [], needed),
  };
};
