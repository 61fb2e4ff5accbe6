// Signature version 4, the receiving side: what a request must be signed with, worked out again from the request.
// [AWS Signature Version 4 for API requests]

import { createHash, createHmac } from 'node:crypto';

export interface IncomingRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface Authorization {
  readonly accessKeyId: string;
  /** `20261123/us-east-1/iam/aws4_request`. */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const headerPattern =
  /^AWS4-HMAC-SHA256\s+Credential=([^/]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** undefined: the header is not a version 4 signature. */
export const parseAuthorization = (header: string): Authorization | undefined => {
  const [, accessKeyId, scope, signedHeaders, signature] = headerPattern.exec(header.trim()) ?? [];
  if (accessKeyId === undefined || scope === undefined) return undefined;
  if (signedHeaders === undefined || signature === undefined) return undefined;
  return { accessKeyId, scope, signedHeaders: signedHeaders.split(';'), signature };
};

export const headerText = (request: IncomingRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(',');
};

/** The region that a request is signed for: `20261123/eu-west-1/ecs/aws4_request`. */
export const signedRegion = (request: IncomingRequest): string =>
  parseAuthorization(headerText(request, 'authorization') ?? '')?.scope.split('/')[1] ?? '';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const canonicalQuery = (target: string): string => {
  const query = target.split('?')[1] ?? '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');
};

const canonicalRequest = (request: IncomingRequest, signedHeaders: readonly string[]): string => {
  const headers = signedHeaders.map((name) => {
    const value = headerText(request, name) ?? '';
    return `${name}:${value.trim().replaceAll(/ +/g, ' ')}\n`;
  });
  return [
    request.method,
    request.target.split('?')[0] ?? '/',
    canonicalQuery(request.target),
    headers.join(''),
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
};

/** The signature, in lower-case hex, that this request should bear when signed with this secret. */
export const expectedSignature = (
  request: IncomingRequest,
  authorization: Authorization,
  secretAccessKey: string,
): string => {
  const scopeParts = authorization.scope.split('/');
  const signingKey = scopeParts.reduce<string | Buffer>(
    (key, part) => hmac(key, part),
    `AWS4${secretAccessKey}`,
  );
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    headerText(request, 'x-amz-date') ?? '',
    authorization.scope,
    sha256(canonicalRequest(request, authorization.signedHeaders)),
  ].join('\n');
  return hmac(signingKey, stringToSign).toString('hex');
};
