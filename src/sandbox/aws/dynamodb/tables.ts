// Tables: made with one key, a string, and billed on demand; described, and deleted with all that is in them.

import type { JsonObject } from '../../../domain/statement.ts';
import { objectList, optionalText, seconds } from '../json-protocol.ts';
import { type DynamoDbCall, type DynamoDbOperations, tableNameOf, takeOnly } from './call.ts';
import { noTableNamed, tableExists, validationException } from './dynamodb-errors.ts';
import type { Table } from './table-store.ts';

const onDemand = 'PAY_PER_REQUEST';

const tableJson = (table: Table, status: 'ACTIVE' | 'CREATING' | 'DELETING'): JsonObject => ({
  TableName: table.name,
  TableArn: table.arn,
  TableId: table.id,
  TableStatus: status,
  CreationDateTime: seconds(table.createdAtMs),
  AttributeDefinitions: [{ AttributeName: table.keyName, AttributeType: 'S' }],
  KeySchema: [{ AttributeName: table.keyName, KeyType: 'HASH' }],
  BillingModeSummary: { BillingMode: onDemand },
  ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
  ItemCount: table.items.size,
  TableSizeBytes: JSON.stringify([...table.items.values()]).length,
  DeletionProtectionEnabled: false,
});

const invalid = (what: string) => validationException(`One or more parameter values were invalid: ${what}`);

/** The name of the only key. */
const newKeyOf = ({ input }: DynamoDbCall): string => {
  const [key, ...more] = objectList(input, 'KeySchema');
  const name = optionalText(key ?? {}, 'AttributeName');
  if (key === undefined || name === undefined || optionalText(key, 'KeyType') !== 'HASH')
    throw invalid('Missing the HASH key in KeySchema');
  if (more.length > 0) throw invalid("the sandbox's tables have one key, of the type HASH");
  const definitions = objectList(input, 'AttributeDefinitions');
  const own = definitions.find((definition) => optionalText(definition, 'AttributeName') === name);
  if (own === undefined)
    throw invalid(`Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}]`);
  if (definitions.length > 1)
    throw invalid(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  if (optionalText(own, 'AttributeType') !== 'S')
    throw invalid("the sandbox's tables have a key of the type S");
  return name;
};

const existing = (call: DynamoDbCall): Table => {
  const name = tableNameOf(call);
  takeOnly(call, ['TableName']);
  const table = call.region.tables.get(name);
  if (table === undefined) throw noTableNamed(name);
  return table;
};

export const tableOperations: DynamoDbOperations = {
  CreateTable(call) {
    const { input, region, nowMs } = call;
    const name = tableNameOf(call);
    takeOnly(call, ['TableName', 'BillingMode', 'AttributeDefinitions', 'KeySchema']);
    const keyName = newKeyOf(call);
    if (optionalText(input, 'BillingMode') !== onDemand)
      throw invalid(
        `ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED (the sandbox's tables are ${onDemand})`,
      );
    if (region.tables.has(name)) throw tableExists(name);
    const table = region.create({ name, keyName, createdAtMs: nowMs });
    return { TableDescription: tableJson(table, 'CREATING') };
  },
  DescribeTable: (call) => ({ Table: tableJson(existing(call), 'ACTIVE') }),
  DeleteTable(call) {
    const table = existing(call);
    call.region.tables.delete(table.name);
    return { TableDescription: tableJson(table, 'DELETING') };
  },
};
