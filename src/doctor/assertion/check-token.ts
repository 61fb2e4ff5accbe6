// A captured access token of a workload, held against the Federation. IAM reads the two versions differently. [aws.md §2,
// entra.md §1b]

import type { Check } from '../../domain/check.ts';
import { AppError } from '../../domain/errors.ts';
import type { Federation, OidcFederation, PolicySet } from '../../domain/policy.ts';
import { type Checks, checksOf } from '../check.ts';

type Claims = Readonly<Record<string, unknown>>;

const said = (claims: Claims, name: string): string | undefined => {
  const value = claims[name];
  return typeof value === 'string' ? value : undefined;
};

/** The payload, unverified. Throws `invalid` for what is no token; the message repeats nothing of it. */
export const readTokenClaims = (token: string): Claims => {
  const invalid = (cause?: unknown): AppError =>
    new AppError('invalid', 'the token cannot be read: save the whole access token, three parts with dots', {
      cause,
    });
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw invalid();
    return claims as Claims;
  } catch (error) {
    throw error instanceof AppError ? error : invalid();
  }
};

const versionCheck = (checks: Checks, oidc: OidcFederation, claims: Claims): Check => {
  const version = said(claims, 'ver') === '2.0' ? 2 : 1;
  return version === oidc.tokenVersion
    ? checks.ok('version', `${version}`)
    : checks.missing(
        'version',
        `the token has version ${version}, and the Federation says tokenVersion: ${oidc.tokenVersion}: no workload could enter`,
        `set requestedAccessTokenVersion of the app registration to ${oidc.tokenVersion}, or correct tokenVersion, issuer and audiences`,
      );
};

const issuerCheck = (checks: Checks, oidc: OidcFederation, claims: Claims): Check => {
  const issuer = said(claims, 'iss') ?? '';
  return issuer === `https://${oidc.issuer}`
    ? checks.ok('issuer', issuer)
    : checks.missing(
        'issuer',
        `it is "${issuer}", and the Federation says https://${oidc.issuer}; IAM compares every character`,
        'write the issuer as the token has it, and create the IAM provider by that',
      );
};

const audienceCheck = (checks: Checks, oidc: OidcFederation, claims: Claims): Check => {
  const { aud } = claims;
  const sent = Array.isArray(aud)
    ? aud.filter((one) => typeof one === 'string')
    : [said(claims, 'aud') ?? ''];
  return sent.every((one) => oidc.audiences.includes(one))
    ? checks.ok('audience', sent.join(', '))
    : checks.missing(
        'audience',
        `it is "${sent.join(', ')}", and the Federation lists ${oidc.audiences.map((one) => `"${one}"`).join(', ')}`,
        'add it to spec.oidc.audiences and to the IAM provider, or ask for a token of another resource',
      );
};

const clientCheck = (checks: Checks, oidc: OidcFederation, claims: Claims): Check => {
  const name = oidc.tokenVersion === 2 ? 'azp' : 'appid';
  const client = said(claims, name);
  return client === undefined
    ? checks.missing(
        'client',
        `the token has no ${name}, by which AWS tells who asks`,
        'take a token of a workload',
      )
    : checks.ok('client', client);
};

const subjectCheck = (checks: Checks, claims: Claims, { policies }: PolicySet, name: string): Check => {
  const sub = said(claims, 'sub') ?? '';
  const oid = said(claims, 'oid');
  const isApp = said(claims, 'idtyp') === 'app' || said(claims, 'scp') === undefined;
  if (!isApp || said(claims, 'upn') !== undefined)
    return checks.missing(
      'subject',
      "it is a person's token, and her sub differs from application to application",
      'take the token of a service principal or managed identity; people sign in by SAML',
    );
  if (oid !== undefined && sub !== oid)
    return checks.missing('subject', `sub is "${sub}", and the object id is "${oid}": AWS would not know it`);
  const isNamed = policies.some(
    (policy) => policy.federation === name && policy.servicePrincipals.some(({ id }) => id === sub),
  );
  if (oid === undefined)
    return checks.warning('subject', `it is "${sub}", and nothing else says what the object id is`);
  return isNamed
    ? checks.ok('subject', `the object id of a service principal that a policy names (${sub})`)
    : checks.warning(
        'subject',
        `it is the object id "${sub}", which no policy of this Federation names`,
        'list it under spec.subjects.servicePrincipals, if it is to enter',
      );
};

export const checkToken = (
  claims: Claims,
  { meta }: Federation,
  oidc: OidcFederation,
  policies: PolicySet,
): readonly Check[] => {
  const checks = checksOf(`Federation ${meta.name}, oidc`);
  return [
    versionCheck(checks, oidc, claims),
    issuerCheck(checks, oidc, claims),
    audienceCheck(checks, oidc, claims),
    clientCheck(checks, oidc, claims),
    subjectCheck(checks, claims, policies, meta.name),
  ];
};
