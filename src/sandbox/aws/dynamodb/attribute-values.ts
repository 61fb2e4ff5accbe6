// Attribute values: strings, whole numbers, true and false, and NULL. What else DynamoDB keeps is refused.

import { type JsonObject, isJsonObject } from '../../../domain/statement.ts';
import { optionalObject } from '../json-protocol.ts';
import { validationException } from './dynamodb-errors.ts';

export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true };

const mostSize = 400 * 1_024;

const wholeNumber = (text: unknown): AttributeValue => {
  if (typeof text !== 'string' || !/^-?\d+$/.test(text))
    throw validationException(
      `The parameter cannot be converted to a numeric value: ${String(text)} (the sandbox keeps whole numbers only)`,
    );
  const N = BigInt(text).toString();
  if (N.replace('-', '').length > 38)
    throw validationException('Attempting to store more than 38 significant digits in a Number');
  return { N };
};

const valueOf = (given: unknown): AttributeValue => {
  const [[type, value] = [], ...more] = isJsonObject(given) ? Object.entries(given) : [];
  if (type === undefined)
    throw validationException(
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    );
  if (more.length > 0)
    throw validationException(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  if (type === 'N') return wholeNumber(value);
  if (type === 'S' && typeof value === 'string') return { S: value };
  if (type === 'BOOL' && typeof value === 'boolean') return { BOOL: value };
  if (type === 'NULL' && value === true) return { NULL: true };
  throw validationException(
    `the sandbox's DynamoDB keeps S, N, BOOL and NULL, not ${type}: ${JSON.stringify(value)}`,
  );
};

/** The values of a field that maps names to them; undefined: it is not there. */
export const optionalValues = (
  input: JsonObject,
  name: string,
): Readonly<Record<string, AttributeValue>> | undefined => {
  const given = optionalObject(input, name);
  if (given === undefined) return undefined;
  if (JSON.stringify(given).length > mostSize)
    throw validationException('Item size has exceeded the maximum allowed size');
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, valueOf(value)]));
};

/** Values of two types are never the same. */
export const isSameValue = (a: AttributeValue, b: AttributeValue): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
