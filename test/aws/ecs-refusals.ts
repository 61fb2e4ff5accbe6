// What ECS refuses of an update, with the errors that the real adapter makes of it.

import { classifyError } from '../../src/aws/classify-error.ts';
import { clusterKey, serviceKey, type ServicePlace } from '../../src/domain/ecs.ts';
import type { ServiceUpdate } from '../../src/domain/ports.ts';
import type { MemoryService } from './in-memory-ecs-services.ts';
import type { EcsWorld } from './in-memory-ecs-world.ts';

/** Throws what the real adapter would throw for this code. */
export const refuseEcs = (code: string, message: string, operation: string, place: ServicePlace): never => {
  throw classifyError(
    { name: code, message, $fault: 'client', $metadata: {} },
    { action: `ecs:${operation}`, resource: `service ${serviceKey(place)}` },
  );
};

const mustBeActive = (world: EcsWorld, place: ServicePlace): MemoryService => {
  const refuse = (code: string, message: string): never => refuseEcs(code, message, 'UpdateService', place);
  if (!world.clusters.has(clusterKey(place))) return refuse('ClusterNotFoundException', 'Cluster not found.');
  const service = world.service(place);
  if (service === undefined) return refuse('ServiceNotFoundException', 'Service not found.');
  return service.status === 'ACTIVE'
    ? service
    : refuse('ServiceNotActiveException', 'Service was not ACTIVE.');
};

/** The service, if ECS would do this with it. */
export const checkUpdate = (
  world: EcsWorld,
  place: ServicePlace,
  { taskDefinitionArn, forceNewDeployment, enableExecuteCommand }: ServiceUpdate,
): MemoryService => {
  const service = mustBeActive(world, place);
  const refuse = (code: string, message: string): never => refuseEcs(code, message, 'UpdateService', place);
  const asked = [taskDefinitionArn, forceNewDeployment, enableExecuteCommand];
  if (service.controller !== 'ECS' && asked.some((one) => one !== undefined))
    refuse('InvalidParameterException', `Unable to update a service that ${service.controller} deploys`);
  const next = taskDefinitionArn ?? service.deployments[0]?.definitionArn ?? '';
  if (taskDefinitionArn !== undefined && !world.definitions.has(taskDefinitionArn))
    refuse('ClientException', 'TaskDefinition not found.');
  if (taskDefinitionArn !== undefined && world.inactive.has(taskDefinitionArn))
    refuse('ClientException', 'TaskDefinition is inactive');
  if (enableExecuteCommand === true && world.definitions.get(next)?.taskRoleArn === undefined)
    refuse('InvalidParameterException', 'a valid taskRoleArn is not being used');
  return service;
};
