// Items: written and removed under a condition, and read in scans of the whole table, page by page.

import type { JsonObject } from '../../../domain/statement.ts';
import { optionalFlag, optionalNumber } from '../json-protocol.ts';
import { optionalValues } from './attribute-values.ts';
import { type DynamoDbCall, type DynamoDbOperations, keyIn, optionalKey, tableOf, takeOnly } from './call.ts';
import { conditionOf } from './condition.ts';
import { conditionFailed, validationException } from './dynamodb-errors.ts';
import { itemsAfter, type Table } from './table-store.ts';

const missing = (field: string): never => {
  throw validationException(
    `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
  );
};

/** Throws unless the item that has the key now is as the request wants it. */
const checkCondition = ({ input }: DynamoDbCall, table: Table, key: string): void => {
  if (!conditionOf(input, 'ConditionExpression')(table.items.get(key))) throw conditionFailed();
};

const limitOf = ({ input, account }: DynamoDbCall): number => {
  const limit = optionalNumber(input, 'Limit') ?? account.mostOnPage;
  if (!Number.isInteger(limit) || limit < 1)
    throw validationException(
      `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`,
    );
  return Math.min(limit, account.mostOnPage);
};

/** A full page says where to go on, also when nothing follows. */
const nextOf = ({ keyName }: Table, last: string | undefined): JsonObject =>
  last === undefined ? {} : { LastEvaluatedKey: { [keyName]: { S: last } } };

export const itemOperations: DynamoDbOperations = {
  PutItem(call) {
    const table = tableOf(call);
    takeOnly(call, ['TableName', 'Item', 'ConditionExpression', 'ExpressionAttributeValues']);
    const item = optionalValues(call.input, 'Item') ?? missing('item');
    const key = keyIn(table, item);
    if (key === undefined)
      throw validationException(
        `One or more parameter values were invalid: Missing the key ${table.keyName} in the item`,
      );
    checkCondition(call, table, key);
    table.items.set(key, item);
    return {};
  },
  DeleteItem(call) {
    const table = tableOf(call);
    takeOnly(call, ['TableName', 'Key', 'ConditionExpression', 'ExpressionAttributeValues']);
    const key = optionalKey(table, call.input, 'Key') ?? missing('key');
    checkCondition(call, table, key);
    table.items.delete(key);
    return {};
  },
  Scan(call) {
    const { input } = call;
    const table = tableOf(call);
    takeOnly(call, [
      'TableName',
      'ConsistentRead',
      'FilterExpression',
      'ExpressionAttributeValues',
      'ExclusiveStartKey',
      'Limit',
    ]);
    optionalFlag(input, 'ConsistentRead');
    const isWanted = conditionOf(input, 'FilterExpression');
    const limit = limitOf(call);
    const seen = itemsAfter(table, optionalKey(table, input, 'ExclusiveStartKey')).slice(0, limit);
    const found = seen.map(([, item]) => item).filter(isWanted);
    const last = seen.length === limit ? seen.at(-1)?.[0] : undefined;
    return { Items: found, Count: found.length, ScannedCount: seen.length, ...nextOf(table, last) };
  },
};
