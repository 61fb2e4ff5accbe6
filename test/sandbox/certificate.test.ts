// The certificate: trusted through its CA, for loopback names only.

import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeLoopbackCertificate } from '../../src/sandbox/certificate.ts';

const made = await makeLoopbackCertificate(new Date('2026-03-02T09:00:00Z'));
const ca = new X509Certificate(made.caCertificatePem);
const leaf = new X509Certificate(made.certificatePem);

test('the CA is one, signs itself and the leaf; the leaf is none', () => {
  expect([ca.ca, leaf.ca]).toEqual([true, false]);
  expect([ca.verify(ca.publicKey), leaf.verify(ca.publicKey), leaf.checkIssued(ca)]).toEqual([
    true,
    true,
    true,
  ]);
});

test.each([
  ['localhost', true],
  ['LOCALHOST', true],
  ['graph.microsoft.com', false],
])('host %s: %s', (host, good) => {
  expect(leaf.checkHost(host) !== undefined).toBe(good);
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['127.0.0.2', false],
])('address %s: %s', (address, good) => {
  expect(leaf.checkIP(address) !== undefined).toBe(good);
});

test('it holds for a day before and thirty days after it was made', () => {
  expect([leaf.validFromDate, leaf.validToDate]).toEqual([
    new Date('2026-03-01T09:00:00Z'),
    new Date('2026-04-01T09:00:00Z'),
  ]);
});

test('two starts share nothing', async () => {
  const other = await makeLoopbackCertificate();
  expect(new X509Certificate(other.certificatePem).verify(ca.publicKey)).toBe(false);
});
