// A trust policy as the set of what it grants. This is the form in which trust policies are desired, compared,
// changed person by person, and written: reading a document gives its grants, writing grants gives a document, and
// whatever is no grant of ours is carried along verbatim and named foreign.
//
//   grant            statement that carries it
//   person           Allow AssumeRoleWithSAML        saml:aud + saml:sub [+ DateLessThan aws:CurrentTime]
//   anyone           Allow AssumeRoleWithSAML        saml:aud only (Entra's app-role assignment admits)
//   servicePrincipal Allow AssumeRoleWithWebIdentity <issuer>:aud [+ :oaud] + :sub
//   sessionTags      Allow TagSession                saml:aud
//   sourceIdentity   Allow SetSourceIdentity         (no condition: only sts:SourceIdentity is documented for it)
//   foreign          any other Allow, verbatim
//   nobody at all    one Deny for each provider; a list of principals or members is never empty

import {
  type Condition,
  type Json,
  type JsonObject,
  asList,
  canonicalStatement,
  compareText,
  isJsonObject,
  parseMoment,
  renderDocument,
} from './statement.ts';
import { type ParsedTrust, type TrustStatement, parseTrustPolicy } from './trust-policy.ts';

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
  | ForeignGrant;

/** Grants that let somebody in; the others only decorate a session. */
export type EntryGrant = PersonGrant | AnyoneGrant | ServicePrincipalGrant | ForeignGrant;
export const isEntry = (grant: TrustGrant): grant is EntryGrant =>
  grant.kind !== 'sessionTags' && grant.kind !== 'sourceIdentity';

/** Parts of a key, told apart whatever characters somebody put into them. An absent part differs from an empty one. */
const keyOf = (...parts: readonly (string | undefined)[]): string => {
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
}

export const closedSid = 'RolewardenClosed';
const ownClosedSid = new RegExp(`^${closedSid}\\d*$`);

const isPlain = (condition: Condition, operator: string): boolean =>
  condition.operator === operator && condition.qualifier === undefined && !condition.ifExists;

/** The values of each `StringEquals` key, and the end, if the conditions are of exactly our kind. */
const readConditions = (
  conditions: readonly Condition[],
):
  | { readonly equals: ReadonlyMap<string, readonly string[]>; readonly untilMs: number | undefined }
  | undefined => {
  const equals = new Map<string, readonly string[]>();
  let untilMs: number | undefined;
  for (const condition of conditions) {
    if (isPlain(condition, 'StringEquals') && !equals.has(condition.key)) {
      equals.set(condition.key, condition.values);
    } else if (
      isPlain(condition, 'DateLessThan') &&
      condition.key === 'aws:currenttime' &&
      untilMs === undefined
    ) {
      const end = parseMoment(condition.values[0] ?? '');
      if (condition.values.length !== 1 || Number.isNaN(end)) return undefined;
      untilMs = end;
    } else {
      return undefined;
    }
  }
  return { equals, untilMs };
};

const hasExactly = (equals: ReadonlyMap<string, unknown>, ...keys: readonly string[]): boolean =>
  equals.size === keys.length && keys.every((key) => equals.has(key));

const samlGrants = (provider: string, statement: TrustStatement): readonly TrustGrant[] | undefined => {
  const read = readConditions(statement.conditions);
  if (read === undefined) return undefined;
  const audiences = read.equals.get('saml:aud') ?? [];
  if (hasExactly(read.equals, 'saml:aud', 'saml:sub')) {
    const subs = read.equals.get('saml:sub') ?? [];
    const { untilMs } = read;
    return audiences.flatMap((audience) =>
      subs.map((sub): TrustGrant => ({ kind: 'person', provider, audience, sub, untilMs })),
    );
  }
  if (hasExactly(read.equals, 'saml:aud') && read.untilMs === undefined) {
    return audiences.map((audience): TrustGrant => ({ kind: 'anyone', provider, audience }));
  }
  return undefined;
};

/** `arn:aws:iam::111122223333:oidc-provider/ISSUER` → `ISSUER`, the prefix of the provider's condition keys. */
const issuerOf = (providerArn: string): string =>
  providerArn.slice(providerArn.indexOf(':oidc-provider/') + ':oidc-provider/'.length);

const webIdentityGrants = (
  provider: string,
  statement: TrustStatement,
): readonly TrustGrant[] | undefined => {
  const read = readConditions(statement.conditions);
  const issuer = issuerOf(provider).toLowerCase();
  if (read === undefined || read.untilMs !== undefined || !provider.includes(':oidc-provider/'))
    return undefined;
  const [aud, oaud, sub] = [`${issuer}:aud`, `${issuer}:oaud`, `${issuer}:sub`];
  const isV1 = hasExactly(read.equals, aud, sub);
  if (!isV1 && !hasExactly(read.equals, aud, oaud, sub)) return undefined;
  const oauds: readonly (string | undefined)[] = isV1 ? [undefined] : (read.equals.get(oaud) ?? []);
  return (read.equals.get(sub) ?? []).flatMap((one) =>
    (read.equals.get(aud) ?? []).flatMap((audience) =>
      oauds.map(
        (own): TrustGrant => ({ kind: 'servicePrincipal', provider, sub: one, aud: audience, oaud: own }),
      ),
    ),
  );
};

const tagGrants = (provider: string, statement: TrustStatement): readonly TrustGrant[] | undefined => {
  const read = readConditions(statement.conditions);
  if (read === undefined || read.untilMs !== undefined || !hasExactly(read.equals, 'saml:aud'))
    return undefined;
  return (read.equals.get('saml:aud') ?? []).map(
    (audience): TrustGrant => ({ kind: 'sessionTags', provider, audience }),
  );
};

const sourceIdentityGrants = (
  provider: string,
  statement: TrustStatement,
): readonly TrustGrant[] | undefined =>
  statement.conditions.length === 0 ? [{ kind: 'sourceIdentity', provider }] : undefined;

const readers: ReadonlyMap<string, typeof samlGrants> = new Map([
  ['sts:assumerolewithsaml', samlGrants],
  ['sts:assumerolewithwebidentity', webIdentityGrants],
  ['sts:tagsession', tagGrants],
  ['sts:setsourceidentity', sourceIdentityGrants],
]);

/** The grants of an Allow in exactly our grammar; undefined when it is anything else. */
const ownGrants = (statement: TrustStatement): readonly TrustGrant[] | undefined => {
  const [principal, ...otherPrincipals] = statement.principals;
  const [action, ...otherActions] = statement.actions;
  if (statement.opaque !== undefined || principal?.type !== 'Federated') return undefined;
  if (otherPrincipals.length > 0 || otherActions.length > 0) return undefined;
  const grants = readers.get(action ?? '')?.(principal.id, statement);
  // An empty list of members would make the statement vanish; what AWS makes of it is not established.
  return grants?.length === 0 ? undefined : grants;
};

const actionFor = (provider: string): string =>
  provider.includes(':oidc-provider/') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRoleWithSAML';

const closedStatement = (provider: string): JsonObject => ({
  Sid: closedSid,
  Effect: 'Deny',
  Principal: { Federated: provider },
  Action: actionFor(provider),
});

/** Ours by Sid *and* by meaning: a Deny that merely looks like ours stays someone else's, and stays. */
const closedProvider = (statement: JsonObject): string | undefined => {
  const { Sid: sid, Principal: principal } = statement;
  const [provider] = federatedIds(principal) ?? [];
  if (typeof provider !== 'string' || typeof sid !== 'string' || !ownClosedSid.test(sid)) return undefined;
  return canonicalStatement(statement) === canonicalStatement(closedStatement(provider))
    ? provider
    : undefined;
};

/** The federated principals of a statement, if it has a list of principals at all. */
const federatedIds = (principal: Json | undefined): readonly Json[] | undefined =>
  isJsonObject(principal) ? asList(principal['Federated']) : undefined;

const latest = (a: TrustGrant | undefined, b: TrustGrant): TrustGrant =>
  a?.kind !== 'person' || b.kind !== 'person' || b.untilMs === undefined
    ? b
    : a.untilMs === undefined || a.untilMs > b.untilMs
      ? a
      : b;

/** A foreign Allow is silenced too when every principal in it is, else writing the document without the Deny would revive it. */
const isSilenced = (grant: TrustGrant, closed: ReadonlyMap<string, unknown>): boolean => {
  if (!isEntry(grant)) return false;
  if (grant.kind !== 'foreign') return closed.has(grant.provider);
  const { Effect: effect, Principal: principal } = grant.statement;
  const ids = federatedIds(principal) ?? [];
  return (
    effect === 'Allow' &&
    !('NotPrincipal' in grant.statement) &&
    Object.keys(principal ?? {}).length === 1 &&
    ids.length > 0 &&
    ids.every((id) => typeof id === 'string' && closed.has(id))
  );
};

/** Whether a foreign grant may let callers of this provider in. */
const mayConcern = (grant: TrustGrant, provider: string): boolean => {
  if (grant.kind !== 'foreign') return false;
  const ids = federatedIds(grant.statement['Principal']);
  return ids === undefined || ids.some((id) => id === provider || id === '*' || typeof id !== 'string');
};

/** Reads a trust document into grants. Not ok when it is no policy document: then nothing may be concluded from it. */
export const readTrustGrants = (
  document: string,
): { readonly ok: true; readonly trust: TrustGrants } | (ParsedTrust & { readonly ok: false }) => {
  const parsed = parseTrustPolicy(document);
  if (!parsed.ok) return parsed;
  const closed = new Map<string, JsonObject>();
  const grants = new Map<string, TrustGrant>();
  const foreignDenies: JsonObject[] = [];
  for (const statement of parsed.policy.statements) {
    const provider = closedProvider(statement.raw);
    if (provider !== undefined) {
      closed.set(provider, statement.raw);
    } else if (statement.effect === 'Deny') {
      foreignDenies.push(statement.raw);
    } else {
      for (const grant of ownGrants(statement) ?? [{ kind: 'foreign', statement: statement.raw } as const]) {
        const key = grantKey(grant);
        grants.set(key, latest(grants.get(key), grant));
      }
    }
  }
  const silenced = [...grants.values()].filter((grant) => isSilenced(grant, closed));
  for (const grant of silenced) grants.delete(grantKey(grant));
  // While a foreign Allow names the provider among others, our Deny stays as if it were someone else's: it holds it shut.
  for (const [provider, raw] of closed) {
    if ([...grants.values()].some((grant) => mayConcern(grant, provider))) foreignDenies.push(raw);
  }
  return { ok: true, trust: { grants, foreignDenies, silenced } };
};

/** Grants that can stand in one statement have one such key. */
const statementKey = (grant: TrustGrant, audiencesOf: (grant: TrustGrant) => readonly string[]): string => {
  switch (grant.kind) {
    case 'person':
      return keyOf(
        '1',
        grant.provider,
        grant.untilMs === undefined ? undefined : String(grant.untilMs).padStart(15, '0'),
        ...audiencesOf(grant),
      );
    case 'anyone':
      return `2|${grant.provider}`;
    case 'servicePrincipal':
      return keyOf('3', grant.provider, grant.aud, grant.oaud);
    case 'sessionTags':
      return `4|${grant.provider}`;
    case 'sourceIdentity':
      return `5|${grant.provider}`;
    case 'foreign':
      return `6|${grantKey(grant)}`;
  }
};

/** One value as a scalar, as AWS itself renders it. */
const scalarOrList = (values: readonly string[]): Json =>
  values.length === 1 ? (values[0] ?? '') : [...values];
const textsOf = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort(compareText);
const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const renderStatement = (group: readonly TrustGrant[], index: number): JsonObject => {
  const [first] = group;
  if (first === undefined || first.kind === 'foreign') return first?.statement ?? {};
  const allow = (sid: string, action: string, condition: JsonObject | undefined): JsonObject => ({
    Sid: `${sid}${index === 0 ? '' : index + 1}`,
    Effect: 'Allow',
    Principal: { Federated: first.provider },
    Action: action,
    ...(condition === undefined ? {} : { Condition: condition }),
  });
  const audience = scalarOrList(
    textsOf(group.flatMap((grant) => ('audience' in grant ? [grant.audience] : []))),
  );
  const subs = scalarOrList(textsOf(group.flatMap((grant) => ('sub' in grant ? [grant.sub] : []))));
  switch (first.kind) {
    case 'person':
      return allow('RolewardenPeople', 'sts:AssumeRoleWithSAML', {
        StringEquals: { 'saml:aud': audience, 'saml:sub': subs },
        ...(first.untilMs === undefined
          ? {}
          : { DateLessThan: { 'aws:CurrentTime': isoSeconds(first.untilMs) } }),
      });
    case 'anyone':
      return allow('RolewardenAssigned', 'sts:AssumeRoleWithSAML', {
        StringEquals: { 'saml:aud': audience },
      });
    case 'servicePrincipal': {
      const issuer = issuerOf(first.provider);
      return allow('RolewardenWorkloads', 'sts:AssumeRoleWithWebIdentity', {
        StringEquals: {
          [`${issuer}:aud`]: first.aud,
          ...(first.oaud === undefined ? {} : { [`${issuer}:oaud`]: first.oaud }),
          [`${issuer}:sub`]: subs,
        },
      });
    }
    case 'sessionTags':
      return allow('RolewardenSessionTags', 'sts:TagSession', { StringEquals: { 'saml:aud': audience } });
    case 'sourceIdentity':
      return allow('RolewardenSourceIdentity', 'sts:SetSourceIdentity', undefined);
  }
};

/** A person's audiences decide which statement can carry her, since a statement's lists multiply. */
const audienceSets = (grants: readonly TrustGrant[]): ((grant: TrustGrant) => readonly string[]) => {
  const all = textsOf(grants.flatMap((grant) => (grant.kind === 'person' ? [grant.audience] : [])));
  // With one audience for all, as mostly, every set is that one.
  if (all.length === 1) return (grant) => (grant.kind === 'person' ? all : []);
  const sets = new Map<string, string[]>();
  const key = (grant: PersonGrant): string =>
    keyOf(grant.provider, grant.sub, grant.untilMs === undefined ? undefined : String(grant.untilMs));
  for (const grant of grants) {
    if (grant.kind !== 'person') continue;
    const set = sets.get(key(grant));
    if (set === undefined) sets.set(key(grant), [grant.audience]);
    else set.push(grant.audience);
  }
  for (const set of sets.values()) set.sort(compareText);
  return (grant) => (grant.kind === 'person' ? (sets.get(key(grant)) ?? []) : []);
};

/** A Sid may stand once in a document. A foreign statement that carries one of ours loses it; its meaning stays. */
const withUniqueSids = (own: readonly JsonObject[], denies: readonly JsonObject[]): readonly JsonObject[] => {
  const used = new Set<Json | undefined>();
  return [...own, ...denies].map((statement) => {
    const { Sid: sid, ...rest } = statement;
    if (sid === undefined || !used.has(sid)) {
      used.add(sid);
      return statement;
    }
    return rest;
  });
};

/**
 * Writes grants as a trust document, compact JSON, the same grants always as the same bytes. With nobody to admit it
 * closes the role for `providers`: one Deny each, so that the document is valid and admits nobody. Session grants
 * without anybody to enter are left out. Statements of one kind are numbered, as a Sid stands once in a document.
 */
export const renderTrustGrants = (
  trust: Pick<TrustGrants, 'grants' | 'foreignDenies'>,
  providers: readonly string[],
): string => {
  const isOpen = [...trust.grants.values()].some(isEntry);
  const admitting = isOpen ? [...trust.grants.values()] : [];
  const audiencesOf = audienceSets(admitting);
  const groups = new Map<string, TrustGrant[]>();
  for (const grant of admitting) {
    const key = statementKey(grant, audiencesOf);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [grant]);
    else group.push(grant);
  }
  const sidCounts = new Map<string, number>();
  const statements = [...groups.keys()].sort(compareText).map((key) => {
    const group = groups.get(key) ?? [];
    const kind = group[0]?.kind ?? 'foreign';
    const index = sidCounts.get(kind) ?? 0;
    sidCounts.set(kind, index + 1);
    return renderStatement(group, index);
  });
  const closing = isOpen
    ? []
    : providers.map((provider, index) => ({
        ...closedStatement(provider),
        Sid: `${closedSid}${index === 0 ? '' : index + 1}`,
      }));
  const denies = isOpen
    ? trust.foreignDenies
    : trust.foreignDenies.filter((statement) => closedProvider(statement) === undefined);
  return renderDocument(withUniqueSids([...statements, ...closing], denies));
};
