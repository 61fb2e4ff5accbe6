// Deleting a service: it drains, its tasks stop, and it is shown as INACTIVE from then on. [ECS API reference, DeleteService]

import { arnWithin } from './arns.ts';
import { type EcsCall, type EcsOperations, namedCluster, requireCluster } from './call.ts';
import { type Moment, schedule } from './deployments.ts';
import { invalidParameter, noService } from './ecs-errors.ts';
import type { Service } from './ecs-store.ts';
import { optionalFlag, optionalText } from '../json-protocol.ts';
import type { Answer } from '../json-service.ts';
import { answerWith, momentOf } from './service-writes.ts';

export const drain = (moment: Moment, service: Service): void => {
  service.desiredCount = 0;
  service.status = 'DRAINING';
  schedule(moment, service);
};

const remove = (call: EcsCall): Answer => {
  const named = namedCluster(call);
  const arn = arnWithin(call.region, 'service', named.name, optionalText(call.input, 'service') ?? '');
  const service = call.region.services.get(arn);
  const context = { 'ecs:cluster': [named.arn] };
  call.authorize({ action: 'ecs:DeleteService', resource: arn, tags: service?.tags, context });
  requireCluster(call);
  if (service === undefined || service.status === 'INACTIVE') throw noService();
  if (service.desiredCount > 0 && optionalFlag(call.input, 'force') !== true) {
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  }
  drain(momentOf(call), service);
  return answerWith(call, service);
};

export const serviceDeletion: EcsOperations = { DeleteService: remove };
