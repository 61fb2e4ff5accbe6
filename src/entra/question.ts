// One read of Microsoft Graph as the rest of the adapter sees it: a question, and the answer after all retries.

import type { AppError } from '../domain/errors.ts';
import type { JsonObject } from './json.ts';

export type InnerOperation =
  | 'listMembers'
  | 'listTransitiveMembers'
  | 'getUser'
  | 'getDeletedItem'
  | 'getServicePrincipal'
  | 'getApplication'
  | 'listAppRoleAssignedTo'
  | 'listAssignmentScheduleInstances'
  | 'listAssignmentScheduleRequests';
/** What is counted in `entra_requests_total`: HTTP requests, and the answers inside a batch under their own name. */
export type GraphOperation = InnerOperation | 'batch' | 'getByIds';

export interface Question {
  readonly operation: InnerOperation;
  /** Relative to the version, beginning with `/`; encoded. */
  readonly url: string;
  /** What is being read, in words: `group 4d0e…`. */
  readonly resource: string;
}

export type Answer =
  | { readonly kind: 'body'; readonly body: JsonObject }
  /** Graph itself said 404 about this very object. */
  | { readonly kind: 'notFound' }
  | { readonly kind: 'failed'; readonly problem: AppError };

/** Shared by all requests of one call of the port. */
export interface ReadCall {
  readonly signal: AbortSignal;
  /** Waiting and retrying end here; by the clock, milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Set when asking on is pointless (no token): everything still open fails with this one problem, unasked. */
  halted: AppError | undefined;
  /** A fresh token is taken at most once in a call. */
  tookFreshToken: boolean;
}

/** Told of the answer to the question at that position. */
export type Take = (answer: Answer, position: number) => void;

/**
 * Each question gets an answer, and `take` is told of it as soon as it is final: of a thousand lists, what is made of them is
 * far smaller than what Graph sends. Rejects only when `read.signal` aborts.
 */
export type Ask = (questions: readonly Question[], read: ReadCall, take: Take) => Promise<void>;

/** Answers in the order of the questions, when all are there. */
export const answersTo = async (
  questions: readonly Question[],
  read: ReadCall,
  ask: Ask,
): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  await ask(questions, read, (answer, position) => {
    answers[position] = answer;
  });
  return answers;
};
