// Tables, and the wire: whose they are, who may, and what goes wrong on the way.

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awsCli } from '../aws/aws-cli.ts';
import { hubId, hubKey, permissions, refusalOf, spokeKey } from '../aws/cloud-fixture.ts';
import { enter, seedDoor } from '../aws/sessions-fixture.ts';
import { type DynamoDbRig, place, regionName, startDynamoDbRig, table } from './dynamodb-fixture.ts';

let rig: DynamoDbRig;
beforeEach(async () => {
  rig = await startDynamoDbRig();
});
afterEach(() => rig.stop());

const arn = `arn:aws:dynamodb:${regionName}:${hubId}:table/${table}`;
const wanted: CreateTableCommandInput = {
  TableName: 'new-leases',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
};
const create = (more: Partial<CreateTableCommandInput> = {}, db = rig.db) =>
  db.send(new CreateTableCommand({ ...wanted, ...more }));
const describe = (TableName: string) => rig.db.send(new DescribeTableCommand({ TableName }));
const scan = (db = rig.db, TableName = table) => db.send(new ScanCommand({ TableName }));
const item = { id: { S: 'a' } };

test('a table is made, described, and gone with what is in it once it is deleted', async () => {
  expect((await create()).TableDescription).toMatchObject({ TableStatus: 'CREATING' });
  await rig.db.send(new PutItemCommand({ TableName: 'new-leases', Item: item }));
  expect((await describe('new-leases')).Table).toMatchObject({
    TableName: 'new-leases',
    TableArn: arn.replace(table, 'new-leases'),
    TableStatus: 'ACTIVE',
    CreationDateTime: new Date(rig.clock.nowMs),
    KeySchema: wanted.KeySchema,
    AttributeDefinitions: wanted.AttributeDefinitions,
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ItemCount: 1,
  });
  const { TableDescription: deleted } = await rig.db.send(
    new DeleteTableCommand({ TableName: 'new-leases' }),
  );
  expect(deleted).toMatchObject({ TableStatus: 'DELETING' });
  expect(await refusalOf(describe('new-leases'))).toBe(
    '400 ResourceNotFoundException: Requested resource not found: Table: new-leases not found',
  );
  await create();
  expect((await scan(rig.db, 'new-leases')).Items).toEqual([]);
});

test.each([
  ['a name that is taken', { TableName: table }, `ResourceInUseException: Table already exists: ${table}`],
  [
    'a name with a slash',
    { TableName: 'my/leases' },
    "ValidationException: 1 validation error detected: Value 'my/leases'",
  ],
  [
    'provisioned capacity',
    { BillingMode: undefined },
    'ValidationException: One or more parameter values were invalid: ReadCapacityUnits',
  ],
  [
    'a stream',
    { StreamSpecification: { StreamEnabled: true } },
    "ValidationException: the sandbox's DynamoDB does not take StreamSpecification",
  ],
  [
    'no key',
    { KeySchema: [] },
    'ValidationException: One or more parameter values were invalid: Missing the HASH key',
  ],
  [
    'a key that is not defined',
    { KeySchema: [{ AttributeName: 'x', KeyType: 'HASH' }] },
    'ValidationException: One or more parameter values were invalid: Some index key attributes are not defined',
  ],
  [
    'a number for a key',
    { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }] },
    "ValidationException: One or more parameter values were invalid: the sandbox's tables have a key of the type S",
  ],
  [
    'two keys',
    {
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
    },
    "ValidationException: One or more parameter values were invalid: the sandbox's tables have one key",
  ],
  [
    'an attribute that is no key',
    {
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'S' },
      ],
    },
    'ValidationException: One or more parameter values were invalid: Number of attributes in KeySchema',
  ],
] as const)('a table with %s is refused', async (_name, more, message) => {
  const change = more as unknown as Partial<CreateTableCommandInput>;
  expect(await refusalOf(create(change))).toContain(`400 ${message}`);
  expect(await refusalOf(describe('new-leases'))).toContain('ResourceNotFoundException');
});

test('a table belongs to the account and the region that the request is signed for', async () => {
  await rig.db.send(new PutItemCommand({ TableName: table, Item: item }));
  const nothing = '400 ResourceNotFoundException: Requested resource not found';
  expect(await refusalOf(scan(rig.dbAs(spokeKey)))).toBe(nothing);
  expect(await refusalOf(scan(rig.dbAs(hubKey, 'us-east-1')))).toBe(nothing);
  await create({ TableName: table }, rig.dbAs(spokeKey));
  expect((await scan(rig.dbAs(spokeKey))).Items).toEqual([]);
  expect((await scan()).Items).toEqual([item]);
});

test('whoever is in a role may do what its permissions say of the table', async () => {
  const access = permissions({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: arn });
  seedDoor(rig, 'door', ['anna'], { inlinePolicies: { access } });
  const db = rig.dbAs(await enter(rig, 'door', 'anna'));
  expect(await refusalOf(scan(db))).toBe('accepted');
  const other = await refusalOf(scan(db, 'others'));
  expect(other).toMatch(
    /^400 AccessDeniedException: User: .* to perform: dynamodb:Scan on resource: .*others/,
  );
  const put = db.send(new PutItemCommand({ TableName: table, Item: item }));
  expect(await refusalOf(put)).toMatch(/^400 AccessDeniedException: .*dynamodb:PutItem/);
});

const raw = async (operation: string) => {
  const response = await fetch(rig.cloud.url, {
    method: 'POST',
    headers: {
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'content-type': 'application/x-amz-json-1.0',
    },
    body: '{}',
  });
  const { __type } = (await response.json()) as { readonly __type?: string };
  return { type: response.headers.get('content-type'), error: __type };
};

test('errors are JSON 1.0 and name where they are at home', async () => {
  expect(await raw('Scan')).toEqual({
    type: 'application/x-amz-json-1.0',
    error: 'com.amazon.coral.service#MissingAuthenticationTokenException',
  });
  const stranger = rig.dbAs({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' });
  expect(await refusalOf(scan(stranger))).toContain('400 UnrecognizedClientException');
  const get = rig.db.send(new GetItemCommand({ TableName: table, Key: item }));
  expect(await refusalOf(get)).toContain('400 UnknownOperationException');
});

test('faults meet it, and its requests and changes are told', async () => {
  const told: unknown[] = [];
  rig.cloud.onMutation((mutation) => told.push(mutation));
  const fault = { service: 'dynamodb', operation: 'PutItem', resource: table, times: 1 } as const;
  rig.cloud.addFault({ ...fault, effect: { kind: 'applyThenDrop' } });
  const put = () => rig.db.send(new PutItemCommand({ TableName: table, Item: item }));
  expect(await refusalOf(put())).not.toBe('accepted');
  expect(rig.items()).toEqual({ a: item });
  const code = 'ProvisionedThroughputExceededException';
  rig.cloud.addFault({ ...fault, effect: { kind: 'error', status: 400, code } });
  expect(await refusalOf(put())).toContain(`400 ${code}: The level of configured`);
  await scan();
  expect(told).toEqual([{ service: 'dynamodb', accountId: hubId, operation: 'PutItem', resource: table }]);
  expect(rig.cloud.requests.list()).toMatchObject([
    { service: 'dynamodb', operation: 'PutItem', accountId: hubId, resource: table },
    { service: 'dynamodb', operation: 'PutItem', status: 400 },
    { service: 'dynamodb', operation: 'Scan', status: 200 },
  ]);
});

test('hands say what is not there, and what is', () => {
  expect(() => rig.cloud.dynamodb.seedTable(place, { name: table, key: 'id' })).toThrow(
    `the sandbox already has a table ${table} in ${regionName}`,
  );
  expect(() => rig.cloud.dynamodb.items(place, 'none')).toThrow('the sandbox has no table none');
});

test("the README's line for the AWS CLI makes the table", { timeout: 120_000 }, async (context) => {
  const aws = awsCli(rig.cloud.url, regionName);
  context.skip((await aws('--version')).exitCode !== 0, 'the AWS CLI (aws) is not installed');
  const readme = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
  const [, line = ''] = /^aws (dynamodb create-table [^`]*?)\n```/m.exec(readme) ?? [];
  const words = line.replaceAll('\\\n', ' ').trim().split(/\s+/);
  expect(words).toContain('rolewarden-leases');
  const made = await aws(...words, '--output', 'json');
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  const described = await aws(
    'dynamodb',
    'describe-table',
    '--table-name',
    'rolewarden-leases',
    '--output',
    'json',
  );
  expect(JSON.parse(described.stdout)).toMatchObject({ Table: { TableStatus: 'ACTIVE' } });
  expect(await aws('dynamodb', 'delete-table', '--table-name', 'rolewarden-leases')).toMatchObject({
    exitCode: 0,
  });
});
