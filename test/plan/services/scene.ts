// A decision about one bound service that runs just as its binding wants, to be changed by each test in what it is about.

import { resolveServices } from '../../../src/desired/resolve-services.ts';
import type { DesiredRole } from '../../../src/desired/desired-role.ts';
import { noConfirmations } from '../../../src/domain/directory.ts';
import {
  type Container,
  type Deployment,
  type ExecSettings,
  type ObservedCluster,
  type ObservedEcs,
  type ObservedService,
  type ObservedTask,
  type ServicePlace,
  type TaskDefinition,
  clusterKey,
  serviceGroup,
} from '../../../src/domain/ecs.ts';
import { ecsServiceTag } from '../../../src/domain/ecs-grants.ts';
import type { HoldReason, Plan, PlannedService } from '../../../src/domain/plan.ts';
import type { AccessPolicy, Account, ControllerConfig, TaskRoleBinding } from '../../../src/domain/policy.ts';
import { type Reading, present } from '../../../src/domain/reading.ts';
import type { ObservedAccount, ObservedRole } from '../../../src/domain/role.ts';
import { makeServicesPlan } from '../../../src/plan/services/plan-services.ts';
import type { ServicesInput } from '../../../src/plan/services-input.ts';
import { account, controllerConfig, policySet, servicePlace, taskRoleBinding } from '../../builders.ts';
import { nowMs, observedAccount, roleInSync } from '../scenario.ts';

export { nowMs } from '../scenario.ts';

const minute = 60_000;
export const ago = (minutes: number): number => nowMs - minutes * minute;

export const revisionArn = (revision: number, family = 'api'): string =>
  `arn:aws:ecs:eu-west-1:111122223333:task-definition/${family}:${revision}`;
export const roleArn = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
/** The role that the binding makes, and the one that ran before. */
export const madeRole = roleArn('rolewarden/payments-api-task');
export const oldRole = roleArn('old-task');

export const digestImage = `contoso/api@sha256:${'0'.repeat(64)}`;

export const container = (overrides: Partial<Container> = {}): Container => ({
  name: 'api',
  image: digestImage,
  readonlyRootFilesystem: false,
  awsVariables: [],
  logGroup: undefined,
  ...overrides,
});

export const definition = (revision: number, overrides: Partial<TaskDefinition> = {}): TaskDefinition => ({
  arn: revisionArn(revision, overrides.family),
  family: 'api',
  revision,
  taskRoleArn: madeRole,
  executionRoleArn: roleArn('ecs-execution'),
  networkMode: 'awsvpc',
  pidMode: undefined,
  containers: [container()],
  tags: {},
  registeredBy: 'arn:aws:sts::111122223333:assumed-role/pipeline/deploy',
  ...overrides,
});

export const deployment = (overrides: Partial<Deployment> = {}): Deployment => ({
  id: 'ecs-svc/1',
  taskDefinitionArn: revisionArn(7),
  rollout: 'COMPLETED',
  rolloutReason: 'ECS deployment ecs-svc/1 completed.',
  createdAtMs: ago(5_000),
  desiredCount: 1,
  runningCount: 1,
  pendingCount: 0,
  failedTasks: 0,
  ...overrides,
});

/** Runs api:7. */
export const service = (overrides: Partial<ObservedService> = {}): ObservedService => {
  const place = overrides.place ?? servicePlace;
  return {
    place,
    arn: `arn:aws:ecs:${place.region}:111122223333:service/${place.cluster}/${place.service}`,
    status: 'ACTIVE',
    controller: 'ECS',
    taskDefinitionArn: revisionArn(7),
    desiredCount: 1,
    runningCount: 1,
    enableExecuteCommand: true,
    propagateTags: 'SERVICE',
    tags: { [ecsServiceTag]: place.service, 'rolewarden:instance': 'test' },
    launchType: 'FARGATE',
    platformVersion: 'LATEST',
    rollsBack: true,
    deployments: [deployment({ taskDefinitionArn: overrides.taskDefinitionArn ?? revisionArn(7) })],
    failedAtMs: [],
    ...overrides,
  };
};

export const task = (number: number, overrides: Partial<ObservedTask> = {}): ObservedTask => ({
  arn: `arn:aws:ecs:eu-west-1:111122223333:task/payments/${String(number).padStart(32, '0')}`,
  taskDefinitionArn: revisionArn(7),
  group: serviceGroup('api'),
  taskRoleOverride: undefined,
  isRunning: true,
  enableExecuteCommand: true,
  agents: { api: 'RUNNING' },
  tags: { [ecsServiceTag]: 'api' },
  platformVersion: '1.4.0',
  platformFamily: 'Linux',
  ...overrides,
});

export const documentOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** A role that nobody here made, with its permissions in one inline policy. */
export const foreignRole = (
  overrides: Partial<ObservedRole> = {},
  ...statements: readonly object[]
): ObservedRole => ({
  name: 'old-task',
  path: '/',
  arn: oldRole,
  roleId: 'AROAEXAMPLE',
  createdAtMs: 0,
  lastUsedAtMs: undefined,
  trustDocument: documentOf(),
  tags: {},
  permissionsBoundary: undefined,
  inlinePolicies: [{ name: 'all', document: documentOf(...statements) }],
  attachedPolicyArns: [],
  settings: { description: '', maxSessionSeconds: 3_600 },
  ...overrides,
});

export interface EcsParts {
  readonly service?: Reading<ObservedService>;
  readonly tasks?: readonly ObservedTask[];
  readonly definitions?: readonly TaskDefinition[];
  /** Revisions that could not be read. */
  readonly unreadableDefinitions?: ReadonlyMap<string, Reading<TaskDefinition>>;
  readonly exec?: Partial<ExecSettings>;
  readonly cluster?: Reading<ObservedCluster>;
  readonly place?: ServicePlace;
}

/** One cluster with one service; with nothing said, one that runs as it should. */
export const ecsOf = (parts: EcsParts = {}): ObservedEcs => {
  const { place = servicePlace } = parts;
  const cluster: ObservedCluster = {
    arn: `arn:aws:ecs:${place.region}:111122223333:cluster/${place.cluster}`,
    exec: {
      logging: 'DEFAULT',
      kmsKeyArn: undefined,
      logGroup: undefined,
      s3Bucket: undefined,
      ...parts.exec,
    },
    services: new Map([[place.service, parts.service ?? present(service({ place }))]]),
    tasks: parts.tasks ?? [task(1)],
  };
  return {
    readAtMs: nowMs,
    clusters: new Map([[clusterKey(place), parts.cluster ?? present(cluster)]]),
    definitions: new Map<string, Reading<TaskDefinition>>([
      ...(parts.definitions ?? [definition(7)]).map((one) => [one.arn, present(one)] as const),
      ...(parts.unreadableDefinitions ?? []),
    ]),
  };
};

export interface ServiceParts {
  readonly binding?: Partial<TaskRoleBinding>;
  readonly bindings?: readonly TaskRoleBinding[];
  readonly policies?: readonly AccessPolicy[];
  readonly account?: Partial<Account>;
  readonly config?: ControllerConfig;
  readonly ecs?: EcsParts | ObservedEcs;
  readonly roles?: (desired: readonly DesiredRole[]) => readonly ObservedRole[];
  readonly observed?: Partial<ObservedAccount>;
  readonly input?: Partial<ServicesInput>;
}

/** Where nothing is said, everything may be changed: the rollout is `deploy`, and the account has `ecsWrites`. */
export const servicesInput = (parts: ServiceParts = {}): ServicesInput => {
  const config = parts.config ?? controllerConfig();
  const own = account({ ecsWrites: true, ...parts.account });
  const bindings = parts.bindings ?? [taskRoleBinding({ rollout: 'deploy', ...parts.binding })];
  const policies = policySet({
    configs: [config],
    accounts: [own],
    policies: parts.policies ?? [],
    bindings,
  });
  const desired = resolveServices(policies, own, config);
  const roles = parts.roles?.(desired.roles) ?? desired.roles.map((role) => roleInSync(role));
  return {
    account: own,
    desired,
    ecs: parts.ecs !== undefined && 'clusters' in parts.ecs ? parts.ecs : ecsOf(parts.ecs),
    observed: observedAccount(roles, parts.observed),
    instance: config.instance,
    safety: config.safety,
    confirmations: noConfirmations,
    recentWrites: [],
    recentUpdates: new Map(),
    acknowledgements: [],
    policiesComplete: true,
    absences: new Map(),
    bindings: new Set(bindings.map(({ meta }) => meta.name)),
    clockSkew: undefined,
    rewrites: new Map(),
    othersSince: new Map(),
    knowsLockouts: true,
    lockedOut: new Set(),
    orphanMode: 'enforce',
    nowMs,
    ...parts.input,
  };
};

export const servicesPlanOf = (parts: ServiceParts = {}): Plan => makeServicesPlan(servicesInput(parts));

export const onlyService = (plan: Plan): PlannedService => {
  const [first] = plan.services;
  if (first === undefined || plan.services.length !== 1)
    throw new Error(`expected one service, found ${plan.services.length}`);
  return first;
};
export const servicePlanOf = (parts: ServiceParts = {}): PlannedService => onlyService(servicesPlanOf(parts));

/** `kind class`, of everything that differs, applied or held. */
export const drift = ({ apply, held }: PlannedService): readonly string[] =>
  [...apply, ...held.map(({ change }) => change)].map(
    ({ detail, driftClass }) => `${detail.kind} ${driftClass}`,
  );
export const reasonsOf = ({ held }: PlannedService): ReadonlySet<HoldReason> =>
  new Set(held.map(({ hold }) => hold.reason));
/** `copyRevision`, `tagService`, `updateService` with what it changes. */
export const writesOf = ({ writes }: PlannedService): readonly string[] =>
  writes.map((write) => {
    if (write.op !== 'updateService') return write.op;
    const revision = write.revision === undefined ? [] : [write.revision === 'copy' ? 'copy' : 'revision'];
    return [write.op, ...revision, ...Object.keys(write.settings)].join(' ');
  });

/** It runs api:7 with the old role. */
export const boundOtherwise: EcsParts = { definitions: [definition(7, { taskRoleArn: oldRole })] };
