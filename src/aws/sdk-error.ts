// What an error of the AWS SDK says, in five plain facts. The SDK names modelled errors after classes
// (`LimitExceededException`), unmodelled ones after the wire code (`Throttling`), and everything else in its own way.

/** `throttled`, `busy`, `server` and `network` may pass by themselves; `answered` is a refusal that stays. */
export type Fault = 'throttled' | 'busy' | 'server' | 'network' | 'clockSkew' | 'credentials' | 'answered';

export interface SdkFacts {
  readonly fault: Fault;
  /** The wire code (`NoSuchEntity`), an errno (`ECONNRESET`) or the HTTP status; never free text. */
  readonly code: string;
  readonly status: number | undefined;
  /** What the service said, shortened, without anything that authenticates. */
  readonly text: string;
  /** HTTP attempts made, as far as the SDK counted. */
  readonly attempts: number;
}

interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly attempts?: number;
    readonly clockSkewCorrected?: boolean;
  };
}

const throttleCodes: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'PriorRequestNotComplete',
  'SlowDown',
]);
/** They mean "someone else is just changing this"; the SDK retries none. [measured, reference aws.md §3.3] */
const busyCodes: ReadonlySet<string> = new Set([
  'ConcurrentModification',
  'EntityTemporarilyUnmodifiable',
  'UpdateInProgressException',
]);
const serverCodes: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'ServerException',
  'ServiceFailure',
  'ServiceUnavailable',
]);
const timeoutCodes: ReadonlySet<string> = new Set([
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
]);
/** What AWS says to a signature whose time is too far from its own; the SDK corrects the clock after any error. */
const clockCodes: ReadonlySet<string> = new Set([
  'AuthFailure',
  'InvalidSignature',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);
const credentialCodes: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError']);

const shortCode = /^[\w.-]{1,64}$/;

const codeOf = (error: SdkError, status: number | undefined): string => {
  const modelled = typeof error.name === 'string' && error.$fault !== undefined && error.name !== 'Unknown';
  const candidates = [
    error.Code,
    modelled ? error.name : undefined,
    error.code,
    status !== undefined && status >= 300 ? String(status) : undefined,
    error.name === 'Error' || error.name === 'SyntaxError' ? 'UnreadableAnswer' : error.name,
  ];
  const code = candidates.find((value) => typeof value === 'string' && shortCode.test(value));
  return typeof code === 'string' ? code : 'Unknown';
};

const faultOf = (error: SdkError, code: string, status: number | undefined): Fault => {
  if (credentialCodes.has(code)) return 'credentials';
  if (throttleCodes.has(code) || status === 429) return 'throttled';
  if (busyCodes.has(code)) return 'busy';
  if (error.$metadata?.clockSkewCorrected === true && clockCodes.has(code)) return 'clockSkew';
  if (serverCodes.has(code) || (status !== undefined && status >= 500)) return 'server';
  // No service fault: the answer never came, or could not be parsed (a body cut in half).
  if (timeoutCodes.has(code) || error.$fault === undefined) return 'network';
  return 'answered';
};

const secrets: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}/g, '<key id>'],
  [/(security-?token|session-?token)(["'<>:=\s]+)[^\s"'<>&,]+/gi, '$1$2<removed>'],
  [/(secret(?:-?access)?-?key)(["'<>:=\s]+)[^\s"'<>&,]+/gi, '$1$2<removed>'],
  [/(Signature=)[0-9a-f]+/gi, '$1<removed>'],
];
/** These echo the canonical request with its session token, so nothing of their text is kept. */
const echoesRequest: ReadonlySet<string> = new Set([
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'SignatureDoesNotMatch',
]);
const maxTextChars = 400;

const textOf = (error: SdkError, code: string): string => {
  if (typeof error.message !== 'string' || echoesRequest.has(code)) return '';
  // A parser shows the piece at which it failed, and in answers of ECS the values of environment variables stand.
  if (error.name === 'SyntaxError') return 'it is not whole JSON';
  // "Deserialization error: to see the raw response…" is advice for whoever holds the SDK's object, which nobody does.
  const first = error.message.split('\n', 1)[0] ?? '';
  const clean = secrets.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), first);
  return clean.length > maxTextChars ? `${clean.slice(0, maxTextChars)}…` : clean;
};

export const sdkFacts = (thrown: unknown): SdkFacts => {
  const error: SdkError =
    typeof thrown === 'object' && thrown !== null ? thrown : { message: String(thrown) };
  const status = error.$metadata?.httpStatusCode;
  const code = codeOf(error, status);
  return {
    fault: faultOf(error, code, status),
    code,
    status,
    text: textOf(error, code),
    attempts: error.$metadata?.attempts ?? 1,
  };
};
