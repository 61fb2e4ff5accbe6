// What somebody should know of a bound service, though it holds nothing.

import { type FoundService, type ServiceFacts, isFound } from './service-facts.ts';

/** On EC2 hosts, tasks without a network of their own reach the host's metadata, and so its role. [aws.md §5] */
const instanceRole = ({ service, running }: FoundService): readonly string[] => {
  const { networkMode } = running ?? {};
  const isOwn = networkMode === undefined ? service.launchType === 'FARGATE' : networkMode === 'awsvpc';
  if (service.launchType === 'FARGATE' || isOwn) return [];
  return [
    `its tasks share the network of their EC2 instance (${networkMode ?? 'bridge'}), so they can also get the credentials of the instance's role; use awsvpc, or block the instance metadata for tasks`,
  ];
};

const nothingRuns = ({ service }: FoundService): readonly string[] =>
  service.desiredCount === 0
    ? ['its desired count is 0: nothing runs, so whether its tasks can start with the role is not known']
    : [];

const execLeftOn = ({ service, desired }: FoundService): readonly string[] =>
  !desired.exec && service.enableExecuteCommand
    ? [
        'ECS Exec is enabled on the service, and the binding does not look after it (exec.enabled is not true)',
      ]
    : [];

const noBreaker = ({ service, desired }: FoundService): readonly string[] =>
  desired.rollout === 'deploy' && service.controller === 'ECS' && !service.rollsBack
    ? [
        'its deployment circuit breaker does not roll back: tasks that cannot start with the role would be tried without an end; set deploymentCircuitBreaker { enable, rollback } on the service',
      ]
    : [];

export const serviceWarnings = (facts: ServiceFacts): readonly string[] =>
  isFound(facts)
    ? [...instanceRole(facts), ...nothingRuns(facts), ...execLeftOn(facts), ...noBreaker(facts)]
    : [];
