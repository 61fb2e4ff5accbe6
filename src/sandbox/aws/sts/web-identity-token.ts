// Tokens of workloads: small JWTs, made by the sandbox's Entra and checked by its STS.

import { type Json, isJsonObject } from '../../../domain/statement.ts';
import { ServiceError, invalidIdentityToken } from '../service-error.ts';
import type { TokenKey } from './token-key.ts';

export interface WebIdentityClaims {
  /** The issuer's whole URL. */
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly azp?: string;
  /** Seconds since the epoch; an hour from now unless given. */
  readonly exp?: number;
  readonly iat?: number;
  readonly [claim: string]: Json | undefined;
}

export interface WebIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  /** What decides registration and becomes `:aud`: `azp` when the token has one. [aws.md §2.2] */
  readonly authorizedParty: string;
  readonly claims: { readonly [claim: string]: Json };
}

const skewSeconds = 300;
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const issueToken = (claims: WebIdentityClaims, nowMs: number, key: TokenKey): string => {
  const now = Math.floor(nowMs / 1_000);
  const head = encode({ alg: 'HS256', typ: 'JWT', kid: 'sandbox' });
  const body = encode({ iat: now, nbf: now, exp: now + 3_600, ...claims });
  return `${head}.${body}.${key.sign(`${head}.${body}`)}`;
};

const verifiedClaims = (token: string, key: TokenKey): WebIdentity['claims'] => {
  const [head = '', body = '', signature = ''] = token.split('.');
  if (!key.verifies(`${head}.${body}`, signature)) {
    throw invalidIdentityToken('Token signature could not be verified');
  }
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as unknown;
  if (!isJsonObject(claims)) throw invalidIdentityToken('The ID Token provided is not a valid JWT.');
  return claims;
};

const requiredClaim = (claims: WebIdentity['claims'], name: string): string => {
  const value = claims[name];
  if (typeof value !== 'string') throw invalidIdentityToken(`Missing a required claim: ${name}`);
  return value;
};

const partyOf = (claims: WebIdentity['claims'], audiences: readonly string[]): string => {
  const party = claims['azp'];
  if (typeof party === 'string') return party;
  const [audience, second] = audiences;
  if (audience === undefined) throw invalidIdentityToken('Missing a required claim: aud');
  if (second !== undefined) throw invalidIdentityToken('Missing a required claim: azp');
  return audience;
};

/** Reads a token; throws what STS answers when it is broken, changed or expired. */
export const readToken = (token: string, nowMs: number, key: TokenKey): WebIdentity => {
  const claims = verifiedClaims(token, key);
  const expiry = Number(claims['exp']);
  if (!(nowMs / 1_000 < expiry + skewSeconds)) {
    throw new ServiceError(400, 'ExpiredTokenException', 'Token expired');
  }
  const aud = claims['aud'];
  const audiences = (Array.isArray(aud) ? (aud as readonly Json[]) : [aud]).filter(
    (one) => typeof one === 'string',
  );
  return {
    issuer: requiredClaim(claims, 'iss'),
    subject: requiredClaim(claims, 'sub'),
    audiences,
    authorizedParty: partyOf(claims, audiences),
    claims,
  };
};
