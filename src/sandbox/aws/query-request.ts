// A request of the Query protocol: of IAM or of STS, by the version it names.

import type { FaultSubject } from './faults.ts';
import { identify } from './identify.ts';
import { parseForm, renderAnswer, renderError, serviceOfVersion } from './query-protocol.ts';
import {
  type ServiceRequest,
  type Services,
  accountIdOf,
  answer,
  isUnsigned,
  resourceOf,
} from './service.ts';
import { ServiceError } from './service-error.ts';
import { type IncomingRequest, signedRegion } from './sigv4.ts';
import { type Understood, toServiceError } from './understood.ts';

const subjectOf = (request: ServiceRequest): FaultSubject => ({
  service: request.service,
  operation: request.action,
  accountId: accountIdOf(request),
  resource: resourceOf(request.params),
});

const understood = (
  services: Services,
  request: ServiceRequest,
  refusal: ServiceError | undefined,
): Understood => ({
  subject: subjectOf(request),
  callerArn: request.caller?.arn,
  refusal,
  contentType: 'text/xml',
  perform: (requestId) => renderAnswer(request.service, request.action, answer(services, request), requestId),
  renderError: (error, requestId) => renderError(request.service, error, requestId),
});

export const understandQuery = (services: Services, request: IncomingRequest): Understood => {
  const params = parseForm(request.method === 'GET' ? (request.target.split('?')[1] ?? '') : request.body);
  const service = serviceOfVersion(params.get('Version'));
  const action = params.get('Action') ?? '';
  const region = signedRegion(request);
  const base: ServiceRequest = { service: service ?? 'iam', action, params, caller: undefined, region };
  if (service === undefined) {
    const refusal = new ServiceError(400, 'InvalidAction', `Could not find operation ${action}`);
    return understood(services, base, refusal);
  }
  if (isUnsigned(service, action)) return understood(services, base, undefined);
  try {
    const caller = identify(services, request);
    return understood(services, { ...base, caller }, undefined);
  } catch (error) {
    return understood(services, base, toServiceError(error));
  }
};
