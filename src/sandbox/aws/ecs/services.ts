// Services, the reading side: listing and describing them.

import { type Json, compareText } from '../../../domain/statement.ts';
import { arnWithin } from './arns.ts';
import { type EcsOperations, namedCluster, requireCluster } from './call.ts';
import { invalidParameter } from './ecs-errors.ts';
import { textList } from '../json-protocol.ts';
import { pageOf } from './paging.ts';
import { serviceJson } from './service-json.ts';

export const serviceOperations: EcsOperations = {
  ListServices(call) {
    const named = namedCluster(call);
    call.authorize({ action: 'ecs:ListServices', resource: '*', context: { 'ecs:cluster': [named.arn] } });
    const cluster = requireCluster(call);
    const arns = [...call.region.services.values()]
      .filter((service) => service.cluster === cluster && service.status === 'ACTIVE')
      .map((service) => service.arn)
      .sort(compareText);
    const { page, more } = pageOf(call.input, arns, { usual: 10, most: 100 });
    return { serviceArns: page, ...more };
  },
  DescribeServices(call) {
    const named = namedCluster(call);
    const references = textList(call.input, 'services');
    if (references.length === 0) throw invalidParameter('Services cannot be empty.');
    if (references.length > 10) throw invalidParameter('Services cannot exceed 10.');
    const arns = references.map((reference) => arnWithin(call.region, 'service', named.name, reference));
    const context = { 'ecs:cluster': [named.arn] };
    for (const arn of arns) {
      const tags = call.region.services.get(arn)?.tags;
      call.authorize({ action: 'ecs:DescribeServices', resource: arn, tags, context });
    }
    requireCluster(call);
    const withTags = textList(call.input, 'include').includes('TAGS');
    const services: Json[] = [];
    const failures: Json[] = [];
    for (const arn of new Set(arns)) {
      const service = call.region.services.get(arn);
      if (service === undefined) failures.push({ arn, reason: 'MISSING' });
      else services.push(serviceJson(call.region, service, call.nowMs, withTags));
    }
    return { services, failures };
  },
};
