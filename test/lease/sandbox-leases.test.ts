// The adapter against the sandbox's DynamoDB, in tiny pages: the same contract as against dynalite.

import { afterEach, vi } from 'vitest';
import { openDynamoLeases } from '../../src/lease/dynamo-leases.ts';
import { hubKey } from '../sandbox/aws/cloud-fixture.ts';
import { place, startDynamoDbRig, table } from '../sandbox/dynamodb/dynamodb-fixture.ts';
import { describeLeasesContract } from './leases-contract.ts';

afterEach(() => vi.unstubAllEnvs());

describeLeasesContract("the sandbox's DynamoDB", async () => {
  const rig = await startDynamoDbRig();
  rig.cloud.setPageSize(2);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', rig.cloud.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', hubKey.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', hubKey.secretAccessKey);
  const store = await openDynamoLeases({
    instance: 'contoso-main',
    table,
    region: place.region,
    requestTimeoutMs: 20_000,
    onRequest: () => undefined,
  });
  return {
    store,
    stop: async () => {
      store.close();
      await rig.stop();
    },
  };
});
