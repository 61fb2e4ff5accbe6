import { describe, expect, it } from 'vitest';
import {
  type Json,
  type JsonObject,
  asList,
  canonicalDocument,
  canonicalJson,
  canonicalStatement,
  parseConditions,
  parseDocument,
  parseMoment,
  renderDocument,
} from '../../src/domain/statement.ts';

const statement: JsonObject = {
  Sid: 'One',
  Effect: 'Allow',
  Principal: { Federated: ['arn:b', 'arn:a'], AWS: 'arn:aws:iam::111122223333:root' },
  Action: ['sts:TagSession', 'sts:AssumeRoleWithSAML'],
  Condition: { StringEquals: { 'saml:aud': 'x', 'saml:sub': ['b', 'a'] } },
};
const condition = (block: Json): JsonObject => ({ ...statement, Condition: block });
const without = (field: string): JsonObject =>
  Object.fromEntries(Object.entries(statement).filter(([name]) => name !== field));

describe('two spellings of one statement have one canonical form', () => {
  const equal: Readonly<Record<string, readonly [JsonObject, JsonObject]>> = {
    'another Sid': [statement, { ...statement, Sid: 'Two' }],
    'no Sid': [statement, without('Sid')],
    'fields in another order': [statement, Object.fromEntries(Object.entries(statement).toReversed())],
    'principals in another order': [
      statement,
      { ...statement, Principal: { AWS: 'arn:aws:iam::111122223333:root', Federated: ['arn:a', 'arn:b'] } },
    ],
    'an account by its number': [
      statement,
      { ...statement, Principal: { Federated: ['arn:a', 'arn:b'], AWS: ['111122223333'] } },
    ],
    'actions in another order and case': [
      statement,
      { ...statement, Action: ['STS:assumerolewithsaml', 'sts:tagsession', 'sts:TagSession'] },
    ],
    'values in another order, and twice': [
      statement,
      condition({ StringEquals: { 'saml:sub': ['a', 'b', 'a'], 'saml:aud': ['x'] } }),
    ],
    'keys and operators in another case': [
      statement,
      condition({ stringequals: { 'SAML:Sub': ['a', 'b'], 'SAML:AUD': 'x' } }),
    ],
    'one resource as a list': [{ Resource: '*' }, { Resource: ['*'] }],
    'resources in another order': [{ NotResource: ['b', 'a'] }, { NotResource: ['a', 'b'] }],
    'an empty condition': [without('Condition'), condition({})],
    'a condition of an empty operator': [without('Condition'), condition({ StringEquals: {} })],
    'truth as text': [condition({ Bool: { k: true } }), condition({ Bool: { k: 'true' } })],
    'numbers as text': [condition({ NumericEquals: { k: 5 } }), condition({ NumericEquals: { k: '5' } })],
  };
  it.each(Object.entries(equal))('%s', (_name, [a, b]) => {
    expect(canonicalStatement(a)).toBe(canonicalStatement(b));
    expect(canonicalDocument(renderDocument([a]))).toBe(canonicalDocument(renderDocument([b])));
  });
});

describe('two statements of different meaning have two canonical forms', () => {
  const different: Readonly<Record<string, readonly [JsonObject, JsonObject]>> = {
    'another effect': [statement, { ...statement, Effect: 'Deny' }],
    'a field less': [statement, without('Condition')],
    'NotAction for Action': [{ Action: 'a:b' }, { NotAction: 'a:b' }],
    'NotPrincipal for Principal': [{ Principal: { AWS: '1' } }, { NotPrincipal: { AWS: '1' } }],
    'a bare star for AWS "*"': [{ Principal: '*' }, { Principal: { AWS: '*' } }],
    'values in another case': [
      statement,
      condition({ StringEquals: { 'saml:aud': 'X', 'saml:sub': ['a', 'b'] } }),
    ],
    'resources in another case': [{ Resource: 'a' }, { Resource: 'A' }],
    IfExists: [condition({ StringEquals: { k: 'x' } }), condition({ StringEqualsIfExists: { k: 'x' } })],
    'a qualifier': [
      condition({ 'ForAnyValue:StringEquals': { k: 'x' } }),
      condition({ 'ForAllValues:StringEquals': { k: 'x' } }),
    ],
    'another operator': [condition({ StringEquals: { k: 'x' } }), condition({ StringLike: { k: 'x' } })],
    'one of two operators less': [
      condition({ StringEquals: { k: 'x' }, StringLike: { k: 'x' } }),
      condition({ StringEquals: { k: 'x' } }),
    ],
    'an empty list for no condition': [without('Condition'), condition({ StringEquals: { k: [] } })],
    'a condition that is no object for none': [without('Condition'), condition(['StringEquals'])],
    'a null condition for none': [without('Condition'), condition(null)],
    'a key twice in two spellings': [
      condition({ StringEquals: { k: 'x', K: 'y' } }),
      condition({ StringEquals: { k: 'x' }, stringequals: { k: 'y' } }),
    ],
    'an unknown operator with other values': [condition({ Odd: { k: 'x' } }), condition({ Odd: { k: 'y' } })],
    'an unknown field': [statement, { ...statement, Odd: 1 }],
    'a Sid in lower case, which is an unknown field': [statement, { ...statement, sid: 'x' }],
    'the Kelvin sign for a k in an action': [{ Action: 'ecs:StopTask' }, { Action: 'ecs:StopTas\u212A' }],
    'the Kelvin sign for a k in a condition key': [
      condition({ StringEquals: { 'aws:TokenIssueTime': 'x' } }),
      condition({ StringEquals: { 'aws:To\u212AenIssueTime': 'x' } }),
    ],
    'a field that JavaScript would take for a prototype': [
      { Effect: 'Allow' },
      JSON.parse('{"Effect":"Allow","__proto__":{"a":1}}') as JsonObject,
    ],
  };
  it.each(Object.entries(different))('%s', (_name, [a, b]) => {
    expect(canonicalStatement(a)).not.toBe(canonicalStatement(b));
    expect(canonicalDocument(renderDocument([a]))).not.toBe(canonicalDocument(renderDocument([b])));
  });
});

describe('documents', () => {
  const deny = { Effect: 'Deny', Action: '*' };

  it('compare without regard to the order of their statements', () => {
    expect(canonicalDocument(renderDocument([statement, deny]))).toBe(
      canonicalDocument(
        JSON.stringify({ Statement: [deny, statement], Version: '2012-10-17', Id: 'x' }, null, 2),
      ),
    );
  });

  it('of one statement may have it without a list', () => {
    expect(canonicalDocument('{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*"}}')).toBe(
      canonicalDocument(renderDocument([deny])),
    );
  });

  it('without a statement say nothing', () => {
    expect(parseDocument('{"Version":"2012-10-17"}')).toEqual({ ok: true, statements: [] });
  });

  it('that cannot be read stand for themselves', () => {
    expect(canonicalDocument('{')).toBe('{');
  });

  it('of Version 2008 mean the same as long as they have no variables', () => {
    const old = JSON.stringify({ Version: '2008-10-17', Statement: [deny] });
    expect(parseDocument(old)).toEqual({ ok: true, statements: [deny] });
    expect(parseDocument(JSON.stringify({ Statement: [deny] }))).toEqual({ ok: true, statements: [deny] });
  });

  const plainText =
    'it has "${" under Version 2008-10-17, in which that is plain text; we write 2012-10-17, in which it is a variable';
  it.each([
    ['no JSON at all', '[1, 2', /^it is not JSON \(.+\)$/],
    ['a list', '[]', 'it is not a JSON object'],
    ['null', 'null', 'it is not a JSON object'],
    ['a statement that is a text', '{"Statement":"x"}', 'its Statement is not a list of objects'],
    ['a statement that is null', '{"Statement":[null]}', 'its Statement is not a list of objects'],
    ['a version to come', '{"Version":"2030-01-01"}', 'its Version is "2030-01-01"'],
    ['a version that is a number', '{"Version":2012}', 'its Version is 2012'],
    ['statements under another spelling', '{"statement":[{"Effect":"Allow"}]}', 'it has a field "statement"'],
    ['two statements under one key', '{"Statement":[],"Statement":[]}', 'it has one key twice in one object'],
    [
      'one key twice, once in escapes',
      '{"Statement":{"Effect":"Allow","\\u0045ffect":"Deny"}}',
      'it has one key twice in one object',
    ],
    [
      'one condition key twice',
      '{"Statement":[{"Condition":{"A":{"k":"{\\"k\\":","k":1}}}]}',
      'it has one key twice in one object',
    ],
    ['a variable under Version 2008', '{"Version":"2008-10-17","Statement":{"Resource":"${x}"}}', plainText],
    ['a variable in escapes without a Version', '{"Statement":{"Resource":"\\u0024{x}"}}', plainText],
  ])('with %s are not read', (_name, json, reason) => {
    expect(parseDocument(json)).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string),
    });
  });

  it.each([
    [
      'the same key in two objects',
      '{"Statement":[{"Condition":{"A":{"k":1},"B":{"k":1}}},{"Condition":{}}]}',
    ],
    ['texts that begin with a colon', '{"Statement":[{"Resource":[":a",":"]}]}'],
    ['texts that look like keys', '{"Statement":[{"Resource":["a","a"],"Action":"Resource\\":"}]}'],
  ])('with %s are read', (_name, json) => {
    expect(parseDocument(json).ok).toBe(true);
  });
});

describe('conditions', () => {
  it('are read into operator, qualifier, key and sorted values', () => {
    expect(parseConditions({ 'foranyvalue:stringlikeifexists': { 'SAML:cn': ['b', 'a', 'b'] } })).toEqual([
      {
        operator: 'StringLike',
        qualifier: 'ForAnyValue',
        ifExists: true,
        key: 'saml:cn',
        values: ['a', 'b'],
      },
    ]);
  });

  it.each([
    ['an unknown qualifier', { 'ForSomeValue:StringEquals': { k: 'x' } }],
    ['an unknown operator', { StringEqual: { k: 'x' } }],
    ['a long s for an s', { '\u017FtringEquals': { k: 'x' } }],
    ['a block that is a list', []],
    ['keys that are no object', { StringEquals: ['k'] }],
    ['values that are objects', { StringEquals: { k: {} } }],
  ] as const)('with %s are not read', (_name, block) => {
    expect(parseConditions(block)).toBeUndefined();
  });
});

it.each([
  ['2026-06-01T12:00:00Z', Date.UTC(2026, 5, 1, 12)],
  ['2026-06-01T12:00Z', Date.UTC(2026, 5, 1, 12)],
  ['2026-06-01T12:00:00.1239999Z', Date.UTC(2026, 5, 1, 12, 0, 0, 123)],
  ['2026-06-01T00:00:00-05:30', Date.UTC(2026, 5, 1, 5, 30)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
  ['1780315200', 1_780_315_200_000],
  ['1780315200.123', 1_780_315_200_123],
  ['0', 0],
])('the moment %s is known', (text, ms) => {
  expect(parseMoment(text)).toBe(ms);
});

it('canonical JSON sorts keys at every depth and keeps lists', () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }, true], a: 'x' })).toBe(
    '{"a":"x","b":[{"c":null,"d":1},true]}',
  );
});

it('a scalar is a list of one, and nothing a list of none', () => {
  expect([asList('x'), asList(['x', 'y']), asList(undefined)]).toEqual([['x'], ['x', 'y'], []]);
});
