// Which documents IAM takes, and with which code and sentence it refuses the others.

import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Rig,
  admits,
  allowEcs,
  hubId,
  oidcProviderArn,
  permissions,
  refusalOf,
  samlProviderArn,
  spokeId,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  rig.cloud.seedRole(hubId, { name: 'holder', trustDocument: trustOf(admits('a')) });
});
afterAll(() => rig.stop());

const malformed = (message: string): string => `400 MalformedPolicyDocument: ${message}`;
const { Principal: principal, Action: action } = admits('a');
const saml = { Effect: 'Allow', Principal: principal, Action: action };
const federated = (id: unknown) => trustOf({ ...saml, Principal: { Federated: id } });
const aws = (id: unknown) => trustOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: id } });
const condition = (block: unknown) => trustOf({ ...saml, Condition: block });

const trustRules: readonly (readonly [string, string, string])[] = [
  ['the controller’s own form', trustOf(admits('a', 'b')), 'accepted'],
  ['a deny for the provider', trustOf({ ...saml, Effect: 'Deny' }), 'accepted'],
  [
    'a single statement that is no list',
    JSON.stringify({ Version: '2012-10-17', Statement: saml }),
    'accepted',
  ],
  ['the old version', JSON.stringify({ Version: '2008-10-17', Statement: [saml] }), 'accepted'],
  ['an OpenID Connect provider of the account', federated(oidcProviderArn), 'accepted'],
  ['a provider that every account has', federated('cognito-identity.amazonaws.com'), 'accepted'],
  [
    'a service',
    trustOf({ ...saml, Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } }),
    'accepted',
  ],
  ['an account by number', aws(spokeId), 'accepted'],
  ['an account by ARN', aws(`arn:aws:iam::${spokeId}:root`), 'accepted'],
  ['everyone, in the AWS form', aws('*'), 'accepted'],
  ['a role that exists in another account', aws(`arn:aws:iam::${spokeId}:role/spoke`), 'accepted'],
  ['a role of an account that we cannot see', aws('arn:aws:iam::999988887777:role/any'), 'accepted'],
  [
    'a qualified operator with IfExists',
    condition({ 'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': 'a' } }),
    'accepted',
  ],
  ['an empty list of condition values', condition({ StringEquals: { 'saml:sub': [] } }), 'accepted'],
  ['an end time', condition({ DateLessThan: { 'aws:CurrentTime': '2026-12-01T00:00:00Z' } }), 'accepted'],

  ['no JSON', '{"Version":', malformed('This policy contains invalid Json')],
  ['a list', '[]', malformed('Syntax errors in policy.')],
  [
    'a character outside Latin-1',
    trustOf({ ...saml, Sid: 'naïve→' }),
    malformed('The policy contains characters outside U+0009, U+000A, U+000D and U+0020-U+00FF'),
  ],
  ['no Version', JSON.stringify({ Statement: [saml] }), malformed('Missing required field Version')],
  [
    'an unknown Version',
    JSON.stringify({ Version: '2020-01-01', Statement: [saml] }),
    malformed('Policy document must be version 2012-10-17 or greater.'),
  ],
  ['no Statement', JSON.stringify({ Version: '2012-10-17' }), malformed('Missing required field Statement')],
  ['an empty Statement', trustOf(), malformed('Syntax errors in policy.')],
  [
    'no Effect',
    trustOf({ Principal: principal, Action: action }),
    malformed('Missing required field Effect'),
  ],
  ['a misspelt Effect', trustOf({ ...saml, Effect: 'allow' }), malformed('Invalid effect: "allow"')],
  [
    'no Action',
    trustOf({ Effect: 'Allow', Principal: principal }),
    malformed('Missing required field Action'),
  ],
  ['an empty list of actions', trustOf({ ...saml, Action: [] }), malformed('Syntax errors in policy.')],
  [
    'an action that is not of STS',
    trustOf({ ...saml, Action: 'iam:PassRole' }),
    malformed('AssumeRole policy may only specify STS AssumeRole actions.'),
  ],
  ['a Resource', trustOf({ ...saml, Resource: '*' }), malformed('Has prohibited field Resource')],
  ['an unknown field', trustOf({ ...saml, Comment: 'x' }), malformed('Unknown field Comment')],
  [
    'no Principal',
    trustOf({ Effect: 'Allow', Action: action }),
    malformed('Missing required field Principal'),
  ],
  [
    'a scalar star',
    trustOf({ ...saml, Principal: '*' }),
    malformed('AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
  ],
  [
    'an empty Principal',
    trustOf({ ...saml, Principal: {} }),
    malformed('AssumeRolepolicy contained an invalid principal: "EMPTY".'),
  ],
  ['an empty list of principals', federated([]), malformed('Invalid principal in policy: "FEDERATED":""')],
  [
    'a provider that does not exist',
    federated(`${samlProviderArn}2`),
    malformed(`Invalid principal in policy: "FEDERATED":"${samlProviderArn}2"`),
  ],
  [
    'one good and one missing provider',
    federated([samlProviderArn, `${samlProviderArn}2`]),
    malformed(`Invalid principal in policy: "FEDERATED":"${samlProviderArn}2"`),
  ],
  [
    'a role that does not exist',
    aws(`arn:aws:iam::${spokeId}:role/none`),
    malformed(`Invalid principal in policy: "AWS":"arn:aws:iam::${spokeId}:role/none"`),
  ],
  [
    'a principal of an unknown type',
    trustOf({ ...saml, Principal: { Person: 'x' } }),
    malformed('Invalid principal in policy: "PERSON":"x"'),
  ],
  [
    'an unknown operator',
    condition({ StringSame: { 'saml:sub': 'a' } }),
    malformed('Invalid Condition type : StringSame.'),
  ],
  [
    'a date that is none',
    condition({ DateLessThan: { 'aws:CurrentTime': 'tomorrow' } }),
    malformed('The policy failed legacy parsing'),
  ],
  [
    'two equal Sids',
    trustOf({ ...saml, Sid: 'A' }, { ...saml, Sid: 'A' }),
    malformed('Statement IDs (SID) in a single policy must be unique.'),
  ],
  [
    'a Sid with a dash',
    trustOf({ ...saml, Sid: 'a-b' }),
    malformed('Statement IDs (SID) must be alpha-numeric. '),
  ],
];

let made = 0;
test.each(trustRules)('trust policy with %s', async (_name, document, expected) => {
  const name = `role-${(made += 1)}`;
  const call = rig.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document }));
  expect(await refusalOf(call)).toBe(expected);
  const stored = rig.cloud.roles(hubId).find((role) => role.name === name);
  expect(stored?.trustDocument).toBe(expected === 'accepted' ? document : undefined);
});

const permissionRules: readonly (readonly [string, string, string])[] = [
  ['an allow', permissions(allowEcs), 'accepted'],
  [
    'NotAction and NotResource',
    permissions({ Effect: 'Deny', NotAction: 'iam:*', NotResource: 'arn:aws:s3:::a/*' }),
    'accepted',
  ],
  [
    'the console’s revocation',
    permissions({
      Effect: 'Deny',
      Action: ['*'],
      Resource: ['*'],
      Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-23T09:00:00.000Z' } },
    }),
    'accepted',
  ],
  [
    'a Principal',
    permissions({ ...allowEcs, Principal: { AWS: '*' } }),
    malformed('Policy document should not specify a principal.'),
  ],
  [
    'no Resource',
    permissions({ Effect: 'Allow', Action: 'ecs:ListTasks' }),
    malformed('Policy statement must contain resources.'),
  ],
  ['no Action', permissions({ Effect: 'Allow', Resource: '*' }), malformed('Missing required field Action')],
  [
    'an action without a service',
    permissions({ ...allowEcs, Action: 'ExecuteCommand' }),
    malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'),
  ],
  [
    'a resource that is no ARN',
    permissions({ ...allowEcs, Resource: 'task/prod' }),
    malformed('Resource task/prod must be in ARN format or "*".'),
  ],
  ['no Version', JSON.stringify({ Statement: [allowEcs] }), malformed('Missing required field Version')],
];

test.each(permissionRules)('permissions policy with %s', async (_name, document, expected) => {
  const call = rig.iam.send(
    new PutRolePolicyCommand({ RoleName: 'holder', PolicyName: 'p', PolicyDocument: document }),
  );
  expect(await refusalOf(call)).toBe(expected);
});
