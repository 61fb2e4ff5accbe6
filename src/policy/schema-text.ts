// What a schema says about itself in words, for messages: descriptions, examples, where a field belongs.

import { childOf } from './field-path.ts';

/** Examples short enough to show are single values. */
export interface FieldWords {
  readonly description: string;
  readonly example: string | undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOf = (schema: unknown, keyword: string): string | undefined => {
  const value = childOf(schema, keyword);
  return typeof value === 'string' ? value : undefined;
};

/** Names of the fields that a schema knows. */
export const fieldsOf = (schema: unknown): readonly string[] => {
  const properties = childOf(schema, 'properties');
  return isObject(properties) ? Object.keys(properties) : [];
};

/** The first sentence about a field, and how it might be written. */
export const wordsOf = (parent: unknown, field: string): FieldWords => {
  const schema = childOf(childOf(parent, 'properties'), field);
  const description = textOf(schema, 'description') ?? '';
  const examples = childOf(schema, 'examples');
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const [first = ''] = description.split(/(?<=[.;:(])\s/, 1);
  return {
    description: lowerFirst(first.replace(/[.;:(]$/, '').trim()),
    example: isObject(example) || Array.isArray(example) ? undefined : scalarText(example),
  };
};

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;

const scalarText = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return value === undefined ? undefined : JSON.stringify(value);
  return /^[\d*]/.test(value) ? JSON.stringify(value) : value;
};

/** Paths under which a schema knows a field of this name: `spec.role`. */
export const placesOf = (schema: unknown, field: string, path = ''): readonly string[] => {
  const properties = childOf(schema, 'properties');
  const here = isObject(properties) && Object.hasOwn(properties, field) ? [path] : [];
  const below = isObject(properties)
    ? Object.entries(properties).flatMap(([name, child]) =>
        placesOf(child, field, path === '' ? name : `${path}.${name}`),
      )
    : [];
  const items = childOf(schema, 'items');
  const inItems = items === undefined ? [] : placesOf(items, field, `${path}[]`);
  return [...here, ...below, ...inItems];
};
