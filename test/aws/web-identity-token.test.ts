// The token by which the controller signs in to Entra without a secret, asked of the sandbox's STS.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webIdentityToken } from '../../src/aws/web-identity-token.ts';
import { AppError } from '../../src/domain/errors.ts';
import { type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';

const accountId = '111122223333';
const key = { accessKeyId: 'AKIA111122223333HUB1', secretAccessKey: 'secret-of-the-hub' };
const audience = 'api://AzureADTokenExchange';

let cloud: AwsCloud;
const seen: unknown[] = [];
beforeEach(async () => {
  const nothing = { samlProviders: [], oidcProviders: [], managedPolicies: {}, spokeRoles: [] };
  cloud = await startAwsCloud({ accounts: [{ accountId, ...key, ...nothing }] });
  seen.length = 0;
});
afterEach(() => cloud.stop());

const ask = (region: string | undefined = 'eu-west-1') =>
  webIdentityToken(
    {
      clock: { now: () => Date.now() },
      endpoint: cloud.url,
      requestTimeoutMs: 5_000,
      region,
      ownCredentials: async () => key,
      onRequest: (request) => seen.push(request),
    },
    audience,
  );

const problemOf = async (call: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (error instanceof AppError) return error;
  throw new Error('nothing was refused');
};

describe('a token', () => {
  it('is for the audience, of our own ARN, and lives five minutes', async () => {
    const [, body = ''] = (await ask()).split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>;
    expect(claims).toMatchObject({ aud: audience, sub: `arn:aws:iam::${accountId}:user/administrator` });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(300);
    expect(seen).toEqual([{ service: 'sts', operation: 'GetWebIdentityToken', code: '200' }]);
  });

  it.each([undefined, ''])('is asked for in a region: %s is none', async (region) => {
    const problem = await problemOf(ask(region ?? ''));
    expect(problem.kind).toBe('invalid');
    expect(problem.message).toContain('AWS_REGION is not set');
    expect(cloud.requests.list()).toEqual([]);
  });

  it.each([
    [
      'OutboundWebIdentityFederationDisabledException',
      403,
      'turn it on with aws iam enable-outbound-web-identity-federation',
    ],
    ['AccessDenied', 403, 'sts:GetWebIdentityToken'],
  ])('that is refused (%s) says what to do', async (code, status, sentence) => {
    cloud.addFault({
      service: 'sts',
      operation: 'GetWebIdentityToken',
      effect: { kind: 'error', status, code },
    });
    const problem = await problemOf(ask());
    expect(problem.kind).toBe('denied');
    expect(problem.message).toContain(sentence);
  });
});
