// What DynamoDB answers when it refuses, all with status 400, and where each of its errors is at home.

import { ServiceError } from '../service-error.ts';

const refusal =
  (code: string) =>
  (message: string): ServiceError =>
    new ServiceError(400, code, message);

export const validationException = refusal('ValidationException');
export const conditionFailed = (): ServiceError =>
  refusal('ConditionalCheckFailedException')('The conditional request failed');
export const noTable = (): ServiceError =>
  refusal('ResourceNotFoundException')('Requested resource not found');
export const noTableNamed = (name: string): ServiceError =>
  refusal('ResourceNotFoundException')(`Requested resource not found: Table: ${name} not found`);
export const tableExists = (name: string): ServiceError =>
  refusal('ResourceInUseException')(`Table already exists: ${name}`);

const namespaces: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  ConditionalCheckFailedException: 'com.amazonaws.dynamodb.v20120810',
  ResourceNotFoundException: 'com.amazonaws.dynamodb.v20120810',
  ResourceInUseException: 'com.amazonaws.dynamodb.v20120810',
  ProvisionedThroughputExceededException: 'com.amazonaws.dynamodb.v20120810',
  InternalServerError: 'com.amazonaws.dynamodb.v20120810',
};

/** `com.amazon.coral.validate#ValidationException`. */
export const errorType = (code: string): string =>
  `${namespaces[code] ?? 'com.amazon.coral.service'}#${code}`;
