// Tables per account and region, and what is in them. A table has one key, a string; a write is true and seen at once.

import { createHash } from 'node:crypto';

import { compareText } from '../../../domain/statement.ts';
import type { AttributeValue } from './attribute-values.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

export interface Table {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly keyName: string;
  readonly createdAtMs: number;
  /** By the value of the key. */
  readonly items: Map<string, Item>;
}

export interface TableRegion {
  readonly tables: Map<string, Table>;
  arnOf(name: string): string;
  /** Instead of one that is there. */
  create(table: { readonly name: string; readonly keyName: string; readonly createdAtMs: number }): Table;
}

export interface TableStore {
  region(accountId: string, region: string): TableRegion;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const uuidOf = (seed: string): string =>
  digestOf(seed).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const createRegion = (accountId: string, region: string): TableRegion => {
  const tables = new Map<string, Table>();
  const arnOf = (name: string): string => `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  let ids = 0;
  return {
    tables,
    arnOf,
    create(made) {
      const arn = arnOf(made.name);
      const table: Table = { ...made, arn, id: uuidOf(`${arn}/${(ids += 1)}`), items: new Map() };
      tables.set(made.name, table);
      return table;
    },
  };
};

export const createTableStore = (): TableStore => {
  const regions = new Map<string, TableRegion>();
  return {
    region(accountId, region) {
      const key = `${accountId}/${region}`;
      const known = regions.get(key) ?? createRegion(accountId, region);
      regions.set(key, known);
      return known;
    },
  };
};

/** Keys and items after a key, in the order in which a scan comes by them: that of the keys' hashes, which says nothing. */
export const itemsAfter = (
  { items }: Table,
  key: string | undefined,
): readonly (readonly [string, Item])[] => {
  const start = key === undefined ? '' : digestOf(key);
  return [...items]
    .map(([name, item]) => ({ hash: digestOf(name), name, item }))
    .filter(({ hash }) => compareText(hash, start) > 0)
    .sort((a, b) => compareText(a.hash, b.hash))
    .map(({ name, item }) => [name, item] as const);
};
