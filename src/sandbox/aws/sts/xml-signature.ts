// XML signatures of providers that are not the sandbox's own Entra, by the certificates of their metadata. Only of assertions that
// come in exclusive canonical form already, with `ds:` for the signature: what is signed is then the very text that was sent.
// [W3C: XML Signature Syntax and Processing; Exclusive XML Canonicalization]

import { createHash, createVerify, X509Certificate } from 'node:crypto';

const certificatePattern = /<(?:\w+:)?X509Certificate>([\w+/=\s]+)<\/(?:\w+:)?X509Certificate>/g;

/** DER in base64, of all keys that the metadata lists. */
export const certificatesIn = (metadata: string): readonly string[] =>
  [...metadata.matchAll(certificatePattern)].map(([, text = '']) => text);

export const xmlSignaturePattern = /(<ds:Signature [\s\S]*<\/ds:Signature>)/;

const between = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';

const verifies = (certificate: string, signedInfo: string, value: string): boolean => {
  const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'));
  return createVerify('sha256').update(signedInfo, 'utf8').verify(publicKey, value, 'base64');
};

/** Whether the signature is one of these keys', over this assertion (`unsigned`: without the signature) and no other. */
export const isSignedBy = (certificates: readonly string[], unsigned: string, signature: string): boolean => {
  const signedInfo = between(signature, /(<ds:SignedInfo [\s\S]*<\/ds:SignedInfo>)/);
  const value = between(signature, /<ds:SignatureValue>([\w+/=]+)<\/ds:SignatureValue>/);
  const digest = createHash('sha256').update(unsigned, 'utf8').digest('base64');
  return (
    between(signedInfo, /<ds:DigestValue>([\w+/=]+)<\/ds:DigestValue>/) === digest &&
    between(signedInfo, /<ds:Reference URI="#([^"]+)">/) ===
      between(unsigned, /^<Assertion [^>]*\bID="([^"]+)"/) &&
    certificates.some((certificate) => verifies(certificate, signedInfo, value))
  );
};
