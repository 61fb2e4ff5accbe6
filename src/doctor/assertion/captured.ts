// What somebody saved of a sign-in, in whatever form it came out of the browser or the terminal: a SAML response, or the
// access token of a workload. It opens doors, so nothing of it is repeated in messages.

import { AppError } from '../../domain/errors.ts';

export type Captured =
  | { readonly kind: 'saml'; readonly xml: string }
  | { readonly kind: 'token'; readonly token: string };

/** A response of Entra has some ten thousand. */
export const maxCapturedChars = 1_048_576;

const how =
  'save the value of SAMLResponse as the browser sent it (network panel, the request to the sign-in endpoint), or the decoded XML; for workloads, an access token';

const jwt = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** A form as browsers copy it, or only the value, which may still be escaped. */
const formValue = (text: string): string => {
  const field = /(?:^|[&\s])SAMLResponse[=:]\s*"?([^&\s"]+)/.exec(text)?.[1] ?? text;
  try {
    return /%[0-9a-f]{2}/i.test(field) ? decodeURIComponent(field) : field;
  } catch {
    return field;
  }
};

/** `az account get-access-token` and token endpoints answer with JSON. */
const tokenInJson = (text: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { accessToken, access_token: other } = value as Record<string, unknown>;
    const token = accessToken ?? other;
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
};

/** Throws `invalid` for what is neither. `file` names it in messages. */
export const readCaptured = (given: string, file: string): Captured => {
  const invalid = (message: string): AppError =>
    new AppError('invalid', `${file} ${message}`, { resource: file });
  if (given.length > maxCapturedChars) throw invalid(`has more than a million characters; ${how}`);
  const text = given.replace(/^\uFEFF/, '').trim();
  if (text === '') throw invalid(`is empty; ${how}`);
  if (text.startsWith('<')) return { kind: 'saml', xml: text };
  const token = tokenInJson(text) ?? text.replace(/^Bearer\s+/i, '');
  if (jwt.test(token)) return { kind: 'token', token };
  const value = formValue(text).replace(/\s+/g, '');
  if (!base64.test(value)) throw invalid(`holds neither a SAML response nor a token; ${how}`);
  const xml = Buffer.from(value, 'base64').toString('utf8').trim();
  if (!xml.startsWith('<'))
    throw invalid(
      `holds something in base64 that is no XML, perhaps a SAMLRequest, which is deflated; ${how}`,
    );
  return { kind: 'saml', xml };
};
