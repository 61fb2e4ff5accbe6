// A service that speaks JSON, and one request to it that has its account and its caller.

import type { Json, JsonObject } from '../../domain/statement.ts';
import type { Account } from './account-state.ts';
import type { Question } from './authorize.ts';
import type { Caller } from './credentials.ts';
import type { Services } from './service.ts';

export type Answer = Readonly<Record<string, Json>>;

export interface JsonCall {
  readonly operation: string;
  readonly input: JsonObject;
  readonly caller: Caller;
  readonly account: Account;
  /** Its name. */
  readonly region: string;
  readonly nowMs: number;
  /** Throws AccessDeniedException unless the caller may do this, to this. */
  authorize(question: Question): void;
}

export interface JsonService {
  readonly name: 'ecs' | 'ssm' | 'dynamodb';
  /** Before the operation in the header: `AmazonSSM.`. */
  readonly targetPrefix: string;
  readonly contentType: string;
  /** What it calls an error of its own. */
  readonly failure: string;
  /** How an answer names the type of an error, where that is more than its code. */
  readonly errorType?: (code: string) => string;
  /** undefined: it has no such operation. Throws `ServiceError` for every refusal. */
  perform(services: Services, call: JsonCall): Answer | undefined;
  /** What a request is about, for faults and the list of requests. */
  resourceOf(input: JsonObject): string | undefined;
  isWrite(operation: string): boolean;
}
