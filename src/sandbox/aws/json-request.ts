// A request of the JSON protocol: of which service, which operation, in which account and region, by whom.

import type { JsonObject } from '../../domain/statement.ts';
import { type Judge, authorize } from './authorize.ts';
import type { Caller } from './credentials.ts';
import { dynamoDbService } from './dynamodb/dynamodb-request.ts';
import { ecsService } from './ecs/ecs-request.ts';
import type { FaultSubject } from './faults.ts';
import { identify } from './identify.ts';
import { asJsonError, parseInput, renderJsonError } from './json-protocol.ts';
import type { JsonService } from './json-service.ts';
import type { Services } from './service.ts';
import { ServiceError, accessDenied } from './service-error.ts';
import { type IncomingRequest, headerText, signedRegion } from './sigv4.ts';
import { ssmService } from './ssm/ssm-request.ts';
import { type Understood, toServiceError } from './understood.ts';

/** JSON services name the operation in a header, which no request of the Query protocol has. */
export const isJsonRequest = (request: IncomingRequest): boolean =>
  headerText(request, 'x-amz-target') !== undefined;

/** A service that the sandbox does not have is answered as ECS answers an operation that it does not have. */
const serviceOf = (target: string): JsonService =>
  [ssmService, dynamoDbService].find(({ targetPrefix }) => target.startsWith(targetPrefix)) ?? ecsService;

interface JsonRequest {
  readonly service: JsonService;
  readonly operation: string;
  readonly input: JsonObject;
  readonly region: string;
  readonly caller: Caller | undefined;
}

const perform = (services: Services, request: JsonRequest): string => {
  const { service, operation, input, region, caller } = request;
  const account = services.accounts.get(caller?.accountId ?? '');
  if (caller === undefined || account === undefined) throw accessDenied('Access denied');
  const nowMs = services.clock();
  const judge: Judge = { account, caller, region, nowMs, asked: services.asked };
  const answer = service.perform(services, {
    operation,
    input,
    caller,
    account,
    region,
    nowMs,
    authorize: (question) => authorize(judge, question),
  });
  if (answer === undefined) throw new ServiceError(400, 'UnknownOperationException', '');
  if (service.isWrite(operation)) {
    const { accountId } = account;
    services.onMutation({ service: service.name, accountId, operation, resource: service.resourceOf(input) });
  }
  return JSON.stringify(answer);
};

const understood = (
  services: Services,
  request: JsonRequest,
  refusal: ServiceError | undefined,
): Understood => {
  const { service, operation, input, caller } = request;
  const subject: FaultSubject = {
    service: service.name,
    operation,
    accountId: caller?.accountId,
    resource: service.resourceOf(input),
  };
  return {
    subject,
    callerArn: caller?.arn,
    refusal: refusal === undefined ? undefined : asJsonError(refusal, service.failure),
    contentType: service.contentType,
    perform: () => perform(services, request),
    renderError: (error) => {
      const known = asJsonError(error, service.failure);
      return renderJsonError(known, service.errorType?.(known.code));
    },
  };
};

export const understandJson = (services: Services, request: IncomingRequest): Understood => {
  const target = headerText(request, 'x-amz-target') ?? '';
  const service = serviceOf(target);
  const isItsOwn = target.startsWith(service.targetPrefix);
  const base: JsonRequest = {
    service,
    operation: isItsOwn ? target.slice(service.targetPrefix.length) : '',
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
