// Writes to ECS: a copy of a revision, an update of a service, tags on it. Each is checked before anything is sent.

import {
  TagResourceCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import { serviceKey, type ServicePlace } from '../domain/ecs.ts';
import type { Account } from '../domain/policy.ts';
import type { EcsPort, ServiceUpdate } from '../domain/ports.ts';
import { checkMayWrite, checkPlace, checkRegion, checkRevision, checkServiceArn } from './ecs-rules.ts';
import type { EcsRegion } from './ecs-region.ts';
import { notRepeated } from './retry.ts';
import { registerCopy } from './register-copy.ts';

type Writes = Pick<EcsPort, 'copyRevision' | 'updateService' | 'tagService'>;

const updateInput = (place: ServicePlace, update: ServiceUpdate): UpdateServiceCommandInput => {
  const { taskDefinitionArn: taskDefinition, ...rest } = update;
  const { cluster, service } = place;
  return { cluster, service, ...rest, ...(taskDefinition === undefined ? {} : { taskDefinition }) };
};

export const ecsWrites = (account: Account, open: (region: string) => EcsRegion): Writes => {
  const checkService = (place: ServicePlace): void => {
    checkMayWrite(account);
    checkPlace(account, place);
  };
  return {
    copyRevision: async (copy, signal) => {
      signal.throwIfAborted();
      checkMayWrite(account);
      checkRegion(account, copy.region);
      checkRevision(account, copy.region, copy.from);
      return registerCopy(open(copy.region), copy, signal);
    },
    updateService: async (place, update, signal) => {
      signal.throwIfAborted();
      checkService(place);
      const { taskDefinitionArn } = update;
      if (taskDefinitionArn !== undefined) checkRevision(account, place.region, taskDefinitionArn);
      const { calls, pace } = open(place.region);
      const context = { action: 'ecs:UpdateService', resource: `service ${serviceKey(place)}` };
      await calls.write(context, signal, (client, options) => {
        // After a lost answer a second try could put back what a pipeline has deployed in between.
        const command = notRepeated(new UpdateServiceCommand(updateInput(place, update)));
        return client.send(pace.paced('UpdateService', command, signal), options);
      });
    },
    tagService: async (place, resourceArn, tags, signal) => {
      signal.throwIfAborted();
      checkService(place);
      checkServiceArn(account, place, resourceArn);
      const { calls, pace } = open(place.region);
      const context = { action: 'ecs:TagResource', resource: `service ${serviceKey(place)}` };
      await calls.write(context, signal, (client, options) => {
        const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
        const command = new TagResourceCommand({ resourceArn, tags: list });
        return client.send(pace.paced('TagResource', command, signal), options);
      });
    },
  };
};
