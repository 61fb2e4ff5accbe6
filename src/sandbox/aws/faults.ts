// Scripted misbehaviour: which faults meet a request, and how often they have done so.

import type { Fault, FaultEffect } from '../world.ts';
import { ServiceError } from './service-error.ts';

export interface FaultSubject {
  readonly service: 'iam' | 'sts' | 'ecs' | 'ssm' | 'dynamodb';
  readonly operation: string;
  readonly accountId: string | undefined;
  readonly resource: string | undefined;
}

/** What befalls one request: delays add up, and of the rest the fault that was added first wins. */
export interface Misfortune {
  readonly delayMs: number;
  readonly effect: Exclude<FaultEffect, { kind: 'delay' }> | undefined;
}

export const noMisfortune: Misfortune = { delayMs: 0, effect: undefined };

interface Scripted {
  readonly fault: Fault;
  skipsLeft: number;
  timesLeft: number;
}

const matches = (fault: Fault, subject: FaultSubject): boolean =>
  fault.service === subject.service &&
  (fault.operation === '*' || fault.operation === subject.operation) &&
  (fault.accountId === undefined || fault.accountId === subject.accountId) &&
  (fault.resource === undefined || (subject.resource ?? '').includes(fault.resource));

/** true when the fault acts on this call; counts it. */
const strike = (scripted: Scripted, subject: FaultSubject): boolean => {
  if (scripted.timesLeft <= 0 || !matches(scripted.fault, subject)) return false;
  if (scripted.skipsLeft > 0) {
    scripted.skipsLeft -= 1;
    return false;
  }
  scripted.timesLeft -= 1;
  return true;
};

export interface FaultScript {
  add(fault: Fault): () => void;
  clear(): void;
  meet(subject: FaultSubject): Misfortune;
}

export const createFaultScript = (): FaultScript => {
  const script = new Set<Scripted>();
  return {
    add(fault) {
      const scripted = {
        fault,
        skipsLeft: fault.skip ?? 0,
        timesLeft: fault.times ?? Number.POSITIVE_INFINITY,
      };
      script.add(scripted);
      return () => script.delete(scripted);
    },
    clear: () => script.clear(),
    meet(subject) {
      let delayMs = 0;
      let effect: Misfortune['effect'];
      for (const scripted of script) {
        const isDelay = scripted.fault.effect.kind === 'delay';
        if ((!isDelay && effect !== undefined) || !strike(scripted, subject)) continue;
        if (scripted.fault.effect.kind === 'delay') delayMs += scripted.fault.effect.ms;
        else effect = scripted.fault.effect;
      }
      return { delayMs, effect };
    },
  };
};

const usualMessages: Readonly<Record<string, string>> = {
  Throttling: 'Rate exceeded',
  ThrottlingException: 'Rate exceeded',
  ProvisionedThroughputExceededException:
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  InternalServerError: 'An error occurred on the server side.',
  ServerException: 'Service Unavailable. Please try again later.',
  ServiceFailure: 'The request processing has failed because of an unknown error, exception or failure.',
  InternalFailure: 'The request processing has failed because of an unknown error, exception or failure.',
  ServiceUnavailable: 'Service Unavailable',
  ConcurrentModification:
    'Multiple requests to change this object were submitted simultaneously. Please wait a few minutes and try again.',
  EntityTemporarilyUnmodifiable:
    'The request was rejected because it referenced an entity that is temporarily unmodifiable. Try again later.',
};

/** The error of an `error` fault; without a message of its own it says what AWS says. */
export const faultError = (
  effect: Extract<FaultEffect, { kind: 'error' }>,
  subject: FaultSubject,
  callerArn: string | undefined,
): ServiceError => {
  const resource = subject.resource ?? '*';
  const isPlain = !/^(?:iam|sts)$/.test(subject.service) || /^(arn:|\*)/.test(resource);
  const what = isPlain ? resource : `role ${resource}`;
  const denied = `User: ${callerArn ?? 'anonymous'} is not authorized to perform: ${subject.service}:${subject.operation} on resource: ${what}`;
  const usual = effect.code.startsWith('AccessDenied') ? denied : (usualMessages[effect.code] ?? effect.code);
  return new ServiceError(effect.status, effect.code, effect.message ?? usual);
};
