// Reads the body of a `$batch` answer. It is believed only if it speaks of the asked requests and of no others.

import { type Failure, isNotFound, type Subject, statusFailure, unusableAnswer } from './failure.ts';
import { innerHeader, retryAfterMs } from './headers.ts';
import { isJsonObject, type JsonObject } from './json.ts';

export type InnerAnswer =
  | { readonly kind: 'body'; readonly body: JsonObject }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'failure'; readonly failure: Failure };

export interface InnerResult {
  readonly answer: InnerAnswer;
  /** The inner HTTP status; undefined if there was none to read. */
  readonly status: number | undefined;
}

type ById = ReadonlyMap<string, JsonObject>;

/** By request id. A string says what is wrong with the answer as a whole. */
export const indexBatch = (body: JsonObject, askedIds: readonly string[]): ById | string => {
  const responses = body['responses'];
  if (!Array.isArray(responses)) return 'has no responses';
  const asked = new Set(askedIds);
  const byId = new Map<string, JsonObject>();
  for (const response of responses as readonly unknown[]) {
    const id = isJsonObject(response) ? response['id'] : undefined;
    if (!isJsonObject(response) || typeof id !== 'string') return 'has a response without id';
    if (!asked.has(id)) return 'has a response that was not asked for';
    if (byId.has(id)) return 'has two responses to one request';
    byId.set(id, response);
  }
  return byId;
};

/**
 * What one inner response says.
 * @param response undefined if the batch had none for this request
 * @param nowMs the server's time, for a Retry-After that is a date
 */
export const readInner = (response: JsonObject | undefined, subject: Subject, nowMs: number): InnerResult => {
  const failed = (failure: Failure, status?: number): InnerResult => ({
    answer: { kind: 'failure', failure },
    status,
  });
  if (response === undefined) return failed(unusableAnswer('is missing in the batch', subject));
  const { status, body, headers } = response;
  if (typeof status !== 'number') return failed(unusableAnswer('has no status', subject));
  if (isNotFound(status, body)) return { answer: { kind: 'notFound' }, status };
  if (status !== 200) {
    const told = retryAfterMs(innerHeader(headers, 'retry-after'), nowMs);
    return failed(statusFailure(status, body, subject, told), status);
  }
  if (!isJsonObject(body)) return failed(unusableAnswer('has no body', subject), status);
  return { answer: { kind: 'body', body }, status };
};
