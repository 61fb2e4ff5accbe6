// What `doctor --assertion` answers: the checks, and what is committed where nothing is missing.

import type { Check } from '../../domain/check.ts';
import { AppError } from '../../domain/errors.ts';
import type { Federation, PolicySet, SourceRef } from '../../domain/policy.ts';
import {
  type FederationPart,
  type Verification,
  oidcFingerprint,
  samlFingerprint,
} from '../../domain/verification.ts';
import type { Captured } from './captured.ts';
import { checkSaml } from './check-saml.ts';
import { checkToken, readTokenClaims } from './check-token.ts';
import { type SamlResponse, readSamlResponse } from './saml-response.ts';

export interface Examined {
  readonly federation: string;
  readonly source: SourceRef;
  readonly part: FederationPart;
  readonly checks: readonly Check[];
  /** The value of `verified`; undefined: something is missing. */
  readonly verified: string | undefined;
  /** What the Federation says of itself until it is committed. */
  readonly before: Verification;
}

const named = (federations: readonly Federation[]): string =>
  federations.length === 0 ? 'there is none' : federations.map(({ meta }) => meta.name).join(', ');

/** By the name that was given; else the only one, or the only one of the tenant that speaks. */
const chosen = (
  part: FederationPart,
  { federations }: PolicySet,
  name: string | undefined,
  isOf: (federation: Federation) => boolean,
): Federation => {
  const able = federations.filter((one) => one[part] !== undefined);
  if (name !== undefined) {
    const found = able.find(({ meta }) => meta.name === name);
    if (found !== undefined) return found;
    const known = named(able);
    throw new AppError('invalid', `no Federation with ${part} is called ${name}; with ${part}: ${known}`);
  }
  const fitting = able.length === 1 ? able : able.filter(isOf);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  throw new AppError(
    'invalid',
    `it cannot be told which Federation this is of; say --federation NAME (with ${part}: ${named(able)})`,
  );
};

const nothingMissing = (checks: readonly Check[]): boolean =>
  checks.every(({ state }) => state !== 'missing');

const providerOf = (response: SamlResponse): string => [...response.attributes.values()].flat().join(' ');

const examineSaml = (xml: string, policies: PolicySet, name: string | undefined, nowMs: number): Examined => {
  const response = readSamlResponse(xml);
  const federation = chosen(
    'saml',
    policies,
    name,
    ({ tenantId, saml }) =>
      response.issuer.includes(tenantId) &&
      providerOf(response).includes(`:saml-provider/${saml?.providerName}`),
  );
  const { meta, tenantId, saml } = federation;
  if (saml === undefined) throw new AppError('invalid', `the Federation ${meta.name} has no saml`);
  const checks = checkSaml(response, federation, saml, policies, nowMs);
  return {
    federation: meta.name,
    source: meta.source,
    part: 'saml',
    checks,
    verified: nothingMissing(checks) ? samlFingerprint(tenantId, saml) : undefined,
    before: saml.verification,
  };
};

const examineToken = (token: string, policies: PolicySet, name: string | undefined): Examined => {
  const claims = readTokenClaims(token);
  const federation = chosen(
    'oidc',
    policies,
    name,
    ({ oidc }) => claims['iss'] === `https://${oidc?.issuer}`,
  );
  const { meta, tenantId, oidc } = federation;
  if (oidc === undefined) throw new AppError('invalid', `the Federation ${meta.name} has no oidc`);
  const checks = checkToken(claims, federation, oidc, policies);
  return {
    federation: meta.name,
    source: meta.source,
    part: 'oidc',
    checks,
    verified: nothingMissing(checks) ? oidcFingerprint(tenantId, oidc) : undefined,
    before: oidc.verification,
  };
};

/** `name`: of the Federation, where several would fit. `nowMs`: milliseconds since the epoch. */
export const examineCaptured = (
  captured: Captured,
  policies: PolicySet,
  name: string | undefined,
  nowMs: number,
): Examined =>
  captured.kind === 'saml'
    ? examineSaml(captured.xml, policies, name, nowMs)
    : examineToken(captured.token, policies, name);
