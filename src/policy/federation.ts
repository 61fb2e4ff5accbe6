// Federation: the typed trust, and that issuer and audiences are what IAM will compare.

import type { Federation, SamlFederation } from '../domain/policy.ts';
import { type RawObject, readMeta } from './meta.ts';
import { partitionOfAudience } from './sign-in-endpoints.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

interface OidcSpec {
  readonly issuer: string;
  readonly tokenVersion: 1 | 2;
  readonly audiences: readonly string[];
}

interface FederationSpec {
  readonly tenantId: string;
  readonly saml?: SamlFederation & { readonly acceptMutable: boolean };
  readonly oidc?: OidcSpec;
}

export type RawFederation = RawObject<FederationSpec>;

export const readFederation = (document: SourceDocument, raw: RawFederation): Federation => {
  const { tenantId, saml, oidc } = raw.spec;
  return {
    meta: readMeta(document, raw),
    tenantId: tenantId.toLowerCase(),
    saml: saml && readSaml(saml),
    oidc: oidc && {
      // IAM keys a provider by its URL without the scheme, a trailing slash included.
      issuer: oidc.issuer.replace(/^https:\/\//, ''),
      tokenVersion: oidc.tokenVersion,
      audiences: oidc.audiences,
    },
  };
};

const readSaml = (spec: NonNullable<FederationSpec['saml']>): SamlFederation => {
  const { acceptMutable: _, ...saml } = spec;
  return { ...saml, applicationId: saml.applicationId.toLowerCase() };
};

export const checkFederation = (document: SourceDocument, { spec }: RawFederation): readonly Finding[] => [
  ...(spec.saml?.audiences ?? []).flatMap((audience, index) => checkAudience(document, audience, index)),
  ...(spec.oidc ? checkIssuer(document, spec.oidc, spec.tenantId.toLowerCase()) : []),
];

const checkAudience = (document: SourceDocument, audience: string, index: number): readonly Finding[] => {
  if (partitionOfAudience(audience) !== undefined) return [];
  const message = `${quote(audience)} is no sign-in endpoint of AWS; if nothing of yours receives assertions there, nobody can enter`;
  const path = ['spec', 'saml', 'audiences', index];
  return [finding(document, 'unknownAudience', path, message, { severity: 'warning' })];
};

/** The two forms that Entra's public cloud has; other hosts are taken as they are. */
const issuerForms = [
  {
    host: 'https://sts.windows.net/',
    version: 1,
    form: (tenant: string) => `https://sts.windows.net/${tenant}/`,
  },
  {
    host: 'https://login.microsoftonline.com/',
    version: 2,
    form: (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`,
  },
] as const;

const checkIssuer = (document: SourceDocument, oidc: OidcSpec, tenantId: string): readonly Finding[] => {
  const known = issuerForms.find(({ host }) => oidc.issuer.startsWith(host));
  if (known === undefined) return [];
  const expected = issuerForms.find(({ version }) => version === oidc.tokenVersion)?.form(tenantId);
  if (oidc.issuer === expected) return [];
  const message = `${quote(oidc.issuer)} does not fit tokenVersion ${oidc.tokenVersion} and tenantId ${tenantId}, and IAM compares every character; write ${expected}, or correct the other two`;
  return [finding(document, 'issuerMismatch', ['spec', 'oidc', 'issuer'], message)];
};
