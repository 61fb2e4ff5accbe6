// Hands on tables for tests and demos: one that seems to have been there always, and what is in it.

import type { EcsPlace } from '../ecs/ecs-hands.ts';
import type { Item, TableStore } from './table-store.ts';

export interface DynamoDbHands {
  /** An empty table. Throws when the name is taken. */
  seedTable(place: EcsPlace, table: { readonly name: string; readonly key: string }): void;
  /** As they truly are. Throws when there is no such table. */
  items(place: EcsPlace, table: string): readonly Item[];
}

export const createDynamoDbHands = (store: TableStore, clock: () => number): DynamoDbHands => ({
  seedTable({ accountId, region }, { name, key }) {
    const there = store.region(accountId, region);
    if (there.tables.has(name)) throw new Error(`the sandbox already has a table ${name} in ${region}`);
    there.create({ name, keyName: key, createdAtMs: clock() });
  },
  items({ accountId, region }, name) {
    const table = store.region(accountId, region).tables.get(name);
    if (table === undefined) throw new Error(`the sandbox has no table ${name} in ${region}`);
    return [...table.items.values()];
  },
});
