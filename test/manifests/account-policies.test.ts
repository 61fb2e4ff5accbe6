// The documents beside the spoke role's: what the controller itself may do, what ECS may do for it, what plans are made with,
// what the organization forbids, and what a role that the controller makes can never do. Cases are requests, and no word of a
// document is there without a case that needs it.

import { describe, expect, it } from 'vitest';
import { webIdentityToken } from '../../src/aws/web-identity-token.ts';
import type { AccessRequest } from '../../src/domain/access-evaluator.ts';
import { startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import { alterationsOf } from './alterations.ts';
import {
  administrators,
  boundaryArn,
  boundaryDocument,
  controllerArn,
  controllerPolicy,
  executionPolicies,
  gitSecretArn,
  hubId,
  instance,
  leaseTableArn,
  logGroupArn,
  organizationPolicy,
  planPolicy,
  readerArn,
  region,
  spokeArn,
  spokeId,
} from './deployed.ts';
import { type Case, everything, isAllowed, requestOf } from './requests.ts';

interface Subject {
  readonly name: string;
  readonly documents: Readonly<Record<string, string>>;
  /** Documents that only deny are weighed beside one that allows everything. */
  readonly beside: readonly string[];
  readonly allowed: readonly Case[];
  readonly refused: readonly Case[];
}

const role = (name: string, accountId = spokeId): string => `arn:aws:iam::${accountId}:role/${name}`;
const actionsOn = (resource: string, ...actions: readonly string[]): readonly Case[] =>
  actions.map((action) => ({ name: `${action} on ${resource}`, action, resource }));

/** Condition keys of `sts:GetWebIdentityToken`. */
const entraToken = {
  'sts:IdentityTokenAudience': ['api://AzureADTokenExchange'],
  'sts:SigningAlgorithm': 'RS256',
  'sts:DurationSeconds': '300',
} as const;

const asking = (change: Readonly<Record<string, string | readonly string[]>>): Case => ({
  name: `a token for Entra, with ${JSON.stringify(change)}`,
  action: 'sts:GetWebIdentityToken',
  resource: '*',
  keys: { ...entraToken, ...change },
});
const { 'sts:IdentityTokenAudience': _audience, ...withoutAudience } = entraToken;

const controller: Subject = {
  name: 'the controller',
  documents: { task: controllerPolicy },
  beside: [],
  allowed: [
    ...actionsOn(spokeArn, 'sts:AssumeRole'),
    asking({}),
    ...actionsOn(leaseTableArn, 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Scan'),
  ],
  refused: [
    ...actionsOn(role('administrator'), 'sts:AssumeRole'),
    ...actionsOn(readerArn, 'sts:AssumeRole'),
    asking({ 'sts:IdentityTokenAudience': ['api://AzureADTokenExchange', 'https://elsewhere.example'] }),
    asking({ 'sts:SigningAlgorithm': 'ES384' }),
    asking({ 'sts:DurationSeconds': '3600' }),
    { ...asking({}), name: 'a token for nobody in particular', keys: withoutAudience },
    ...actionsOn(leaseTableArn, 'dynamodb:DeleteTable', 'dynamodb:UpdateTable'),
    ...actionsOn(`arn:aws:dynamodb:${region}:${hubId}:table/orders`, 'dynamodb:PutItem', 'dynamodb:Scan'),
    ...actionsOn(controllerArn, 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy'),
    ...actionsOn('*', 'iam:GetAccountAuthorizationDetails', 'secretsmanager:GetSecretValue'),
  ],
};

const execution: Subject = {
  name: 'what ECS may do to start the controller',
  documents: executionPolicies,
  beside: [],
  allowed: [
    ...actionsOn('*', 'ecr:GetAuthorizationToken'),
    ...actionsOn(
      `arn:aws:ecr:${region}:${hubId}:repository/rolewarden`,
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
    ),
    ...actionsOn(
      `${logGroupArn}:log-stream:controller/rolewarden/1`,
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ),
    ...actionsOn(gitSecretArn, 'secretsmanager:GetSecretValue'),
  ],
  refused: [
    ...actionsOn(`arn:aws:ecr:${region}:${hubId}:repository/other`, 'ecr:BatchGetImage'),
    ...actionsOn(`arn:aws:logs:${region}:${hubId}:log-group:other:log-stream:x`, 'logs:PutLogEvents'),
    ...actionsOn(
      `arn:aws:secretsmanager:${region}:${hubId}:secret:other-AbCdEf`,
      'secretsmanager:GetSecretValue',
    ),
    ...actionsOn(spokeArn, 'sts:AssumeRole'),
  ],
};

const plan: Subject = {
  name: 'what plans of pull requests are made with',
  documents: { plan: planPolicy },
  beside: [],
  allowed: actionsOn(readerArn, 'sts:AssumeRole'),
  refused: [
    ...actionsOn(spokeArn, 'sts:AssumeRole'),
    ...actionsOn(leaseTableArn, 'dynamodb:Scan'),
    asking({}),
  ],
};

/** Who sends a request, by the ARN of her role. */
const by = (principalArn: string, cases: readonly Case[]): readonly Case[] =>
  cases.map((one) => ({
    ...one,
    name: `${one.name}, by ${principalArn}`,
    keys: { ...one.keys, 'aws:PrincipalArn': principalArn },
  }));

const anybody = role('account-owner');
const administrator = administrators[0]?.replaceAll('*', 'x') ?? '';
const ownerOfLegacy = role('legacy-owners');
const adopt = { 'aws:TagKeys': ['rolewarden:adopt'] };
const adopting: readonly Case[] = ['iam:TagRole', 'iam:UntagRole'].map((action) => ({
  name: `${action} rolewarden:adopt`,
  action,
  resource: role('payments-legacy'),
  keys: adopt,
}));

export const roleWrites: readonly string[] = [
  'iam:AttachRolePolicy',
  'iam:CreateRole',
  'iam:DeleteRole',
  'iam:DeleteRolePermissionsBoundary',
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:PutRolePermissionsBoundary',
  'iam:PutRolePolicy',
  'iam:TagRole',
  'iam:UntagRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole',
  'iam:UpdateRoleDescription',
];
const policyWrites = [
  'iam:CreatePolicy',
  'iam:CreatePolicyVersion',
  'iam:DeletePolicy',
  'iam:DeletePolicyVersion',
  'iam:SetDefaultPolicyVersion',
];
const samlWrites = ['iam:CreateSAMLProvider', 'iam:DeleteSAMLProvider', 'iam:UpdateSAMLProvider'];
const oidcWrites = [
  'iam:AddClientIDToOpenIDConnectProvider',
  'iam:CreateOpenIDConnectProvider',
  'iam:DeleteOpenIDConnectProvider',
  'iam:RemoveClientIDFromOpenIDConnectProvider',
  'iam:UpdateOpenIDConnectProviderThumbprint',
];

const provider = (kind: string, name: string): string => `arn:aws:iam::${spokeId}:${kind}-provider/${name}`;
const ofTheController: readonly Case[] = [
  ...actionsOn(spokeArn, ...roleWrites),
  ...actionsOn(boundaryArn, ...policyWrites),
];
const wayIn: readonly Case[] = [
  ...actionsOn(provider('saml', 'EntraID'), ...samlWrites),
  ...actionsOn(provider('oidc', 'login.microsoftonline.com/x/v2.0'), ...oidcWrites),
  ...actionsOn(provider('oidc', 'sts.windows.net/x/'), ...oidcWrites),
];
const ownRoles = actionsOn(role('rolewarden/payments-debug'), ...roleWrites);

const organization: Subject = {
  name: 'the organization',
  documents: { organization: organizationPolicy },
  beside: [everything],
  allowed: [
    ...by(spokeArn, ownRoles),
    ...by(administrator, [...ownRoles, ...ofTheController, ...wayIn]),
    ...by(ownerOfLegacy, adopting),
    // What the organization has no word about stays as it was.
    ...by(anybody, [
      ...actionsOn(role('payments-legacy'), ...roleWrites),
      ...actionsOn(role('rolewarden/payments-debug'), 'iam:GetRole', 'iam:PassRole'),
      ...actionsOn(`arn:aws:iam::${spokeId}:policy/payments`, ...policyWrites),
      ...actionsOn(provider('saml', 'Other'), ...samlWrites),
      ...actionsOn(provider('oidc', 'token.actions.githubusercontent.com'), ...oidcWrites),
      {
        name: 'tagging',
        action: 'iam:TagRole',
        resource: role('payments-legacy'),
        keys: { 'aws:TagKeys': ['Owner'] },
      },
    ]),
  ],
  refused: [
    ...by(anybody, [...ownRoles, ...ofTheController, ...wayIn, ...adopting]),
    ...by(`arn:aws:iam::${spokeId}:root`, [...ownRoles, ...ofTheController, ...wayIn, ...adopting]),
    ...by(spokeArn, [...ofTheController, ...wayIn, ...adopting]),
    ...by(readerArn, [...ownRoles, ...ofTheController]),
    ...by(role('other/rolewarden-spoke'), ownRoles),
    ...by(ownerOfLegacy, ownRoles),
  ],
};

const task = `arn:aws:ecs:${region}:${spokeId}:task/payments/1`;
const tagging = (resource: string, key: string): readonly Case[] =>
  ['ecs:TagResource', 'ecs:UntagResource'].map((action) => ({
    name: `${action} ${key} on ${resource}`,
    action,
    resource,
    keys: { 'aws:TagKeys': [key, 'Owner'] },
  }));

const boundary: Subject = {
  name: 'a role that the controller makes',
  documents: { boundary: boundaryDocument },
  beside: [],
  allowed: [
    ...actionsOn('*', 'ecs:ListTasks', 'logs:GetLogEvents', 's3:GetObject', 'sts:GetCallerIdentity'),
    ...actionsOn(task, 'ecs:ExecuteCommand'),
    ...actionsOn(`arn:aws:ec2:${region}:${spokeId}:instance/i-1`, 'ssm:StartSession'),
    ...actionsOn(`arn:aws:ssm:${region}:${spokeId}:session/anna-1`, 'ssm:ResumeSession'),
    ...tagging(task, 'Team'),
  ],
  refused: [
    ...actionsOn(
      role('other'),
      'sts:AssumeRole',
      'sts:AssumeRoleWithSAML',
      'sts:AssumeRoleWithWebIdentity',
      'sts:AssumeRoot',
    ),
    ...actionsOn('*', 'sts:GetFederationToken', 'sts:GetWebIdentityToken'),
    ...actionsOn(task, 'ssm:StartSession'),
    ...actionsOn(`arn:aws:ssm:${region}:${spokeId}:session/ecs-execute-command-1`, 'ssm:ResumeSession'),
    ...tagging(task, 'rolewarden:service'),
    ...tagging(`arn:aws:ecs:${region}:${spokeId}:service/payments/api`, 'rolewarden:service'),
    ...actionsOn(role('payments-task'), 'iam:PassRole', 'iam:GetRole'),
    ...actionsOn('*', 'organizations:LeaveOrganization', 'account:DisableRegion'),
  ],
};

describe.each([controller, execution, plan, organization, boundary])('$name', (subject) => {
  const texts = [...Object.values(subject.documents), ...subject.beside];

  it.each(subject.allowed)('may do $name', (one) => {
    expect(isAllowed(texts, requestOf(one))).toBe(true);
  });

  it.each(subject.refused)('is refused $name', (one) => {
    expect(isAllowed(texts, requestOf(one))).toBe(false);
  });

  it.each(alterationsOf(subject.documents))('$name is missed', ({ documents, allows }) => {
    const altered = [...documents, ...subject.beside];
    const missed =
      allows === 'less'
        ? subject.allowed.filter((one) => !isAllowed(altered, requestOf(one)))
        : subject.refused.filter((one) => isAllowed(altered, requestOf(one)));
    expect(missed).not.toEqual([]);
  });
});

it('the controller asks for just the token that it may have', async () => {
  const nothing = { samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] };
  const key = { accessKeyId: 'AKIA999988887777HUB1', secretAccessKey: 'secret-of-the-hub' };
  const cloud = await startAwsCloud({ accounts: [{ accountId: hubId, ...key, ...nothing }] });
  try {
    const asked: AccessRequest[] = [];
    cloud.onAsked(({ request }) => void asked.push(request));
    const clock = { now: () => Date.now() };
    const ownCredentials = async () => key;
    const options = { clock, endpoint: cloud.url, ownCredentials, region, requestTimeoutMs: 5_000 };
    await webIdentityToken(options, 'api://AzureADTokenExchange');
    const [request] = asked;
    if (request === undefined) throw new Error('nothing was asked for');
    expect([...request.context].filter(([name]) => name.startsWith('sts:'))).toEqual([
      ...requestOf(asking({})).context,
    ]);
    expect(isAllowed([controllerPolicy], request)).toBe(true);
  } finally {
    await cloud.stop();
  }
});

it('the boundary bounds: beside permissions that allow everything it is what counts', () => {
  const [one] = boundary.refused;
  if (one === undefined) throw new Error('there is no case');
  expect(isAllowed([everything], requestOf(one), boundaryDocument)).toBe(false);
  expect(isAllowed([everything], requestOf(one))).toBe(true);
});

it('a document of the organization fits into its quota of 5,120 characters', () => {
  expect(JSON.stringify(JSON.parse(organizationPolicy)).length).toBeLessThan(5_120);
});

it(`names the instance ${instance} nowhere but in the spokes`, () => {
  expect(organizationPolicy + controllerPolicy + planPolicy).not.toContain(instance);
});
