// Arbitrary JSON of the shapes of ECS, from the SDK's own schemas: so that a field that a new SDK knows is in the tests
// the day it is installed.
//
//   0 text · 1 number · 2 boolean · 4 moment · 64|x list of x · 128|x map to x
//   [0, …, x] x by a name · [1, …, item] list · [2, …, key, value] map · [3, …, names, schemas] structure
//   [4, …, names, schemas] one of them · [schema, traits] · () => schema

import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/domain/statement.ts';

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const textArb = fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 8 }));

const ofNumber = (schema: number): fc.Arbitrary<Json> => {
  if (schema >= 128) return fc.dictionary(textArb, ofNumber(schema - 128), { maxKeys: 3 });
  if (schema >= 64) return fc.array(ofNumber(schema - 64), { maxLength: 3 });
  if (schema === 0) return textArb;
  if (schema === 1) return fc.integer();
  if (schema === 2) return fc.boolean();
  if (schema === 4) return fc.integer({ min: 0, max: 4_000_000_000 });
  throw new Error(`there is a schema ${schema} that this test does not know`);
};

/** Numbers that JSON carries exactly. */
const exact = (value: unknown): Json =>
  JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'number' && Math.abs(inner) > 1e9 ? 0.5 : inner,
    ),
  ) as Json;

/** Fields that no SDK knows. */
const unknownFields: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 6 }).map((name) => `x-${name}`),
  fc.jsonValue({ maxDepth: 2 }).map(exact),
  { maxKeys: 2 },
);

const structure = (names: readonly string[], schemas: readonly unknown[]): fc.Arbitrary<JsonObject> => {
  const known = Object.fromEntries(
    names.map((name, index) => [name, fc.option(jsonOf(schemas[index]), { freq: 12 })]),
  );
  return fc.tuple(unknownFields, fc.record(known)).map(([more, fields]) => ({ ...more, ...fields }));
};

/** JSON with every field of the shape set, some of them empty or null, and fields that it does not have, at every level. */
export const jsonOf = (schema: unknown): fc.Arbitrary<Json> => {
  if (typeof schema === 'number') return ofNumber(schema);
  if (typeof schema === 'function') return jsonOf((schema as () => unknown)());
  if (!isArray(schema)) throw new Error(`this is no schema: ${String(schema)}`);
  const [kind, , , , first, second] = schema;
  if (schema.length === 2) return jsonOf(kind);
  if (kind === 0) return jsonOf(first);
  if (kind === 1) return fc.array(jsonOf(first), { maxLength: 2 });
  if (kind === 2) return fc.dictionary(textArb, jsonOf(second), { maxKeys: 2 });
  if (isArray(first) && isArray(second)) {
    if (kind === 3) return structure(first.map(String), second);
    if (kind === 4)
      return fc.oneof(...first.map((name, index) => structure([String(name)], [second[index]])));
  }
  throw new Error(`there is a kind of schema ${String(kind)} that this test does not know`);
};

/** The names of a structure's fields. */
export const fieldsOf = (schema: unknown): readonly string[] =>
  isArray(schema) && isArray(schema[4]) ? schema[4].map(String) : [];
