// How every IAM request of one account is made: in the right account, within the write budget, with its errors classified.

import type { IAMClient } from '@aws-sdk/client-iam';
import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { type CallContext, classifyError } from './classify-error.ts';
import type { WriteBudget } from './write-budget.ts';

export type Send<T> = (client: IAMClient, options: { abortSignal: AbortSignal }) => Promise<T>;

export interface IamCalls {
  /** Throws `AppError`, or the signal's reason if it aborted. */
  call<T>(context: CallContext, signal: AbortSignal, send: Send<T>): Promise<T>;
  /** As `call`, with a token of the write budget and proof that it was IAM that answered. */
  write(context: CallContext, signal: AbortSignal, send: Send<Answer>): Promise<void>;
  /** `NoSuchEntity` is absent, any other failure unreadable; throws only if the signal aborted. */
  read<T>(context: CallContext, signal: AbortSignal, send: Send<T>): Promise<Reading<T>>;
}

export interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined };
}

export interface IamCallsOptions {
  readonly client: IAMClient;
  readonly budget: WriteBudget;
  /** Rejects unless our credentials are the account's. */
  readonly checkAccount: (signal: AbortSignal) => Promise<void>;
  /** Called when IAM does not accept our session any more. */
  readonly onBadCredentials: () => void;
}

const badCredentials: ReadonlySet<string | undefined> = new Set([
  'ExpiredToken',
  'InvalidClientTokenId',
  'UnrecognizedClient',
]);

/**
 * Most writes answer without content, so anything with status 200 (a captive portal, a proxy's page) would look like
 * success. IAM always gives a request id.
 */
const checkAnswer = (answer: Answer, context: CallContext): void => {
  if (answer.$metadata.requestId !== undefined) return;
  throw new AppError(
    'transient',
    `the answer to ${context.action} on ${context.resource} did not come from AWS (no request id): check the proxy and AWS_ENDPOINT_URL`,
    { resource: context.resource, code: 'BrokenAnswer' },
  );
};

export const iamCalls = ({ client, budget, checkAccount, onBadCredentials }: IamCallsOptions): IamCalls => {
  const call: IamCalls['call'] = async (context, signal, send) => {
    signal.throwIfAborted();
    try {
      await checkAccount(signal);
      return await send(client, { abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      const problem = classifyError(error, context);
      if (badCredentials.has(problem.code)) onBadCredentials();
      throw problem;
    }
  };
  return {
    call,
    write: async (context, signal, send) => {
      await call(context, signal, async (iam, options) => {
        await budget.take(signal);
        checkAnswer(await send(iam, options), context);
      });
    },
    read: async (context, signal, send) => {
      try {
        return present(await call(context, signal, send));
      } catch (error) {
        signal.throwIfAborted();
        const problem = classifyError(error, context);
        return problem.code === 'NoSuchEntity' ? absent : unreadable(problem);
      }
    },
  };
};
