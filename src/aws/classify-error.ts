// Turns whatever the AWS SDK throws into an `AppError`, once, with a sentence that says what the operator can do.

import { AppError } from '../domain/errors.ts';
import { denied } from './denied-sentence.ts';
import { ecsRuleByText, ecsRules } from './ecs-refusals.ts';
import type { CallContext, Rule, RulesByCode, Sentence } from './error-rule.ts';
import { type SdkFacts, sdkFacts } from './sdk-error.ts';
import { ssmRules } from './shells/ssm-refusals.ts';

const said = (facts: SdkFacts): string => (facts.text === '' ? facts.code : `${facts.code}: ${facts.text}`);

const badCredentials: Sentence = (call, facts) =>
  `AWS does not accept our credentials for ${call.action} (${facts.code}): renew them, and check that the clock of this machine is right`;

const alreadyExists: Sentence = (call) =>
  `${call.resource} already exists in the account and is not ours to take over: choose another name, or remove it`;

const gone: Sentence = (call) =>
  `${call.resource} is gone: someone deleted it while it was being changed; the next sweep starts from what is there`;

const rulesByCode: RulesByCode = {
  ...ecsRules,
  ...ssmRules,
  AccessDenied: { kind: 'denied', sentence: denied },
  UnauthorizedOperation: { kind: 'denied', sentence: denied },
  OptInRequired: { kind: 'denied', sentence: denied },
  RegionDisabled: {
    kind: 'denied',
    sentence: (call) =>
      `${call.action} is not possible in this region: activate STS there, or put an active region first in the account's regions`,
  },
  OutboundWebIdentityFederationDisabledException: {
    kind: 'denied',
    sentence: () =>
      'outbound identity federation is off in our account, so STS vouches for nobody: turn it on with aws iam enable-outbound-web-identity-federation, or choose another spec.entra.credential',
  },
  ExpiredToken: { kind: 'denied', sentence: badCredentials },
  ExpiredTokenException: { kind: 'denied', sentence: badCredentials },
  IncompleteSignature: { kind: 'denied', sentence: badCredentials },
  IncompleteSignatureException: { kind: 'denied', sentence: badCredentials },
  InvalidClientTokenId: { kind: 'denied', sentence: badCredentials },
  InvalidSignature: { kind: 'denied', sentence: badCredentials },
  InvalidSignatureException: { kind: 'denied', sentence: badCredentials },
  MissingAuthenticationToken: { kind: 'denied', sentence: badCredentials },
  MissingAuthenticationTokenException: { kind: 'denied', sentence: badCredentials },
  RequestExpired: { kind: 'denied', sentence: badCredentials },
  RequestTimeTooSkewed: { kind: 'denied', sentence: badCredentials },
  SignatureDoesNotMatch: { kind: 'denied', sentence: badCredentials },
  UnrecognizedClient: { kind: 'denied', sentence: badCredentials },
  UnrecognizedClientException: { kind: 'denied', sentence: badCredentials },
  EntityAlreadyExists: { kind: 'conflict', sentence: alreadyExists },
  NoSuchEntity: { kind: 'conflict', sentence: gone },
  DeleteConflict: {
    kind: 'conflict',
    sentence: (call) =>
      `${call.resource} cannot be deleted yet: something is still attached to it; detach it first`,
  },
  UnmodifiableEntity: {
    kind: 'conflict',
    sentence: (call) =>
      `${call.resource} belongs to AWS (a service-linked or IAM Identity Center role) and cannot be changed: choose another name`,
  },
  LimitExceeded: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `${call.action} on ${call.resource} exceeds a quota of the account (${facts.text}): raise the quota in Service Quotas, or make it smaller`,
  },
  MalformedPolicyDocument: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `AWS rejects the document for ${call.resource} (${facts.text}): correct the policy's statements`,
  },
  ValidationError: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `AWS rejects ${call.action} on ${call.resource} (${facts.text}): correct the value that it names`,
  },
  InvalidInput: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `AWS rejects ${call.action} on ${call.resource} (${facts.text}): correct the value that it names`,
  },
};

const rulesByFault: Readonly<Record<Exclude<SdkFacts['fault'], 'answered'>, Rule>> = {
  throttled: {
    kind: 'transient',
    sentence: (call) =>
      `AWS throttles ${call.action} on ${call.resource}: it is tried again in the next sweep; look for other tools that use up the account's request rate`,
  },
  busy: {
    kind: 'transient',
    sentence: (call, facts) =>
      `${call.resource} is just being changed by someone else (${facts.code}): it is tried again in the next sweep`,
  },
  server: {
    kind: 'transient',
    sentence: (call, facts) =>
      `${call.action} on ${call.resource} failed inside AWS (${facts.code}): it is tried again in the next sweep`,
  },
  network: {
    kind: 'transient',
    sentence: (call, facts) =>
      `no usable answer from AWS to ${call.action} on ${call.resource} (${said(facts)}): check the network, the proxy and AWS_ENDPOINT_URL if it lasts`,
  },
  clockSkew: { kind: 'denied', sentence: badCredentials },
  credentials: {
    kind: 'denied',
    sentence: (call, facts) =>
      `no AWS credentials for ${call.action} (${said(facts)}): give this process a role, a profile (AWS_PROFILE) or keys`,
  },
};

/** An answer that we do not know: of the request's making if 4xx, so it stays until someone looks. */
const unknownAnswer: Rule = {
  kind: 'invalid',
  sentence: (call, facts) =>
    `AWS refuses ${call.action} on ${call.resource} (${said(facts)}): look the code up in the service's API reference`,
};

const ruleFor = (facts: SdkFacts): Rule => {
  const fault = facts.fault;
  if (fault !== 'answered') return rulesByFault[fault];
  const exact = ecsRuleByText(facts) ?? rulesByCode[facts.code];
  if (exact !== undefined) return exact;
  return facts.code.startsWith('AccessDenied') || facts.status === 403
    ? { kind: 'denied', sentence: denied }
    : unknownAnswer;
};

/** Only name, code and cleaned text: the SDK's own object drags along the response, which may hold credentials. */
const causeOf = (facts: SdkFacts): Error => new Error(said(facts));

/** `AppError`s pass through: they were classified where they arose (credentials, a refusal of ours). */
export const classifyError = (thrown: unknown, call: CallContext): AppError => {
  if (thrown instanceof AppError) return thrown;
  const facts = sdkFacts(thrown);
  const rule = ruleFor(facts);
  return new AppError(rule.kind, rule.sentence(call, facts), {
    resource: call.resource,
    code: facts.code,
    cause: causeOf(facts),
  });
};
