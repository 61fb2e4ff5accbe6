// The project's own retry handler in the Graph client's middleware chain, in the place of the client's, which replays
// 429, 503 and 504 only, caps Retry-After at three minutes, sleeps through an abort and knows no time limit.
// It stands before the AuthenticationHandler, so that a request that waited goes out with a token that is valid then.

import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import type { Clock } from '../domain/ports.ts';
import { AppError, toAppError } from '../domain/errors.ts';
import type { TokenSource } from './access-token.ts';
import {
  type Failure,
  networkFailure,
  type Subject,
  statusFailure,
  timeoutFailure,
  unusableAnswer,
} from './failure.ts';
import type { DatedAnswer } from './clock-skew.ts';
import { GraphCall, type Outcome } from './graph-call.ts';
import { dateHeader, retryAfterMs } from './headers.ts';
import { type GraphAnswer, UnusableBody } from './https.ts';
import { isJsonObject, type JsonObject, parseJson, textOrNull } from './json.ts';
import type { Retry } from './retry.ts';
import { startTimeLimit } from './time-limit.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';

export type OnRequest = (request: { readonly operation: string; readonly code: string }) => void;

export interface RetryHandlerOptions {
  readonly retry: Retry;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly onRequest: OnRequest;
  /** Told of each answer that has a Date header. */
  readonly onDate: (answer: DatedAnswer) => void;
}

/** One try; the code is what the metric counts it under. */
type Attempt = { readonly code: string } & (
  | { readonly kind: 'body'; readonly body: JsonObject; readonly dateMs: number | undefined }
  | { readonly kind: 'failure'; readonly failure: Failure }
);

const failed = (code: string, failure: Failure): Attempt => ({ kind: 'failure', code, failure });

/** Reads the whole answer; the time limit of the request covers the body too. */
const readAnswer = async (
  { status, headers, readText }: GraphAnswer,
  sentAtMs: number,
  subject: Subject,
  { clock, onDate }: RetryHandlerOptions,
): Promise<Attempt> => {
  const code = String(status);
  const dateMs = dateHeader(textOrNull(headers['date']));
  if (dateMs !== undefined) onDate({ sentAtMs, receivedAtMs: clock.now(), serverMs: dateMs });
  const text = await readText();
  if (status !== 200) {
    const told = retryAfterMs(textOrNull(headers['retry-after']), dateMs ?? clock.now());
    return failed(code, statusFailure(status, parseJson(text), subject, told));
  }
  const body = parseJson(text);
  if (isJsonObject(body)) return { kind: 'body', code, body, dateMs };
  return failed(code, unusableAnswer('is no complete JSON document', subject));
};

/** The chain appends to the headers it is given, so each attempt gets its own. */
const attemptOf = (context: Context, signal: AbortSignal): Context => ({
  ...context,
  options: {
    ...context.options,
    headers: { ...(context.options?.headers as Record<string, string> | undefined) },
    signal,
  },
});

const send = async (
  context: Context,
  next: Middleware,
  call: GraphCall,
  options: RetryHandlerOptions,
): Promise<Attempt> => {
  const { signal } = call.read;
  const limit = startTimeLimit(options.requestTimeoutMs, signal);
  const sentAtMs = options.clock.now();
  try {
    const attempt = attemptOf(context, limit.signal);
    call.answer = undefined;
    await unlessAborted(next.execute(attempt), limit.signal);
    if (call.answer === undefined) throw new Error('no answer');
    return await unlessAborted(readAnswer(call.answer, sentAtMs, call.subject, options), limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    // Only the token source throws our own errors in there.
    if (error instanceof AppError) return failed('token', tokenFailure(error));
    if (error instanceof UnusableBody)
      return failed(String(call.answer?.status), unusableAnswer(error.message, call.subject));
    return limit.isReached()
      ? failed('timeout', timeoutFailure(options.requestTimeoutMs, call.subject))
      : failed('network', networkFailure(error, call.subject));
  } finally {
    limit.clear();
  }
};

const tokenFailure = (error: unknown): Failure => {
  const problem = toAppError(error, 'no token for graph');
  return { problem, remedy: problem.kind === 'transient' ? 'wait' : 'none' };
};

/** Takes the token before the request's own time begins. undefined: there is one. */
const missingToken = async (call: GraphCall, tokens: TokenSource): Promise<Failure | undefined> => {
  try {
    await unlessAborted(tokens.getAccessToken(), call.read.signal);
    call.tokenGeneration = tokens.generation();
    return undefined;
  } catch (error) {
    call.read.signal.throwIfAborted();
    return tokenFailure(error);
  }
};

const attemptOnce = async (
  context: Context,
  next: Middleware,
  call: GraphCall,
  options: RetryHandlerOptions,
): Promise<Attempt> => {
  const missing = await missingToken(call, options.tokens);
  const attempt = missing === undefined ? await send(context, next, call, options) : failed('token', missing);
  options.onRequest({ operation: call.subject.operation, code: attempt.code });
  return attempt;
};

/** Without a token, or after the time is up with nobody answering, the other requests of this read would fare the same. */
const concernsAll = (code: string, call: GraphCall, clock: Clock): boolean =>
  code === 'token' ||
  code === '401' ||
  ((code === 'network' || code === 'timeout') && clock.now() > call.read.deadlineMs);

/** Sends a request until it has an answer to keep, and leaves that in its `GraphCall`. Throws only when the read's signal aborts. */
export const retryHandler = (options: RetryHandlerOptions): Middleware => {
  let next: Middleware | undefined;

  const run = async (context: Context, call: GraphCall): Promise<Outcome> => {
    if (next === undefined) throw new AppError('invalid', 'the middleware chain ends too early');
    for (let attempt = 1; ; attempt += 1) {
      await options.retry.turn(call.read.signal);
      if (call.read.halted !== undefined) return { kind: 'failed', problem: call.read.halted };
      const result = await attemptOnce(context, next, call, options);
      if (result.kind === 'body') return result;
      const problem = options.retry.giveUp(result.failure, attempt, call.tokenGeneration, call.read);
      if (problem === undefined) continue;
      if (concernsAll(result.code, call, options.clock)) call.read.halted ??= problem;
      return { kind: 'failed', problem };
    }
  };

  return {
    setNext: (following) => {
      next = following;
    },
    execute: async (context) => {
      const call = context.middlewareControl?.getMiddlewareOptions(GraphCall);
      if (!(call instanceof GraphCall)) throw new AppError('invalid', 'a graph request without its call');
      call.outcome = await run(context, call);
    },
  };
};
