// People of an identity provider that is not the sandbox's Entra: known by the certificate in its metadata.

import { CreateRoleCommand, CreateSAMLProviderCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithSAMLCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKeys, makeSamlIdp, type SamlIdp } from '../../conformance/aws/saml-idp.ts';
import { audience, hubId, refusalOf, type Rig, startMs, startRig, trustOf } from './cloud-fixture.ts';

const nameId = 'a0000000-0000-4000-8000-000000000001';
const providerArn = `arn:aws:iam::${hubId}:saml-provider/foreign`;
const roleArn = `arn:aws:iam::${hubId}:role/door`;
const invalid = '400 InvalidIdentityToken: Response signature invalid';

let rig: Rig;
let idp: SamlIdp;
beforeAll(async () => {
  [rig, idp] = await Promise.all([startRig(), makeSamlIdp('foreign', startMs)]);
  await rig.iam.send(new CreateSAMLProviderCommand({ Name: 'foreign', SAMLMetadataDocument: idp.metadata }));
  const trust = trustOf({
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: 'sts:AssumeRoleWithSAML',
    Condition: { StringEquals: { 'saml:aud': audience, 'saml:sub': nameId } },
  });
  await rig.iam.send(new CreateRoleCommand({ RoleName: 'door', AssumeRolePolicyDocument: trust }));
});
afterAll(() => rig.stop());

const response = (of: SamlIdp): string =>
  Buffer.from(of.signIn({ nameId, roleArn, providerArn, recipient: audience }, startMs), 'base64').toString();

const enter = (xml: string): Promise<string> =>
  refusalOf(
    rig.sts.send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: roleArn,
        PrincipalArn: providerArn,
        SAMLAssertion: Buffer.from(xml).toString('base64'),
      }),
    ),
  );

test('its own people come in', async () => {
  expect(await enter(response(idp))).toBe('accepted');
});

test.each([
  ['names somebody else', (xml: string) => xml.replace(nameId, nameId.replace('a', 'b'))],
  ['vouches for another assertion', (xml: string) => xml.replaceAll(/URI="#_[^"]+"/g, 'URI="#_other"')],
  ['has another digest', (xml: string) => xml.replace(/<ds:DigestValue>./, '<ds:DigestValue>A')],
])('an assertion whose text %s is refused', async (_name, change) => {
  // The first character of a digest is what it was changed to once in 64 times.
  let xml = response(idp);
  while (change(xml) === xml) xml = response(idp);
  expect(await enter(change(xml))).toBe(invalid);
});

test('an assertion that somebody else signed in its name is refused', async () => {
  expect(await enter(response(await makeSamlIdp('foreign', startMs, makeKeys())))).toBe(invalid);
});

test('the sandbox’s own Entra cannot sign for it', async () => {
  const assertion = rig.cloud.issueAssertion({
    issuer: idp.issuer,
    nameId,
    roleSessionName: nameId,
    roleArn,
    providerArn,
    recipient: audience,
  });
  expect(await enter(Buffer.from(assertion, 'base64').toString())).toMatch(/mandatory signature$/);
});
