// The look at a glance against the slow one: it may be slower to agree, and must never agree where the slow one does not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saysJust } from '../../src/domain/says-just.ts';
import {
  type Json,
  type JsonObject,
  canonicalStatements,
  isJsonObject,
  parseDocument,
  renderDocument,
} from '../../src/domain/statement.ts';
import { respelled } from '../respelling.ts';

const texts = fc.constantFrom('a', 'b', 'A', 'a*', 'saml:aud', '');
const lists: fc.Arbitrary<Json> = fc.oneof(texts, fc.array(texts, { maxLength: 3 }));
/** One operator in two spellings with one key is a shape of which the slow look concludes nothing. */
const isSpeltOnce = (block: Record<string, unknown>): boolean =>
  new Set(Object.keys(block).map((operator) => operator.toLowerCase())).size === Object.keys(block).length;
const conditions: fc.Arbitrary<Json> = fc
  .dictionary(
    fc.constantFrom('StringEquals', 'stringequals', 'StringLike', 'Bogus', 'ForAnyValue:StringEquals'),
    fc.dictionary(fc.constantFrom('saml:aud', 'saml:sub'), lists, { maxKeys: 2 }),
    { maxKeys: 2 },
  )
  .filter(isSpeltOnce);
const statement: fc.Arbitrary<JsonObject> = fc.record(
  {
    Sid: texts,
    Effect: fc.constantFrom('Allow', 'Deny', 'allow'),
    Principal: fc.oneof(texts, fc.dictionary(fc.constantFrom('AWS', 'Federated'), lists, { maxKeys: 2 })),
    Action: lists,
    NotAction: lists,
    Resource: lists,
    Condition: conditions,
    Odd: lists,
  },
  { requiredKeys: ['Effect', 'Action'] },
);
const statements = fc.array(statement, { minLength: 1, maxLength: 3 });

/** What stands in a document, with one thing in it changed, left out or added. */
const mutated = (value: Json, next: () => number): Json => {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    const at = next() % (list.length + 1);
    if (at === list.length) return [...list, 'added'];
    return next() % 2 === 0
      ? list.filter((_, index) => index !== at)
      : list.map((one, index) => (index === at ? mutated(one, next) : one));
  }
  if (isJsonObject(value)) {
    const keys = Object.keys(value);
    const key = keys[next() % Math.max(1, keys.length)] ?? 'Resource';
    return { ...value, [key]: mutated(value[key] ?? 'new', next) };
  }
  return typeof value === 'string' && next() % 2 === 0 ? value : 'changed';
};

const slowly = (json: string, own: readonly JsonObject[]): boolean => {
  const parsed = parseDocument(json);
  return parsed.ok && canonicalStatements(parsed.statements) === canonicalStatements(own);
};

describe('saysJust', () => {
  it('agrees with the canonical form on whatever AWS may make of a document', () => {
    fc.assert(
      fc.property(statements, fc.infiniteStream(fc.nat()), (own, stream) => {
        const json = respelled(renderDocument(own), stream);
        expect(saysJust(json, own)).toBe(slowly(json, own));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with it on documents that differ in one thing', () => {
    fc.assert(
      fc.property(statements, fc.infiniteStream(fc.nat()), (own, stream) => {
        const next = (): number => stream.next().value as number;
        const other = mutated([...own], next) as readonly JsonObject[];
        const json = JSON.stringify({ Version: '2012-10-17', Statement: other });
        expect(saysJust(json, own)).toBe(slowly(json, own));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['a document that is no JSON', '{'],
    ['an older version', '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"${a}"}]}'],
    ['one key twice', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a","Action":"b"}]}'],
  ])('takes %s for another', (_, json) => {
    expect(saysJust(json, [{ Effect: 'Allow', Action: 'b' }])).toBe(false);
  });
});
