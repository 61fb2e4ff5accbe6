// What the sandbox's IAM asks the permissions of a role for: whoever is in one may do what its policies allow, and spoke roles
// that were given policies are no exception.

import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  DeleteRolePermissionsBoundaryCommand,
  GetPolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListRolesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterEach, expect, test } from 'vitest';
import type { Asked } from '../../../src/sandbox/aws/aws-cloud.ts';
import {
  admits,
  boundaryArn,
  hubId,
  permissions,
  type Rig,
  refusalOf,
  spokeId,
  spokeKey,
  startRig,
  trustOf,
} from './cloud-fixture.ts';
import { enter, seedDoor } from './sessions-fixture.ts';

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const trust = trustOf(admits('anna'));
const tags = [{ Key: 'Team', Value: 'payments' }];
const own = { RoleName: 'own' };
const made = { RoleName: 'made', Path: '/team/', AssumeRolePolicyDocument: trust };
const ownArn = `arn:aws:iam::${hubId}:role/team/own`;
const madeArn = `arn:aws:iam::${hubId}:role/team/made`;

type Call = (iam: IAMClient) => Promise<unknown>;

/** A request, the statement that just allows it, and what of it turns the answer round. */
const cases: readonly {
  readonly name: string;
  readonly call: Call;
  readonly allows: readonly object[];
  readonly refuses?: readonly object[];
}[] = [
  {
    name: 'a list is asked for on everything',
    call: (iam) => iam.send(new ListRolesCommand({ PathPrefix: '/team/' })),
    allows: [{ Action: 'iam:ListRoles', Resource: '*' }],
    refuses: [{ Action: 'iam:ListRoles', Resource: 'arn:aws:iam::*:role/team/*' }],
  },
  {
    name: 'a role is known by its path',
    call: (iam) => iam.send(new GetRoleCommand(own)),
    allows: [{ Action: 'iam:GetRole', Resource: 'arn:aws:iam::*:role/team/*' }],
    refuses: [{ Action: 'iam:GetRole', Resource: 'arn:aws:iam::*:role/own' }],
  },
  {
    name: 'by its tags',
    call: (iam) => iam.send(new GetRolePolicyCommand({ ...own, PolicyName: 'access' })),
    allows: [
      {
        Action: 'iam:GetRolePolicy',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/Owner': 'anna' } },
      },
    ],
    refuses: [
      {
        Action: 'iam:GetRolePolicy',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/Owner': 'bert' } },
      },
    ],
  },
  {
    name: 'and by its boundary',
    call: (iam) =>
      iam.send(
        new PutRolePolicyCommand({ ...own, PolicyName: 'more', PolicyDocument: permissions({ ...allow() }) }),
      ),
    allows: [
      {
        Action: 'iam:PutRolePolicy',
        Resource: ownArn,
        Condition: { ArnEquals: { 'iam:PermissionsBoundary': boundaryArn } },
      },
    ],
    refuses: [
      {
        Action: 'iam:PutRolePolicy',
        Resource: ownArn,
        Condition: { Null: { 'iam:PermissionsBoundary': 'true' } },
      },
    ],
  },
  {
    name: 'a boundary that is set counts, not the one that was',
    call: (iam) => iam.send(new PutRolePermissionsBoundaryCommand({ ...own, PermissionsBoundary: readOnly })),
    allows: [
      {
        Action: 'iam:PutRolePermissionsBoundary',
        Resource: ownArn,
        Condition: { ArnEquals: { 'iam:PermissionsBoundary': readOnly } },
      },
    ],
    refuses: [
      {
        Action: 'iam:PutRolePermissionsBoundary',
        Resource: ownArn,
        Condition: { ArnEquals: { 'iam:PermissionsBoundary': boundaryArn } },
      },
    ],
  },
  {
    name: 'a boundary that is taken away is the one that is there',
    call: (iam) => iam.send(new DeleteRolePermissionsBoundaryCommand(own)),
    allows: [
      {
        Action: 'iam:DeleteRolePermissionsBoundary',
        Resource: ownArn,
        Condition: { ArnEquals: { 'iam:PermissionsBoundary': boundaryArn } },
      },
    ],
  },
  {
    name: 'what is attached is named',
    call: (iam) => iam.send(new AttachRolePolicyCommand({ ...own, PolicyArn: readOnly })),
    allows: [
      {
        Action: 'iam:AttachRolePolicy',
        Resource: ownArn,
        Condition: { ArnEquals: { 'iam:PolicyARN': readOnly } },
      },
    ],
    refuses: [
      {
        Action: 'iam:AttachRolePolicy',
        Resource: ownArn,
        Condition: { ArnEquals: { 'iam:PolicyARN': boundaryArn } },
      },
    ],
  },
  {
    name: 'a role is made at its path, with its boundary',
    call: (iam) => iam.send(new CreateRoleCommand({ ...made, PermissionsBoundary: boundaryArn })),
    allows: [
      {
        Action: 'iam:CreateRole',
        Resource: madeArn,
        Condition: { ArnEquals: { 'iam:PermissionsBoundary': boundaryArn } },
      },
    ],
    refuses: [
      {
        Action: 'iam:CreateRole',
        Resource: madeArn,
        Condition: { Null: { 'iam:PermissionsBoundary': 'true' } },
      },
    ],
  },
  {
    name: 'a role that is made with tags is tagged, too',
    call: (iam) => iam.send(new CreateRoleCommand({ ...made, Tags: tags })),
    allows: [
      {
        Action: ['iam:CreateRole', 'iam:TagRole'],
        Resource: madeArn,
        Condition: { StringEquals: { 'aws:RequestTag/Team': 'payments' } },
      },
    ],
    refuses: [{ Action: 'iam:CreateRole', Resource: madeArn }],
  },
  {
    name: 'tags are asked for by key and value',
    call: (iam) => iam.send(new TagRoleCommand({ ...own, Tags: tags })),
    allows: [
      {
        Action: 'iam:TagRole',
        Resource: ownArn,
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] } },
      },
    ],
    refuses: [
      {
        Action: 'iam:TagRole',
        Resource: ownArn,
        Condition: { StringEquals: { 'aws:RequestTag/Team': 'platform' } },
      },
    ],
  },
  {
    name: 'tags that are taken off, by key',
    call: (iam) => iam.send(new UntagRoleCommand({ ...own, TagKeys: ['Owner'] })),
    allows: [
      {
        Action: 'iam:UntagRole',
        Resource: ownArn,
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Owner'] } },
      },
    ],
    refuses: [
      {
        Action: 'iam:UntagRole',
        Resource: ownArn,
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] } },
      },
    ],
  },
  {
    name: 'a managed policy is known by its ARN',
    call: (iam) => iam.send(new GetPolicyCommand({ PolicyArn: readOnly })),
    allows: [{ Action: 'iam:GetPolicy', Resource: readOnly }],
    refuses: [{ Action: 'iam:GetPolicy', Resource: boundaryArn }],
  },
  {
    name: 'so is one that is made',
    call: (iam) =>
      iam.send(
        new CreatePolicyCommand({
          PolicyName: 'new',
          Path: '/team/',
          PolicyDocument: permissions({ ...allow() }),
        }),
      ),
    allows: [{ Action: 'iam:CreatePolicy', Resource: `arn:aws:iam::${hubId}:policy/team/new` }],
    refuses: [{ Action: 'iam:CreatePolicy', Resource: `arn:aws:iam::${hubId}:policy/new` }],
  },
  {
    name: 'and a provider',
    call: (iam) =>
      iam.send(
        new CreateSAMLProviderCommand({
          Name: 'Other',
          SAMLMetadataDocument: `<EntityDescriptor entityID="x"><IDPSSODescriptor/><!--${'.'.repeat(1_000)}--></EntityDescriptor>`,
        }),
      ),
    allows: [{ Action: 'iam:CreateSAMLProvider', Resource: `arn:aws:iam::${hubId}:saml-provider/Other` }],
    refuses: [{ Action: 'iam:CreateSAMLProvider', Resource: `arn:aws:iam::${hubId}:saml-provider/EntraID` }],
  },
];

function allow(): object {
  return { Effect: 'Allow', Action: 'logs:GetLogEvents', Resource: '*' };
}

const rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
});

const start = async (...options: Parameters<typeof startRig>): Promise<Rig> => {
  const rig = await startRig(...options);
  rigs.push(rig);
  rig.cloud.seedRole(hubId, {
    ...own,
    name: own.RoleName,
    path: '/team/',
    trustDocument: trust,
    tags: { Owner: 'anna' },
    permissionsBoundary: boundaryArn,
    inlinePolicies: { access: permissions(allow()) },
  });
  return rig;
};

/** What becomes of the call of somebody whose role has just these statements. */
const outcome = async (rig: Rig, call: Call, statements: readonly object[]): Promise<string> => {
  const name = `door-${rig.cloud.roles(hubId).length}`;
  seedDoor(rig, name, ['anna'], {
    inlinePolicies: { access: permissions(...statements.map((one) => ({ Effect: 'Allow', ...one }))) },
  });
  return await refusalOf(call(rig.iamAs(await enter(rig, name, 'anna'))));
};

test.each(cases)('$name', async ({ call, allows, refuses = [] }) => {
  const rig = await start();
  expect(await outcome(rig, call, refuses)).toMatch(/^403 AccessDenied: User: /);
  expect(await outcome(rig, call, allows)).toBe('accepted');
});

test('of a role that is not there nobody knows the path', async () => {
  const rig = await start();
  const call: Call = (iam) => iam.send(new GetRoleCommand({ RoleName: 'gone' }));
  const below = (resource: string) => [{ Action: 'iam:GetRole', Resource: resource }];
  expect(await outcome(rig, call, below('arn:aws:iam::*:role/team/*'))).toMatch(/^403 AccessDenied: /);
  expect(await outcome(rig, call, below('*'))).toMatch(/^404 NoSuchEntity: /);
});

test('a spoke role with policies may do what they allow, one without may do everything', async () => {
  const trustedAccountId = spokeId;
  const listing = permissions({ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' });
  const rig = await start({
    spokeRoles: [
      { name: 'bound', trustedAccountId, policies: { listing } },
      { name: 'unbound', trustedAccountId },
    ],
  });
  const as = async (role: string): Promise<IAMClient> => {
    const command = new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${hubId}:role/${role}`,
      RoleSessionName: 'somebody',
    });
    const { Credentials } = await rig.stsAs(spokeKey).send(command);
    return rig.iamAs({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
  };
  const [bound, unbound] = [await as('bound'), await as('unbound')];
  const tag = () => new TagRoleCommand({ ...own, Tags: tags });
  expect(await refusalOf(bound.send(new ListRolesCommand({})))).toBe('accepted');
  expect(await refusalOf(bound.send(tag()))).toMatch(/^403 AccessDenied: /);
  expect(await refusalOf(unbound.send(tag()))).toBe('accepted');
});

test('every permission that is asked for is told, whoever asks', async () => {
  const rig = await start();
  const seen: Asked[] = [];
  const stop = rig.cloud.onAsked((asked) => seen.push(asked));
  await rig.iam.send(new GetRoleCommand(own));
  await outcome(rig, (iam) => iam.send(new GetRoleCommand(own)), []);
  stop();
  await rig.iam.send(new GetRoleCommand(own));
  expect(
    seen.map(({ request, isRefused }) => [
      request.action,
      request.resource,
      request.context.get('aws:resourcetag/owner'),
      isRefused,
    ]),
  ).toEqual([
    ['iam:GetRole', ownArn, ['anna'], false],
    ['iam:GetRole', ownArn, ['anna'], true],
  ]);
});
