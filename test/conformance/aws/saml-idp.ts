// A SAML identity provider of our own, made for one run and forgotten: a key, a self-signed certificate, metadata for IAM,
// and signed responses. So no question about SAML needs Entra.
//
// The assertion is written in exclusive canonical form to begin with, so that signing it is hashing what is sent: attributes
// in order, no empty-element tags, namespaces where they are first used, nothing between elements.
// [W3C: Exclusive XML Canonicalization 1.0; XML Signature Syntax and Processing 1.1]

// @peculiar/x509 wires itself with decorators and refuses to load before this polyfill.
import 'reflect-metadata';
import { createHash, createSign, KeyObject, randomUUID, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface SamlIdp {
  readonly issuer: string;
  readonly certificatePem: string;
  /** For CreateSAMLProvider. */
  readonly metadata: string;
  /** A response with one signed assertion, base64. */
  readonly signIn: (person: Person, nowMs: number) => string;
}

export interface Person {
  /** Becomes `saml:sub`. */
  readonly nameId: string;
  readonly roleArn: string;
  readonly providerArn: string;
  readonly sessionName?: string;
  /** Becomes `saml:aud`. */
  readonly recipient: string;
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const assertionSpace = 'urn:oasis:names:tc:SAML:2.0:assertion';
const signatureSpace = 'http://www.w3.org/2000/09/xmldsig#';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2_048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const dayMs = 86_400_000;
const minuteMs = 60_000;

const textEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
};
const attributeEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>\r]/g, (one) => textEscapes[one] ?? one);
const quoted = (text: string): string =>
  text.replaceAll(/[&<"\t\n\r]/g, (one) => attributeEscapes[one] ?? one);

type Attributes = Readonly<Record<string, string>>;

/** An element in canonical form: its namespace first, then the attributes by name. */
const element = (name: string, attributes: Attributes, ...inner: readonly string[]): string => {
  const rank = (key: string): string => (key.startsWith('xmlns') ? `0${key}` : `1${key}`);
  const written = Object.entries(attributes)
    .toSorted(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
    .map(([key, value]) => ` ${key}="${quoted(value)}"`);
  return `<${name}${written.join('')}>${inner.join('')}</${name}>`;
};

const isoTime = (ms: number): string => new Date(ms).toISOString();

const awsAttribute = (name: string, value: string | undefined): string =>
  value === undefined
    ? ''
    : element(
        'Attribute',
        { Name: `https://aws.amazon.com/SAML/Attributes/${name}` },
        element('AttributeValue', {}, escaped(value)),
      );

const attributesOf = ({ nameId, roleArn, providerArn, sessionName, sourceIdentity, tags }: Person): string =>
  element(
    'AttributeStatement',
    {},
    awsAttribute('Role', `${roleArn},${providerArn}`),
    awsAttribute('RoleSessionName', sessionName ?? nameId),
    awsAttribute('SourceIdentity', sourceIdentity),
    ...Object.entries(tags ?? {}).map(([key, value]) => awsAttribute(`PrincipalTag:${key}`, value)),
  );

const subjectOf = ({ nameId, recipient }: Person, endsAt: string): string =>
  element(
    'Subject',
    {},
    element('NameID', { Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' }, escaped(nameId)),
    element(
      'SubjectConfirmation',
      { Method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer' },
      element('SubjectConfirmationData', { NotOnOrAfter: endsAt, Recipient: recipient }),
    ),
  );

const contextClass = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';

/** `signature`: empty, or what goes where the schema wants it, right after the issuer. */
const assertionOf = (
  issuer: string,
  id: string,
  person: Person,
  nowMs: number,
  signature: string,
): string => {
  const endsAt = isoTime(nowMs + 5 * minuteMs);
  return element(
    'Assertion',
    { xmlns: assertionSpace, ID: id, IssueInstant: isoTime(nowMs), Version: '2.0' },
    element('Issuer', {}, escaped(issuer)),
    signature,
    subjectOf(person, endsAt),
    element(
      'Conditions',
      { NotBefore: isoTime(nowMs - minuteMs), NotOnOrAfter: endsAt },
      element('AudienceRestriction', {}, element('Audience', {}, escaped(person.recipient))),
    ),
    element(
      'AuthnStatement',
      { AuthnInstant: isoTime(nowMs), SessionIndex: id },
      element('AuthnContext', {}, element('AuthnContextClassRef', {}, contextClass)),
    ),
    attributesOf(person),
  );
};

const method = (name: string, uri: string, ...inner: readonly string[]): string =>
  element(name, { Algorithm: uri }, ...inner);

/** Carries its namespace itself, so that it is the same text in its place and by itself. */
const signedInfoOf = (id: string, digest: string): string =>
  element(
    'ds:SignedInfo',
    { 'xmlns:ds': signatureSpace },
    method('ds:CanonicalizationMethod', exclusive),
    method('ds:SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'),
    element(
      'ds:Reference',
      { URI: `#${id}` },
      element(
        'ds:Transforms',
        {},
        method('ds:Transform', `${signatureSpace}enveloped-signature`),
        method('ds:Transform', exclusive),
      ),
      method('ds:DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha256'),
      element('ds:DigestValue', {}, digest),
    ),
  );

const certificateText = (certificate: x509.X509Certificate): string =>
  Buffer.from(certificate.rawData).toString('base64');

const keyInfo = (certificate: string): string =>
  element(
    'ds:KeyInfo',
    { 'xmlns:ds': signatureSpace },
    element('ds:X509Data', {}, element('ds:X509Certificate', {}, certificate)),
  );

const metadataOf = (issuer: string, certificate: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${element(
    'EntityDescriptor',
    { xmlns: 'urn:oasis:names:tc:SAML:2.0:metadata', entityID: issuer },
    element(
      'IDPSSODescriptor',
      {
        protocolSupportEnumeration: 'urn:oasis:names:tc:SAML:2.0:protocol',
        WantAuthnRequestsSigned: 'false',
      },
      element('KeyDescriptor', { use: 'signing' }, keyInfo(certificate)),
      element('NameIDFormat', {}, 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'),
      element('SingleSignOnService', {
        Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
        Location: `${issuer}/sign-in`,
      }),
    ),
  )}`;

const responseOf = (issuer: string, assertion: string, recipient: string, nowMs: number): string =>
  element(
    'samlp:Response',
    {
      'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
      Destination: recipient,
      ID: `_${randomUUID()}`,
      IssueInstant: isoTime(nowMs),
      Version: '2.0',
    },
    element('Issuer', { xmlns: assertionSpace }, escaped(issuer)),
    element(
      'samlp:Status',
      {},
      element('samlp:StatusCode', { Value: 'urn:oasis:names:tc:SAML:2.0:status:Success' }),
    ),
    assertion,
  );

/** An RSA key pair. */
export const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

let keysOfThisRun: Promise<webcrypto.CryptoKeyPair> | undefined;

const selfSigned = async (nowMs: number, keys: webcrypto.CryptoKeyPair) => {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Rolewarden conformance',
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + dayMs),
    signingAlgorithm: algorithm,
    keys,
  });
  return { key: KeyObject.from(keys.privateKey), certificate };
};

/** @param name becomes part of the issuer, an address that nobody serves. The key never leaves the process. */
export const makeSamlIdp = async (
  name: string,
  nowMs: number,
  keys: Promise<webcrypto.CryptoKeyPair> = (keysOfThisRun ??=
    makeKeys()),
): Promise<SamlIdp> => {
  const { key, certificate } = await selfSigned(nowMs, await keys);
  const issuer = `https://${name}.invalid`;
  const certificateBase64 = certificateText(certificate);
  const signatureOf = (id: string, assertion: string): string => {
    const signedInfo = signedInfoOf(id, createHash('sha256').update(assertion, 'utf8').digest('base64'));
    const value = createSign('sha256').update(signedInfo, 'utf8').sign(key, 'base64');
    return element(
      'ds:Signature',
      { 'xmlns:ds': signatureSpace },
      signedInfo,
      element('ds:SignatureValue', {}, value),
      keyInfo(certificateBase64),
    );
  };
  return {
    issuer,
    certificatePem: certificate.toString('pem'),
    metadata: metadataOf(issuer, certificateBase64),
    signIn: (person, nowMs) => {
      const id = `_${randomUUID()}`;
      const signature = signatureOf(id, assertionOf(issuer, id, person, nowMs, ''));
      const assertion = assertionOf(issuer, id, person, nowMs, signature);
      return Buffer.from(responseOf(issuer, assertion, person.recipient, nowMs), 'utf8').toString('base64');
    },
  };
};
