// Whether somebody has looked at what Entra really sends, and whether the Federation still says what it said then. A wrong
// NameID would lock everyone out, and nothing but a real assertion tells what it holds.

import { createHash } from 'node:crypto';
import type { Federation, OidcFederation, SamlFederation } from './policy.ts';

export type FederationPart = 'saml' | 'oidc';

/** `changed`: it was verified, and says something else since. */
export type Verification = 'verified' | 'unverified' | 'changed';

const fingerprint = (part: FederationPart, said: readonly unknown[]): string =>
  `${part}-${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 12)}`;

/** What is committed as `verified` once an assertion was found to be as these settings say; good for them and no others. */
export const samlFingerprint = (tenantId: string, saml: Omit<SamlFederation, 'verification'>): string =>
  fingerprint('saml', [
    tenantId,
    saml.providerName,
    saml.applicationId,
    saml.nameId,
    [...saml.audiences].sort(),
    saml.sendsSourceIdentity,
    saml.sendsSessionTags,
  ]);

/** As `samlFingerprint`, for the tokens of workloads. */
export const oidcFingerprint = (tenantId: string, oidc: Omit<OidcFederation, 'verification'>): string =>
  fingerprint('oidc', [tenantId, oidc.issuer, oidc.tokenVersion, [...oidc.audiences].sort()]);

/** `committed`: the value of `verified` in Git. */
export const verificationOf = (committed: string | false, current: string): Verification =>
  committed === false ? 'unverified' : committed === current ? 'verified' : 'changed';

const risk: Readonly<Record<FederationPart, string>> = {
  saml: 'a wrong NameID would lock everyone out',
  oidc: 'a wrong issuer, audience or version would lock every workload out',
};

const toBeSaved: Readonly<Record<FederationPart, string>> = {
  saml: 'the SAMLResponse of a sign-in',
  oidc: 'an access token of a workload',
};

export interface Doubt {
  readonly because: string;
  readonly advice: string;
}

/** Why nobody may rely yet on those parts of a federation that a policy uses, and what to do; undefined: they may. */
export const doubtOf = (
  { meta, saml, oidc }: Federation,
  uses: readonly FederationPart[],
): Doubt | undefined => {
  const states = { saml: saml?.verification, oidc: oidc?.verification };
  const part = uses.find((one) => states[one] === 'unverified' || states[one] === 'changed');
  if (part === undefined) return undefined;
  const what = `${part} of the Federation ${meta.name} (${meta.source.file}:${meta.source.line})`;
  const how =
    states[part] === 'changed' ? `${what} was changed after it was verified` : `nobody has verified ${what}`;
  return {
    because: `${how}, and ${risk[part]}`,
    advice: `save ${toBeSaved[part]} to a file, run \`rolewarden doctor --assertion FILE\`, and commit the line that it prints`,
  };
};
