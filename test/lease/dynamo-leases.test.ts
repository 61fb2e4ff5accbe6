// The adapter against dynalite: the contract, and what it says when the table is not as it should be.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { shardName } from '../../src/domain/lease.ts';
import type { LeaseStore, Term } from '../../src/domain/ports.ts';
import { type DynamoLeases, openDynamoLeases } from '../../src/lease/dynamo-leases.ts';
import { keepLeases } from '../../src/lease/keep-leases.ts';
import { systemTimers } from '../../src/reconcile/timers.ts';
import { until } from '../process/child.ts';
import { type Dynalite, keys, startDynalite } from './dynalite.ts';
import { inMemoryLeases } from './in-memory-leases.ts';
import { describeLeasesContract, leaseRecord } from './leases-contract.ts';

const signal = new AbortController().signal;
let dynalite: Dynalite;
let tables = 0;
const opened: { close(): void }[] = [];
beforeAll(async () => {
  dynalite = await startDynalite();
});
afterAll(() => dynalite.stop());
afterEach(() => {
  vi.unstubAllEnvs();
  for (const store of opened.splice(0)) store.close();
});

const open = async (
  table: string,
  change: {
    instance?: string;
    url?: string;
    timeoutMs?: number;
    seen?: string[];
    region?: string | undefined;
  } = {},
): Promise<DynamoLeases> => {
  const environment = {
    ...keys,
    AWS_ENDPOINT_URL_DYNAMODB: change.url ?? dynalite.url,
    AWS_REGION: undefined,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const store = await openDynamoLeases({
    instance: change.instance ?? 'contoso-main',
    table,
    region: 'region' in change ? change.region : 'eu-west-1',
    requestTimeoutMs: change.timeoutMs ?? 20_000,
    onRequest: ({ service, operation, code }) => change.seen?.push(`${service} ${operation} ${code}`),
  });
  opened.push(store);
  return store;
};
const freshTable = async (key?: string): Promise<string> => {
  tables += 1;
  await dynalite.createTable(`leases-${tables}`, key);
  return `leases-${tables}`;
};

describeLeasesContract('DynamoDB', async () => ({
  store: await open(await freshTable()),
  stop: async () => undefined,
}));
describeLeasesContract('a map in memory', async () => ({
  store: inMemoryLeases(),
  stop: async () => undefined,
}));

/** What a read says, and what a write throws. */
const troubles = async (store: LeaseStore): Promise<readonly (readonly [string, string])[]> => {
  const reading = await store.read(signal);
  const read = reading.state === 'unreadable' ? reading.problem : undefined;
  const written = await store.replace(undefined, leaseRecord(), signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return [read, written].map((error) => {
    const { kind = '', message = '' } = (error ?? {}) as { kind?: string; message?: string };
    return [kind, message] as const;
  });
};

describe('the lease table in DynamoDB', () => {
  it('is shared by instances that know nothing of each other', async () => {
    const table = await freshTable();
    const [main, other] = [await open(table), await open(table, { instance: 'contoso-main2' })];
    await main.replace(undefined, leaseRecord(), signal);
    expect(await other.replace(undefined, leaseRecord({ beat: 5 }), signal)).toBe(true);
    expect([await main.read(signal), await other.read(signal)]).toMatchObject([
      { value: [{ beat: 1 }] },
      { value: [{ beat: 5 }] },
    ]);
  });

  it('is read in consistent reads and written under a condition, one request each', async () => {
    const seen: string[] = [];
    const store = await open(await freshTable(), { seen });
    await store.read(signal);
    await store.replace(undefined, leaseRecord(), signal);
    await store.replace(undefined, leaseRecord(), signal);
    await store.remove(leaseRecord(), signal);
    expect(seen).toEqual([
      'dynamodb Scan 200',
      'dynamodb PutItem 200',
      'dynamodb PutItem ConditionalCheckFailedException',
      'dynamodb DeleteItem 200',
    ]);
  });

  it('that is not there: says how to make it', async () => {
    const text =
      'there is no table leases-none in this region of our own account: create it with the key id (see "In pairs" in the README), or correct spec.replicas.lease';
    expect(await troubles(await open('leases-none'))).toEqual([
      ['invalid', text],
      ['invalid', text],
    ]);
  });

  it('that has another key: says which it has to be', async () => {
    const [, written] = await troubles(await open(await freshTable('LockID')));
    expect(written).toEqual([
      'invalid',
      expect.stringContaining('its key has to be id, a string, and nothing else'),
    ]);
  });

  it.each([
    [
      'whose holder would write on the terminal',
      { id: 'contoso-main/shard/0', holder: '\u001b[2Jx' },
      'it does not say who holds it',
    ],
    ['of another making', { id: 'contoso-main/shard/0', LockID: 'x' }, 'it does not say who holds it'],
    [
      'with a name that is none of ours',
      { id: 'contoso-main/shard/x', holder: '' },
      'its name is none of ours',
    ],
    [
      'with a fence that is no number',
      { id: 'contoso-main/shard/1', holder: '' },
      'its fence is not a number of ours',
    ],
  ])('with an item %s: is refused as a whole, and the item is named', async (_name, item, what) => {
    const table = await freshTable();
    const Item = Object.fromEntries(Object.entries(item).map(([key, value]) => [key, { S: value }]));
    await dynalite.client.send(new PutItemCommand({ TableName: table, Item }));
    const store = await open(table);
    const reading = await store.read(signal);
    expect(reading).toMatchObject({
      state: 'unreadable',
      problem: {
        kind: 'invalid',
        message: `the item ${item.id} of table ${table} is no lease (${what}): give Rolewarden a table of its own, or delete the item`,
      },
    });
  });

  it('without a region: says where to set one', async () => {
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    const [read] = await troubles(await open('leases', { region: undefined }));
    expect(read?.[1]).toBe(
      'nobody says in which region table leases is: set spec.replicas.lease.region, or AWS_REGION',
    );
  });

  it('that nobody listens for: is transient', async () => {
    const found = await troubles(await open('leases', { url: 'http://127.0.0.1:1' }));
    expect(found.map(([kind]) => kind)).toEqual(['transient', 'transient']);
    expect(found[0]?.[1]).toMatch(
      /^no usable answer from DynamoDB to dynamodb:Scan on table leases \(\w+\): /,
    );
  });
});

describe('ten replicas at once on one shard', () => {
  it('have one holder, and after it is told to stop, the next one', async () => {
    const store = await open(await freshTable());
    const holders = new Set<string>();
    const tenures = Array.from({ length: 10 }, (_, n) => {
      const replica = `replica-${n}`;
      const tenure = keepLeases({
        store,
        replica,
        shards: 1,
        durationMs: 6_000,
        clock: { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
        after: (delayMs, callback) => systemTimers.after(delayMs, callback),
        onReport: () => undefined,
        onDefect: (error) => {
          throw error;
        },
      });
      const serve = async ({ stopping }: Term): Promise<void> => {
        holders.add(replica);
        await new Promise((ended) => stopping.addEventListener('abort', ended));
        holders.delete(replica);
      };
      tenure.begin(serve, () => undefined);
      return { replica, tenure };
    });
    await until('one has it', () => holders.size === 1);
    const [first] = holders;
    const read = await store.read(signal);
    const records = read.state === 'present' ? read.value : [];
    expect(records.find(({ name }) => name === shardName(0))?.holder).toBe(first);
    await tenures.find(({ replica }) => replica === first)?.tenure.stop();
    await until('another has it', () => holders.size === 1);
    expect([...holders]).not.toEqual([first]);
    await Promise.all(tenures.map(({ tenure }) => tenure.stop()));
    const left = await store.read(signal);
    expect(left).toMatchObject({ value: [{ name: shardName(0), holder: '' }] });
  });
});

describe('answers of DynamoDB', () => {
  /** Answers everything alike. */
  const answering = async (status: number, body: string | undefined) => {
    const server = createServer((request, response) => {
      request.resume();
      if (body === undefined) return;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r' });
      response.end(body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    opened.push({
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const refusal = (type: string, message = 'no'): string =>
    JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message });

  it.each([
    [
      400,
      'AccessDeniedException',
      'denied',
      /dynamodb:Scan on table leases is denied: grant dynamodb:Scan, dynamodb:PutItem and/,
    ],
    [400, 'UnrecognizedClientException', 'denied', /AWS does not accept our own credentials/],
    [400, 'ExpiredTokenException', 'denied', /AWS does not accept our own credentials/],
    [
      400,
      'ProvisionedThroughputExceededException',
      'transient',
      /DynamoDB throttles dynamodb:Scan on table leases/,
    ],
    [400, 'ThrottlingException', 'transient', /on-demand billing/],
    [500, 'InternalServerError', 'transient', /no usable answer from DynamoDB .*InternalServerError/],
    [400, 'SomethingNew', 'invalid', /DynamoDB refuses dynamodb:Scan on table leases \(SomethingNew\)/],
  ])('%i %s is %s, with a sentence', async (status, type, kind, sentence) => {
    const url = await answering(status, refusal(type, 'AKIA000000000000 must not be told'));
    const [read] = await troubles(await open('leases', { url }));
    expect(read?.[0]).toBe(kind);
    expect(read?.[1]).toMatch(sentence);
    expect(read?.[1]).not.toContain('AKIA');
  });

  it('that never come are waited for no longer than the time limit', async () => {
    const url = await answering(200, undefined);
    const found = await troubles(await open('leases', { url, timeoutMs: 50 }));
    expect(found.map(([kind, text]) => [kind, /\(TimeoutError\)/.test(text)])).toEqual([
      ['transient', true],
      ['transient', true],
    ]);
  });

  it('that are not JSON are transient', async () => {
    const url = await answering(200, '<html>sign in to the hotel network</html>');
    expect((await troubles(await open('leases', { url }))).map(([kind]) => kind)).toEqual([
      'transient',
      'transient',
    ]);
  });

  it('that go on page after page are not ours', async () => {
    const page = { Items: [], Count: 0, LastEvaluatedKey: { id: { S: shardName(0) } } };
    const url = await answering(200, JSON.stringify(page));
    const [read] = await troubles(await open('leases', { url }));
    expect(read?.[1]).toContain('holds far more than leases');
  });
});

describe('a table that doctor looks at', () => {
  it('is tried with every request that leases take, and nothing is written', async () => {
    const table = await freshTable();
    const seen: string[] = [];
    const store = await open(table, { seen });
    expect(await store.examine(signal)).toEqual({
      scan: { state: 'present', value: true },
      put: { state: 'present', value: true },
      remove: { state: 'present', value: true },
    });
    expect(seen).toEqual([
      'dynamodb Scan 200',
      'dynamodb PutItem ConditionalCheckFailedException',
      'dynamodb DeleteItem ConditionalCheckFailedException',
    ]);
    expect(await dynalite.items(table)).toEqual([]);
  });

  it('keeps even an item of the very name that is tried', async () => {
    const table = await freshTable();
    const item = { id: { S: 'contoso-main/doctor' }, mine: { S: 'yes' } };
    await dynalite.client.send(new PutItemCommand({ TableName: table, Item: item }));
    expect((await (await open(table)).examine(signal)).put.state).toBe('present');
    expect(await dynalite.items(table)).toEqual([item]);
  });

  it('that is not there, or has another key, is told as such', async () => {
    const gone = await (await open('no-such-table')).examine(signal);
    expect(gone.scan).toMatchObject({ problem: { code: 'ResourceNotFoundException' } });
    const other = await (await open(await freshTable('name'))).examine(signal);
    expect(other.put).toMatchObject({ problem: { kind: 'invalid', code: 'ValidationException' } });
    expect(other.remove).toMatchObject({ problem: { kind: 'invalid', code: 'ValidationException' } });
  });
});
