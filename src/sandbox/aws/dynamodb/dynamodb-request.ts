// DynamoDB, as far as lease tables need it: which operation answers a request.

import { optionalText } from '../json-protocol.ts';
import type { JsonService } from '../json-service.ts';
import type { DynamoDbOperations } from './call.ts';
import { errorType } from './dynamodb-errors.ts';
import { itemOperations } from './items.ts';
import { tableOperations } from './tables.ts';

const operations: DynamoDbOperations = { ...tableOperations, ...itemOperations };

export const dynamoDbService: JsonService = {
  name: 'dynamodb',
  targetPrefix: 'DynamoDB_20120810.',
  contentType: 'application/x-amz-json-1.0',
  failure: 'InternalServerError',
  errorType,
  perform(services, call) {
    const region = services.tables.region(call.account.accountId, call.region);
    return operations[call.operation]?.({ ...call, region });
  },
  resourceOf: (input) => optionalText(input, 'TableName'),
  isWrite: (operation) => !/^(?:Describe|Scan)/.test(operation),
};
