// One DynamoDB request on its way to the operation that answers it.

import type { JsonObject } from '../../../domain/statement.ts';
import type { Answer, JsonCall } from '../json-service.ts';
import { optionalText } from '../json-protocol.ts';
import { type AttributeValue, optionalValues } from './attribute-values.ts';
import { noTable, validationException } from './dynamodb-errors.ts';
import type { Table, TableRegion } from './table-store.ts';

export interface DynamoDbCall extends Omit<JsonCall, 'region'> {
  readonly region: TableRegion;
}

export type DynamoDbOperation = (call: DynamoDbCall) => Answer;
export type DynamoDbOperations = Readonly<Record<string, DynamoDbOperation>>;

/** What is asked for is done or refused: nothing of it is passed over. */
export const takeOnly = ({ operation, input }: DynamoDbCall, fields: readonly string[]): void => {
  const other = Object.keys(input).find((field) => !fields.includes(field));
  if (other !== undefined)
    throw validationException(`the sandbox's DynamoDB does not take ${other} in ${operation}`);
};

/** The name of the table, once the caller may do this to it. */
export const tableNameOf = (call: DynamoDbCall): string => {
  const name = optionalText(call.input, 'TableName') ?? '';
  if (!/^[\w.-]{3,255}$/.test(name))
    throw validationException(
      `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]{3,255}`,
    );
  call.authorize({ action: `dynamodb:${call.operation}`, resource: call.region.arnOf(name) });
  return name;
};

export const tableOf = (call: DynamoDbCall): Table => {
  const table = call.region.tables.get(tableNameOf(call));
  if (table === undefined) throw noTable();
  return table;
};

/** Of an item or of a key. */
export const keyIn = (
  { keyName }: Table,
  values: Readonly<Record<string, AttributeValue>>,
): string | undefined => {
  const value = values[keyName];
  if (value === undefined) return undefined;
  if (!('S' in value))
    throw validationException(
      `One or more parameter values were invalid: Type mismatch for key ${keyName} expected: S actual: ${Object.keys(value)[0] ?? ''}`,
    );
  if (value.S === '')
    throw validationException(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${keyName}`,
    );
  return value.S;
};

/** Of a field that holds the key and nothing else; undefined: the field is not there. */
export const optionalKey = (
  table: Table,
  input: JsonObject,
  field: 'Key' | 'ExclusiveStartKey',
): string | undefined => {
  const values = optionalValues(input, field);
  if (values === undefined) return undefined;
  const mismatch = (): never => {
    const what = field === 'Key' ? '' : 'The provided starting key is invalid: ';
    throw validationException(`${what}The provided key element does not match the schema`);
  };
  const { [table.keyName]: own, ...others } = values;
  if (own === undefined || !('S' in own) || Object.keys(others).length > 0) return mismatch();
  return keyIn(table, values) ?? mismatch();
};
