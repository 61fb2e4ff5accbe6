// Managed policies and identity providers, from making to deleting.

import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateSAMLProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteSAMLProviderCommand,
  DetachRolePolicyCommand,
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetSAMLProviderCommand,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  ListSAMLProvidersCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Rig,
  admits,
  allowEcs,
  boundaryArn,
  decoded,
  hubId,
  oidcProviderArn,
  permissions,
  refusalOf,
  samlProviderArn,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await startRig();
  rig.cloud.seedRole(hubId, { name: 'holder', trustDocument: trustOf(admits('a')) });
});
afterEach(() => rig.stop());

const document = permissions(allowEcs);
const createPolicy = (PolicyName: string, PolicyDocument = document) =>
  rig.iam.send(
    new CreatePolicyCommand({
      PolicyName,
      Path: '/team/',
      PolicyDocument,
      Description: 'a policy',
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
  );
const arnOf = (name: string): string => `arn:aws:iam::${hubId}:policy/team/${name}`;

test('a managed policy is read with its tags, its use and its document', async () => {
  await createPolicy('Reader');
  const PolicyArn = arnOf('Reader');
  await rig.iam.send(new AttachRolePolicyCommand({ RoleName: 'holder', PolicyArn }));
  const { Policy: policy } = await rig.iam.send(new GetPolicyCommand({ PolicyArn }));
  expect(policy).toMatchObject({
    PolicyName: 'Reader',
    Path: '/team/',
    Arn: PolicyArn,
    DefaultVersionId: 'v1',
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 0,
    Description: 'a policy',
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  const tags = await rig.iam.send(new ListPolicyTagsCommand({ PolicyArn }));
  expect(tags.Tags).toEqual([{ Key: 'team', Value: 'a' }]);
  const version = await rig.iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(decoded(version.PolicyVersion?.Document)).toEqual(JSON.parse(document));
  const attached = await rig.iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'holder' }));
  expect(attached.AttachedPolicies).toEqual([{ PolicyName: 'Reader', PolicyArn }]);
});

test('a managed policy has five versions at most, and their numbers are never used again', async () => {
  await createPolicy('Versions');
  const PolicyArn = arnOf('Versions');
  const add = () =>
    rig.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document, SetAsDefault: true }));
  for (let version = 2; version <= 5; version += 1) await add();
  expect(await refusalOf(add())).toMatch(/^409 LimitExceeded: A managed policy can have up to 5 versions\./);
  const remove = (VersionId: string) =>
    refusalOf(rig.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
  expect(await remove('v5')).toBe('409 DeleteConflict: Cannot delete the default version of a policy.');
  await rig.iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v4' }));
  expect(await remove('v5')).toBe('accepted');
  expect((await add()).PolicyVersion).toMatchObject({ VersionId: 'v6', IsDefaultVersion: true });
  const listed = await rig.iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  expect(listed.Versions?.map((version) => version.VersionId)).toEqual(['v6', 'v4', 'v3', 'v2', 'v1']);
});

test('a managed policy in use is not deleted', async () => {
  await createPolicy('Used');
  const PolicyArn = arnOf('Used');
  const conflict = '409 DeleteConflict: Cannot delete a policy attached to entities.';
  const remove = () => refusalOf(rig.iam.send(new DeletePolicyCommand({ PolicyArn })));
  await rig.iam.send(new AttachRolePolicyCommand({ RoleName: 'holder', PolicyArn }));
  expect(await remove()).toBe(conflict);
  await rig.iam.send(new DetachRolePolicyCommand({ RoleName: 'holder', PolicyArn }));
  rig.cloud.editRole(hubId, 'holder', (role) => {
    role.permissionsBoundary = PolicyArn;
  });
  expect(await remove()).toBe(conflict);
  rig.cloud.editRole(hubId, 'holder', (role) => {
    role.permissionsBoundary = undefined;
  });
  expect(await remove()).toBe('accepted');
  expect(await remove()).toBe(`404 NoSuchEntity: Policy ${PolicyArn} was not found.`);
});

const tooLong = permissions({ ...allowEcs, Sid: 'x'.repeat(6_144) });
test.each([
  [
    'a name that is taken in another case',
    'ROLEWARDEN-BOUNDARY',
    document,
    /^409 EntityAlreadyExists: A policy called/,
  ],
  [
    'more than 6,144 characters',
    'Long',
    tooLong,
    /^409 LimitExceeded: Cannot exceed quota for PolicySize: 6144$/,
  ],
  ['a principal', 'Trusting', trustOf(admits('a')), /^400 MalformedPolicyDocument/],
])('a managed policy with %s is refused', async (_name, name, text, expected) => {
  expect(await refusalOf(createPolicy(name, text))).toMatch(expected);
});

test('AWS’s own policies are listed apart and cannot be deleted', async () => {
  const list = async (Scope: 'AWS' | 'Local') =>
    (await rig.iam.send(new ListPoliciesCommand({ Scope }))).Policies?.map((policy) => policy.Arn);
  expect(await list('Local')).toEqual([boundaryArn]);
  expect(await list('AWS')).toEqual([
    'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3',
    'arn:aws:iam::aws:policy/AWSDenyAll',
    'arn:aws:iam::aws:policy/AdministratorAccess',
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
  ]);
  const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
  expect(await refusalOf(rig.iam.send(new DeletePolicyCommand({ PolicyArn })))).toMatch(/^404 NoSuchEntity/);
});

const metadata = (filler: string) =>
  `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sts.windows.net/x/"><!--${filler}--><IDPSSODescriptor/></EntityDescriptor>`;
const longEnough = metadata('x'.repeat(1_000));

test('a SAML provider is made, read, listed and deleted', async () => {
  const create = (Name: string, SAMLMetadataDocument: string) =>
    rig.iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument }));
  const { SAMLProviderArn } = await create('Second', longEnough);
  expect(SAMLProviderArn).toBe(`arn:aws:iam::${hubId}:saml-provider/Second`);
  expect(await refusalOf(create('Second', longEnough))).toMatch(/^409 EntityAlreadyExists/);
  expect(await refusalOf(create('Third', metadata('')))).toMatch(/^400 ValidationError/);
  expect(await refusalOf(create('Third', 'x'.repeat(1_000)))).toBe(
    '400 InvalidInput: Could not parse metadata',
  );
  const read = await rig.iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
  expect(read).toMatchObject({ SAMLMetadataDocument: longEnough, CreateDate: new Date(rig.clock.nowMs) });
  const listed = await rig.iam.send(new ListSAMLProvidersCommand({}));
  expect(listed.SAMLProviderList?.map((provider) => provider.Arn)).toEqual([
    samlProviderArn,
    SAMLProviderArn,
  ]);
  await rig.iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
  expect(await refusalOf(rig.iam.send(new GetSAMLProviderCommand({ SAMLProviderArn })))).toMatch(
    /^404 NoSuchEntity/,
  );
});

test('an OpenID Connect provider keeps the slash at the end of its URL', async () => {
  const create = () =>
    rig.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: 'https://sts.windows.net/x/',
        ClientIDList: ['api://a'],
      }),
    );
  const { OpenIDConnectProviderArn } = await create();
  expect(OpenIDConnectProviderArn).toBe(`arn:aws:iam::${hubId}:oidc-provider/sts.windows.net/x/`);
  expect(await refusalOf(create())).toMatch(/^409 EntityAlreadyExists/);
  const read = await rig.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  expect(read).toMatchObject({ Url: 'sts.windows.net/x/', ClientIDList: ['api://a'], ThumbprintList: [] });
  const list = async () =>
    (await rig.iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList?.map(
      (provider) => provider.Arn,
    );
  expect(await list()).toEqual([oidcProviderArn, OpenIDConnectProviderArn]);
  await rig.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  expect(await list()).toEqual([oidcProviderArn]);
});
