// A person enters a role with an assertion: what STS reads from it, and who is let in.

import { GetRoleCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AssertionInput } from '../../../src/sandbox/aws/aws-cloud.ts';
import {
  type Rig,
  admits,
  audience,
  hubId,
  hubKey,
  issuer,
  refusalOf,
  samlProviderArn,
  spokeId,
  startMs,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
let made = 0;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());

const anna = '0b1f2c3d-0000-4000-8000-00000000000a';
const bert = '0b1f2c3d-0000-4000-8000-00000000000b';
const federated = { Effect: 'Allow', Principal: { Federated: samlProviderArn } };
const metadata = (action: string) => ({
  ...federated,
  Action: action,
  Condition: { StringEquals: { 'saml:aud': audience } },
});

/** A role with this trust, and its ARN. */
const door = (...statements: readonly object[]): string => {
  const name = `door-${(made += 1)}`;
  rig.cloud.seedRole(hubId, {
    name,
    path: '/rolewarden/',
    trustDocument: trustOf(...statements),
    maxSessionSeconds: 7_200,
  });
  return `arn:aws:iam::${hubId}:role/rolewarden/${name}`;
};

const assertionFor = (roleArn: string, more: Partial<AssertionInput> = {}): string =>
  rig.cloud.issueAssertion({
    issuer,
    nameId: anna,
    roleSessionName: more.nameId ?? anna,
    roleArn,
    providerArn: samlProviderArn,
    recipient: audience,
    ...more,
  });

interface Call {
  readonly assertion?: string;
  readonly providerArn?: string;
  readonly seconds?: number;
}
const enter = (roleArn: string, call: Call = {}) =>
  rig.sts.send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: roleArn,
      PrincipalArn: call.providerArn ?? samlProviderArn,
      SAMLAssertion: call.assertion ?? assertionFor(roleArn),
      DurationSeconds: call.seconds,
    }),
  );

const refusedTo = (action: string): string => `403 AccessDenied: Not authorized to perform sts:${action}`;
const refused = refusedTo('AssumeRoleWithSAML');
const isNow = (comparison: string, offsetMs: number) => ({
  ...admits(anna),
  Condition: {
    ...admits(anna).Condition,
    [comparison]: { 'aws:CurrentTime': new Date(startMs + offsetMs).toISOString() },
  },
});
const trustWith = (condition: object) => ({
  ...federated,
  Action: 'sts:AssumeRoleWithSAML',
  Condition: condition,
});

const doors: readonly (readonly [string, readonly object[], Partial<AssertionInput>, string])[] = [
  ['a member', [admits(anna, bert)], {}, 'accepted'],
  ['someone else', [admits(bert)], {}, refused],
  ['a member whose id is spelt in another case', [admits(anna.toUpperCase())], {}, refused],
  [
    'a member coming for another audience',
    [admits(anna)],
    { recipient: 'https://eu-west-1.signin.aws.amazon.com/saml' },
    refused,
  ],
  ['a member whom a Deny names', [admits(anna), { ...admits(anna), Effect: 'Deny' }], {}, refused],
  ['a member before the end time', [isNow('DateLessThan', 1)], {}, 'accepted'],
  ['a member at the end time', [isNow('DateLessThan', 0)], {}, refused],
  ['everybody of AWS, but no federation', [{ ...admits(anna), Principal: { AWS: '*' } }], {}, refused],
  [
    'the name that a policy variable stands for, which the evaluator does not know',
    [trustWith({ StringEquals: { 'saml:sub': '${saml:sub}' } })],
    {},
    refused,
  ],
  ['a known issuer', [trustWith({ StringEquals: { 'SAML:iss': issuer } })], {}, 'accepted'],
  ['a persistent name', [trustWith({ StringEquals: { 'saml:sub_type': 'persistent' } })], {}, 'accepted'],
  [
    'a persistent name, and one of SAML 1.1 comes',
    [trustWith({ StringEquals: { 'saml:sub_type': 'persistent' } })],
    { nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' },
    refused,
  ],
  [
    'a session named after the person',
    [trustWith({ StringEquals: { 'sts:RoleSessionName': anna } })],
    {},
    'accepted',
  ],
  [
    'the provider by its short name',
    [trustWith({ StringEquals: { 'saml:doc': `${hubId}/EntraID` } })],
    {},
    'accepted',
  ],

  [
    'session tags without TagSession',
    [admits(anna)],
    { sessionTags: { Team: 'a' } },
    refusedTo('TagSession'),
  ],
  [
    'session tags with TagSession',
    [admits(anna), metadata('sts:TagSession')],
    { sessionTags: { Team: 'a' } },
    'accepted',
  ],
  [
    'TagSession for those whom saml:sub names',
    [admits(anna), { ...admits(anna), Action: 'sts:TagSession' }],
    { sessionTags: { Team: 'a' } },
    refusedTo('TagSession'),
  ],
  [
    'a session tag of the right value',
    [
      admits(anna),
      { ...metadata('sts:TagSession'), Condition: { StringEquals: { 'aws:RequestTag/team': 'a' } } },
    ],
    { sessionTags: { Team: 'a' } },
    'accepted',
  ],
  [
    'a session tag of the wrong value',
    [
      admits(anna),
      { ...metadata('sts:TagSession'), Condition: { StringEquals: { 'aws:RequestTag/team': 'b' } } },
    ],
    { sessionTags: { Team: 'a' } },
    refusedTo('TagSession'),
  ],
  [
    'a source identity without SetSourceIdentity',
    [admits(anna)],
    { sourceIdentity: anna },
    refusedTo('SetSourceIdentity'),
  ],
  [
    'a source identity with SetSourceIdentity',
    [admits(anna), metadata('sts:SetSourceIdentity')],
    { sourceIdentity: anna },
    'accepted',
  ],
  ['nobody, TagSession aside', [metadata('sts:TagSession')], { sessionTags: { Team: 'a' } }, refused],
];

test.each(doors)('a role that admits %s', async (_name, statements, assertion, expected) => {
  const roleArn = door(...statements);
  const call = enter(roleArn, { assertion: assertionFor(roleArn, assertion) });
  expect(await refusalOf(call)).toBe(expected);
});

const notListed =
  "400 InvalidIdentityToken: SAML Assertion doesn't contain the requested Role and Metadata in the attributes";
const expired = '400 ExpiredTokenException: Response has expired';
const changed = (assertion: string, from: string, to: string): string => {
  const text = Buffer.from(assertion, 'base64').toString('utf8');
  expect(text).toContain(from);
  return Buffer.from(text.replaceAll(from, to)).toString('base64');
};
const unsigned = 'Response (with optional signature) must contain an assertion with a mandatory signature';

const assertions: readonly (readonly [string, (roleArn: string) => Call, string])[] = [
  ['used twice', () => ({}), 'accepted'],
  [
    'whose NotBefore is tomorrow',
    (arn) => ({
      assertion: assertionFor(arn, {
        notBeforeMs: startMs + 86_400_000,
        notOnOrAfterMs: startMs + 90_000_000,
      }),
    }),
    'accepted',
  ],
  [
    'that ends in a millisecond',
    (arn) => ({ assertion: assertionFor(arn, { notOnOrAfterMs: startMs + 1 }) }),
    'accepted',
  ],
  ['that ends now', (arn) => ({ assertion: assertionFor(arn, { notOnOrAfterMs: startMs }) }), expired],
  ['for another role', () => ({ assertion: assertionFor(`arn:aws:iam::${hubId}:role/other`) }), notListed],
  [
    'for the provider of another account',
    (arn) => ({ providerArn: samlProviderArn.replace(hubId, spokeId), assertion: assertionFor(arn) }),
    notListed,
  ],
  [
    'for a provider that does not exist',
    (arn) => ({
      providerArn: `${samlProviderArn}2`,
      assertion: assertionFor(arn, { providerArn: `${samlProviderArn}2` }),
    }),
    "400 InvalidIdentityToken: Specified provider doesn't exist",
  ],
  [
    'of another issuer',
    (arn) => ({ assertion: assertionFor(arn, { issuer: 'https://sts.windows.net/other/' }) }),
    '400 InvalidIdentityToken: Issuer not present in specified provider',
  ],
  [
    'whose name was changed',
    (arn) => ({ assertion: changed(assertionFor(arn, { nameId: bert }), bert, anna) }),
    '400 InvalidIdentityToken: Response signature invalid',
  ],
  [
    'whose end was changed',
    (arn) => ({
      assertion: changed(assertionFor(arn, { notOnOrAfterMs: startMs }), '09:00:00.000Z', '09:10:00.000Z'),
    }),
    '400 InvalidIdentityToken: Response signature invalid',
  ],
  [
    'without a signature',
    (arn) => ({ assertion: changed(assertionFor(arn), 'Signature', 'Signatur') }),
    `400 InvalidIdentityToken: ${unsigned}`,
  ],
  [
    'next to a second one',
    (arn) => ({
      assertion: changed(
        assertionFor(arn),
        '</samlp:Response>',
        '<Assertion xmlns="x"></Assertion></samlp:Response>',
      ),
    }),
    `400 InvalidIdentityToken: ${unsigned}`,
  ],
  [
    'that is no SAML',
    () => ({ assertion: Buffer.from('hello').toString('base64') }),
    '400 InvalidIdentityToken: Invalid base64 SAMLResponse',
  ],
  [
    'with a guest’s principal name as session name',
    (arn) => ({
      assertion: assertionFor(arn, { roleSessionName: 'guest_contoso.com#EXT#@contoso.onmicrosoft.com' }),
    }),
    '400 InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}',
  ],
  [
    'with a session name of 65 characters',
    (arn) => ({ assertion: assertionFor(arn, { roleSessionName: 'x'.repeat(65) }) }),
    '400 InvalidIdentityToken: RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}',
  ],
  [
    'with a source identity of one character',
    (arn) => ({ assertion: assertionFor(arn, { sourceIdentity: 'x' }) }),
    '400 InvalidIdentityToken: SourceIdentity in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}',
  ],
];

test.each(assertions)('an assertion %s', async (_name, callFor, expected) => {
  const roleArn = door(admits(anna));
  const call = callFor(roleArn);
  if (expected === 'accepted') await enter(roleArn, call);
  expect(await refusalOf(enter(roleArn, call))).toBe(expected);
});

test('an assertion of another sandbox is worth nothing here', async () => {
  const other = await startRig();
  const roleArn = door(admits(anna));
  const assertion = other.cloud.issueAssertion({
    issuer,
    nameId: anna,
    roleSessionName: anna,
    roleArn,
    providerArn: samlProviderArn,
    recipient: audience,
  });
  await other.stop();
  expect(await refusalOf(enter(roleArn, { assertion }))).toBe(
    '400 InvalidIdentityToken: Response signature invalid',
  );
});

test('the answer says who came in, and the session is hers but may not touch IAM', async () => {
  const roleArn = door(admits(anna));
  const answer = await enter(roleArn);
  const roleName = roleArn.split('/').at(-1);
  const arn = `arn:aws:sts::${hubId}:assumed-role/${roleName}/${anna}`;
  expect(answer).toMatchObject({
    Subject: anna,
    SubjectType: 'persistent',
    Issuer: issuer,
    Audience: audience,
    AssumedRoleUser: { Arn: arn },
  });
  const session = {
    accessKeyId: answer.Credentials?.AccessKeyId ?? '',
    secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
    sessionToken: answer.Credentials?.SessionToken ?? '',
  };
  expect(await rig.stsAs(session).send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: arn });
  expect(await refusalOf(rig.iamAs(session).send(new GetRoleCommand({ RoleName: 'any' })))).toMatch(
    /^403 AccessDenied: User: \S+ is not authorized to perform: iam:GetRole on resource: arn:aws:iam::\d+:role\/any because no identity-based policy/,
  );
});

test.each([
  ['nothing', {}, undefined, 3_600],
  ['two hours', {}, 7_200, 7_200],
  ['two hours, and the assertion says a quarter', { sessionDurationSeconds: 900 }, 7_200, 900],
  ['nothing, and the assertion says two hours', { sessionDurationSeconds: 7_200 }, undefined, 3_600],
])('a session for which the request says %s', async (_name, more, seconds, expected) => {
  const roleArn = door(admits(anna));
  const assertion = assertionFor(roleArn, more);
  const answer = await enter(roleArn, seconds === undefined ? { assertion } : { assertion, seconds });
  expect((answer.Credentials?.Expiration?.getTime() ?? 0) - startMs).toBe(expected * 1_000);
});

test('a session longer than the role allows is refused', async () => {
  const roleArn = door(admits(anna));
  expect(await refusalOf(enter(roleArn, { seconds: 7_201 }))).toMatch(
    /^400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration/,
  );
});

test('a role that does not exist refuses like one that does not admit', async () => {
  expect(await refusalOf(enter(`arn:aws:iam::${hubId}:role/nowhere`))).toBe(refused);
  const roleArn = door(admits(anna));
  expect(await refusalOf(enter(roleArn.replace('/rolewarden/', '/')))).toBe(refused);
});

test('a trust policy that is no document admits nobody', async () => {
  const roleArn = door(admits(anna));
  rig.cloud.editRole(hubId, roleArn.split('/').at(-1) ?? '', (role) => {
    role.trustDocument = 'not JSON';
  });
  expect(await refusalOf(enter(roleArn))).toBe(refused);
});

test('faults can be scripted for the sign-in to one role', async () => {
  const roleArn = door(admits(anna));
  const effect = { kind: 'error', status: 400, code: 'Throttling' } as const;
  const remove = rig.cloud.addFault({
    service: 'sts',
    operation: 'AssumeRoleWithSAML',
    accountId: hubId,
    resource: roleArn.split('/').at(-1) ?? '',
    effect,
  });
  expect(await refusalOf(enter(roleArn))).toBe('400 Throttling: Rate exceeded');
  remove();
  expect(await refusalOf(enter(roleArn))).toBe('accepted');
});

test('a browser needs no AWS credentials at all', async () => {
  const roleArn = door(admits(anna));
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithSAML',
    Version: '2011-06-15',
    RoleArn: roleArn,
    PrincipalArn: samlProviderArn,
    SAMLAssertion: assertionFor(roleArn),
  });
  const answer = await fetch(rig.cloud.url, { method: 'POST', body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('<AccessKeyId>ASIA')]);
  expect(hubKey.accessKeyId).not.toMatch(/^ASIA/);
});
