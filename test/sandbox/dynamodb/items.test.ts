// Items of a table: conditions, what is refused in which words, and scans in pages.

import {
  type AttributeValue,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refusalOf } from '../aws/cloud-fixture.ts';
import { type DynamoDbRig, startDynamoDbRig, table } from './dynamodb-fixture.ts';

let rig: DynamoDbRig;
beforeEach(async () => {
  rig = await startDynamoDbRig();
});
afterEach(() => rig.stop());

const id = { id: { S: 'a' } };
const seen = { ...id, holder: { S: 'r1' }, beat: { N: '7' }, isFree: { BOOL: false }, note: { NULL: true } };
const put = (more: Partial<PutItemCommandInput> = {}) =>
  rig.db.send(new PutItemCommand({ TableName: table, Item: { ...id, holder: { S: 'next' } }, ...more }));
const remove = (more: Partial<DeleteItemCommandInput> = {}) =>
  rig.db.send(new DeleteItemCommand({ TableName: table, Key: id, ...more }));
const scan = (more: Partial<ScanCommandInput> = {}) =>
  rig.db.send(new ScanCommand({ TableName: table, ConsistentRead: true, ...more }));

type Values = Record<string, AttributeValue>;

const met: readonly (readonly [string, Values | undefined])[] = [
  ['attribute_exists(id)', undefined],
  ['attribute_not_exists(absent)', undefined],
  ['holder = :h', { ':h': { S: 'r1' } }],
  ['beat = :b', { ':b': { N: '07' } }],
  ['isFree = :f and note = :n', { ':f': { BOOL: false }, ':n': { NULL: true } }],
  [
    'holder=:h AND beat = :b AND begins_with( id, :i )',
    { ':h': { S: 'r1' }, ':b': { N: '7' }, ':i': { S: 'a' } },
  ],
  ['holder = :h AND holder = :h', { ':h': { S: 'r1' } }],
];
const unmet: readonly (readonly [string, Values | undefined])[] = [
  ['attribute_not_exists(id)', undefined],
  ['attribute_exists(absent)', undefined],
  ['holder = :h', { ':h': { S: 'r2' } }],
  ['beat = :b', { ':b': { S: '7' } }],
  ['absent = :o', { ':o': { S: '' } }],
  ['begins_with(id, :i)', { ':i': { S: 'ab' } }],
  ['begins_with(beat, :i)', { ':i': { S: '7' } }],
  ['holder = :h AND beat = :b', { ':h': { S: 'r1' }, ':b': { N: '8' } }],
  ['beat = :b AND holder = :h', { ':h': { S: 'r1' }, ':b': { N: '8' } }],
];
const failed = '400 ConditionalCheckFailedException: The conditional request failed';

describe('a condition', () => {
  beforeEach(() => put({ Item: seen }));

  test.each(met)('%s: is met, and the item is written or removed', async (ConditionExpression, values) => {
    const condition = { ConditionExpression, ...(values && { ExpressionAttributeValues: values }) };
    expect(await refusalOf(remove(condition))).toBe('accepted');
    expect(rig.items()).toEqual({});
    await put({ Item: seen });
    expect(await refusalOf(put(condition))).toBe('accepted');
    expect(rig.items()).toEqual({ a: { ...id, holder: { S: 'next' } } });
  });

  test.each(unmet)('%s: is not met, and nothing changes', async (ConditionExpression, values) => {
    const condition = { ConditionExpression, ...(values && { ExpressionAttributeValues: values }) };
    expect(await refusalOf(put(condition))).toBe(failed);
    expect(await refusalOf(remove(condition))).toBe(failed);
    expect(rig.items()).toEqual({ a: seen });
  });

  test('on an item that is not there: only its absence holds', async () => {
    await remove();
    const holder = { ConditionExpression: 'holder = :h', ExpressionAttributeValues: { ':h': { S: 'r1' } } };
    expect(await refusalOf(put(holder))).toBe(failed);
    expect(await refusalOf(remove(holder))).toBe(failed);
    expect(await refusalOf(remove())).toBe('accepted');
    expect(await refusalOf(put({ ConditionExpression: 'attribute_not_exists(id)' }))).toBe('accepted');
  });
});

const h = { ':h': { S: 'r1' } };
const syntax = (token: string, near: string): string =>
  `Invalid ConditionExpression: Syntax error; token: "${token}", near: "${near}"`;
const refusedExpressions: readonly (readonly [string, Values | undefined, string])[] = [
  ['', undefined, 'Invalid ConditionExpression: The expression can not be empty;'],
  ['holder', undefined, syntax('<EOF>', 'holder')],
  ['holder = r1', undefined, syntax('r1', '= r1')],
  ['holder <> :h', h, syntax('<', 'holder < >')],
  ['holder = :h OR attribute_exists(id)', h, syntax('OR', ':h OR attribute_exists')],
  ['NOT attribute_exists(id)', undefined, syntax('attribute_exists', 'NOT attribute_exists (')],
  ['(attribute_exists(id))', undefined, syntax('(', '( attribute_exists')],
  ['attribute_exists(id', undefined, syntax('<EOF>', 'id')],
  ['attribute_exists(id) AND', undefined, syntax('<EOF>', 'AND')],
  ['#h = :h', h, syntax('#', '# h')],
  ['a.b = :h', h, syntax('.', 'a . b')],
  ['size(id) = :h', h, 'Invalid ConditionExpression: Invalid function name; function: size'],
  [
    'holder = :h',
    undefined,
    'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :h',
  ],
  [
    'attribute_exists(id)',
    h,
    'Value provided in ExpressionAttributeValues unused in expressions: keys: {:h}',
  ],
  [
    'begins_with(id, :n)',
    { ':n': { N: '1' } },
    'Invalid ConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
  ],
];

test.each(refusedExpressions)(
  'the condition “%s” is refused',
  async (ConditionExpression, values, message) => {
    const condition = { ConditionExpression, ...(values && { ExpressionAttributeValues: values }) };
    expect(await refusalOf(put(condition))).toBe(`400 ValidationException: ${message}`);
    expect(await refusalOf(remove(condition))).toBe(`400 ValidationException: ${message}`);
    expect(rig.items()).toEqual({});
  },
);

const emptyKey =
  'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id';
const schema = 'The provided key element does not match the schema';
const refusedRequests: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'an item without the key',
    () => put({ Item: { holder: { S: 'x' } } }),
    'One or more parameter values were invalid: Missing the key id in the item',
  ],
  [
    'an item whose key is a number',
    () => put({ Item: { id: { N: '1' } } }),
    'One or more parameter values were invalid: Type mismatch for key id expected: S actual: N',
  ],
  ['an item whose key is empty', () => put({ Item: { id: { S: '' } } }), emptyKey],
  [
    'a number that is none',
    () => put({ Item: { ...id, beat: { N: 'x' } } }),
    'The parameter cannot be converted to a numeric value: x (the sandbox keeps whole numbers only)',
  ],
  [
    'a number of 39 digits',
    () => put({ Item: { ...id, beat: { N: '1'.repeat(39) } } }),
    'Attempting to store more than 38 significant digits in a Number',
  ],
  [
    'a value of a type that leases do not have',
    () => put({ Item: { ...id, all: { SS: ['x'] } } }),
    `the sandbox's DynamoDB keeps S, N, BOOL and NULL, not SS: ["x"]`,
  ],
  [
    'an item of more than 400 KB',
    () => put({ Item: { ...id, all: { S: 'x'.repeat(400 * 1_024) } } }),
    'Item size has exceeded the maximum allowed size',
  ],
  [
    'what it would have to pass over',
    () => put({ ReturnValues: 'ALL_OLD' }),
    "the sandbox's DynamoDB does not take ReturnValues in PutItem",
  ],
  [
    'values without an expression',
    () => put({ ExpressionAttributeValues: h }),
    'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
  ],
  ['a key with another name', () => remove({ Key: { LockID: { S: 'a' } } }), schema],
  ['a key with something beside it', () => remove({ Key: { ...id, holder: { S: 'x' } } }), schema],
  ['a key of another type', () => remove({ Key: { id: { N: '1' } } }), schema],
  ['a key that is empty', () => remove({ Key: { id: { S: '' } } }), emptyKey],
  [
    'a page that starts nowhere',
    () => scan({ ExclusiveStartKey: { LockID: { S: 'a' } } }),
    `The provided starting key is invalid: ${schema}`,
  ],
  [
    'a page of nothing',
    () => scan({ Limit: 0 }),
    "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    'a scan of an index',
    () => scan({ IndexName: 'by-holder' }),
    "the sandbox's DynamoDB does not take IndexName in Scan",
  ],
];

test.each(refusedRequests)('%s is refused', async (_name, send, message) => {
  expect(await refusalOf(send())).toBe(`400 ValidationException: ${message}`);
  expect(rig.items()).toEqual({});
});

describe('a scan', () => {
  const names = Array.from({ length: 7 }, (_, n) => `main/${n}`);
  beforeEach(async () => {
    for (const name of [...names, 'other/0']) await put({ Item: { id: { S: name } } });
  });
  const mine = {
    FilterExpression: 'begins_with(id, :p)',
    ExpressionAttributeValues: { ':p': { S: 'main/' } },
  };

  const pages = async (more: Partial<ScanCommandInput>): Promise<readonly (readonly string[])[]> => {
    const found: string[][] = [];
    let from: Values | undefined;
    do {
      const answer = await scan({ ...more, ...(from && { ExclusiveStartKey: from }) });
      found.push((answer.Items ?? []).map((item) => item['id']?.S ?? ''));
      expect(answer.Count).toBe(answer.Items?.length);
      from = answer.LastEvaluatedKey;
    } while (from !== undefined);
    return found;
  };

  test('finds what the filter lets through, and counts what it has seen', async () => {
    const answer = await scan(mine);
    expect(answer).toMatchObject({ Count: 7, ScannedCount: 8 });
    expect(answer.LastEvaluatedKey).toBeUndefined();
    expect((answer.Items ?? []).map((item) => item['id']?.S ?? '').sort()).toEqual(names);
  });

  test.each([
    ['asked for', () => ({ Limit: 3 })],
    [
      'that the table gives',
      () => {
        rig.cloud.setPageSize(3);
        return {};
      },
    ],
  ])('goes on in pages of the size %s, filtered after they were cut', async (_name, size) => {
    const found = await pages({ ...mine, ...size() });
    expect(found).toHaveLength(3);
    expect(found.flat().toSorted()).toEqual(names);
    expect((await pages(size())).map((page) => page.length)).toEqual([3, 3, 2]);
  });

  test('that ends with a full page says so only on the next one, which is empty', async () => {
    expect((await pages({ Limit: 4 })).map((page) => page.length)).toEqual([4, 4, 0]);
  });

  test('goes on after an item that has gone meanwhile', async () => {
    const { Items: first = [], LastEvaluatedKey: last = {} } = await scan({ Limit: 4 });
    await remove({ Key: last });
    const { Items: rest = [] } = await scan({ ExclusiveStartKey: last });
    expect([...first, ...rest].map((item) => item['id']?.S ?? '').sort()).toEqual([...names, 'other/0']);
  });
});
