// The JSON protocols, 1.0 and 1.1: the operation in a header, JSON in and out, errors that name their type. [ECS, Systems Manager and DynamoDB API references]

import { type Json, type JsonObject, isJsonObject } from '../../domain/statement.ts';
import { ServiceError } from './service-error.ts';

export const jsonContentType = 'application/x-amz-json-1.1';

export const parseInput = (body: string): JsonObject => {
  try {
    const input: unknown = JSON.parse(body === '' ? '{}' : body);
    if (isJsonObject(input)) return input;
  } catch {
    // A body that is no JSON and a body that is no object are refused alike.
  }
  throw new ServiceError(400, 'SerializationException', 'The request body is not a JSON object');
};

/** What JSON services call the errors that have other names, and other statuses, in the Query protocol. */
const jsonNames: Readonly<Record<string, string>> = {
  InvalidClientTokenId: 'UnrecognizedClientException',
  ExpiredToken: 'ExpiredTokenException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  IncompleteSignature: 'IncompleteSignatureException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
};

/** `failure`: what the service calls an error of its own. */
export const asJsonError = (error: ServiceError, failure: string): ServiceError => {
  const name = jsonNames[error.code];
  if (name !== undefined) return new ServiceError(400, name, error.message);
  return error.code === 'InternalFailure' ? new ServiceError(500, failure, error.message) : error;
};

export const renderJsonError = (error: ServiceError, type = error.code): string =>
  JSON.stringify({ __type: type, message: error.message });

const wrongType = (name: string, wanted: string): ServiceError =>
  new ServiceError(400, 'SerializationException', `${name} must be ${wanted}`);

/** A field left out and a field that is null are the same. */
const field = (input: JsonObject, name: string): Json | undefined => input[name] ?? undefined;

export const optionalText = (input: JsonObject, name: string): string | undefined => {
  const value = field(input, name);
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType(name, 'a string');
};

export const optionalNumber = (input: JsonObject, name: string): number | undefined => {
  const value = field(input, name);
  if (value === undefined || typeof value === 'number') return value;
  throw wrongType(name, 'a number');
};

export const optionalFlag = (input: JsonObject, name: string): boolean | undefined => {
  const value = field(input, name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongType(name, 'true or false');
};

export const optionalObject = (input: JsonObject, name: string): JsonObject | undefined => {
  const value = field(input, name);
  if (value === undefined || isJsonObject(value)) return value;
  throw wrongType(name, 'an object');
};

const list = (input: JsonObject, name: string): readonly Json[] => {
  const value = field(input, name) ?? [];
  if (Array.isArray(value)) return value as readonly Json[];
  throw wrongType(name, 'a list');
};

export const textList = (input: JsonObject, name: string): readonly string[] =>
  list(input, name).map((value) => {
    if (typeof value === 'string') return value;
    throw wrongType(name, 'a list of strings');
  });

export const objectList = (input: JsonObject, name: string): readonly JsonObject[] =>
  list(input, name).map((value) => {
    if (isJsonObject(value)) return value;
    throw wrongType(name, 'a list of objects');
  });

/** Times travel as seconds since the epoch. */
export const seconds = (atMs: number): number => atMs / 1_000;

/** Without the fields that are undefined, so that the parts of an answer can be written down in one piece. */
export const present = (fields: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
