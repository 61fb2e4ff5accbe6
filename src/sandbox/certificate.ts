// A small certificate authority, made at start and forgotten at stop, so that the embedded cloud can speak TLS on loopback.

// @peculiar/x509 wires itself with decorators and refuses to load before this polyfill.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface LoopbackCertificate {
  /** What a client must trust. */
  readonly caCertificatePem: string;
  /** The leaf for `localhost`, `127.0.0.1` and `::1`. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

/** As Entra makes it for an enterprise application: self-signed, for three years. DER in base64; its key is thrown away. */
export const makeSigningCertificate = async (now: Date): Promise<string> => {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Microsoft Azure Federated SSO Certificate',
    notBefore: now,
    notAfter: new Date(now.getTime() + 3 * 365 * dayMs),
    signingAlgorithm: algorithm,
    keys: await makeKeys(),
  });
  return certificate.toString('base64');
};

/**
 * Makes a CA and a leaf, valid from a day before `now` for thirty days. `now` is the real time, not a sandbox's clock:
 * the peer's TLS library compares it with its own.
 */
export const makeLoopbackCertificate = async (now: Date = new Date()): Promise<LoopbackCertificate> => {
  const validity = {
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + 30 * dayMs),
  };
  const [caKeys, leafKeys] = await Promise.all([makeKeys(), makeKeys()]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=Rolewarden sandbox CA',
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=localhost',
    issuer: ca.subject,
    signingAlgorithm: algorithm,
    signingKey: caKeys.privateKey,
    publicKey: leafKeys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      // Python's and Go's verifiers ask for both key identifiers.
      await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const privateKey = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey));
  return {
    caCertificatePem: `${ca.toString('pem')}\n`,
    certificatePem: `${leaf.toString('pem')}\n`,
    privateKeyPem: x509.PemConverter.encode(privateKey, 'PRIVATE KEY'),
  };
};
