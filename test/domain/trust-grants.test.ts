import { describe, expect, it } from 'vitest';
import { type JsonObject, renderDocument } from '../../src/domain/statement.ts';
import { type PersonGrant, type TrustGrant, grantKey, isEntry } from '../../src/domain/trust-grants.ts';
import { readTrustGrants } from '../../src/domain/read-trust-grants.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import { closedSid } from '../../src/domain/closed-trust.ts';
import { oidcIssuer, oidcProvider, samlAudience, samlProvider } from '../builders.ts';
import { trustOf } from './arbitrary-trust.ts';
import { allow, deny, ours, webIdentityAllow } from './evaluator-case.ts';

const person = (sub: string, overrides: Partial<PersonGrant> = {}): PersonGrant => ({
  kind: 'person',
  provider: samlProvider,
  audience: samlAudience,
  sub,
  untilMs: undefined,
  ...overrides,
});
const workload = (sub: string, aud: string, oaud?: string): TrustGrant => ({
  kind: 'servicePrincipal',
  provider: oidcProvider,
  sub,
  aud,
  oaud,
  untilMs: undefined,
});
const named = (subs: string | readonly string[], more: JsonObject = {}) =>
  allow({ StringEquals: { 'saml:aud': samlAudience, 'saml:sub': subs }, ...more });
const closing = (sid = closedSid, provider = samlProvider) =>
  deny(undefined, { Sid: sid, Principal: { Federated: provider } });
const [aud, oaud, sub] = [`${oidcIssuer}:aud`, `${oidcIssuer}:oaud`, `${oidcIssuer}:sub`];
const end = Date.UTC(2026, 5, 1, 12);

const readStatements = (statements: readonly JsonObject[]) => {
  const read = readTrustGrants(renderDocument(statements));
  if (!read.ok) throw new Error(read.reason);
  return read.trust;
};
const statementsOf = (document: string): readonly JsonObject[] =>
  (JSON.parse(document) as { readonly Statement: readonly JsonObject[] }).Statement;

describe('our own statements are read as grants', () => {
  const cases: Readonly<Record<string, readonly [JsonObject, readonly TrustGrant[]]>> = {
    'one person': [named('alice'), [person('alice')]],
    'each person of a list': [named(['alice', 'bob']), [person('alice'), person('bob')]],
    'each person with each audience': [
      allow({ StringEquals: { 'saml:aud': ['a', 'b'], 'saml:sub': ['x', 'y'] } }),
      ['a', 'b'].flatMap((audience) => ['x', 'y'].map((one) => person(one, { audience }))),
    ],
    'a person with an end': [
      named('alice', { DateLessThan: { 'aws:CurrentTime': '2026-06-01T14:00:00+02:00' } }),
      [person('alice', { untilMs: end })],
    ],
    'a person with an end in epoch seconds': [
      named('alice', { DateLessThan: { 'aws:CurrentTime': end / 1_000 } }),
      [person('alice', { untilMs: end })],
    ],
    'everyone whom Entra assigned': [
      allow({ StringEquals: { 'saml:aud': samlAudience } }),
      [{ kind: 'anyone', provider: samlProvider, audience: samlAudience, untilMs: undefined }],
    ],
    'a service principal with v1 tokens': [
      webIdentityAllow({ StringEquals: { [aud]: 'api', [sub]: 'sp' } }),
      [workload('sp', 'api')],
    ],
    'a service principal with v2 tokens': [
      webIdentityAllow({ StringEquals: { [aud]: 'app', [oaud]: ['api', 'api2'], [sub]: 'sp' } }),
      [workload('sp', 'app', 'api'), workload('sp', 'app', 'api2')],
    ],
  };
  it.each(Object.entries(cases))('%s', (_name, [statement, grants]) => {
    expect([...readStatements([statement]).grants.values()]).toEqual(grants);
  });

  it('session grants beside entries', () => {
    const statements = [
      ours,
      allow({ StringEquals: { 'saml:aud': 'a' } }, { Action: 'sts:TagSession' }),
      allow(undefined, { Action: 'sts:SetSourceIdentity' }),
    ];
    expect([...readStatements(statements).grants.values()].filter((grant) => !isEntry(grant))).toEqual([
      { kind: 'sessionTags', provider: samlProvider, audience: 'a' },
      { kind: 'sourceIdentity', provider: samlProvider },
    ]);
  });

  it.each([
    ['the later end wins', '2026-06-01T12:00:00Z', '2026-06-01T11:00:00Z', end],
    ['the later end wins, written second', '2026-06-01T11:00:00Z', '2026-06-01T12:00:00Z', end],
  ])('of a person in two statements %s', (_name, first, second, untilMs) => {
    const statements = [first, second].map((at) =>
      named('alice', { DateLessThan: { 'aws:CurrentTime': at } }),
    );
    expect([...readStatements(statements).grants.values()]).toEqual([person('alice', { untilMs })]);
  });

  it.each([[0], [1]])('of a person in two statements the one without end wins', (place) => {
    const bounded = named('alice', { DateLessThan: { 'aws:CurrentTime': '2026-06-01' } });
    const statements = [bounded].toSpliced(place, 0, named('alice'));
    expect([...readStatements(statements).grants.values()]).toEqual([person('alice')]);
  });
});

describe('an Allow that says anything else is foreign, never dropped', () => {
  const equals = { 'saml:aud': samlAudience, 'saml:sub': 'alice' };
  const cases: Readonly<Record<string, JsonObject>> = {
    'no condition': allow(),
    'a subject without an audience': allow({ StringEquals: { 'saml:sub': 'alice' } }),
    'a key more': allow({ StringEquals: { ...equals, 'saml:iss': 'x' } }),
    'an empty list of people': named([]),
    'an empty list of audiences': allow({ StringEquals: { 'saml:aud': [], 'saml:sub': 'alice' } }),
    'an empty list of audiences for everyone': allow({ StringEquals: { 'saml:aud': [] } }),
    IfExists: allow({ StringEqualsIfExists: equals }),
    ForAllValues: allow({ 'ForAllValues:StringEquals': equals }),
    StringLike: allow({ StringLike: equals }),
    'a second operator on the same key': allow({ StringEquals: equals, StringLike: { 'saml:sub': '*' } }),
    'one key in two spellings': allow({ StringEquals: { ...equals, 'SAML:sub': 'bob' } }),
    'a policy variable': named('${saml:sub}'),
    'two ends': named('alice', {
      DateLessThan: { 'aws:CurrentTime': '2026-06-01' },
      DateLessThanIfExists: { 'aws:CurrentTime': '2026-07-01' },
    }),
    'an end of two values': named('alice', {
      DateLessThan: { 'aws:CurrentTime': ['2026-06-01', '2026-07-01'] },
    }),
    'an end without a zone': named('alice', { DateLessThan: { 'aws:CurrentTime': '2026-06-01T12:00:00' } }),
    'an end that is a year': named('alice', { DateLessThan: { 'aws:CurrentTime': '2026' } }),
    'an end in another key': named('alice', { DateLessThan: { 'aws:EpochTime': '2026-06-01' } }),
    'a beginning': named('alice', { DateGreaterThan: { 'aws:CurrentTime': '2026-06-01' } }),
    'everyone until a year': allow({
      StringEquals: { 'saml:aud': 'a' },
      DateLessThan: { 'aws:CurrentTime': '2026' },
    }),
    'two providers': { ...ours, Principal: { Federated: [samlProvider, `${samlProvider}2`] } },
    'no principal': { ...ours, Principal: { Federated: [] } },
    'another kind of principal': { ...ours, Principal: { AWS: samlProvider } },
    'everyone as principal': { ...ours, Principal: '*' },
    'a star action': { ...ours, Action: 'sts:*' },
    'two actions': { ...ours, Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'] },
    'an unknown field': { ...ours, Resource: '*' },
    'an effect in lower case': { ...ours, Effect: 'allow' },
    'a workload with a beginning': webIdentityAllow({
      StringEquals: { [aud]: 'a', [sub]: 'b' },
      DateGreaterThan: { 'aws:CurrentTime': '2026-06-01' },
    }),
    'a workload without a subject': webIdentityAllow({ StringEquals: { [aud]: 'a' } }),
    'a workload with another issuer’s keys': webIdentityAllow({
      StringEquals: { 'x:aud': 'a', 'x:sub': 'b' },
    }),
    'a workload of a provider that is not ours to write': {
      ...webIdentityAllow({
        StringEquals: { 'accounts.google.com:aud': 'a', 'accounts.google.com:sub': 'b' },
      }),
      Principal: { Federated: 'accounts.google.com' },
    },
    'a workload of an operator that we do not know': webIdentityAllow({ Odd: { [aud]: 'a' } }),
    'tags with an end': allow(
      { StringEquals: { 'saml:aud': 'a' }, DateLessThan: { 'aws:CurrentTime': '2026-06-01' } },
      { Action: 'sts:TagSession' },
    ),
    'a source identity with a condition': allow(
      { StringEquals: { 'saml:aud': 'a' } },
      { Action: 'sts:SetSourceIdentity' },
    ),
  };
  it.each(Object.entries(cases))('%s', (_name, statement) => {
    const trust = readStatements([statement]);
    expect([...trust.grants.values()]).toEqual([{ kind: 'foreign', statement }]);
    expect(trust.foreignDenies).toEqual([]);
  });

  it('and two of them stay two', () => {
    const statements = [
      allow({ StringLike: { 'saml:sub': 'a' } }),
      allow({ StringLike: { 'saml:sub': 'b' } }),
    ];
    expect(readStatements(statements).grants.size).toBe(2);
  });
});

describe('a Deny that is not ours is kept', () => {
  it.each<[string, JsonObject]>([
    ['of another Sid', closing('Quarantine')],
    ['of a Sid that goes on where ours ends', closing('RolewardenClosedByHand')],
    ['without Sid', deny()],
    ['of our Sid and another action', { ...closing(), Action: 'sts:*' }],
    ['of our Sid and a condition', { ...closing(), Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    ['of our Sid and a condition that is no object', { ...closing(), Condition: null }],
    ['of our Sid and two providers', { ...closing(), Principal: { Federated: [samlProvider, 'x'] } }],
    ['of our Sid and everyone', { ...closing(), Principal: '*' }],
    ['in lower case', { ...closing('Stop'), Effect: 'deny' }],
    ['that we do not understand', { Effect: 'Deny', NotPrincipal: { AWS: '1' }, NotAction: 'x' }],
  ])('%s', (_name, statement) => {
    const trust = readStatements([ours, statement]);
    expect(trust.foreignDenies).toEqual([statement]);
    expect(trust.grants.size).toBe(1);
    expect(statementsOf(renderTrustGrants(trust, [samlProvider]))).toContainEqual(statement);
    const closed = { grants: new Map(), foreignDenies: trust.foreignDenies };
    expect(statementsOf(renderTrustGrants(closed, [samlProvider]))).toHaveLength(2);
  });

  it('and loses its Sid rather than its place when the Sid is taken', () => {
    const brake = deny({ Bool: { x: 'y' } }, { Sid: 'RolewardenPeople' });
    const document = renderTrustGrants(trustOf([person('alice')], [brake]), [samlProvider]);
    const { Sid: _sid, ...rest } = brake;
    expect(statementsOf(document)[1]).toEqual(rest);
  });
});

describe('a role that our own Deny closes', () => {
  it('grants nothing, and what stands behind the Deny is silenced', () => {
    const other = person('bob', { provider: `${samlProvider}2` });
    const wild = allow({ StringLike: { 'saml:sub': '*' } });
    const trust = readStatements([
      closing(),
      ours,
      wild,
      { ...named('bob'), Principal: { Federated: other.provider } },
    ]);
    expect([...trust.grants.values()]).toEqual([other]);
    expect(trust.silenced.map((grant) => grant.kind)).toEqual(['person', 'foreign']);
    expect(trust.foreignDenies).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['names two providers', allow(undefined, { Principal: { Federated: [samlProvider, 'x'] } })],
    ['names all providers', allow(undefined, { Principal: { Federated: '*' } })],
    ['names all but some', { Effect: 'Allow', NotPrincipal: { AWS: '1' }, Action: 'sts:*' }],
    ['has an unknown effect', allow(undefined, { Effect: 'Forbid' })],
  ])('keeps that Deny while a foreign statement %s', (_name, statement) => {
    const trust = readStatements([closing(), statement]);
    expect([...trust.grants.values()]).toEqual([{ kind: 'foreign', statement }]);
    expect(trust.foreignDenies).toEqual([closing()]);
    expect(statementsOf(renderTrustGrants(trust, [samlProvider]))).toEqual([statement, closing()]);
    const without = renderTrustGrants({ ...trust, grants: new Map() }, [samlProvider]);
    expect(statementsOf(without)).toEqual([closing()]);
  });

  it('lets the Deny go when a foreign statement is about others', () => {
    const statement = { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' };
    expect(readStatements([closing(), statement]).foreignDenies).toEqual([]);
  });

  it('is closed for each of its providers', () => {
    expect(statementsOf(renderTrustGrants(trustOf([]), [samlProvider, oidcProvider]))).toEqual([
      closing(),
      {
        Sid: `${closedSid}2`,
        Effect: 'Deny',
        Principal: { Federated: oidcProvider },
        Action: 'sts:AssumeRoleWithWebIdentity',
      },
    ]);
  });
});

it('what is no policy document is not read', () => {
  expect(readTrustGrants('[]')).toEqual({ ok: false, reason: 'it is not a JSON object' });
});

describe('keys of grants', () => {
  it.each<[string, TrustGrant, TrustGrant]>([
    [
      'a bar in the audience or in the subject',
      person('b|c', { audience: 'a' }),
      person('c', { audience: 'a|b' }),
    ],
    ['an empty audience of v2 tokens and v1 tokens', workload('s', 'a', ''), workload('s', 'a')],
    ['another case of the subject', person('alice'), person('Alice')],
  ])('tell apart %s', (_name, a, b) => {
    expect(grantKey(a)).not.toBe(grantKey(b));
  });

  it('do not depend on the end', () => {
    expect(grantKey(person('alice', { untilMs: 1 }))).toBe(grantKey(person('alice')));
  });
});
