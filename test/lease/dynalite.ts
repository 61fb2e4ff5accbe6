// DynamoDB as dynalite plays it, on loopback, with or without the table.

import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

/** It has no types of its own. */
const dynalite = createRequire(import.meta.url)('dynalite') as (options: {
  readonly createTableMs: number;
}) => Server;

export interface Dynalite {
  readonly url: string;
  readonly client: DynamoDBClient;
  createTable(name: string, key?: string): Promise<void>;
  items(table: string): Promise<readonly Record<string, AttributeValue>[]>;
  stop(): Promise<void>;
}

/** Dynalite looks at no signature. */
export const keys = { AWS_ACCESS_KEY_ID: 'AKIA000000000000', AWS_SECRET_ACCESS_KEY: 'secret' };

export const startDynalite = async (): Promise<Dynalite> => {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY },
  });
  return {
    url,
    client,
    createTable: async (name, key = 'id') => {
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
          KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        }),
      );
      const describe = new DescribeTableCommand({ TableName: name });
      while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE') await pause(5);
    },
    items: async (table) =>
      (await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }))).Items ?? [],
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
