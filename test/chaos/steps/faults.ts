// The world answers badly: errors, broken connections, half answers, late ones, none at all, and old news.

import fc from 'fast-check';
import type { Fault, FaultEffect } from '../../../src/sandbox/world.ts';
import { lagMs, type Trial } from '../trial.ts';
import { type StepKind, stepKind } from './step.ts';

/** Four attempts are made of most requests, so that more than three times is a failure. */
const times = fc.constantFrom(1, 2, 5, 5, 12);
const skip = fc.constantFrom(0, 0, 0, 1, 3, 6);

const broken: readonly FaultEffect[] = [
  { kind: 'error', status: 500, code: 'ServiceFailure' },
  { kind: 'error', status: 503, code: 'ServiceUnavailable' },
  { kind: 'dropConnection' },
  { kind: 'truncateBody' },
  { kind: 'hang' },
  { kind: 'delay', ms: 3_000 },
  { kind: 'delay', ms: 60_000 },
];

const awsEffects: readonly FaultEffect[] = [
  ...broken,
  { kind: 'error', status: 400, code: 'Throttling' },
  { kind: 'error', status: 403, code: 'AccessDenied' },
  { kind: 'error', status: 409, code: 'ConcurrentModification' },
  { kind: 'applyThenDrop' },
  { kind: 'applyThenDrop' },
];

const graphEffects: readonly FaultEffect[] = [
  ...broken,
  { kind: 'error', status: 429, code: 'TooManyRequests', retryAfterSeconds: 7 },
  { kind: 'error', status: 403, code: 'Authorization_RequestDenied' },
  { kind: 'noValue' },
  { kind: 'loopingNextLink' },
  { kind: 'nullProperties' },
];

const iamReads = [
  '*',
  'GetAccountAuthorizationDetails',
  'ListRoles',
  'GetAccountSummary',
  'ListSAMLProviders',
  'GetRole',
  'GetRolePolicy',
] as const;

const iamWrites = [
  'CreateRole',
  'UpdateAssumeRolePolicy',
  'UpdateAssumeRolePolicy',
  'UpdateAssumeRolePolicy',
  'PutRolePolicy',
  'PutRolePolicy',
  'DeleteRolePolicy',
  'DeleteRole',
  'TagRole',
] as const;

const graphOperations = [
  '*',
  'batch',
  'listMembers',
  'listTransitiveMembers',
  'nextPage',
  'nextPage',
  'getByIds',
  'getUser',
  'getDeletedItem',
] as const;

const scripted = (trial: Trial, fault: Fault): void => {
  trial.isFaulty = true;
  trial.wasFaulty = true;
  trial.trouble();
  if (fault.service === 'graph' || fault.service === 'token') trial.clouds.entra.addFault(fault);
  else trial.clouds.aws.addFault(fault);
};

const iamLags = (trial: Trial): void => {
  trial.lag.aws = lagMs;
  trial.clouds.aws.setStaleReads(lagMs);
  trial.trouble();
};

/** Everything answers as it should again, at once and by the right clock. */
export const heal = (trial: Trial): void => {
  const { clouds, git, lag, model, skew } = trial;
  clouds.aws.clearFaults();
  clouds.entra.clearFaults();
  clouds.aws.setStaleReads(0);
  clouds.entra.setStaleReads(0);
  clouds.entra.setMemberLagMs(0);
  Object.assign(lag, { aws: 0, entra: 0 });
  model.setLag(0);
  skew.controller = skew.clouds;
  git.comeBack();
  trial.isFaulty = false;
  trial.trouble();
};

const fault = (
  name: string,
  weight: number,
  service: Fault['service'],
  operations: readonly string[],
  effects: readonly FaultEffect[],
): StepKind =>
  stepKind({
    name,
    weight,
    arguments: fc.record({
      operation: fc.constantFrom(...operations),
      effect: fc.constantFrom(...effects),
      times,
      skip,
    }),
    run: (trial, args) => {
      scripted(trial, { service, ...args });
    },
  });

export const faultSteps: readonly StepKind[] = [
  fault('IAM fails in a read', 5, 'iam', iamReads, awsEffects),
  fault('IAM fails in a write', 8, 'iam', iamWrites, awsEffects),
  fault('STS fails', 1, 'sts', ['AssumeRole', 'GetCallerIdentity'], broken),
  fault('Graph fails', 5, 'graph', graphOperations, graphEffects),
  // Of people it would be a lie that nobody can tell from the truth.
  fault(
    'Graph does not find a group',
    1,
    'graph',
    ['listMembers', 'listTransitiveMembers', 'nextPage'],
    [{ kind: 'error', status: 404, code: 'Request_ResourceNotFound' }],
  ),
  fault('the token endpoint fails', 1, 'token', ['token'], broken),
  stepKind({
    // Twice in a row it would be a lie that nobody can tell from the truth.
    name: 'Graph shows a group as empty once',
    weight: 2,
    arguments: fc.record({
      operation: fc.constantFrom('listMembers', 'listTransitiveMembers', 'nextPage'),
      skip,
    }),
    run: (trial, args) => {
      scripted(trial, { service: 'graph', ...args, times: 1, effect: { kind: 'emptyPage' } });
    },
  }),
  stepKind({
    name: 'IAM shows what is new only later',
    weight: 2,
    arguments: fc.constant({}),
    run: iamLags,
  }),
  stepKind({
    // Together they leave the controller with no means to know what became of its write.
    name: 'IAM lags, and the answers to writes are lost',
    weight: 3,
    arguments: fc.record({ operation: fc.constantFrom(...iamWrites) }),
    run: (trial, args) => {
      iamLags(trial);
      scripted(trial, { service: 'iam', ...args, times: 4, effect: { kind: 'applyThenDrop' } });
    },
  }),
  stepKind({
    name: 'Entra shows what is new only later',
    weight: 2,
    arguments: fc.constant({}),
    run: (trial) => {
      trial.lag.entra = lagMs;
      trial.clouds.entra.setStaleReads(lagMs);
      trial.model.setLag(lagMs);
      trial.trouble();
    },
  }),
  stepKind({
    name: 'a group tells only later who is on duty',
    weight: 1,
    arguments: fc.constant({}),
    run: (trial) => {
      trial.clouds.entra.setMemberLagMs(2 * lagMs);
      trial.model.look();
      trial.trouble();
    },
  }),
  stepKind({
    name: 'the checkout is empty',
    weight: 1,
    arguments: fc.constant({}),
    run: (trial) => {
      trial.git.vanish();
      trial.isFaulty = true;
      trial.trouble();
    },
  }),
  stepKind({ name: 'all is well again', weight: 3, arguments: fc.constant({}), run: heal }),
];
