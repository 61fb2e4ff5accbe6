// What our identity provider signs, checked by an implementation of XML signatures that is not ours.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSamlIdp, type Person, type SamlIdp } from './saml-idp.ts';

const run = promisify(execFile);
const hasJava = await run('javac', ['-version']).then(
  () => true,
  () => false,
);
const nowMs = Date.parse('2026-11-23T09:00:00Z');
const person: Person = {
  nameId: 'a0000000-0000-4000-8000-000000000001',
  roleArn: 'arn:aws:iam::111122223333:role/door',
  providerArn: 'arn:aws:iam::111122223333:saml-provider/own',
  recipient: 'https://signin.aws.amazon.com/saml',
};

let idp: SamlIdp;
let folder: string;
beforeAll(async () => {
  idp = await makeSamlIdp('rolewarden-conformance-test', nowMs);
  folder = await mkdtemp(join(tmpdir(), 'rolewarden-saml-'));
});
afterAll(() => rm(folder, { recursive: true }));

const xmlOf = (someone: Person): string => Buffer.from(idp.signIn(someone, nowMs), 'base64').toString('utf8');

const verdictOf = async (xml: string): Promise<'right' | 'wrong'> => {
  const files = [join(folder, 'certificate.pem'), join(folder, 'response.xml')] as const;
  await Promise.all([writeFile(files[0], idp.certificatePem), writeFile(files[1], xml)]);
  return await run('java', [join(import.meta.dirname, 'VerifySaml.java'), ...files]).then(
    () => 'right',
    (error: { code?: number; stderr?: string }) => {
      if (error.code === 1 && error.stderr === '') return 'wrong';
      throw error;
    },
  );
};

test.skipIf(!hasJava)(
  'Java finds the signature right, also over characters that XML has to escape',
  async () => {
    const odd = `<"Ana's" & Bo>\ttab`;
    const xml = xmlOf({
      ...person,
      sessionName: odd,
      sourceIdentity: person.nameId,
      tags: { 'Team & "Co"': odd },
    });
    expect(await verdictOf(xml)).toBe('right');
  },
);

test.skipIf(!hasJava)('Java finds the signature wrong once a character was changed', async () => {
  const xml = xmlOf(person);
  expect(await verdictOf(xml.replace(person.nameId, 'somebody else'))).toBe('wrong');
});

test('metadata is long enough for IAM and names issuer and certificate', () => {
  expect(idp.metadata.length).toBeGreaterThan(1_000);
  expect(idp.metadata).toContain(`entityID="${idp.issuer}"`);
  expect(idp.metadata).toContain(idp.certificatePem.split('\n')[1]);
});
