// The schemas as editors see them, and that messages, defaults and schemas agree.

import { describe, expect, test } from 'vitest';
import { durationPattern } from '../../src/domain/duration.ts';
import { modes } from '../../src/domain/policy.ts';
import { explainers } from '../../src/policy/keyword-sentences.ts';
import { instantPattern } from '../../src/policy/instant.ts';
import { kindSchemas, kinds, makeAjv } from '../../src/policy/kind-schemas.ts';
import { rules } from '../../src/policy/rules.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Found {
  readonly path: string;
  readonly schema: Schema;
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Examples and defaults are data, however much they look like schemas. */
const data: ReadonlySet<string> = new Set(['examples', 'default', 'const', 'enum', 'required']);

/** Every schema below one, itself included; `properties` are named like the fields. */
const within = (schema: Schema, path: string): readonly Found[] => [
  { path, schema },
  ...Object.entries(schema).flatMap(([keyword, value]) => {
    if (data.has(keyword)) return [];
    if (keyword === 'properties' || keyword === '$defs') {
      return Object.entries(value as Schema).flatMap(([name, child]) =>
        isSchema(child) ? within(child, `${path}/${keyword}/${name}`) : [],
      );
    }
    const children = Array.isArray(value) ? value : [value];
    return children.flatMap((child, index) =>
      isSchema(child) ? within(child, `${path}/${keyword}${Array.isArray(value) ? `/${index}` : ''}`) : [],
    );
  }),
];

const all = kinds.flatMap((kind) => within(kindSchemas[kind], kind).map((found) => ({ kind, ...found })));
/** Conditions repeat fields without describing them again. */
const isCondition = (path: string) => /\/(if|then|else)(\/|$)/.test(path);
const fields = all.filter(({ path }) => /\/properties\/[^/]+$/.test(path) && !isCondition(path));

describe('schemas', () => {
  test('every field has a description that ends like a sentence', () => {
    const wanting = fields.filter(({ schema }) => !/^.{8,}[.)]$/s.test(textOf(schema['description'])));

    expect(fields.length).toBeGreaterThan(80);
    expect(wanting.map(({ path }) => path)).toEqual([]);
  });

  test('every field of spec has an example', () => {
    const wanting = fields.filter(
      ({ path, schema }) => path.includes('/spec/') && schema['examples'] === undefined,
    );

    expect(wanting.map(({ path }) => path)).toEqual([]);
  });

  test('every object of a fixed shape refuses unknown fields', () => {
    const open = all.filter(
      ({ path, schema }) =>
        schema['properties'] !== undefined && schema['additionalProperties'] !== false && !isCondition(path),
    );

    expect(open.map(({ path }) => path)).toEqual([]);
  });

  test('every pattern and format says in words what it wants', () => {
    const silent = all.filter(
      ({ schema }) =>
        (schema['pattern'] !== undefined || schema['format'] !== undefined) &&
        schema['patternErrorMessage'] === undefined,
    );

    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('every combination says in words what it wants, and names a rule that exists', () => {
    const keywords = ['if', 'oneOf', 'anyOf', 'minProperties', 'maxProperties'];
    const combined = all
      .filter(({ schema }) => keywords.some((keyword) => schema[keyword] !== undefined))
      // One thing or a list of them: the shape that was meant speaks for itself.
      .filter(({ schema }) => JSON.stringify(schema['if']) !== '{"type":"array"}');

    expect(combined.length).toBeGreaterThan(5);
    expect(
      combined.filter(({ schema }) => schema['errorMessage'] === undefined).map(({ path }) => path),
    ).toEqual([]);
    const named = all.flatMap(({ schema }) => (schema['x-rule'] === undefined ? [] : [schema['x-rule']]));
    expect(named.filter((rule) => !Object.hasOwn(rules, textOf(rule)))).toEqual([]);
  });

  test('every keyword that can fail has its sentence', () => {
    const silent = new Set(
      '$schema $ref $defs title description examples default properties items allOf then else propertyNames patternErrorMessage errorMessage x-rule x-sensitive'.split(
        ' ',
      ),
    );
    const used = new Set(all.flatMap(({ schema }) => Object.keys(schema)));

    expect(
      [...used].filter((keyword) => !silent.has(keyword) && !Object.hasOwn(explainers, keyword)),
    ).toEqual([]);
  });

  for (const kind of kinds) {
    test(`${kind}: every example is valid where it stands`, () => {
      const ajv = makeAjv(false);
      ajv.addSchema(kindSchemas[kind], kind);
      const wrong = within(kindSchemas[kind], '#').flatMap(({ path, schema }) => {
        const examples: unknown = schema['examples'];
        const validate = ajv.getSchema(`${kind}${path}`);
        return (Array.isArray(examples) ? examples : [])
          .filter((example) => validate?.(structuredClone(example)) !== true)
          .map((example) => `${path}: ${JSON.stringify(example)}: ${ajv.errorsText(validate?.errors)}`);
      });

      expect(wrong).toEqual([]);
    });

    test(`${kind}: every default is valid where it stands`, () => {
      const ajv = makeAjv(false);
      ajv.addSchema(kindSchemas[kind], kind);
      const wrong = within(kindSchemas[kind], '#')
        .filter(({ schema }) => schema['default'] !== undefined)
        .filter(
          ({ path, schema }) =>
            ajv.getSchema(`${kind}${path}`)?.(structuredClone(schema['default'])) !== true,
        );

      expect(wrong.map(({ path }) => path)).toEqual([]);
    });

    test(`${kind}: stands alone, in the dialect that editors know`, () => {
      const schema: Schema = kindSchemas[kind];
      const refs = within(schema, '#').flatMap(({ schema: { $ref } }) =>
        typeof $ref === 'string' ? [$ref] : [],
      );

      expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
      expect(refs.filter((ref) => !ref.startsWith('#/$defs/'))).toEqual([]);
    });
  }

  test('what several kinds share is the same in each', () => {
    const shared = new Map<string, Set<string>>();
    for (const { path, schema } of all) {
      const name = /^\w+\/\$defs\/(\w+)$/.exec(path)?.[1];
      if (name !== undefined) shared.set(name, (shared.get(name) ?? new Set()).add(JSON.stringify(schema)));
    }

    expect([...shared].filter(([, variants]) => variants.size > 1).map(([name]) => name)).toEqual([]);
    expect([...shared.keys()]).toContain('metadata');
  });

  test('instants have the shape that is read', () => {
    const instants = all.filter(({ path }) => path.endsWith('/$defs/instant'));
    const ends = fields.filter(({ path }) => /\/(expiresAt|until)$/.test(path));

    expect(new Set(instants.map(({ schema }) => schema['pattern']))).toEqual(new Set([instantPattern]));
    expect(ends).toHaveLength(4);
    for (const { schema } of ends) expect(schema['$ref']).toBe('#/$defs/instant');
  });

  test('durations and modes are those of the domain', () => {
    const durations = all.filter(({ path }) => path.endsWith('/$defs/duration'));
    const modeFields = fields.filter(({ path }) => /mode$/i.test(path));

    expect(new Set(durations.map(({ schema }) => schema['pattern']))).toEqual(new Set([durationPattern]));
    expect(modeFields).toHaveLength(5);
    for (const { schema } of modeFields) expect(schema['enum']).toEqual(modes);
  });
});
