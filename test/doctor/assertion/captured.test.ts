// The forms in which a sign-in is saved, and what is said of files that hold none. None of it repeats what the file holds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxCapturedChars, readCaptured } from '../../../src/doctor/assertion/captured.ts';
import { readSamlResponse } from '../../../src/doctor/assertion/saml-response.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { anna, assertionXml, responseXml, usual } from './responses.ts';

const xml = responseXml();
const base64 = Buffer.from(xml, 'utf8').toString('base64');
const token = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.c2ln`;

describe('a saved sign-in', () => {
  it.each([
    ['as XML', xml],
    ['as XML with a byte order mark', `\uFEFF${xml}`],
    ['as XML with a declaration', `<?xml version="1.0"?>\n${xml}`],
    ['as the browser sends it', base64],
    ['in lines', (base64.match(/.{1,76}/g) ?? []).join('\r\n')],
    ['escaped', encodeURIComponent(base64)],
    ['as a whole form', `RelayState=&SAMLResponse=${encodeURIComponent(base64)}&x=1`],
    ['as a line of a network panel', `SAMLResponse: ${base64}`],
  ])('is read %s', (_, text) => {
    const captured = readCaptured(`${text}\n`, 'saved.txt');
    expect(captured.kind).toBe('saml');
    expect(readSamlResponse(captured.kind === 'saml' ? captured.xml : '').nameId).toBe(anna);
  });

  it.each([
    ['alone', token],
    ['behind Bearer', `Bearer ${token}`],
    ['as the Azure CLI prints it', JSON.stringify({ accessToken: token, expiresOn: '2026-11-29' })],
    ['as a token endpoint answers', JSON.stringify({ token_type: 'Bearer', access_token: token })],
  ])('a token is read %s', (_, text) => {
    expect(readCaptured(text, 'token')).toEqual({ kind: 'token', token });
  });

  it.each([
    ['nothing', '', /saved\.txt is empty; save the value of SAMLResponse/],
    ['prose', 'I could not find it!', /saved\.txt holds neither a SAML response nor a token/],
    ['base64 of something else', Buffer.from('hello, world of access').toString('base64'), /is no XML/],
    ['too much', 'A'.repeat(maxCapturedChars + 1), /more than a million characters/],
  ])('%s is an error that says what to save', (_, text, message) => {
    expect(() => readCaptured(text, 'saved.txt')).toThrow(message);
  });

  it('may be the assertion alone', () => {
    expect(readSamlResponse(assertionXml(usual)).nameId).toBe(anna);
  });

  it.each([
    ['no assertion', responseXml({}, 0), /holds 0 assertions instead of one/],
    ['two assertions', responseXml({}, 2), /holds 2 assertions instead of one/],
    [
      'an encrypted one',
      responseXml({}, 0).replace(
        '</samlp:Response>',
        '<EncryptedAssertion><x/></EncryptedAssertion></samlp:Response>',
      ),
      /turn token encryption .* off/,
    ],
    ['half of it', xml.slice(0, xml.length / 2), /is no well-formed XML/],
    ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${xml}`, /document type/],
    ['a web page', '<html><body>Sign in</body></html>', /holds 0 assertions/],
  ])('%s in the response is an error', (_, text, message) => {
    expect(() => readSamlResponse(text)).toThrow(message);
  });

  it('whatever a file holds, is read or refused without repeating it', () => {
    const secret = 'c2VjcmV0c2VjcmV0';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (noise, at) => {
        const spoilt = `${xml.slice(0, at % xml.length)}${noise}${secret}${xml.slice(at % xml.length)}`;
        try {
          const captured = readCaptured(spoilt, 'saved.txt');
          if (captured.kind === 'saml') readSamlResponse(captured.xml);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(String(error)).not.toContain(secret);
        }
      }),
    );
  });
});
