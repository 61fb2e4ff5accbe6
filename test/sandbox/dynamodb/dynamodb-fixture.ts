// A sandbox with an empty lease table, and the official DynamoDB client of its administrator.

import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EcsPlace } from '../../../src/sandbox/aws/aws-cloud.ts';
import { type Rig, hubId, hubKey, startRig } from '../aws/cloud-fixture.ts';

export const regionName = 'eu-west-1';
export const place: EcsPlace = { accountId: hubId, region: regionName };
export const table = 'leases';

export interface DynamoDbRig extends Rig {
  readonly db: DynamoDBClient;
  dbAs(credentials: typeof hubKey, region?: string): DynamoDBClient;
  /** What the table holds, by id. */
  items(): Readonly<Record<string, Readonly<Record<string, AttributeValue>>>>;
}

export const startDynamoDbRig = async (): Promise<DynamoDbRig> => {
  const rig = await startRig();
  const clients: DynamoDBClient[] = [];
  const dbAs = (credentials: typeof hubKey, region = regionName): DynamoDBClient => {
    const client = new DynamoDBClient({ endpoint: rig.cloud.url, region, maxAttempts: 1, credentials });
    clients.push(client);
    return client;
  };
  rig.cloud.dynamodb.seedTable(place, { name: table, key: 'id' });
  return {
    ...rig,
    db: dbAs(hubKey),
    dbAs,
    items: () =>
      Object.fromEntries(
        rig.cloud.dynamodb
          .items(place, table)
          .map((item) => [(item['id'] as { readonly S: string }).S, item as Record<string, AttributeValue>]),
      ),
    async stop() {
      for (const client of clients) client.destroy();
      await rig.stop();
    },
  };
};
