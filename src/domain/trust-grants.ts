// A trust policy as the set of what it grants. This is the form in which trust policies are desired, compared,
// changed person by person, and written: reading a document gives its grants, writing grants gives a document, and
// whatever is no grant of ours is carried along verbatim and named foreign.
//
//   grant            statement that carries it
//   person           Allow AssumeRoleWithSAML        saml:aud + saml:sub [+ DateLessThan aws:CurrentTime]
//   anyone           Allow AssumeRoleWithSAML        saml:aud only (Entra's app-role assignment admits) [+ the same]
//   servicePrincipal Allow AssumeRoleWithWebIdentity <issuer>:aud [+ :oaud] + :sub [+ the same]
//   sessionTags      Allow TagSession                saml:aud
//   sourceIdentity   Allow SetSourceIdentity         (no condition: only sts:SourceIdentity is documented for it)
//   ecsTasks         Allow AssumeRole, for ECS tasks   aws:SourceAccount + ArnLike aws:SourceArn
//   foreign          any other Allow, verbatim
//   nobody at all    one Deny for each provider; a list of principals or members is never empty
//
// A provider is whoever vouches for those who enter: an identity provider by its ARN, or the service ECS by its name.

import type { SharedPart } from './shared-role.ts';
import { canonicalStatement, type JsonObject } from './statement.ts';

/** The principal of ECS tasks, in every partition. */
export const ecsTasksService = 'ecs-tasks.amazonaws.com';

export interface PersonGrant {
  readonly kind: 'person';
  /** ARN of the SAML provider. */
  readonly provider: string;
  readonly audience: string;
  /** The NameID: an object id, or a user principal name. */
  readonly sub: string;
  /** End of the grant, milliseconds since the epoch; undefined: until it is removed. */
  readonly untilMs: number | undefined;
}

export interface AnyoneGrant {
  readonly kind: 'anyone';
  readonly provider: string;
  readonly audience: string;
  /** As of a person's grant. */
  readonly untilMs: number | undefined;
}

export interface ServicePrincipalGrant {
  readonly kind: 'servicePrincipal';
  /** ARN of the OIDC provider. */
  readonly provider: string;
  /** The object id, which Entra sends as `sub` of app-only tokens. */
  readonly sub: string;
  /** What IAM calls `:aud`: the audience of v1 tokens, the caller's client id (azp) of v2 tokens. */
  readonly aud: string;
  /** v2 only: the token's own audience. */
  readonly oaud: string | undefined;
  /** As of a person's grant. */
  readonly untilMs: number | undefined;
}

export interface SessionTagsGrant {
  readonly kind: 'sessionTags';
  readonly provider: string;
  readonly audience: string;
}

export interface SourceIdentityGrant {
  readonly kind: 'sourceIdentity';
  readonly provider: string;
}

/** ECS may give the role to tasks of one account and region; a single cluster cannot be named. [aws.md §5] */
export interface EcsTasksGrant {
  readonly kind: 'ecsTasks';
  readonly provider: typeof ecsTasksService;
  /** Twelve digits. */
  readonly accountId: string;
  /** `arn:aws:ecs:eu-west-1:111122223333:*` */
  readonly sourceArn: string;
}

export interface ForeignGrant {
  readonly kind: 'foreign';
  readonly statement: JsonObject;
}

export type TrustGrant =
  | PersonGrant
  | AnyoneGrant
  | ServicePrincipalGrant
  | SessionTagsGrant
  | SourceIdentityGrant
  | EcsTasksGrant
  | ForeignGrant;

/** When a grant ends, milliseconds since the epoch; Infinity: it has no end. */
export const endOf = (grant: TrustGrant): number =>
  'untilMs' in grant ? (grant.untilMs ?? Infinity) : Infinity;

/** Grants that let somebody in; the others only decorate a session. */
export type EntryGrant = PersonGrant | AnyoneGrant | ServicePrincipalGrant | EcsTasksGrant | ForeignGrant;
export const isEntry = (grant: TrustGrant): grant is EntryGrant =>
  grant.kind !== 'sessionTags' && grant.kind !== 'sourceIdentity';

/** Parts of a key, told apart whatever characters somebody put into them. An absent part differs from an empty one. */
export const keyOf = (...parts: readonly (string | undefined)[]): string => {
  let key = '';
  for (const [index, part] of parts.entries()) key += index === 0 ? keyPart(part) : `|${keyPart(part)}`;
  return key;
};

const keyPart = (part: string | undefined): string => {
  if (part === undefined) return '';
  if (part === '') return '\\e';
  return part.includes('|') || part.includes('\\')
    ? part.replaceAll('\\', '\\\\').replaceAll('|', '\\|')
    : part;
};

/** Identity of a grant: two grants with one key differ at most in their end. */
export const grantKey = (grant: TrustGrant): string => {
  switch (grant.kind) {
    case 'person':
      return keyOf('person', grant.provider, grant.audience, grant.sub);
    case 'anyone':
    case 'sessionTags':
      return keyOf(grant.kind, grant.provider, grant.audience);
    case 'servicePrincipal':
      return keyOf('servicePrincipal', grant.provider, grant.sub, grant.aud, grant.oaud);
    case 'sourceIdentity':
      return keyOf('sourceIdentity', grant.provider);
    case 'ecsTasks':
      return keyOf('ecsTasks', grant.accountId, grant.sourceArn);
    case 'foreign':
      return `foreign|${canonicalStatement(grant.statement)}`;
  }
};

export interface TrustGrants {
  readonly grants: ReadonlyMap<string, TrustGrant>;
  /**
   * Deny statements that are not ours, verbatim. Someone's emergency brake: never removed, only reported. Our own closing
   * Deny is among them as long as a foreign Allow would let its provider in without it.
   */
  readonly foreignDenies: readonly JsonObject[];
  /**
   * Grants that stand in the document but are silenced by our own closing Deny. They admit nobody, and writing the
   * document drops them.
   */
  readonly silenced: readonly TrustGrant[];
  /** Of a shared role: what stands beside our statements. undefined: the whole document is ours. */
  readonly shared?: SharedPart | undefined;
}

/** `arn:aws:iam::111122223333:oidc-provider/ISSUER` → `ISSUER`, the prefix of the provider's condition keys. */
export const issuerOf = (providerArn: string): string =>
  providerArn.slice(providerArn.indexOf(':oidc-provider/') + ':oidc-provider/'.length);
