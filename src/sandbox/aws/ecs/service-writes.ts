// Services, the writing side: creating and updating them, and which updates start a deployment.
//
//   a new one starts with      another task definition, forceNewDeployment, another network, platform, load balancer …
//   no new one starts with     desiredCount, enableExecuteCommand, the tag options, deploymentConfiguration

import { isDeepStrictEqual } from 'node:util';

import type { Json, JsonObject } from '../../../domain/statement.ts';
import { arnWithin, shortArn } from './arns.ts';
import { type EcsCall, type EcsOperations, namedCluster, requireCluster } from './call.ts';
import { checkController } from './controller-refusals.ts';
import { type Moment, addEvent, deploy, schedule } from './deployments.ts';
import { clientException, invalidParameter, noService, serviceNotActive } from './ecs-errors.ts';
import type { Cluster, ControllerType, EcsRegion, Service, Tags, TaskDefinition } from './ecs-store.ts';
import { optionalFlag, optionalNumber, optionalObject, optionalText, present } from '../json-protocol.ts';
import type { Answer } from '../json-service.ts';
import { authorizeRoles, requireTaskRole } from './pass-role.ts';
import { serviceJson } from './service-json.ts';
import { authorizeTagsAtCreation, requestTagContext, tagsOf } from './tags.ts';
import { findTaskDefinition, isActive } from './task-definition-state.ts';

export interface NewService {
  readonly name: string;
  readonly cluster: Cluster;
  readonly controller: ControllerType;
  readonly createdBy: string;
  readonly desiredCount: number;
  readonly enableExecuteCommand: boolean;
  readonly enableEcsManagedTags: boolean;
  readonly propagateTags: string;
  readonly deploymentConfiguration: JsonObject;
  readonly more: JsonObject;
  readonly tags: Tags;
  readonly hasShortArns: boolean;
}

const usualDeployment: JsonObject = {
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
};

export const addService = (region: EcsRegion, made: NewService, nowMs: number): Service => {
  const key = arnWithin(region, 'service', made.cluster.name, made.name);
  const service: Service = {
    ...made,
    key,
    arn: made.hasShortArns ? shortArn(region, 'service', made.name) : key,
    status: 'ACTIVE',
    createdAtMs: nowMs,
    deploymentConfiguration: { ...usualDeployment, ...made.deploymentConfiguration },
    deployments: [],
    lastCompleted: undefined,
    tasks: new Set(),
    events: [],
  };
  region.services.set(key, service);
  return service;
};

export const momentOf = ({ region, timing, nowMs }: EcsCall): Moment => ({ region, timing, nowMs });

/** The task definition that the request names; undefined when it names none. */
const askedDefinition = (call: EcsCall): TaskDefinition | undefined => {
  const reference = optionalText(call.input, 'taskDefinition');
  if (reference === undefined) return undefined;
  const definition = findTaskDefinition(call.region, reference);
  if (definition === undefined) throw clientException('TaskDefinition not found.');
  if (!isActive(definition)) throw clientException('TaskDefinition is inactive');
  return definition;
};

const askedCount = (call: EcsCall): number | undefined => {
  const count = optionalNumber(call.input, 'desiredCount');
  if (count !== undefined && (!Number.isInteger(count) || count < 0)) {
    throw invalidParameter('desiredCount must be a whole number and not negative.');
  }
  return count;
};

const propagations = ['SERVICE', 'TASK_DEFINITION', 'NONE'];

const askedPropagation = (call: EcsCall): string | undefined => {
  const value = optionalText(call.input, 'propagateTags');
  if (value === undefined || propagations.includes(value)) return value;
  throw invalidParameter(`propagateTags must be one of ${propagations.join(', ')}.`);
};

const serviceContext = (call: EcsCall): Readonly<Record<string, readonly string[]>> => {
  const definition = optionalText(call.input, 'taskDefinition');
  const found = definition === undefined ? undefined : findTaskDefinition(call.region, definition);
  const propagation = optionalText(call.input, 'propagateTags');
  const exec = optionalFlag(call.input, 'enableExecuteCommand');
  return {
    'ecs:cluster': [namedCluster(call).arn],
    ...(found === undefined ? {} : { 'ecs:task-definition': [found.arn] }),
    ...(exec === undefined ? {} : { 'ecs:enable-execute-command': [String(exec)] }),
    ...(propagation === undefined ? {} : { 'ecs:propagate-tags': [propagation] }),
  };
};

const controllers: readonly ControllerType[] = ['ECS', 'CODE_DEPLOY', 'EXTERNAL'];

const askedController = (call: EcsCall): ControllerType => {
  const controller = optionalObject(call.input, 'deploymentController');
  const type = controller === undefined ? 'ECS' : optionalText(controller, 'type');
  const known = controllers.find((one) => one === type);
  if (known === undefined)
    throw invalidParameter(`deploymentController.type must be one of ${controllers.join(', ')}.`);
  return known;
};

/** What a service is about in fields of its own; the others are kept as they came. */
const ownFields = new Set([
  'cluster',
  'serviceName',
  'service',
  'taskDefinition',
  'desiredCount',
  'clientToken',
  'forceNewDeployment',
  'enableExecuteCommand',
  'enableECSManagedTags',
  'propagateTags',
  'deploymentConfiguration',
  'deploymentController',
  'tags',
]);

const otherFields = (input: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(input).filter(([name, value]) => !ownFields.has(name) && value !== null));

const checkedName = (call: EcsCall): string => {
  const name = optionalText(call.input, 'serviceName') ?? '';
  if (!/^[\w-]{1,255}$/.test(name)) throw invalidParameter('Service name contains invalid characters.');
  return name;
};

/** The task definition of a new service, which a service deployed from outside must not have. */
const firstDefinition = (call: EcsCall, controller: ControllerType): TaskDefinition | undefined => {
  const definition = askedDefinition(call);
  if (controller === 'EXTERNAL' && definition !== undefined) {
    throw invalidParameter('TaskDefinition must be blank');
  }
  if (controller !== 'EXTERNAL' && definition === undefined) {
    throw invalidParameter('TaskDefinition can not be blank.');
  }
  if (definition !== undefined && optionalFlag(call.input, 'enableExecuteCommand') === true) {
    requireTaskRole(definition.content, {}, 'service', 'created');
  }
  return definition;
};

export const answerWith = (call: EcsCall, service: Service): Answer => {
  schedule(momentOf(call), service);
  return { service: serviceJson(call.region, service, call.nowMs, true) };
};

/** The name of a service that is INACTIVE may be taken anew. */
const checkIsFree = (there: Service | undefined): void => {
  if (there?.status === 'ACTIVE') throw invalidParameter('Creation of service was not idempotent.');
  if (there?.status === 'DRAINING')
    throw invalidParameter('Unable to Start a service that is still Draining.');
};

const create = (call: EcsCall): Answer => {
  const name = checkedName(call);
  const named = namedCluster(call);
  const arn = arnWithin(call.region, 'service', named.name, name);
  const tags = tagsOf(call.input);
  const context = { ...serviceContext(call), ...requestTagContext(tags) };
  call.authorize({ action: 'ecs:CreateService', resource: arn, context });
  authorizeTagsAtCreation(call, 'CreateService', arn, tags);
  const cluster = requireCluster(call);
  const controller = askedController(call);
  const definition = firstDefinition(call, controller);
  checkIsFree(call.region.services.get(arn));
  const service = addService(
    call.region,
    {
      name,
      cluster,
      controller,
      createdBy: call.caller.roleArn ?? call.caller.arn,
      desiredCount: askedCount(call) ?? 0,
      enableExecuteCommand: optionalFlag(call.input, 'enableExecuteCommand') ?? false,
      enableEcsManagedTags: optionalFlag(call.input, 'enableECSManagedTags') ?? false,
      propagateTags: askedPropagation(call) ?? 'NONE',
      deploymentConfiguration: optionalObject(call.input, 'deploymentConfiguration') ?? {},
      more: { launchType: 'EC2', ...otherFields(call.input) },
      tags,
      hasShortArns: false,
    },
    call.nowMs,
  );
  if (definition !== undefined) deploy(momentOf(call), service, definition);
  return answerWith(call, service);
};

/** Fields that change nothing about running tasks. */
const quietFields = new Set(['healthCheckGracePeriodSeconds', 'placementConstraints', 'placementStrategy']);

/** An empty list says the same as a list that was never given. */
const emptyLike = (value: Json): Json | undefined => (Array.isArray(value) ? [] : undefined);

/** Whether this update replaces the tasks of the service. */
const startsDeployment = (call: EcsCall, service: Service, asked: TaskDefinition | undefined): boolean => {
  if (optionalFlag(call.input, 'forceNewDeployment') === true) return true;
  if (asked !== undefined && asked !== service.deployments[0]?.definition) return true;
  return Object.entries(otherFields(call.input)).some(
    ([name, value]) =>
      !quietFields.has(name) && !isDeepStrictEqual(service.more[name] ?? emptyLike(value), value),
  );
};

const apply = (call: EcsCall, service: Service): void => {
  const { input } = call;
  service.desiredCount = askedCount(call) ?? service.desiredCount;
  service.enableExecuteCommand = optionalFlag(input, 'enableExecuteCommand') ?? service.enableExecuteCommand;
  service.enableEcsManagedTags = optionalFlag(input, 'enableECSManagedTags') ?? service.enableEcsManagedTags;
  service.propagateTags = askedPropagation(call) ?? service.propagateTags;
  service.deploymentConfiguration = present({
    ...service.deploymentConfiguration,
    ...optionalObject(input, 'deploymentConfiguration'),
  });
  service.more = { ...service.more, ...otherFields(input) };
};

const checkUpdate = (call: EcsCall, service: Service, asked: TaskDefinition | undefined): void => {
  checkController(call, service);
  askedCount(call);
  askedPropagation(call);
  const definition = asked ?? service.deployments[0]?.definition;
  if (definition !== undefined && optionalFlag(call.input, 'enableExecuteCommand') === true) {
    requireTaskRole(definition.content, {}, 'service', 'updated');
  }
  if (asked !== undefined) authorizeRoles(call, asked.content);
};

const update = (call: EcsCall): Answer => {
  const named = namedCluster(call);
  const reference = optionalText(call.input, 'service') ?? '';
  const arn = arnWithin(call.region, 'service', named.name, reference);
  const service = call.region.services.get(arn);
  const context = serviceContext(call);
  call.authorize({ action: 'ecs:UpdateService', resource: arn, tags: service?.tags, context });
  requireCluster(call);
  if (service === undefined) throw noService();
  if (service.status !== 'ACTIVE') throw serviceNotActive();
  const asked = askedDefinition(call);
  checkUpdate(call, service, asked);
  const isNew = startsDeployment(call, service, asked);
  apply(call, service);
  const definition = asked ?? service.deployments[0]?.definition;
  if (isNew && definition !== undefined) {
    const deployment = deploy(momentOf(call), service, definition);
    addEvent(momentOf(call), service, `(deployment ${deployment.id}) deployment started.`);
  }
  return answerWith(call, service);
};

export const serviceWrites: EcsOperations = { CreateService: create, UpdateService: update };
