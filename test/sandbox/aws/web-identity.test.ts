// A workload enters a role with a token of an OpenID Connect provider.

import { CreateOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WebIdentityClaims } from '../../../src/sandbox/aws/aws-cloud.ts';
import {
  type Rig,
  hubId,
  oidcIssuer,
  oidcProviderArn,
  refusalOf,
  startMs,
  startRig,
  trustOf,
} from './cloud-fixture.ts';

let rig: Rig;
const roleArn = `arn:aws:iam::${hubId}:role/workload`;
const appId = '5e5e5e5e-0000-4000-8000-000000000001';
const objectId = '6f6f6f6f-0000-4000-8000-000000000001';
const api = 'api://rolewarden';
const strictIssuer = 'sts.windows.net/7f1c2a4e/';

beforeAll(async () => {
  rig = await startRig();
  await rig.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: `https://${strictIssuer}`, ClientIDList: [api] }),
  );
  const pins = (key: string) => ({ [`${key}:oaud`]: api, [`${key}:aud`]: appId, [`${key}:sub`]: objectId });
  const allow = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' };
  rig.cloud.seedRole(hubId, {
    name: 'workload',
    trustDocument: trustOf(
      { ...allow, Principal: { Federated: oidcProviderArn }, Condition: { StringEquals: pins(oidcIssuer) } },
      {
        ...allow,
        Principal: { Federated: `arn:aws:iam::${hubId}:oidc-provider/${strictIssuer}` },
        Condition: { StringEquals: { [`${strictIssuer}:aud`]: api, [`${strictIssuer}:sub`]: objectId } },
      },
    ),
  });
});
afterAll(() => rig.stop());

const v2: WebIdentityClaims = { iss: `https://${oidcIssuer}`, sub: objectId, aud: api, azp: appId };
const v1: WebIdentityClaims = { iss: `https://${strictIssuer}`, sub: objectId, aud: api };
const refused = '403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity';
const invalid = (message: string): string => `400 InvalidIdentityToken: ${message}`;
const seconds = startMs / 1_000;

const tokens: readonly (readonly [string, WebIdentityClaims, string])[] = [
  ['version 2, whose azp is the caller', v2, 'accepted'],
  ['version 1, without azp', v1, 'accepted'],
  ['another workload', { ...v2, sub: appId }, refused],
  ['another caller', { ...v2, azp: objectId }, refused],
  ['another audience', { ...v2, aud: 'api://other' }, refused],
  ['version 2 without azp', { ...v2, azp: undefined } as unknown as WebIdentityClaims, refused],
  ['an audience that is not registered', { ...v1, aud: 'api://other' }, invalid('Incorrect token audience')],
  [
    'an issuer without a provider',
    { ...v2, iss: 'https://issuer.contoso.com' },
    invalid('No OpenIDConnect provider found in your account for https://issuer.contoso.com'),
  ],
  [
    'two audiences without azp',
    { ...v1, aud: [api, 'api://other'] },
    invalid('Missing a required claim: azp'),
  ],
  ['an end within the allowed skew', { ...v2, exp: seconds - 299 }, 'accepted'],
  ['an end long ago', { ...v2, exp: seconds - 300 }, '400 ExpiredTokenException: Token expired'],
  [
    'a session tag that nobody allowed',
    { ...v2, 'https://aws.amazon.com/tags/principal_tags/Team': 'a' },
    refused,
  ],
  [
    'a source identity that nobody allowed',
    { ...v2, 'https://aws.amazon.com/source_identity': 'abc' },
    refused,
  ],
];

const enter = (token: string) =>
  rig.sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'workload',
      WebIdentityToken: token,
    }),
  );

test.each(tokens)('a token with %s', async (_name, claims, expected) => {
  expect(await refusalOf(enter(rig.cloud.issueWebIdentityToken(claims)))).toBe(expected);
});

test('a token that was changed is refused', async () => {
  const [head, , signature] = rig.cloud.issueWebIdentityToken({ ...v2, sub: appId }).split('.');
  const body = rig.cloud.issueWebIdentityToken(v2).split('.')[1];
  expect(await refusalOf(enter([head, body, signature].join('.')))).toBe(
    invalid('Token signature could not be verified'),
  );
});

test('the answer names provider, subject and the party that was checked', async () => {
  const answer = await enter(rig.cloud.issueWebIdentityToken(v2));
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: objectId,
    Provider: oidcProviderArn,
    Audience: appId,
    AssumedRoleUser: { Arn: `arn:aws:sts::${hubId}:assumed-role/workload/workload` },
  });
});
