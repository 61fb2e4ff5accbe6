// Grants, written as a trust document: the same grants always as the same bytes.

import { isoSeconds } from './moment.ts';
import { closedProvider, closedSid, closedStatement, principalOf } from './closed-trust.ts';
import { withInstance } from './shared-role.ts';
import { compareText, type Json, type JsonObject, renderDocument, scalarOrList } from './statement.ts';
import {
  grantKey,
  isEntry,
  issuerOf,
  keyOf,
  type PersonGrant,
  type TrustGrant,
  type TrustGrants,
} from './trust-grants.ts';

const endKey = ({ untilMs }: { readonly untilMs: number | undefined }): string | undefined =>
  untilMs === undefined ? undefined : String(untilMs).padStart(15, '0');

/** Grants that can stand in one statement have one such key. */
const statementKey = (grant: TrustGrant, audiencesOf: (grant: TrustGrant) => readonly string[]): string => {
  switch (grant.kind) {
    case 'person':
      return keyOf('1', grant.provider, endKey(grant), ...audiencesOf(grant));
    case 'anyone':
      return keyOf('2', grant.provider, endKey(grant));
    case 'servicePrincipal':
      return keyOf('3', grant.provider, grant.aud, grant.oaud, endKey(grant));
    case 'sessionTags':
      return `4|${grant.provider}`;
    case 'sourceIdentity':
      return `5|${grant.provider}`;
    case 'ecsTasks':
      return `6|${grantKey(grant)}`;
    case 'foreign':
      return `7|${grantKey(grant)}`;
  }
};

const textsOf = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort(compareText);

const endCondition = ({ untilMs }: { readonly untilMs: number | undefined }): JsonObject =>
  untilMs === undefined ? {} : { DateLessThan: { 'aws:CurrentTime': isoSeconds(untilMs) } };

const renderStatement = (group: readonly TrustGrant[], index: number): JsonObject => {
  const [first] = group;
  if (first === undefined || first.kind === 'foreign') return first?.statement ?? {};
  const allow = (sid: string, action: string, condition: JsonObject | undefined): JsonObject => ({
    Sid: `${sid}${index === 0 ? '' : index + 1}`,
    Effect: 'Allow',
    Principal: principalOf(first.provider),
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
        ...endCondition(first),
      });
    case 'anyone':
      return allow('RolewardenAssigned', 'sts:AssumeRoleWithSAML', {
        StringEquals: { 'saml:aud': audience },
        ...endCondition(first),
      });
    case 'servicePrincipal': {
      const issuer = issuerOf(first.provider);
      return allow('RolewardenWorkloads', 'sts:AssumeRoleWithWebIdentity', {
        StringEquals: {
          [`${issuer}:aud`]: first.aud,
          ...(first.oaud === undefined ? {} : { [`${issuer}:oaud`]: first.oaud }),
          [`${issuer}:sub`]: subs,
        },
        ...endCondition(first),
      });
    }
    case 'sessionTags':
      return allow('RolewardenSessionTags', 'sts:TagSession', { StringEquals: { 'saml:aud': audience } });
    case 'sourceIdentity':
      return allow('RolewardenSourceIdentity', 'sts:SetSourceIdentity', undefined);
    case 'ecsTasks':
      return allow('RolewardenEcsTasks', 'sts:AssumeRole', {
        StringEquals: { 'aws:SourceAccount': first.accountId },
        ArnLike: { 'aws:SourceArn': first.sourceArn },
      });
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

/** Surely of one statement; seen more cheaply than by their keys, and so it is mostly. */
const standTogether = (
  a: PersonGrant,
  b: TrustGrant,
  audiencesOf: (grant: TrustGrant) => readonly string[],
): boolean =>
  b.kind === 'person' &&
  a.provider === b.provider &&
  a.untilMs === b.untilMs &&
  audiencesOf(a) === audiencesOf(b);

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
 * In a shared role ours come last, and close nothing as long as others stand there.
 */
export const renderTrustGrants = (
  { grants, foreignDenies, shared }: Pick<TrustGrants, 'grants' | 'foreignDenies' | 'shared'>,
  providers: readonly string[],
): string => {
  if (shared === undefined)
    return renderDocument(trustStatements([...grants.values()], foreignDenies, providers));
  const { others, instance } = shared;
  const own = trustStatements([...grants.values()], foreignDenies, others.length > 0 ? [] : providers);
  return renderDocument([...others, ...own.map((statement) => withInstance(statement, instance))]);
};

/** The statements of that document. A grant that stands twice among `grants` counts once. */
export const trustStatements = (
  grants: readonly TrustGrant[],
  foreignDenies: readonly JsonObject[],
  providers: readonly string[],
): readonly JsonObject[] => {
  const isOpen = grants.some(isEntry);
  const admitting = isOpen ? grants : [];
  const audiencesOf = audienceSets(admitting);
  const groups = new Map<string, TrustGrant[]>();
  let previous: { readonly grant: PersonGrant; readonly key: string } | undefined;
  for (const grant of admitting) {
    const isAlike = previous !== undefined && standTogether(previous.grant, grant, audiencesOf);
    const key = isAlike && previous !== undefined ? previous.key : statementKey(grant, audiencesOf);
    if (grant.kind === 'person') previous = { grant, key };
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
    ? foreignDenies
    : foreignDenies.filter((statement) => closedProvider(statement) === undefined);
  return withUniqueSids([...statements, ...closing], denies);
};
