// One sentence for each keyword that our schemas use. A test walks the schemas and misses any that stands in them but not here.

import { nearest } from '../domain/near-miss.ts';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { childOf, type FieldPath } from './field-path.ts';
import { instantSentence } from './instant.ts';
import type { RuleId } from './rules.ts';
import { fieldsOf, placesOf, textOf, wordsOf } from './schema-text.ts';
import type { Place, SourceDocument } from './source-document.ts';
import { typeSentence } from './type-sentences.ts';
import { counted, eitherOf, quote, thousands } from './words.ts';

export interface SchemaError {
  readonly document: SourceDocument;
  readonly path: FieldPath;
  readonly error: ErrorObject;
  /** The whole schema of the kind. */
  readonly schema: unknown;
  readonly value: unknown;
}

export interface Said {
  readonly rule: RuleId;
  readonly message: string;
  /** When it is not about the value that the validator looked at. */
  readonly at?: FieldPath;
  readonly part?: 'key' | 'value';
  readonly place?: Place;
}

/** Fields of trust policies, which people coming from elsewhere write into permissions. */
const principals: ReadonlySet<string> = new Set(['Principal', 'NotPrincipal']);

/** What to do instead, by what the document is. */
const withoutPrincipal = (name: string, schema: unknown): string => {
  const holder =
    textOf(schema, 'title') === 'TaskRoleBinding'
      ? 'it is about the tasks that hold the role'
      : 'who may enter is said by spec.subjects';
  return `a permissions policy has no ${name}; ${holder}`;
};

const param = (error: ErrorObject, name: string): unknown => childOf(error.params, name);
const listed = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** The known field that an unknown one was probably meant to be. */
export const nearField = (error: ErrorObject): string | undefined => {
  const name = String(param(error, 'additionalProperty'));
  return principals.has(name) ? undefined : nearest(name, fieldsOf(error.parentSchema));
};

const unknownField = ({ path, error, schema }: SchemaError): Said => {
  const name = String(param(error, 'additionalProperty'));
  const at = { at: [...path, name], part: 'key' } as const;
  const near = nearField(error);
  const elsewhere = placesOf(schema, name);
  const advice = principals.has(name)
    ? withoutPrincipal(name, schema)
    : near !== undefined
      ? `did you mean ${near}?`
      : elsewhere.length === 1 && elsewhere[0] !== ''
        ? `it belongs under ${elsewhere[0]}`
        : `known here: ${fieldsOf(error.parentSchema).join(', ')}`;
  return { rule: 'unknownField', message: `the field ${quote(name)} is unknown; ${advice}`, ...at };
};

const missingField = ({ document, path, error }: SchemaError): Said => {
  const name = String(param(error, 'missingProperty'));
  const { description, example } = wordsOf(error.parentSchema, name);
  const what = description === '' ? '' : `: ${description}`;
  const how = example === undefined ? '' : `; for example ${name}: ${example}`;
  return {
    rule: 'missingField',
    message: `is missing${what}${how}`,
    at: [...path, name],
    place: document.placeOf(path, 'key'),
  };
};

const form = ({ path, error, value }: SchemaError): Said => {
  const fallback = error.keyword === 'format' ? 'must be a URL' : 'has the wrong form';
  const words = textOf(error.parentSchema, 'patternErrorMessage') ?? fallback;
  const name = error.propertyName;
  if (textOf(error.parentSchema, 'format') === 'instant' && typeof value === 'string') {
    return { rule: 'malformedValue', message: instantSentence(value, words) };
  }
  return name === undefined
    ? { rule: 'malformedValue', message: `${quote(value)} ${words}` }
    : { rule: 'malformedKey', message: `the key ${quote(name)} ${words}`, at: [...path, name], part: 'key' };
};

const allowedValues = ({ error, value }: SchemaError): Said => {
  const allowed =
    error.keyword === 'const'
      ? [String(param(error, 'allowedValue'))]
      : listed(param(error, 'allowedValues'));
  const near = typeof value === 'string' ? nearest(value, allowed) : undefined;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return {
    rule: 'notAllowedValue',
    message: `${quote(value)} is not allowed; write ${eitherOf(allowed)}${hint}`,
  };
};

const textLength = ({ error, value }: SchemaError): Said => {
  const limit = Number(param(error, 'limit'));
  const length = Array.from(String(value)).length;
  const message =
    error.keyword === 'maxLength'
      ? `has ${thousands(length)} characters, and at most ${thousands(limit)} are allowed; shorten it`
      : length === 0
        ? 'is empty; give a value, or remove the field'
        : `${quote(value)} is too short; at least ${counted(limit, 'character')} are needed`;
  return { rule: error.keyword === 'maxLength' || length > 0 ? 'outOfRange' : 'malformedValue', message };
};

const listLength = ({ error }: SchemaError): Said => {
  const limit = Number(param(error, 'limit'));
  const message =
    error.keyword === 'maxItems'
      ? `has more than ${counted(limit, 'item')}; remove some`
      : 'is an empty list; add at least one item, or remove the field';
  return { rule: 'outOfRange', message };
};

const numberLimit = ({ error, value }: SchemaError): Said => {
  const [minimum, above, maximum] = ['minimum', 'exclusiveMinimum', 'maximum'].map((keyword) => {
    const limit = childOf(error.parentSchema, keyword);
    return typeof limit === 'number' ? thousands(limit) : undefined;
  });
  const range = `${minimum === undefined ? `above ${above}` : `from ${minimum}`} to ${maximum}`;
  return { rule: 'outOfRange', message: `${String(value)} is out of range; choose a number ${range}` };
};

const durationLimit = ({ error, value }: SchemaError): Said => {
  const [least, most] = ['x-minDuration', 'x-maxDuration'].map(
    (name) => textOf(error.parentSchema, name) ?? '',
  );
  const which = error.keyword === 'x-minDuration' ? 'short' : 'long';
  return {
    rule: 'outOfRange',
    message: `${quote(value)} is too ${which}; choose a duration from ${least} to ${most}`,
  };
};

const repeatedItem = ({ path, error, value }: SchemaError): Said => {
  const [first, second] = [Number(param(error, 'j')), Number(param(error, 'i'))].sort((a, b) => a - b);
  const item: unknown = Array.isArray(value) && second !== undefined ? value[second] : undefined;
  return {
    rule: 'repeatedItem',
    message: `${quote(item)} already stands at [${first}] of this list; remove one of the two`,
    at: [...path, second ?? 0],
  };
};

const combination = ({ error }: SchemaError): Said => ({
  rule: 'wrongCombination',
  message:
    textOf(error.parentSchema, 'errorMessage') ??
    'these fields do not go together; see the description of the field',
  part: 'key',
});

const wrongType = ({ document, path, error, value }: SchemaError): Said => {
  const secrets = value === null ? undefined : textOf(error.parentSchema, 'x-sensitive');
  const sentence = typeSentence(error, value, document.textOf(path));
  return {
    rule: 'wrongType',
    message: secrets === undefined ? sentence : `${sentence}; ${secrets}`,
    part: value === null ? 'key' : 'value',
  };
};

/** By keyword; `*` for any other. */
export const explainers: Readonly<Record<string, (error: SchemaError) => Said>> = {
  additionalProperties: unknownField,
  required: missingField,
  type: wrongType,
  pattern: form,
  format: form,
  enum: allowedValues,
  const: allowedValues,
  minLength: textLength,
  maxLength: textLength,
  minItems: listLength,
  maxItems: listLength,
  uniqueItems: repeatedItem,
  minimum: numberLimit,
  maximum: numberLimit,
  exclusiveMinimum: numberLimit,
  'x-minDuration': durationLimit,
  'x-maxDuration': durationLimit,
  minProperties: combination,
  maxProperties: combination,
  if: combination,
  oneOf: combination,
  anyOf: combination,
  'false schema': combination,
  '*': combination,
};
