// Records as items of the table. Whatever stands there under our names and is not of our making is refused as a whole: on
// half of the leases nothing can be decided.

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AppError } from '../domain/errors.ts';
import type { LeaseRecord } from '../domain/lease.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** Several instances may share a table. */
export const idPrefix = (instance: string): string => `${instance}/`;

export const itemOf = (instance: string, record: LeaseRecord): Record<string, AttributeValue> => ({
  id: { S: `${idPrefix(instance)}${record.name}` },
  holder: { S: record.holder },
  fence: { N: String(record.fence) },
  beat: { N: String(record.beat) },
  lapseMs: { N: String(record.lapseMs) },
  shards: { N: String(record.shards) },
});

/** Ids come back as they were written: a shard by its number, a replica by its id. */
const knownName = /^(?:shard\/\d{1,4}|replica\/[\w.-]{1,128})$/;

const broken = (table: string, id: string, what: string): AppError =>
  new AppError(
    'invalid',
    `the item ${id.slice(0, 200)} of table ${table} is no lease (${what}): give Rolewarden a table of its own, or delete the item`,
    { resource: table, code: 'BrokenItem' },
  );

export const recordOf = (table: string, instance: string, item: Item): LeaseRecord => {
  const id = item['id']?.S ?? '';
  const name = id.slice(idPrefix(instance).length);
  const count = (field: string, least: number): number => {
    const value = Number(item[field]?.N ?? Number.NaN);
    if (!Number.isSafeInteger(value) || value < least)
      throw broken(table, id, `its ${field} is not a number of ours`);
    return value;
  };
  if (!knownName.test(name)) throw broken(table, id, 'its name is none of ours');
  const holder = item['holder']?.S;
  if (holder === undefined || !/^[\w.-]{0,128}$/.test(holder))
    throw broken(table, id, 'it does not say who holds it');
  return {
    name,
    holder,
    fence: count('fence', 1),
    beat: count('beat', 1),
    lapseMs: count('lapseMs', 1),
    shards: count('shards', 1),
  };
};
