// What services that something else deploys refuse to change here. [ECS API reference, UpdateService]

import type { EcsCall } from './call.ts';
import { invalidParameter } from './ecs-errors.ts';
import type { Service } from './ecs-store.ts';

interface Refusal {
  readonly isAsked: boolean;
  readonly message: string;
}

const controllerRefusals = (call: EcsCall, service: Service): readonly Refusal[] => {
  const { input } = call;
  const controller = `services with ${service.controller === 'EXTERNAL' ? 'an' : 'a'} ${service.controller} deployment controller`;
  const way =
    service.controller === 'CODE_DEPLOY'
      ? 'Use AWS CodeDeploy to trigger a new deployment.'
      : 'Use CreateTaskSet to start a new deployment.';
  const unable = (field: string, what: string): Refusal => ({
    isAsked: input[field] !== undefined && input[field] !== null,
    message: `Unable to update ${what} on ${controller}. ${way}`,
  });
  const external = [unable('deploymentConfiguration', 'deployment configuration')];
  return [
    unable('taskDefinition', 'task definition'),
    {
      isAsked: input['forceNewDeployment'] === true,
      message: `Cannot force a new deployment on ${controller}. ${way}`,
    },
    unable('networkConfiguration', 'network parameters'),
    unable('platformVersion', 'platform version'),
    unable('loadBalancers', 'load balancers'),
    unable('serviceRegistries', 'service registries'),
    unable('enableExecuteCommand', 'enable execute command'),
    ...(service.controller === 'EXTERNAL' ? external : []),
  ];
};

/** Throws for an update that the service's deployment controller does not leave to ECS. */
export const checkController = (call: EcsCall, service: Service): void => {
  if (service.controller === 'ECS') return;
  const refusal = controllerRefusals(call, service).find((one) => one.isAsked);
  if (refusal !== undefined) throw invalidParameter(refusal.message);
};
