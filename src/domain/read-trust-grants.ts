// A trust document, read into what it grants. Only statements of exactly our grammar become grants of a person or a
// workload; every other Allow is foreign, every Deny but our own closing one is kept.

import { closedProvider, providersIn } from './closed-trust.ts';
import { isOwnSid, type SharedPart, withoutInstance } from './shared-role.ts';
import { type Condition, type JsonObject, parseMoment, sidOf } from './statement.ts';
import {
  ecsTasksService,
  endOf,
  grantKey,
  isEntry,
  issuerOf,
  type TrustGrant,
  type TrustGrants,
} from './trust-grants.ts';
import { type ParsedTrust, parseTrustPolicy, type TrustPolicy, type TrustStatement } from './trust-policy.ts';

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
  if (hasExactly(read.equals, 'saml:aud')) {
    const { untilMs } = read;
    return audiences.map((audience): TrustGrant => ({ kind: 'anyone', provider, audience, untilMs }));
  }
  return undefined;
};

const webIdentityGrants = (
  provider: string,
  statement: TrustStatement,
): readonly TrustGrant[] | undefined => {
  const read = readConditions(statement.conditions);
  const issuer = issuerOf(provider).toLowerCase();
  if (read === undefined || !provider.includes(':oidc-provider/')) return undefined;
  const { untilMs } = read;
  const [aud, oaud, sub] = [`${issuer}:aud`, `${issuer}:oaud`, `${issuer}:sub`];
  const isV1 = hasExactly(read.equals, aud, sub);
  if (!isV1 && !hasExactly(read.equals, aud, oaud, sub)) return undefined;
  const oauds: readonly (string | undefined)[] = isV1 ? [undefined] : (read.equals.get(oaud) ?? []);
  return (read.equals.get(sub) ?? []).flatMap((one) =>
    (read.equals.get(aud) ?? []).flatMap((audience) =>
      oauds.map(
        (own): TrustGrant => ({
          kind: 'servicePrincipal',
          provider,
          sub: one,
          aud: audience,
          oaud: own,
          untilMs,
        }),
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

/** Only with both conditions, each with one value: without them ECS tasks of other accounts could be meant. */
const ecsTasksGrants = ({ conditions }: TrustStatement): readonly TrustGrant[] | undefined => {
  const valueOf = (operator: string, key: string): string | undefined => {
    const found = conditions.find((one) => isPlain(one, operator) && one.key === key);
    return found?.values.length === 1 ? found.values[0] : undefined;
  };
  const accountId = valueOf('StringEquals', 'aws:sourceaccount');
  const sourceArn = valueOf('ArnLike', 'aws:sourcearn');
  return conditions.length === 2 && accountId !== undefined && sourceArn !== undefined
    ? [{ kind: 'ecsTasks', provider: ecsTasksService, accountId, sourceArn }]
    : undefined;
};

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
  if (statement.opaque !== undefined || principal === undefined) return undefined;
  if (otherPrincipals.length > 0 || otherActions.length > 0) return undefined;
  if (principal.type === 'Service')
    return principal.id === ecsTasksService && action === 'sts:assumerole'
      ? ecsTasksGrants(statement)
      : undefined;
  if (principal.type !== 'Federated') return undefined;
  const grants = readers.get(action ?? '')?.(principal.id, statement);
  // An empty list of members would make the statement vanish; what AWS makes of it is not established.
  return grants?.length === 0 ? undefined : grants;
};

const latest = (a: TrustGrant | undefined, b: TrustGrant): TrustGrant =>
  a !== undefined && endOf(a) > endOf(b) ? a : b;

/** A foreign Allow is silenced too when every principal in it is, else writing the document without the Deny would revive it. */
const isSilenced = (grant: TrustGrant, closed: ReadonlyMap<string, unknown>): boolean => {
  if (!isEntry(grant)) return false;
  if (grant.kind !== 'foreign') return closed.has(grant.provider);
  const { Effect: effect, Principal: principal } = grant.statement;
  const ids = providersIn(principal) ?? [];
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
  const ids = providersIn(grant.statement['Principal']);
  return ids === undefined || ids.some((id) => id === provider || id === '*' || typeof id !== 'string');
};

interface Parts {
  readonly own: readonly TrustStatement[];
  readonly shared: SharedPart | undefined;
}

/** Of a shared role, our statements are read as they would stand in a role of our own. */
const partsOf = ({ statements }: TrustPolicy, instance: string | undefined): Parts => {
  if (instance === undefined) return { own: statements, shared: undefined };
  const isOwn = ({ raw }: TrustStatement): boolean => isOwnSid(sidOf(raw), instance);
  const own = statements.filter(isOwn).map((statement) => {
    const raw = withoutInstance(statement.raw, instance);
    return { ...statement, sid: sidOf(raw), raw };
  });
  const others = statements.filter((statement) => !isOwn(statement)).map(({ raw }) => raw);
  return { own, shared: { instance, others } };
};

/**
 * Reads a trust document into grants. Not ok when it is no policy document: then nothing may be concluded from it.
 * `sharedBy`: the instance whose statements alone are read; undefined: the whole document is ours.
 */
export const readTrustGrants = (
  document: string,
  sharedBy?: string,
): { readonly ok: true; readonly trust: TrustGrants } | (ParsedTrust & { readonly ok: false }) => {
  const parsed = parseTrustPolicy(document);
  if (!parsed.ok) return parsed;
  const { own, shared } = partsOf(parsed.policy, sharedBy);
  const closed = new Map<string, JsonObject>();
  const grants = new Map<string, TrustGrant>();
  const foreignDenies: JsonObject[] = [];
  for (const statement of own) {
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
  return {
    ok: true,
    trust: { grants, foreignDenies, silenced, ...(shared === undefined ? {} : { shared }) },
  };
};
