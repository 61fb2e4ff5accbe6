// What the metadata of a SAML provider says: whose it is, and how long its signing certificates last.

import { X509Certificate } from 'node:crypto';

const issuerPattern = /<(?:\w+:)?EntityDescriptor\b[^>]*\bentityID="([^"]{1,1024})"/;
const keyPattern = /<(?:\w+:)?KeyDescriptor\b([^>]*)>(.*?)<\/(?:\w+:)?KeyDescriptor>/gs;
const certificatePattern = /<(?:\w+:)?X509Certificate>([A-Za-z0-9+/=\s]+)<\//g;

/** Milliseconds since the epoch; undefined: it is no certificate. */
const endOf = (base64: string): number | undefined => {
  try {
    const ms = Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo);
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    // Not DER: a certificate that IAM cannot use either.
    return undefined;
  }
};

/** Keys that may sign: those that do not say what they are for may do both. [SAML metadata 2.4.1.1] */
const isSigning = (attributes: string): boolean => !/\buse="encryption"/.test(attributes);

export const issuerIn = (metadata: string): string | undefined => issuerPattern.exec(metadata)?.[1];

/** Sorted; certificates that stand in it more than once count once. */
export const certificateEndsIn = (metadata: string): readonly number[] => {
  const certificates = [...metadata.matchAll(keyPattern)]
    .filter(([, attributes = '']) => isSigning(attributes))
    .flatMap(([, , content = '']) =>
      [...content.matchAll(certificatePattern)].map((match) => match[1] ?? ''),
    );
  const ends = [...new Set(certificates)].flatMap((one) => endOf(one) ?? []);
  return ends.toSorted((a, b) => a - b);
};
