// Would the shells that policies give open? Looked at in every sweep, so that it is learnt on a quiet day.

import type { ExecService } from '../../desired/desired-service.ts';
import {
  type ObservedCluster,
  type ObservedService,
  type ObservedTask,
  type TaskDefinition,
  clusterKey,
  tasksOf,
} from '../../domain/ecs.ts';
import type { Reading } from '../../domain/reading.ts';
import { roleOf } from '../../domain/role.ts';
import type { ExecReadiness, ExecReason } from '../../domain/service-findings.ts';
import { sortedUnique } from '../../domain/statement.ts';
import { type RoleScene, checkTaskRole, logCautions, managedPoliciesOf } from './exec-role-checks.ts';
import { type ExecFinding, type ExecScene, checkService, serviceCautions } from './exec-service-checks.ts';
import type { ServicesInput } from '../services-input.ts';

/** The first of these that was found speaks for the service: what has to be put right before the next can be. */
const order: readonly ExecReason[] = [
  'unreadable',
  'serviceMissing',
  'noTasks',
  'shortArn',
  'execNotEnabled',
  'execOnOldTasks',
  'tagMissing',
  'containerMissing',
  'noTaskRole',
  'taskRoleDenied',
  'keyDenied',
  'readOnlyRoot',
  'platformVersion',
  'awsVariables',
  'agentNotRunning',
  'taskRoleUnknown',
];

interface Looked {
  readonly findings: readonly ExecFinding[];
  readonly warnings: readonly string[];
}

const only = (reason: ExecReason, message: string): Looked => ({
  findings: [{ reason, message }],
  warnings: [],
});

/** What follows from a reading that brings nothing to look at. */
const unread = (reading: Reading<unknown> | undefined, what: string): Looked => {
  if (reading?.state === 'absent') return only('serviceMissing', `there is no ${what}; correct the policy`);
  const why =
    reading?.state === 'unreadable' ? `could not be read: ${reading.problem.message}` : 'has not been read';
  return only('unreadable', `the ${what} ${why}`);
};

interface Found {
  readonly cluster: ObservedCluster;
  readonly service: ObservedService;
  readonly tasks: readonly ObservedTask[];
  readonly definitions: readonly TaskDefinition[];
}

const definitionsOf = (
  service: ObservedService,
  tasks: readonly ObservedTask[],
  { ecs }: ServicesInput,
): readonly TaskDefinition[] | undefined => {
  const arns =
    tasks.length > 0 ? tasks.map(({ taskDefinitionArn }) => taskDefinitionArn) : [service.taskDefinitionArn];
  const definitions: TaskDefinition[] = [];
  for (const arn of new Set(arns)) {
    if (arn === undefined) continue;
    const reading = ecs.definitions.get(arn);
    if (reading?.state !== 'present') return undefined;
    definitions.push(reading.value);
  }
  return definitions;
};

const find = ({ place }: ExecService, input: ServicesInput): Found | Looked => {
  const cluster = input.ecs.clusters.get(clusterKey(place));
  const where = `${place.cluster} in ${place.region}`;
  if (cluster?.state !== 'present') return unread(cluster, `ECS cluster ${where}`);
  const service = cluster.value.services.get(place.service);
  const what = `service ${place.service} in the ECS cluster ${where}`;
  if (service?.state !== 'present') return unread(service, what);
  if (service.value.status === 'INACTIVE')
    return only('serviceMissing', `there is no ${what}; correct the policy`);
  const tasks = tasksOf(cluster.value, place.service).filter(({ isRunning }) => isRunning);
  const definitions = definitionsOf(service.value, tasks, input);
  return definitions === undefined
    ? only('unreadable', `a task definition of the ${what} could not be read`)
    : { cluster: cluster.value, service: service.value, tasks, definitions };
};

/** The roles that its shells would have; undefined stands for tasks without one. */
const taskRolesOf = ({ tasks, definitions }: Found): ReadonlySet<string | undefined> => {
  const byArn = new Map(definitions.map((one) => [one.arn, one.taskRoleArn]));
  return new Set(
    tasks.length === 0
      ? definitions.map((one) => one.taskRoleArn)
      : tasks.map((task) => task.taskRoleOverride ?? byArn.get(task.taskDefinitionArn)),
  );
};

const roleScene = (found: Found, { place }: ExecService, input: ServicesInput): RoleScene => ({
  observed: input.observed,
  managedPolicies: input.confirmations.managedPolicies,
  exec: found.cluster.exec,
  place: input.account,
  region: place.region,
  nowMs: input.nowMs,
});

const noRole: ExecFinding = {
  reason: 'noTaskRole',
  message:
    'its tasks have no task role, and the agent of ECS Exec needs one; give the task definition a taskRoleArn, or bind one with a TaskRoleBinding',
};

const look = (exec: ExecService, input: ServicesInput): Looked => {
  const found = find(exec, input);
  if ('findings' in found) return found;
  const scene: ExecScene = { ...found, containers: exec.containers };
  const roles = [...taskRolesOf(found)];
  const own = roleScene(found, exec, input);
  return {
    findings: [
      ...checkService(scene),
      ...roles.flatMap((arn) => (arn === undefined ? [noRole] : checkTaskRole(arn, own))),
    ],
    warnings: sortedUnique([
      ...serviceCautions(scene),
      ...roles.flatMap((arn) => (arn === undefined ? [] : logCautions(arn, own))),
    ]),
  };
};

/** One for each service in which policies open shells, sorted by place. */
export const execReadiness = (input: ServicesInput): readonly ExecReadiness[] =>
  input.desired.exec.map((exec) => {
    const { findings, warnings } = look(exec, input);
    const sorted = [...findings].sort((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason));
    return {
      place: exec.place,
      policies: exec.policies,
      reason: sorted[0]?.reason ?? 'Ready',
      messages: [...new Set(sorted.map(({ message }) => message))],
      warnings,
    };
  });

/** Managed policies that have to be read, so that the task roles of these services can be judged. */
export const managedPoliciesForExec = (input: ServicesInput): readonly string[] =>
  sortedUnique(
    input.desired.exec.flatMap((exec) => {
      const found = find(exec, input);
      if ('findings' in found) return [];
      return [...taskRolesOf(found)].flatMap((arn) => {
        const role = arn === undefined ? undefined : roleOf(arn, input.observed);
        return role === undefined ? [] : managedPoliciesOf(role);
      });
    }),
  );
