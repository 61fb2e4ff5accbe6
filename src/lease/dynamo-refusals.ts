// What DynamoDB refuses, or does not answer, with a sentence that says what the operator can do. Of the SDK's errors only
// codes are kept: their texts may quote what was signed.

import { AppError, type ErrorKind } from '../domain/errors.ts';

export interface TableCall {
  /** As IAM writes permissions: `dynamodb:Scan`. */
  readonly action: string;
  readonly table: string;
}

interface Refusal {
  readonly kind: ErrorKind;
  readonly sentence: (call: TableCall) => string;
}

const credentials: Refusal = {
  kind: 'denied',
  sentence: ({ action }) =>
    `AWS does not accept our own credentials for ${action}, or there are none: give this process a role, a profile (AWS_PROFILE) or keys that are valid, and check that its clock is right`,
};
const denied: Refusal = {
  kind: 'denied',
  sentence: ({ action, table }) =>
    `${action} on table ${table} is denied: grant dynamodb:Scan, dynamodb:PutItem and dynamodb:DeleteItem on it to the role that rolewarden itself runs with`,
};
const throttled: Refusal = {
  kind: 'transient',
  sentence: ({ action, table }) =>
    `DynamoDB throttles ${action} on table ${table}: give it on-demand billing, or more capacity`,
};

const refusals: Readonly<Record<string, Refusal>> = {
  ResourceNotFoundException: {
    kind: 'invalid',
    sentence: ({ table }) =>
      `there is no table ${table} in this region of our own account: create it with the key id (see "In pairs" in the README), or correct spec.replicas.lease`,
  },
  ValidationException: {
    kind: 'invalid',
    sentence: ({ action, table }) =>
      `table ${table} does not take leases (${action}: ValidationException): its key has to be id, a string, and nothing else`,
  },
  AccessDeniedException: denied,
  AccessDenied: denied,
  ProvisionedThroughputExceededException: throttled,
  RequestLimitExceeded: throttled,
  ThrottlingException: throttled,
  Throttling: throttled,
  CredentialsProviderError: credentials,
  TokenProviderError: credentials,
  ExpiredTokenException: credentials,
  ExpiredToken: credentials,
  IncompleteSignatureException: credentials,
  InvalidSignatureException: credentials,
  MissingAuthenticationTokenException: credentials,
  UnrecognizedClientException: credentials,
};

const withoutRegion: Refusal = {
  kind: 'invalid',
  sentence: ({ table }) =>
    `nobody says in which region table ${table} is: set spec.replicas.lease.region, or AWS_REGION`,
};

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The service's code, an errno, or the name of the error; never free text. */
export const codeOf = (thrown: unknown): string => {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as SdkError;
  const own = error.$fault === undefined ? [error.code, error.name] : [error.name, error.code];
  const found = own.find((value) => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value));
  return typeof found === 'string' ? found : 'Unknown';
};

const isRefused = (thrown: unknown): boolean => {
  const { $fault, $metadata } = thrown as SdkError;
  return $fault === 'client' && ($metadata?.httpStatusCode ?? 500) < 500;
};

/** Whatever the SDK throws, as an `AppError`. */
export const tableError = (thrown: unknown, call: TableCall): AppError => {
  if (thrown instanceof AppError) return thrown;
  const code = codeOf(thrown);
  const isWithoutRegion =
    thrown instanceof Error && /^Region (?:is missing|not accepted)/.test(thrown.message);
  const known = isWithoutRegion ? withoutRegion : refusals[code];
  const details = { resource: call.table, code };
  if (known !== undefined) return new AppError(known.kind, known.sentence(call), details);
  const { action, table } = call;
  return isRefused(thrown)
    ? new AppError(
        'invalid',
        `DynamoDB refuses ${action} on table ${table} (${code}): look the code up in its API reference`,
        details,
      )
    : new AppError(
        'transient',
        `no usable answer from DynamoDB to ${action} on table ${table} (${code}): it is tried again; check the network and AWS_ENDPOINT_URL_DYNAMODB if it lasts`,
        details,
      );
};
