// SAML responses: made as Entra makes them for its AWS application, and read back as STS reads them.
// [AWS: Configure SAML assertions for the authentication response; observed strictness: aws.md §1.4]

import { randomUUID } from 'node:crypto';

import { XMLParser } from 'fast-xml-parser';

import { type JsonObject, type Json, asList, isJsonObject } from '../../../domain/statement.ts';
import { ServiceError, invalidIdentityToken } from '../service-error.ts';
import { element, escapeXml, textElement } from '../xml.ts';
import type { TokenKey } from './token-key.ts';
import { isSignedBy, xmlSignaturePattern } from './xml-signature.ts';

export interface AssertionInput {
  readonly issuer: string;
  readonly nameId: string;
  /** `persistent` (the default) or a whole URI. */
  readonly nameIdFormat?: string;
  readonly roleSessionName: string;
  readonly roleArn: string;
  readonly providerArn: string;
  /** The sign-in endpoint, which becomes `saml:aud`. */
  readonly recipient: string;
  readonly notBeforeMs?: number;
  readonly notOnOrAfterMs?: number;
  readonly sourceIdentity?: string;
  readonly sessionTags?: Readonly<Record<string, string>>;
  readonly sessionDurationSeconds?: number;
  /** Further attributes, by their whole names. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** What STS takes from an assertion whose signature it has checked. */
export interface Assertion {
  readonly issuer: string;
  readonly nameId: string;
  /** `persistent`, `transient`, or the whole URI of another version's format. */
  readonly nameIdFormat: string;
  readonly recipient: string;
  readonly notOnOrAfterMs: number;
  /** Values of the attributes, by name. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

const formatPrefix = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';
const attributePrefix = 'https://aws.amazon.com/SAML/Attributes/';
const usualLifetimeMs = 3_600_000;

const anyAttribute = (name: string, value: string): string =>
  `<Attribute Name="${escapeXml(name)}">${textElement('AttributeValue', value)}</Attribute>`;

const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? '' : anyAttribute(attributePrefix + name, value);

const isoTime = (ms: number): string => new Date(ms).toISOString();

const subjectXml = (input: AssertionInput, endMs: number): string => {
  const format = input.nameIdFormat ?? 'persistent';
  const formatUri = format.includes(':') ? format : formatPrefix + format;
  const data = `<SubjectConfirmationData NotOnOrAfter="${isoTime(endMs)}" Recipient="${escapeXml(input.recipient)}"/>`;
  return element(
    'Subject',
    `<NameID Format="${escapeXml(formatUri)}">${escapeXml(input.nameId)}</NameID>`,
    `<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">${data}</SubjectConfirmation>`,
  );
};

const attributesXml = (input: AssertionInput): string =>
  element(
    'AttributeStatement',
    attribute('RoleSessionName', input.roleSessionName),
    attribute('Role', `${input.roleArn},${input.providerArn}`),
    attribute('SourceIdentity', input.sourceIdentity),
    attribute('SessionDuration', input.sessionDurationSeconds?.toString()),
    ...Object.entries(input.sessionTags ?? {}).map(([key, value]) => attribute(`PrincipalTag:${key}`, value)),
    ...Object.entries(input.claims ?? {}).map(([name, value]) => anyAttribute(name, value)),
  );

const assertionXml = (input: AssertionInput, nowMs: number): string => {
  const endMs = input.notOnOrAfterMs ?? nowMs + usualLifetimeMs;
  const startText = isoTime(input.notBeforeMs ?? nowMs);
  const audience = element('AudienceRestriction', textElement('Audience', input.recipient));
  const inner =
    textElement('Issuer', input.issuer) +
    subjectXml(input, endMs) +
    `<Conditions NotBefore="${startText}" NotOnOrAfter="${isoTime(endMs)}">${audience}</Conditions>` +
    attributesXml(input) +
    `<AuthnStatement AuthnInstant="${isoTime(nowMs)}" SessionIndex="_${randomUUID()}"/>`;
  return `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_${randomUUID()}" IssueInstant="${isoTime(nowMs)}" Version="2.0">${inner}</Assertion>`;
};

/** A signed response, base64. */
export const issueAssertion = (input: AssertionInput, nowMs: number, key: TokenKey): string => {
  const unsigned = assertionXml(input, nowMs);
  const signature = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">${textElement('SignatureValue', key.sign(unsigned))}</Signature>`;
  // As with an enveloped signature: what is signed is the assertion without its signature.
  const signed = unsigned.replace('</Issuer>', () => `</Issuer>${signature}`);
  const response = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_${randomUUID()}" IssueInstant="${isoTime(nowMs)}" Version="2.0"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">${escapeXml(input.issuer)}</Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${signed}</samlp:Response>`;
  return Buffer.from(response, 'utf8').toString('base64');
};

const signaturePattern = /<Signature [^>]*><SignatureValue>([\w-]+)<\/SignatureValue><\/Signature>/;

/** How a provider's assertions are known to be its own. */
export interface SignatureCheck {
  /** The whole signature, with its first group as `isRight` wants it. */
  readonly pattern: RegExp;
  readonly isRight: (unsigned: string, signature: string) => boolean;
}

/** Of the sandbox's own Entra. */
export const signedByEntra = (key: TokenKey): SignatureCheck => ({
  pattern: signaturePattern,
  isRight: (unsigned, signature) => key.verifies(unsigned, signature),
});

/** Of a provider whose metadata brought certificates. */
export const signedByOneOf = (certificates: readonly string[]): SignatureCheck => ({
  pattern: xmlSignaturePattern,
  isRight: (unsigned, signature) => isSignedBy(certificates, unsigned, signature),
});

/** The one assertion of the response, without its signature, once that signature has been found to be right. */
const verifiedAssertion = (response: string, { pattern, isRight }: SignatureCheck): string => {
  const found = response.match(/<Assertion\b[\s\S]*?<\/Assertion>/g) ?? [];
  const [signed] = found;
  const signature = pattern.exec(signed ?? '')?.[1];
  if (signed === undefined || found.length !== 1 || signature === undefined) {
    throw invalidIdentityToken(
      'Response (with optional signature) must contain an assertion with a mandatory signature',
    );
  }
  const unsigned = signed.replace(pattern, '');
  if (!isRight(unsigned, signature)) throw invalidIdentityToken('Response signature invalid');
  return unsigned;
};

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  trimValues: false,
  alwaysCreateTextNode: true,
});

/** Follows names through the parsed XML; undefined where something is missing. */
const at = (node: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((here, name) => (isJsonObject(here) ? here[name] : undefined), node);

const textAt = (node: Json | undefined, ...path: readonly string[]): string => {
  const value = at(node, ...path);
  // STS says this of every assertion whose structure it does not like. [observed, aws.md §1.4]
  if (typeof value !== 'string') throw invalidIdentityToken('Invalid base64 SAMLResponse');
  return value;
};

const attributesOf = (assertion: Json | undefined): ReadonlyMap<string, readonly string[]> => {
  const attributes = asList(at(assertion, 'AttributeStatement', 'Attribute')).filter(isJsonObject);
  const entries = attributes.map((attribute: JsonObject) => {
    const values = asList(attribute['AttributeValue']).map((value) => textAt(value, '#text'));
    return [textAt(attribute, '@Name'), values] as const;
  });
  return new Map(entries);
};

/** Reads a base64 response; throws what STS answers when it is broken, changed or expired. `NotBefore` is not looked at: neither does STS. */
export const readAssertion = (base64: string, nowMs: number, check: SignatureCheck): Assertion => {
  const response = Buffer.from(base64, 'base64').toString('utf8');
  if (!response.includes('Response')) throw invalidIdentityToken('Invalid base64 SAMLResponse');
  const assertion = at(parser.parse(verifiedAssertion(response, check)) as Json, 'Assertion');
  const confirmation = at(assertion, 'Subject', 'SubjectConfirmation', 'SubjectConfirmationData');
  const format = textAt(assertion, 'Subject', 'NameID', '@Format');
  const ends = [textAt(confirmation, '@NotOnOrAfter'), textAt(assertion, 'Conditions', '@NotOnOrAfter')];
  const notOnOrAfterMs = Math.min(...ends.map((text) => Date.parse(text)));
  if (!(nowMs < notOnOrAfterMs)) throw new ServiceError(400, 'ExpiredTokenException', 'Response has expired');
  return {
    issuer: textAt(assertion, 'Issuer', '#text'),
    nameId: textAt(assertion, 'Subject', 'NameID', '#text'),
    nameIdFormat: format.startsWith(formatPrefix) ? format.slice(formatPrefix.length) : format,
    recipient: textAt(confirmation, '@Recipient'),
    notOnOrAfterMs,
    attributes: attributesOf(assertion),
  };
};

/** Values of one of AWS's attributes, such as `Role`. */
export const awsAttribute = (assertion: Assertion, name: string): readonly string[] =>
  assertion.attributes.get(attributePrefix + name) ?? [];

export const principalTags = (assertion: Assertion): Readonly<Record<string, string>> => {
  const prefix = `${attributePrefix}PrincipalTag:`;
  const tags = [...assertion.attributes].filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(tags.map(([name, [value = '']]) => [name.slice(prefix.length), value]));
};
