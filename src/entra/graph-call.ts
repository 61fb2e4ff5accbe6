// One HTTP request to Graph as it travels through the client's middleware chain.

import type { MiddlewareOptions } from '@microsoft/microsoft-graph-client';
import type { AppError } from '../domain/errors.ts';
import type { Subject } from './failure.ts';
import type { GraphAnswer } from './https.ts';
import type { JsonObject } from './json.ts';
import type { ReadCall } from './question.ts';

export type Outcome =
  | { readonly kind: 'body'; readonly body: JsonObject; readonly dateMs: number | undefined }
  | { readonly kind: 'failed'; readonly problem: AppError };

/** A class, because the Graph client finds what belongs to a request by its constructor. */
export class GraphCall implements MiddlewareOptions {
  readonly subject: Subject;
  readonly read: ReadCall;
  /** Which token it was last sent with. */
  tokenGeneration = 0;
  /** Of the last try, as the end of the chain left it. */
  answer: GraphAnswer | undefined;
  outcome: Outcome | undefined;

  constructor(subject: Subject, read: ReadCall) {
    this.subject = subject;
    this.read = read;
  }

  /** Lets go of what was read: what is left of the client's chain is kept until a full collection, and the call with it. */
  takeOutcome(): Outcome | undefined {
    const { outcome } = this;
    this.answer = undefined;
    this.outcome = undefined;
    return outcome;
  }
}
