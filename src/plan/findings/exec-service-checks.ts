// What of a service, its tasks and its containers keeps a shell from opening. [ECS Developer Guide: ECS Exec;
// amazon-ecs-exec-checker]

import { ecsServiceTag } from '../../domain/ecs-grants.ts';
import {
  type Container,
  type ObservedService,
  type ObservedTask,
  type TaskDefinition,
  isShortArn,
} from '../../domain/ecs.ts';
import type { ExecReason } from '../../domain/service-findings.ts';

export interface ExecFinding {
  readonly reason: ExecReason;
  readonly message: string;
}

/** What the checks look at. */
export interface ExecScene {
  readonly service: ObservedService;
  /** Containers that policies open. */
  readonly containers: readonly string[];
  /** Running ones. */
  readonly tasks: readonly ObservedTask[];
  /** Those of the running tasks, or while there are none, that which the service is to run. */
  readonly definitions: readonly TaskDefinition[];
}

type Check = (scene: ExecScene) => readonly ExecFinding[];

const found = (reason: ExecReason, message: string): readonly ExecFinding[] => [{ reason, message }];

const noTasks: Check = ({ tasks, service }) => {
  if (tasks.length > 0) return [];
  return found(
    'noTasks',
    service.desiredCount === 0
      ? 'the desired count of the service is 0, so there is nothing to open a shell in'
      : 'no task of the service runs; look at its events and stopped tasks',
  );
};

const flagOnService: Check = ({ service }) =>
  service.enableExecuteCommand
    ? []
    : found(
        'execNotEnabled',
        'ECS Exec is not enabled on the service; enable it and start a new deployment (aws ecs update-service --enable-execute-command --force-new-deployment), or let a TaskRoleBinding with exec.enabled: true do so',
      );

const flagOnTasks: Check = ({ service, tasks }) => {
  const old = tasks.filter((task) => !task.enableExecuteCommand);
  return old.length === 0 || !service.enableExecuteCommand
    ? []
    : found(
        'execOnOldTasks',
        `${old.length} of ${tasks.length} running tasks started before ECS Exec was enabled; replace them (aws ecs update-service --force-new-deployment)`,
      );
};

const shortArns: Check = ({ service, tasks }) =>
  [service.arn, ...tasks.map(({ arn }) => arn)].some(isShortArn)
    ? found(
        'shortArn',
        'the service or its tasks have the short ARN of before 2018, which no permission for the cluster covers; opt in to long ARNs and create the service again',
      )
    : [];

const tags: Check = ({ service, tasks }) => {
  const name = service.place.service;
  const bare = tasks.filter((task) => task.tags[ecsServiceTag] !== name);
  if (bare.length === 0) return [];
  const cause =
    service.tags[ecsServiceTag] !== name
      ? `the service does not carry it`
      : service.propagateTags !== 'SERVICE'
        ? `propagateTags of the service is ${service.propagateTags}, not SERVICE`
        : 'they started before the service handed it on; replace them';
  return found(
    'tagMissing',
    `${bare.length} of ${tasks.length} running tasks lack the tag ${ecsServiceTag} = ${name}, by which policies know them: ${cause}`,
  );
};

const containerNames: Check = ({ containers, definitions }) => {
  const gone = containers.filter((name) =>
    definitions.some((definition) => !definition.containers.some((one) => one.name === name)),
  );
  if (gone.length === 0) return [];
  const known = [...new Set(definitions.flatMap((one) => one.containers.map(({ name }) => name)))];
  return found(
    'containerMissing',
    `there is no container ${gone.join(', ')} in the task definition, which has ${known.join(', ')}; correct the policy`,
  );
};

const opened = ({ containers, definitions }: ExecScene): readonly Container[] =>
  definitions.flatMap((one) => one.containers.filter(({ name }) => containers.includes(name)));

const namesOf = (containers: readonly Container[]): string =>
  [...new Set(containers.map(({ name }) => name))].join(', ');

const rootFileSystem: Check = (scene) => {
  const readOnly = opened(scene).filter((one) => one.readonlyRootFilesystem);
  return readOnly.length === 0
    ? []
    : found(
        'readOnlyRoot',
        `the root file system of ${namesOf(readOnly)} is read-only, and the agent of ECS Exec has to write there; set readonlyRootFilesystem: false`,
      );
};

const variables: Check = (scene) => {
  const credentials = /^AWS_(ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE)$/;
  const set = opened(scene).flatMap(({ awsVariables }) =>
    awsVariables.filter((name) => credentials.test(name)),
  );
  return set.length === 0
    ? []
    : found(
        'awsVariables',
        `${[...new Set(set)].join(', ')} in the container's environment take the place of the task role for the agent of ECS Exec too; remove them, and let the application use the task role`,
      );
};

/** `1.4.0` or later; `LATEST` is. */
const isOldPlatform = ({ platformVersion, platformFamily }: ObservedTask): boolean => {
  if (platformVersion === undefined || /windows/i.test(platformFamily ?? '')) return false;
  const [major = 0, minor = 0] = platformVersion.split('.').map(Number);
  return major < 1 || (major === 1 && minor < 4);
};

const platform: Check = ({ tasks }) => {
  const old = tasks.filter(isOldPlatform);
  return old.length === 0
    ? []
    : found(
        'platformVersion',
        `${old.length} of ${tasks.length} running tasks are on the Fargate platform ${old[0]?.platformVersion ?? ''}, and ECS Exec needs 1.4.0; set platformVersion to LATEST`,
      );
};

/** An agent takes a while to connect, so a starting one counts only while no other runs. */
const agents: Check = ({ tasks, containers }) => {
  const enabled = tasks.filter((task) => task.enableExecuteCommand);
  const bad = containers.filter((name) => {
    const states = enabled.map((task) => task.agents[name] ?? 'missing');
    return states.includes('STOPPED') || (states.length > 0 && !states.includes('RUNNING'));
  });
  return bad.length === 0
    ? []
    : found(
        'agentNotRunning',
        `the agent of ECS Exec does not run in ${bad.join(', ')}; the reason stands in managedAgents of aws ecs describe-tasks, and mostly it is the task role, or the way to ssmmessages`,
      );
};

const checks: readonly Check[] = [
  noTasks,
  flagOnService,
  flagOnTasks,
  shortArns,
  tags,
  containerNames,
  rootFileSystem,
  variables,
  platform,
  agents,
];

export const checkService = (scene: ExecScene): readonly ExecFinding[] =>
  checks.flatMap((check) => check(scene));

/** What keeps no shell from opening. */
export const serviceCautions = ({ definitions }: ExecScene): readonly string[] => {
  const shared = definitions.find(({ pidMode }) => pidMode !== undefined);
  return shared === undefined
    ? []
    : [
        `its containers share a PID namespace (pidMode ${shared.pidMode}), so that only one session can be open in a task at a time`,
      ];
};
