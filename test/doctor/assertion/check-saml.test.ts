// What a saved sign-in shows: each thing that can be other than the Federation says, and what is said of it.

import { describe, expect, it } from 'vitest';
import { examineCaptured } from '../../../src/doctor/assertion/examine-captured.ts';
import type { CheckState } from '../../../src/domain/check.ts';
import type { SamlFederation } from '../../../src/domain/policy.ts';
import { samlFingerprint } from '../../../src/domain/verification.ts';
import { accessPolicy, federation, policySet, samlFederation, tenantId, uuid } from '../../builders.ts';
import {
  type Said,
  anna,
  annaUpn,
  awsAttributes,
  nowMs,
  responseXml,
  rightPair,
  withoutClaim,
} from './responses.ts';

const examine = (said: Partial<Said>, saml: Partial<SamlFederation>) =>
  examineCaptured(
    { kind: 'saml', xml: responseXml(said) },
    policySet({ federations: [federation({ saml: samlFederation(saml) })] }),
    undefined,
    nowMs,
  );

interface Case {
  readonly name: string;
  readonly said?: Partial<Said>;
  readonly saml?: Partial<SamlFederation>;
  /** Of the one check that is not ok. */
  readonly what: string;
  readonly state: CheckState;
  readonly found: RegExp;
  readonly advice?: RegExp;
}

const provider = 'arn:aws:iam::111122223333:saml-provider';
const role = 'arn:aws:iam::111122223333:role/rolewarden/payments-debug';

const cases: readonly Case[] = [
  {
    name: 'a principal name where the Federation says object id',
    said: { nameId: annaUpn },
    what: 'NameID',
    state: 'missing',
    found: /^it is "oncall-1@contoso\.com", and the Federation says nameId: objectId: nobody .* could enter$/,
    advice: /source user\.objectid; or say nameId: userPrincipalName in the Federation$/,
  },
  {
    name: 'an object id where the Federation says principal name',
    saml: { nameId: 'userPrincipalName' },
    what: 'NameID',
    state: 'missing',
    found: /and the Federation says nameId: userPrincipalName/,
    advice: /source user\.userprincipalname; or say nameId: objectId/,
  },
  {
    name: 'the pairwise id that Entra sends when a transformation fails',
    said: { nameId: 'k2Xy0q1mZp8vQ9' },
    what: 'NameID',
    state: 'missing',
    found: /^it is "k2Xy0q1mZp8vQ9"/,
    advice: /source user\.objectid$/,
  },
  {
    name: "somebody else's object id, by a wrong source",
    said: { nameId: uuid('a', 9) },
    what: 'NameID',
    state: 'missing',
    found: new RegExp(`^it is "${uuid('a', 9)}", and her object id is "${anna}"`),
  },
  {
    name: 'a principal name in other letters than Entra has it',
    said: { nameId: 'Oncall-1@contoso.com' },
    saml: { nameId: 'userPrincipalName' },
    what: 'NameID',
    state: 'missing',
    found: /"Oncall-1@contoso\.com", and her user principal name is "oncall-1@contoso\.com"/,
  },
  {
    name: 'no NameID',
    said: { nameId: '' },
    what: 'NameID',
    state: 'missing',
    found: /^there is none/,
  },
  {
    name: 'nothing to compare the NameID with',
    said: { attributes: withoutClaim('objectidentifier') },
    what: 'NameID',
    state: 'warning',
    found: /nothing else in the assertion says what her object id is/,
  },
  {
    name: 'a transient NameID',
    said: { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' },
    what: 'NameID format',
    state: 'missing',
    found: /another NameID at each sign-in/,
  },
  {
    name: 'a NameID of the format of mail addresses',
    said: { format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' },
    what: 'NameID format',
    state: 'warning',
    found: /emailAddress/,
  },
  {
    name: 'another tenant',
    said: { issuer: `https://sts.windows.net/${uuid('f', 2)}/` },
    what: 'issuer',
    state: 'missing',
    found: new RegExp(`the Federation says tenantId: ${tenantId}`),
  },
  {
    name: 'a recipient that no trust policy takes',
    said: { recipient: 'https://eu-west-1.signin.aws.amazon.com/saml' },
    what: 'audience (saml:aud)',
    state: 'missing',
    found: /^the Recipient is "https:\/\/eu-west-1\.signin.* nobody could enter$/,
    advice: /add it to spec\.saml\.audiences/,
  },
  {
    name: 'an audience restriction that is not AWS',
    said: { restriction: 'https://app.contoso.com' },
    what: 'audience restriction',
    state: 'warning',
    found: /which is not AWS/,
  },
  {
    name: 'no role',
    said: { attributes: awsAttributes({ Role: undefined }) },
    what: 'Role',
    state: 'missing',
    found: /AWS lets her in nowhere/,
    advice: /assign an app role/,
  },
  {
    name: 'a role value with a space in the place of the comma',
    said: { attributes: awsAttributes({ Role: [rightPair.replace(',', ' ')] }) },
    what: 'Role',
    state: 'missing',
    found: /is not the ARN of a role and that of a provider/,
  },
  {
    name: 'a role with the provider of another name',
    said: { attributes: awsAttributes({ Role: [`${role},${provider}/AzureAD`] }) },
    what: `Role ${role}`,
    state: 'missing',
    found: /saml-provider\/AzureAD, and the Federation says .*saml-provider\/EntraID$/,
  },
  {
    name: 'a role of no account of ours',
    said: {
      attributes: awsAttributes({
        Role: [rightPair, rightPair.replaceAll('111122223333', '999988887777')],
      }),
    },
    what: 'Role arn:aws:iam::999988887777:role/rolewarden/payments-debug',
    state: 'warning',
    found: /no Account of the policies has the id 999988887777/,
  },
  {
    name: 'a role that no policy makes',
    said: {
      attributes: awsAttributes({
        Role: [rightPair, `arn:aws:iam::111122223333:role/admin,${provider}/EntraID`],
      }),
    },
    what: 'Role arn:aws:iam::111122223333:role/admin',
    state: 'warning',
    found: /no policy of this Federation makes a role of that name/,
  },
  {
    name: 'a session name that AWS does not take',
    said: { attributes: awsAttributes({ RoleSessionName: ['guest_gmail.com#EXT#@contoso.com'] }) },
    what: 'RoleSessionName',
    state: 'missing',
    found: /AWS does not take "guest_gmail\.com#EXT#@contoso\.com"/,
  },
  {
    name: 'no session name',
    said: { attributes: awsAttributes({ RoleSessionName: undefined }) },
    what: 'RoleSessionName',
    state: 'missing',
    found: /it is not sent/,
  },
  {
    name: 'SourceIdentity that the Federation does not know of',
    said: { attributes: awsAttributes({ SourceIdentity: [anna] }) },
    what: 'SourceIdentity',
    state: 'missing',
    found: /it is sent, .*sendsSourceIdentity: false: every sign-in fails/,
  },
  {
    name: 'SourceIdentity that is not sent',
    saml: { sendsSourceIdentity: true },
    what: 'SourceIdentity',
    state: 'missing',
    found: /it is not sent, .*denies by it would match nobody/,
  },
  {
    name: 'SourceIdentity from another source',
    said: { attributes: awsAttributes({ SourceIdentity: [annaUpn] }) },
    saml: { sendsSourceIdentity: true },
    what: 'SourceIdentity',
    state: 'missing',
    found: /it is "oncall-1@contoso\.com", and the NameID is/,
  },
  {
    name: 'session tags that the Federation does not know of',
    said: { attributes: awsAttributes({ 'PrincipalTag:Team': ['payments'] }) },
    what: 'session tags',
    state: 'missing',
    found: /^PrincipalTag:Team is sent, .*every sign-in fails$/,
  },
  {
    name: 'session tags that are not sent',
    saml: { sendsSessionTags: true },
    what: 'session tags',
    state: 'warning',
    found: /none is sent/,
  },
  {
    name: 'a session longer than the role allows',
    said: { attributes: awsAttributes({ SessionDuration: ['28800'] }) },
    what: 'SessionDuration',
    state: 'missing',
    found: /28800 seconds are asked for, and role\.maxSession of payments-debug is shorter/,
  },
  {
    name: 'a session of no length',
    said: { attributes: awsAttributes({ SessionDuration: ['soon'] }) },
    what: 'SessionDuration',
    state: 'missing',
    found: /AWS does not take "soon"/,
  },
  {
    name: 'one factor',
    said: {
      attributes: {
        ...withoutClaim('authnmethodsreferences'),
        'http://schemas.microsoft.com/claims/authnmethodsreferences': [
          'http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password',
        ],
      },
    },
    what: 'MFA',
    state: 'warning',
    found: /with one factor/,
  },
  {
    name: 'nothing about factors',
    said: { attributes: withoutClaim('authnmethodsreferences') },
    what: 'MFA',
    state: 'unknown',
    found: /does not say how she signed in/,
  },
  {
    name: 'no signature',
    said: { signature: '' },
    what: 'signature',
    state: 'missing',
    found: /is not signed/,
  },
  {
    name: 'a sign-in that failed',
    said: { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
    what: 'status',
    state: 'missing',
    found: /Entra answered Responder/,
  },
  {
    name: 'a sign-in of last month',
    said: { issuedAt: '2026-10-29T11:30:00.000Z' },
    what: 'age',
    state: 'warning',
    found: /may have changed since/,
  },
];

describe('a saved SAML response', () => {
  it('that is as the Federation says is verified, all of it', () => {
    const found = examine({}, {});
    expect(found.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(found).toMatchObject({
      federation: 'entra',
      part: 'saml',
      verified: samlFingerprint(tenantId, samlFederation()),
      before: 'verified',
    });
    expect(found.checks.length).toBeGreaterThanOrEqual(13);
  });

  it('with SourceIdentity and tags is, where the Federation says so', () => {
    const attributes = awsAttributes({ SourceIdentity: [anna], 'PrincipalTag:Team': ['payments'] });
    const found = examine({ attributes }, { sendsSourceIdentity: true, sendsSessionTags: true });
    expect(found.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
  });

  it.each(cases)('$name', ({ said = {}, saml = {}, what, state, found: expected, advice }) => {
    const { checks, verified } = examine(said, saml);
    const [found, ...more] = checks.filter((one) => one.state !== 'ok');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ what, state, area: 'Federation entra, saml' });
    expect(found?.found).toMatch(expected);
    if (advice !== undefined) expect(found?.advice).toMatch(advice);
    expect(verified !== undefined).toBe(state !== 'missing');
  });

  it.each<[string, Partial<Omit<SamlFederation, 'verification'>>]>([
    ['the NameID', { nameId: 'userPrincipalName' }],
    ['the provider', { providerName: 'Other' }],
    ['the application', { applicationId: uuid('e', 7) }],
    [
      'an audience',
      { audiences: ['https://signin.aws.amazon.com/saml', 'https://eu-west-1.signin.aws.amazon.com/saml'] },
    ],
    ['SourceIdentity', { sendsSourceIdentity: true }],
    ['session tags', { sendsSessionTags: true }],
  ])('what was verified is not, once %s is another', (_, change) => {
    expect(samlFingerprint(tenantId, samlFederation(change))).not.toBe(
      samlFingerprint(tenantId, samlFederation()),
    );
  });

  it('is verified in whatever order the audiences stand', () => {
    const [a, b] = ['https://a.contoso.com/saml', 'https://b.contoso.com/saml'];
    expect(samlFingerprint(tenantId, samlFederation({ audiences: [a, b] }))).toBe(
      samlFingerprint(tenantId, samlFederation({ audiences: [b, a] })),
    );
  });

  it('of several Federations is of the one with its tenant and provider, else of the one that is named', () => {
    const named = (name: string, providerName: string) => ({
      ...federation({ saml: samlFederation({ providerName }) }),
      meta: { ...federation().meta, name },
    });
    const policies = policySet({
      federations: [named('old', 'AzureAD'), named('new', 'EntraID')],
      policies: [accessPolicy({ federation: 'new' })],
    });
    const captured = { kind: 'saml', xml: responseXml() } as const;
    expect(examineCaptured(captured, policies, undefined, nowMs).federation).toBe('new');
    expect(examineCaptured(captured, policies, 'old', nowMs).verified).toBeUndefined();
    expect(() => examineCaptured(captured, policies, 'older', nowMs)).toThrow(
      'no Federation with saml is called older; with saml: old, new',
    );
    const twins = policySet({ federations: [named('one', 'EntraID'), named('two', 'EntraID')] });
    expect(() => examineCaptured(captured, twins, undefined, nowMs)).toThrow(
      'it cannot be told which Federation this is of; say --federation NAME (with saml: one, two)',
    );
  });
});
