// What is made of one kind of refusal: whose turn it is, and the sentence for the operator.

import type { ErrorKind } from '../domain/errors.ts';
import type { SdkFacts } from './sdk-error.ts';

export interface CallContext {
  /** Service and API action as IAM writes permissions: `iam:PutRolePolicy`. */
  readonly action: string;
  /** What was read or written, for people: `role payments-exec`, `account 111122223333`. */
  readonly resource: string;
}

export type Sentence = (call: CallContext, facts: SdkFacts) => string;

export interface Rule {
  readonly kind: ErrorKind;
  readonly sentence: Sentence;
}

export type RulesByCode = Readonly<Record<string, Rule>>;
