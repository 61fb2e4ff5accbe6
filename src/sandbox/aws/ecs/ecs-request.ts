// A request of the JSON protocol: which operation, in which account and region, by whom.

import type { JsonObject } from '../../../domain/statement.ts';
import { authorize } from '../authorize.ts';
import type { Caller } from '../credentials.ts';
import type { FaultSubject } from '../faults.ts';
import { identify } from '../identify.ts';
import type { Services } from '../service.ts';
import { ServiceError, accessDenied } from '../service-error.ts';
import { type IncomingRequest, headerText, signedRegion } from '../sigv4.ts';
import { type Understood, toServiceError } from '../understood.ts';
import type { EcsOperations } from './call.ts';
import { clusterOperations } from './clusters.ts';
import { settle } from './deployments.ts';
import { executeCommand } from './execute-command.ts';
import { asJsonError, jsonContentType, operationOf, parseInput, renderJsonError } from './json-protocol.ts';
import { serviceDeletion } from './service-deletion.ts';
import { serviceOperations } from './services.ts';
import { serviceWrites } from './service-writes.ts';
import { tagOperations } from './tags.ts';
import { taskDefinitionOperations } from './task-definitions.ts';
import { taskOperations } from './tasks.ts';

const operations: EcsOperations = {
  ...clusterOperations,
  ...taskDefinitionOperations,
  ...serviceOperations,
  ...serviceWrites,
  ...serviceDeletion,
  ...taskOperations,
  ...tagOperations,
  ...executeCommand,
};

/** JSON services name the operation in a header, which no request of the Query protocol has. */
export const isEcsRequest = (request: IncomingRequest): boolean =>
  headerText(request, 'x-amz-target') !== undefined;

const subjectFields = [
  'task',
  'tasks',
  'service',
  'services',
  'serviceName',
  'taskDefinition',
  'family',
  'familyPrefix',
  'resourceArn',
  'cluster',
  'clusters',
  'clusterName',
];

/** What the request is about, from the narrowest to the widest. */
const resourceOf = (input: JsonObject): string | undefined =>
  subjectFields
    .map((name) => input[name])
    .map((value) => (Array.isArray(value) ? value.join(',') : value))
    .find((value): value is string => typeof value === 'string' && value !== '');

/** A session of ECS Exec changes nothing here. */
const isWrite = (operation: string): boolean => !/^(Describe|List|ExecuteCommand)/.test(operation);

interface EcsRequest {
  readonly operation: string;
  readonly input: JsonObject;
  readonly region: string;
  readonly caller: Caller | undefined;
}

const perform = (services: Services, request: EcsRequest): string => {
  const operation = operations[request.operation];
  if (operation === undefined) throw new ServiceError(400, 'UnknownOperationException', '');
  const { caller } = request;
  const account = services.accounts.get(caller?.accountId ?? '');
  if (caller === undefined || account === undefined) throw accessDenied('Access denied');
  const region = services.ecs.region(account.accountId, request.region);
  const { timing } = services.ecs;
  const nowMs = services.clock();
  settle({ region, timing, nowMs });
  const judge = { account, caller, region: request.region, nowMs };
  const answer = operation({
    input: request.input,
    caller,
    region,
    timing,
    nowMs,
    authorize: (question) => authorize(judge, question),
  });
  if (isWrite(request.operation)) {
    const { accountId } = account;
    const resource = resourceOf(request.input);
    services.onMutation({ service: 'ecs', accountId, operation: request.operation, resource });
  }
  return JSON.stringify(answer);
};

const understood = (
  services: Services,
  request: EcsRequest,
  refusal: ServiceError | undefined,
): Understood => {
  const subject: FaultSubject = {
    service: 'ecs',
    operation: request.operation,
    accountId: request.caller?.accountId,
    resource: resourceOf(request.input),
  };
  return {
    subject,
    callerArn: request.caller?.arn,
    refusal: refusal === undefined ? undefined : asJsonError(refusal),
    contentType: jsonContentType,
    perform: () => perform(services, request),
    renderError: (error) => renderJsonError(asJsonError(error)),
  };
};

export const understandEcs = (services: Services, request: IncomingRequest): Understood => {
  const base: EcsRequest = {
    operation: operationOf(request) ?? '',
    input: {},
    region: signedRegion(request),
    caller: undefined,
  };
  let known = base;
  try {
    known = { ...known, input: parseInput(request.body) };
    known = { ...known, caller: identify(services, request) };
    return understood(services, known, undefined);
  } catch (error) {
    return understood(services, known, toServiceError(error));
  }
};
