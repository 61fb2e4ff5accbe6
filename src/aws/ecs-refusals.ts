// What ECS refuses, by code, and where it has one code for everything, by what it says.

import { denied } from './denied-sentence.ts';
import type { Rule, RulesByCode } from './error-rule.ts';
import type { SdkFacts } from './sdk-error.ts';

export const ecsRules: RulesByCode = {
  ClusterNotFoundException: {
    kind: 'conflict',
    sentence: (call) =>
      `${call.resource} has no cluster: someone deleted it, or it never was in this region; correct the name, or make the cluster again`,
  },
  ServiceNotFoundException: {
    kind: 'conflict',
    sentence: (call) =>
      `${call.resource} is gone: someone deleted it while it was being changed; the next sweep starts from what is there`,
  },
  ServiceNotActiveException: {
    kind: 'conflict',
    sentence: (call) =>
      `${call.resource} is no longer ACTIVE: someone deleted it, or it is draining, while it was being changed; the next sweep starts from what is there`,
  },
  InvalidParameterException: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `AWS rejects ${call.action} on ${call.resource} (${facts.text}): correct the value that it names`,
  },
  ClientException: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `ECS refuses ${call.action} on ${call.resource} (${facts.text}): correct what it names`,
  },
  PlatformTaskDefinitionIncompatibilityException: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `the platform version of ${call.resource} cannot run the task definition (${facts.text}): give the service a platform version that can`,
  },
  LimitExceededException: {
    kind: 'invalid',
    sentence: (call, facts) =>
      `${call.action} on ${call.resource} exceeds a quota of the account (${facts.text}): raise the quota in Service Quotas, or remove what is not needed`,
  },
};

/** `ClientException` and `InvalidParameterException` say almost anything. [aws.md §5; GH issues named there] */
const rulesByText: readonly (readonly [RegExp, Rule])[] = [
  [/not authorized to perform: /i, { kind: 'denied', sentence: denied }],
  [
    /referenced task was not found/i,
    {
      kind: 'conflict',
      sentence: (call) =>
        `${call.resource} is gone: it stopped, and ECS no longer tells of it; the next sweep starts from what runs`,
    },
  ],
  [
    /task ?definition is inactive/i,
    {
      kind: 'conflict',
      sentence: (call) =>
        `${call.resource} cannot run a task definition that is INACTIVE: someone deregistered the revision; the next sweep starts from the one that runs`,
    },
  ],
  [
    /unable to describe task definition|task ?definition (?:was )?not found/i,
    {
      kind: 'conflict',
      sentence: (call) =>
        `${call.resource} names a task definition that is not there: someone deleted the revision; the next sweep starts from the one that runs`,
    },
  ],
  [
    /role is not valid/i,
    {
      kind: 'invalid',
      sentence: (call) =>
        `ECS does not take the roles of ${call.resource} (Role is not valid): name roles of this account that exist and that trust ecs-tasks.amazonaws.com`,
    },
  ],
];

const wordy: ReadonlySet<string> = new Set(['ClientException', 'InvalidParameterException']);

export const ecsRuleByText = (facts: SdkFacts): Rule | undefined =>
  wordy.has(facts.code) ? rulesByText.find(([text]) => text.test(facts.text))?.[1] : undefined;
