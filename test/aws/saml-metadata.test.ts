// What is read in the metadata of a SAML provider, as Entra and others write it.

import { describe, expect, it } from 'vitest';
import { certificateEndsIn, issuerIn } from '../../src/aws/saml-metadata.ts';
import { makeSigningCertificate } from '../../src/sandbox/certificate.ts';

const yearsMs = (years: number): number => years * 365 * 86_400_000;
const madeMs = Date.UTC(2026, 0, 1);
const at = (ms: number): Promise<string> => makeSigningCertificate(new Date(ms));

const key = (certificate: string, use = ' use="signing"', prefix = ''): string =>
  `<${prefix}KeyDescriptor${use}><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></${prefix}KeyDescriptor>`;
const metadata = (...keys: readonly string[]): string =>
  `<?xml version="1.0"?><EntityDescriptor ID="_1" entityID="https://sts.windows.net/contoso/"><IDPSSODescriptor>${keys.join('')}</IDPSSODescriptor></EntityDescriptor>`;

describe('the metadata of a SAML provider', () => {
  it('names its issuer', () => {
    expect(issuerIn(metadata())).toBe('https://sts.windows.net/contoso/');
    expect(issuerIn('<md:EntityDescriptor entityID="x">')).toBe('x');
    expect(issuerIn('no metadata')).toBeUndefined();
  });

  it('tells when its signing certificates end, the next one first, each once', async () => {
    const [old, next] = [await at(madeMs), await at(madeMs + yearsMs(2))];
    expect(certificateEndsIn(metadata(key(next), key(old), key(old)))).toEqual([
      madeMs + yearsMs(3),
      madeMs + yearsMs(5),
    ]);
  });

  it('passes over keys that only encrypt, and takes those that do not say what they are for', async () => {
    const one = await at(madeMs);
    expect(certificateEndsIn(metadata(key(one, ' use="encryption"')))).toEqual([]);
    expect(certificateEndsIn(metadata(key(one, '', 'md:')))).toEqual([madeMs + yearsMs(3)]);
  });

  it('has no end where a certificate is none', () => {
    expect(certificateEndsIn(metadata(key('bm8gY2VydGlmaWNhdGU=')))).toEqual([]);
  });
});
