// The one error class. An adapter classifies a foreign error once, where it enters; nobody classifies it again.

/**
 * - `transient`: may succeed by itself later (throttling, time-out, 5xx, eventual consistency).
 * - `denied`: someone must change a permission or a credential.
 * - `conflict`: the world changed under us, or something of that name belongs to someone else.
 * - `invalid`: the request or the input is wrong, and stays wrong until someone changes it.
 */
export type ErrorKind = 'transient' | 'denied' | 'conflict' | 'invalid';

export interface ErrorDetails {
  /** What was being read or written: an ARN, a group id, a file. */
  readonly resource?: string;
  /** The upstream's own code (`NoSuchEntity`, `429`), for metrics and journal. Never free text. */
  readonly code?: string;
  readonly cause?: unknown;
}

/** The code of a refusal to write: the lease by which this replica may is over. */
export const leaseOver = 'LeaseOver';

/** Messages are lower case, name the thing and the wrong value, and say what to change. They never hold a token or secret. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly resource: string | undefined;
  readonly code: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.resource = details.resource;
    this.code = details.code;
  }
}

/** Wraps whatever was thrown. An unclassified error is a defect of ours or a surprise of theirs: `transient`, so that it is retried and seen. */
export const toAppError = (error: unknown, context: string): AppError => {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new AppError('transient', `${context}: ${text}`, { cause: error });
};
