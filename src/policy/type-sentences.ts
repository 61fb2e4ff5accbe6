// What to say when a value is of the wrong type. Mostly YAML read a number, true or nothing where text was meant.

import type { ErrorObject } from 'ajv/dist/2020.js';
import { childOf } from './field-path.ts';
import { fieldsOf, textOf } from './schema-text.ts';
import { eitherOf, quote } from './words.ts';

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a set of fields',
};

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);
const nameOf = (type: string): string => typeNames[type] ?? type;
/** What a value is, rather than what it should be. */
const nameOfActual = (type: string): string => (type === 'boolean' ? 'a truth value' : nameOf(type));

/** `a set of fields (names, selector)` */
const nameWithFields = (type: string, schema: unknown): string => {
  const fields = type === 'object' ? fieldsOf(schema) : [];
  return fields.length === 0 ? nameOf(type) : `${nameOf(type)} (${fields.join(', ')})`;
};

/** `written` is the value as it stands in the file. */
export const typeSentence = (error: ErrorObject, value: unknown, written: string | undefined): string => {
  const given = childOf(error.params, 'type');
  const expected = (Array.isArray(given) ? given : [given]).map(String);
  const wanted = eitherOf(expected.map((type) => nameWithFields(type, error.parentSchema)));
  if (value === null) return `has no value; give ${wanted}`;
  const actual = typeOf(value);
  const source = written ?? JSON.stringify(value);
  if (expected.includes('string') && (actual === 'number' || actual === 'boolean')) {
    return textExpected(error.parentSchema, source, wanted, actual);
  }
  if (expected.includes('array') && !expected.includes('string')) {
    return `must be a list, but this is ${nameOfActual(actual)}; begin each item with a dash and a space`;
  }
  if (actual === 'string' && (expected.includes('number') || expected.includes('integer'))) {
    return `must be ${wanted}, but ${quote(value)} is text; ${Number.isNaN(Number(value)) ? 'write a number' : 'remove the quotes'}`;
  }
  if (actual === 'string' && expected.includes('boolean')) {
    return `must be true or false, but ${quote(value)} is text; write true or false without quotes`;
  }
  const shown = actual === 'object' || actual === 'array' ? 'this' : quote(value);
  return `must be ${wanted}, but ${shown} is ${nameOfActual(actual)}`;
};

const textExpected = (schema: unknown, source: string, wanted: string, actual: string): string => {
  const pattern = textOf(schema, 'pattern');
  const form = textOf(schema, 'patternErrorMessage');
  const fitsInQuotes = pattern === undefined || new RegExp(pattern, 'u').test(source);
  if (!fitsInQuotes && form !== undefined) return `${quote(source)} ${form}`;
  return `must be ${wanted}, but YAML reads ${source} as ${nameOfActual(actual)}; put it in quotes: "${source}"`;
};
