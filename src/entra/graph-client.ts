// The Microsoft Graph client, set up so that what it does badly is not used: our retry handler before its authentication,
// our own sending at its end, no query building, no page iterator.

import { AuthenticationHandler, Client, ResponseType } from '@microsoft/microsoft-graph-client';
import { AppError, toAppError } from '../domain/errors.ts';
import { endOfChain } from './end-of-chain.ts';
import type { Subject } from './failure.ts';
import { GraphCall, type Outcome } from './graph-call.ts';
import type { SendToGraph } from './https.ts';
import type { JsonObject } from './json.ts';
import type { ReadCall } from './question.ts';
import { retryHandler, type RetryHandlerOptions } from './retry-handler.ts';

export interface PostRequest {
  readonly subject: Subject;
  /** Relative to the version, beginning with `/`; encoded. */
  readonly path: string;
  readonly body: JsonObject;
}

export interface Posted {
  readonly outcome: Outcome;
  readonly tokenGeneration: number;
}

/** Sends one HTTP request, asked again as often as it takes. Rejects only when `read.signal` aborts. */
export type Post = (request: PostRequest, read: ReadCall) => Promise<Posted>;

/** The origin of Graph: next links must lead there. @throws AppError `invalid` if it is no https URL */
export const graphOrigin = (graphEndpoint: string): string => {
  const url = URL.canParse(graphEndpoint) ? new URL(graphEndpoint) : undefined;
  // Over http the client silently sends no token.
  if (url?.protocol === 'https:') return url.origin;
  throw new AppError('invalid', `graphEndpoint '${graphEndpoint}' is no https URL`, {
    resource: 'graphEndpoint',
  });
};

/** @param origin of Graph, as `graphOrigin` gives it */
export const openGraph = (origin: string, send: SendToGraph, options: RetryHandlerOptions): Post => {
  const client = Client.initWithMiddleware({
    baseUrl: `${origin}/`,
    defaultVersion: 'v1.0',
    // Hosts without port; any other host gets no token.
    customHosts: new Set([new URL(origin).hostname]),
    middleware: [retryHandler(options), new AuthenticationHandler(options.tokens), endOfChain(send)],
  });
  return async ({ subject, path, body }, read) => {
    read.signal.throwIfAborted();
    const call = new GraphCall(subject, read);
    try {
      await client.api(path).responseType(ResponseType.RAW).middlewareOptions([call]).post(body);
    } catch (error) {
      // The client wraps whatever the chain threw; an abort stays what the caller made it.
      read.signal.throwIfAborted();
      call.outcome = { kind: 'failed', problem: toAppError(error, `reading ${subject.resource}`) };
    }
    const outcome: Outcome = call.takeOutcome() ?? {
      kind: 'failed',
      problem: new AppError('transient', `reading ${subject.resource} ended without an answer`),
    };
    return { outcome, tokenGeneration: call.tokenGeneration };
  };
};
