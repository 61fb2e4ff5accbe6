// The lease table in DynamoDB. Reads are consistent, writes are conditional, and none is repeated here: whoever keeps leases
// looks first at what became of it.

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AppError } from '../domain/errors.ts';
import type { TableExamination } from '../domain/examination.ts';
import type { LeaseRecord } from '../domain/lease.ts';
import type { LeaseStore } from '../domain/ports.ts';
import { present, type Reading, unreadable } from '../domain/reading.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';
import { codeOf, tableError } from './dynamo-refusals.ts';
import { type Item, idPrefix, itemOf, recordOf } from './lease-items.ts';

export interface DynamoLeasesOptions {
  readonly instance: string;
  readonly table: string;
  /** undefined: as the SDK finds it. */
  readonly region: string | undefined;
  /** For one request with everything it takes, milliseconds. */
  readonly requestTimeoutMs: number;
  /** Called once for every request. */
  readonly onRequest: (request: { service: string; operation: string; code: string }) => void;
}

/** Loaded by whoever has replicas. */
const loadSdk = () => import('./dynamo-sdk.ts');

/** Leases of one instance are some kilobytes: a table that goes on for so many pages of a megabyte is not ours. */
const maxPages = 16;

const stillSeen = 'holder = :holder AND fence = :fence AND beat = :beat';
const condition = (seen: LeaseRecord | undefined) =>
  seen === undefined
    ? { ConditionExpression: 'attribute_not_exists(id)' }
    : {
        ConditionExpression: stillSeen,
        ExpressionAttributeValues: {
          ':holder': { S: seen.holder },
          ':fence': { N: String(seen.fence) },
          ':beat': { N: String(seen.beat) },
        },
      };

/** No item is there and not there. */
const never = { ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(id)' };

export interface DynamoLeases extends LeaseStore {
  /** Tries all that leases take, by writes that can never be carried out. Throws only when `signal` aborts. */
  examine(signal: AbortSignal): Promise<TableExamination>;
  close(): void;
}

/** Nothing is asked of anybody before the first read or write. */
export const openDynamoLeases = async (options: DynamoLeasesOptions): Promise<DynamoLeases> => {
  const { instance, table, region, requestTimeoutMs, onRequest } = options;
  const sdk = await loadSdk();
  const client = new sdk.DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    customUserAgent: 'rolewarden',
    maxAttempts: 1,
    requestHandler: { connectionTimeout: requestTimeoutMs, httpsAgent: { keepAlive: true, maxSockets: 64 } },
  });

  /** Throws `AppError`, or the signal's reason. */
  const ask = async <T>(
    operation: string,
    signal: AbortSignal,
    send: (client: DynamoDBClient, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    const call = { action: `dynamodb:${operation}`, table };
    const deadline = AbortSignal.timeout(requestTimeoutMs);
    const abortSignal = AbortSignal.any([signal, deadline]);
    try {
      // The SDK does not look at the signal while it looks for credentials.
      const answer = await unlessAborted(send(client, { abortSignal }), abortSignal);
      onRequest({ service: 'dynamodb', operation, code: '200' });
      return answer;
    } catch (error) {
      const code = deadline.aborted ? 'TimeoutError' : codeOf(error);
      onRequest({ service: 'dynamodb', operation, code });
      signal.throwIfAborted();
      throw tableError(deadline.aborted ? { code } : error, call);
    }
  };

  /** false: the record is no longer the one that was seen. */
  const ifSeen = async (write: Promise<unknown>): Promise<boolean> => {
    try {
      await write;
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  };

  const readItems = async (signal: AbortSignal): Promise<readonly Item[]> => {
    const items: Item[] = [];
    let from: Record<string, NonNullable<Item[string]>> | undefined;
    for (let page = 0; page < maxPages; page += 1) {
      const command = new sdk.ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'begins_with(id, :prefix)',
        ExpressionAttributeValues: { ':prefix': { S: idPrefix(instance) } },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const answer = await ask('Scan', signal, (sender, sending) => sender.send(command, sending));
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
      if (from === undefined) return items;
    }
    throw new AppError(
      'invalid',
      `table ${table} holds far more than leases, and it is read as a whole twice a second: give Rolewarden a table of its own`,
      { resource: table, code: 'TableTooLarge' },
    );
  };

  const tried = async (
    operation: string,
    signal: AbortSignal,
    work: () => Promise<unknown>,
  ): Promise<Reading<true>> => {
    try {
      await work();
      return present(true);
    } catch (error) {
      signal.throwIfAborted();
      return unreadable(tableError(error, { action: `dynamodb:${operation}`, table }));
    }
  };

  const examine: DynamoLeases['examine'] = async (signal) => {
    const id = { S: `${idPrefix(instance)}doctor` };
    const put = new sdk.PutItemCommand({ TableName: table, Item: { id }, ...never });
    const remove = new sdk.DeleteItemCommand({ TableName: table, Key: { id }, ...never });
    return {
      scan: await tried('Scan', signal, () => readItems(signal)),
      put: await tried('PutItem', signal, () =>
        ifSeen(ask('PutItem', signal, (sender, sending) => sender.send(put, sending))),
      ),
      remove: await tried('DeleteItem', signal, () =>
        ifSeen(ask('DeleteItem', signal, (sender, sending) => sender.send(remove, sending))),
      ),
    };
  };

  return {
    examine,
    read: async (signal) => {
      try {
        const items = await readItems(signal);
        return present(items.map((item) => recordOf(table, instance, item)));
      } catch (error) {
        signal.throwIfAborted();
        return unreadable(tableError(error, { action: 'dynamodb:Scan', table }));
      }
    },
    replace: (seen, next, signal) => {
      const command = new sdk.PutItemCommand({
        TableName: table,
        Item: itemOf(instance, next),
        ...condition(seen),
      });
      return ifSeen(ask('PutItem', signal, (sender, sending) => sender.send(command, sending)));
    },
    remove: (seen, signal) => {
      const { id = { S: '' } } = itemOf(instance, seen);
      const command = new sdk.DeleteItemCommand({ TableName: table, Key: { id }, ...condition(seen) });
      return ifSeen(ask('DeleteItem', signal, (sender, sending) => sender.send(command, sending)));
    },
    close: () => client.destroy(),
  };
};
