// How every request to a service of one account is made: with credentials that are the account's, and with its errors
// classified.

import { AppError } from '../domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../domain/reading.ts';
import { classifyError } from './classify-error.ts';
import type { CallContext } from './error-rule.ts';
import type { LentClient } from './lent-client.ts';

export type Send<C, T> = (client: C, options: { abortSignal: AbortSignal }) => Promise<T>;

/** `C`: the SDK's client of the service. */
export interface AccountCalls<C> {
  /** Throws `AppError`, or the signal's reason if it aborted. */
  call<T>(context: CallContext, signal: AbortSignal, send: Send<C, T>): Promise<T>;
  /** As `call`, with proof that it was AWS that answered. */
  write<T extends Answer>(context: CallContext, signal: AbortSignal, send: Send<C, T>): Promise<T>;
  /** What is not there is absent, any other failure unreadable; throws only if the signal aborted. */
  read<T>(context: CallContext, signal: AbortSignal, send: Send<C, T>): Promise<Reading<T>>;
}

export interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined };
}

export interface AccountCallsOptions<C> {
  readonly client: LentClient<C>;
  /** Rejects unless our credentials are the account's. */
  readonly checkAccount: (signal: AbortSignal) => Promise<void>;
  /** Called when AWS does not accept our session any more. */
  readonly onBadCredentials: () => void;
  /** The codes by which the service says that there is no such thing. */
  readonly absentCodes: readonly string[];
  /** Waited for before every write, for instance for a token of a budget. */
  readonly beforeWrite?: (signal: AbortSignal) => Promise<void>;
}

const badCredentials: ReadonlySet<string | undefined> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'UnrecognizedClient',
  'UnrecognizedClientException',
]);

/**
 * Most writes answer without content, so anything with status 200 (a captive portal, a proxy's page) would look like
 * success. AWS always gives a request id.
 */
const checkAnswer = (answer: Answer, context: CallContext): void => {
  if (answer.$metadata.requestId !== undefined) return;
  throw new AppError(
    'transient',
    `the answer to ${context.action} on ${context.resource} did not come from AWS (no request id): check the proxy and AWS_ENDPOINT_URL`,
    { resource: context.resource, code: 'BrokenAnswer' },
  );
};

export const accountCalls = <C>(options: AccountCallsOptions<C>): AccountCalls<C> => {
  const { client, checkAccount, onBadCredentials, absentCodes, beforeWrite } = options;
  const call: AccountCalls<C>['call'] = async (context, signal, send) => {
    signal.throwIfAborted();
    try {
      await checkAccount(signal);
      return await client.lend((lent) => send(lent, { abortSignal: signal }));
    } catch (error) {
      signal.throwIfAborted();
      const problem = classifyError(error, context);
      if (badCredentials.has(problem.code)) onBadCredentials();
      throw problem;
    }
  };
  return {
    call,
    write: (context, signal, send) =>
      call(context, signal, async (sender, sending) => {
        await beforeWrite?.(signal);
        const answer = await send(sender, sending);
        checkAnswer(answer, context);
        return answer;
      }),
    read: async (context, signal, send) => {
      try {
        return present(await call(context, signal, send));
      } catch (error) {
        signal.throwIfAborted();
        const problem = classifyError(error, context);
        return absentCodes.includes(problem.code ?? '') ? absent : unreadable(problem);
      }
    },
  };
};
