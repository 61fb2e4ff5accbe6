// Whether anything runs with a task role, as far as the services that are observed tell.

import type { DesiredRole } from '../../desired/desired-role.ts';
import type { DesiredService } from '../../desired/desired-service.ts';
import type { TaskRoleUse } from '../plan-input.ts';
import { type ServiceFacts, type UnknownService, isFound } from './service-facts.ts';

const runsWith = (facts: ServiceFacts, arn: string): boolean =>
  isFound(facts) &&
  (facts.running?.taskRoleArn === arn ||
    [...facts.roleOfTask.values(), ...facts.overridden.map((task) => task.taskRoleOverride)].includes(arn));

/** By role name. One service that could not be read leaves the use of every role unknown: tasks may run with any of them. */
export const taskRoleUse = (
  roles: readonly DesiredRole[],
  services: readonly (ServiceFacts | UnknownService)[],
  arnOf: (service: DesiredService) => string,
): ReadonlyMap<string, TaskRoleUse> => {
  const arns = new Map(services.map(({ desired }) => [desired.madeRole ?? '', arnOf(desired)]));
  return new Map(
    roles.map(({ roleName }): [string, TaskRoleUse] => {
      const arn = arns.get(roleName) ?? '';
      const known = services.flatMap((one) => ('because' in one ? [] : [one]));
      if (known.some((facts) => runsWith(facts, arn))) return [roleName, 'used'];
      return [roleName, known.length < services.length ? 'unknown' : 'unused'];
    }),
  );
};
