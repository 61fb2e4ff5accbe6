// SAML responses in the form in which Entra sends them, and what can be otherwise about them.

import { samlAudience, tenantId, uuid } from '../../builders.ts';

export const anna = uuid('a', 1);
export const annaUpn = 'oncall-1@contoso.com';
export const nowMs = Date.UTC(2026, 10, 29, 12);
const aws = 'https://aws.amazon.com/SAML/Attributes/';
export const rightPair =
  'arn:aws:iam::111122223333:role/rolewarden/payments-debug,arn:aws:iam::111122223333:saml-provider/EntraID';

export const usual = {
  status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
  issuer: `https://sts.windows.net/${tenantId}/`,
  nameId: anna,
  format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  recipient: samlAudience,
  restriction: 'https://signin.aws.amazon.com/saml',
  signature:
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue>c2lnbmVk</SignatureValue></Signature>',
  issuedAt: '2026-11-29T11:30:00.000Z',
  attributes: {
    'http://schemas.microsoft.com/identity/claims/objectidentifier': [anna],
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': [annaUpn],
    'http://schemas.microsoft.com/claims/authnmethodsreferences': [
      'http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password',
      'http://schemas.microsoft.com/claims/multipleauthn',
    ],
    [`${aws}RoleSessionName`]: [annaUpn],
    [`${aws}Role`]: [rightPair],
    [`${aws}SessionDuration`]: ['3600'],
  } as Readonly<Record<string, readonly string[]>>,
};

export type Said = typeof usual;

/** The usual attributes with some of AWS's added, replaced, or (`undefined`) left out. */
export const awsAttributes = (
  changes: Readonly<Record<string, readonly string[] | undefined>>,
): Readonly<Record<string, readonly string[]>> => {
  const all: Record<string, readonly string[]> = { ...usual.attributes };
  for (const [name, values] of Object.entries(changes)) {
    if (values === undefined) delete all[aws + name];
    else all[aws + name] = values;
  }
  return all;
};

export const withoutClaim = (part: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(usual.attributes).filter(([name]) => !name.includes(part)));

const attributeXml = ([name, values]: readonly [string, readonly string[]]): string =>
  `<Attribute Name="${name}">${values.map((one) => `<AttributeValue>${one}</AttributeValue>`).join('')}</Attribute>`;

export const assertionXml = (said: Said): string =>
  `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" IssueInstant="${said.issuedAt}" Version="2.0"><Issuer>${said.issuer}</Issuer>${said.signature}<Subject><NameID Format="${said.format}">${said.nameId}</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData NotOnOrAfter="2026-11-29T12:30:00.000Z" Recipient="${said.recipient}"/></SubjectConfirmation></Subject><Conditions NotBefore="2026-11-29T11:25:00.000Z" NotOnOrAfter="2026-11-29T12:30:00.000Z"><AudienceRestriction><Audience>${said.restriction}</Audience></AudienceRestriction></Conditions><AttributeStatement>${Object.entries(said.attributes).map(attributeXml).join('')}</AttributeStatement></Assertion>`;

export const responseXml = (changes: Partial<Said> = {}, assertions = 1): string => {
  const said = { ...usual, ...changes };
  return `<samlp:Response ID="_0" Version="2.0" IssueInstant="${said.issuedAt}" Destination="${said.recipient}" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">${said.issuer}</Issuer><samlp:Status><samlp:StatusCode Value="${said.status}"/></samlp:Status>${assertionXml(said).repeat(assertions)}</samlp:Response>`;
};
