// Federation: the typed trust, and that issuer and audiences are what IAM will compare.

import type { Federation, OidcFederation, SamlFederation } from '../domain/policy.ts';
import { oidcFingerprint, samlFingerprint, verificationOf } from '../domain/verification.ts';
import { type RawObject, readMeta } from './meta.ts';
import { partitionOfAudience } from './sign-in-endpoints.ts';
import { type Finding, finding, type SourceDocument } from './source-document.ts';
import { quote } from './words.ts';

interface Verifiable {
  /** false: nobody has looked yet. */
  readonly verified: string | false;
}

type SamlSpec = Omit<SamlFederation, 'verification'> & Verifiable & { readonly acceptMutable: boolean };
type OidcSpec = Omit<OidcFederation, 'verification'> & Verifiable;

interface FederationSpec {
  readonly tenantId: string;
  readonly saml?: SamlSpec;
  readonly oidc?: OidcSpec;
}

export type RawFederation = RawObject<FederationSpec>;

export const readFederation = (document: SourceDocument, raw: RawFederation): Federation => {
  const { saml, oidc } = raw.spec;
  const tenantId = raw.spec.tenantId.toLowerCase();
  return {
    meta: readMeta(document, raw),
    tenantId,
    saml: saml && readSaml(tenantId, saml),
    oidc: oidc && readOidc(tenantId, oidc),
  };
};

const readSaml = (tenantId: string, spec: SamlSpec): SamlFederation => {
  const { acceptMutable: _, verified, ...said } = spec;
  const saml = { ...said, applicationId: said.applicationId.toLowerCase() };
  return { ...saml, verification: verificationOf(verified, samlFingerprint(tenantId, saml)) };
};

const readOidc = (tenantId: string, { verified, ...said }: OidcSpec): OidcFederation => {
  // IAM keys a provider by its URL without the scheme, a trailing slash included.
  const oidc = { ...said, issuer: said.issuer.replace(/^https:\/\//, '') };
  return { ...oidc, verification: verificationOf(verified, oidcFingerprint(tenantId, oidc)) };
};

export const checkFederation = (document: SourceDocument, raw: RawFederation): readonly Finding[] => [
  ...checkVerified(document, raw),
  ...checkSettings(document, raw),
];

/** What was never verified is told by what it holds; that a change has undone it is told where the change is made. */
const checkVerified = (document: SourceDocument, raw: RawFederation): readonly Finding[] => {
  const federation = readFederation(document, raw);
  return (['saml', 'oidc'] as const).flatMap((part) => {
    if (federation[part]?.verification !== 'changed') return [];
    const message = `was printed for other settings of ${part} than these, so enforce is held; run \`rolewarden doctor --assertion FILE\` and commit what it prints`;
    return [
      finding(document, 'verifiedBefore', ['spec', part, 'verified'], message, { severity: 'warning' }),
    ];
  });
};

const checkSettings = (document: SourceDocument, { spec }: RawFederation): readonly Finding[] => [
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
