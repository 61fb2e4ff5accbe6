// Conditions and filters: `attribute_exists(a)`, `attribute_not_exists(a)`, `begins_with(a, :v)` and `a = :v`, any number of
// them joined by AND. Everything else that DynamoDB's language has is refused as if it were none of it.

import { type AttributeValue, isSameValue, optionalValues } from './attribute-values.ts';
import { validationException } from './dynamodb-errors.ts';
import type { Item } from './table-store.ts';
import type { JsonObject } from '../../../domain/statement.ts';
import { optionalText } from '../json-protocol.ts';

/** Whether an item is as it should be; undefined: there is none. */
export type Condition = (item: Item | undefined) => boolean;

type Values = Readonly<Record<string, AttributeValue>>;

const tokensOf = (text: string): readonly string[] => text.match(/:?\w+|[^\s\w]/g) ?? [];

interface Reader {
  /** The next token, which has to match. */
  take(pattern: RegExp): string;
  /** Whether the next token matched, and was taken. */
  takes(pattern: RegExp): boolean;
  readonly isAtEnd: () => boolean;
  refuse(what: string): never;
}

const readerOf = (field: string, text: string): Reader => {
  const tokens = tokensOf(text);
  let at = 0;
  const refuse = (what: string): never => {
    throw validationException(`Invalid ${field}: ${what}`);
  };
  const takes = (pattern: RegExp): boolean => {
    const isThere = pattern.test(tokens[at] ?? '');
    if (isThere) at += 1;
    return isThere;
  };
  return {
    refuse,
    takes,
    isAtEnd: () => at === tokens.length,
    take: (pattern) => {
      if (takes(pattern)) return tokens[at - 1] ?? '';
      const near = tokens.slice(Math.max(0, at - 1), at + 2).join(' ');
      return refuse(`Syntax error; token: "${tokens[at] ?? '<EOF>'}", near: "${near}"`);
    },
  };
};

const name = /^[A-Za-z]\w*$/;
const placeholder = /^:\w+$/;

type ValueNamed = (placeholder: string) => AttributeValue;

const existence = (reader: Reader, isWanted: boolean): Condition => {
  const path = reader.take(name);
  return (item) => (item?.[path] !== undefined) === isWanted;
};

const beginning = (reader: Reader, valueNamed: ValueNamed): Condition => {
  const path = reader.take(name);
  reader.take(/^,$/);
  const value = valueNamed(reader.take(placeholder));
  const prefix =
    'S' in value
      ? value.S
      : reader.refuse(
          `Incorrect operand type for operator or function; operator or function: begins_with, operand type: ${Object.keys(value)[0] ?? ''}`,
        );
  return (item) => {
    const found = item?.[path];
    return found !== undefined && 'S' in found && found.S.startsWith(prefix);
  };
};

const call = (reader: Reader, called: string, valueNamed: ValueNamed): Condition => {
  if (called === 'attribute_exists') return existence(reader, true);
  if (called === 'attribute_not_exists') return existence(reader, false);
  if (called === 'begins_with') return beginning(reader, valueNamed);
  return reader.refuse(`Invalid function name; function: ${called}`);
};

const clause = (reader: Reader, valueNamed: ValueNamed): Condition => {
  const first = reader.take(name);
  if (reader.takes(/^\($/)) {
    const condition = call(reader, first, valueNamed);
    reader.take(/^\)$/);
    return condition;
  }
  reader.take(/^=$/);
  const value = valueNamed(reader.take(placeholder));
  return (item) => {
    const found = item?.[first];
    return found !== undefined && isSameValue(found, value);
  };
};

const parse = (field: string, text: string, values: Values): Condition => {
  const reader = readerOf(field, text);
  const unused = new Set(Object.keys(values));
  const valueNamed: ValueNamed = (key) => {
    unused.delete(key);
    return (
      values[key] ??
      reader.refuse(
        `An expression attribute value used in expression is not defined; attribute value: ${key}`,
      )
    );
  };
  if (reader.isAtEnd()) reader.refuse('The expression can not be empty;');
  const clauses = [clause(reader, valueNamed)];
  while (!reader.isAtEnd()) {
    reader.take(/^AND$/i);
    clauses.push(clause(reader, valueNamed));
  }
  if (unused.size > 0)
    throw validationException(
      `Value provided in ExpressionAttributeValues unused in expressions: keys: {${[...unused].join(', ')}}`,
    );
  return (item) => clauses.every((holds) => holds(item));
};

/** What stands in that field, with the request's values; where it is absent, everything is as it should be. */
export const conditionOf = (
  input: JsonObject,
  field: 'ConditionExpression' | 'FilterExpression',
): Condition => {
  const text = optionalText(input, field);
  const values = optionalValues(input, 'ExpressionAttributeValues');
  if (text !== undefined) return parse(field, text, values ?? {});
  if (values !== undefined)
    throw validationException(
      `ExpressionAttributeValues can only be specified when using expressions: ${field} is null`,
    );
  return () => true;
};
