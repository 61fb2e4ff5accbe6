// The access token for Graph: taken once, shared by all requests, renewed before it ends.

import type { AuthenticationProvider } from '@microsoft/microsoft-graph-client';
import type { AccessToken, TokenCredential } from '@azure/identity';
import type { Clock } from '../domain/ports.ts';
import { AppError } from '../domain/errors.ts';
import { tokenProblem } from './token-problem.ts';
import { startTimeLimit } from './time-limit.ts';
import { unlessAborted } from '../domain/unless-aborted.ts';

/** A token lives an hour; renewing this early leaves time for a bad quarter of an hour at the token endpoint. */
const renewEarlyMs = 10 * 60_000;
const triedAgainAfterMs = 60_000;

export interface TokenSource extends AuthenticationProvider {
  /** Rejects with an `AppError` (code: the AADSTS code where there is one). Callers at the same time share one request. */
  readonly getAccessToken: () => Promise<string>;
  /** Which token is in use: counts the tokens taken so far. */
  readonly generation: () => number;
  /** False once this token was discarded or replaced. */
  readonly isInUse: (generation: number) => boolean;
  /** Forgets the token of this generation, because Graph refused it; a newer one stays. */
  readonly discard: (generation: number) => void;
}

export interface TokenSourceOptions {
  readonly credential: TokenCredential;
  readonly scope: string;
  readonly clock: Clock;
  readonly timeLimitMs: number;
}

interface Held {
  readonly token: string;
  readonly endsAtMs: number;
  readonly renewAtMs: number;
}

const acquire = async ({ credential, scope, timeLimitMs }: TokenSourceOptions): Promise<AccessToken> => {
  const limit = startTimeLimit(timeLimitMs);
  try {
    const token = await unlessAborted(
      credential.getToken(scope, { abortSignal: limit.signal }),
      limit.signal,
    );
    if (token !== null && token.token !== '') return token;
  } catch (error) {
    if (!limit.isReached()) throw tokenProblem(error);
    throw new AppError('transient', `entra gave no token within ${timeLimitMs} ms`, { code: 'timeout' });
  } finally {
    limit.clear();
  }
  throw new AppError('denied', 'the credential gave no token for graph', { code: 'noToken' });
};

/** Nothing is asked for until the first `getAccessToken`. */
export const openTokenSource = (options: TokenSourceOptions): TokenSource => {
  const { clock } = options;
  let held: Held | undefined;
  let pending: Promise<string> | undefined;
  let generation = 0;

  const renew = async (): Promise<string> => {
    try {
      const token = await acquire(options);
      const now = clock.now();
      const endsAtMs = token.expiresOnTimestamp;
      // A token that came just now is good, whatever a clock that is off makes of its end.
      held = {
        token: token.token,
        endsAtMs,
        renewAtMs: Math.max(endsAtMs - renewEarlyMs, now + triedAgainAfterMs),
      };
      generation += 1;
      return token.token;
    } catch (error) {
      const now = clock.now();
      if (held === undefined || now >= held.endsAtMs) throw error;
      // The old one still works: go on with it, and try again in a while.
      held = { ...held, renewAtMs: now + triedAgainAfterMs };
      return held.token;
    }
  };

  return {
    getAccessToken: async () => {
      if (held !== undefined && clock.now() < held.renewAtMs) return held.token;
      pending ??= renew().finally(() => {
        pending = undefined;
      });
      return await pending;
    },
    generation: () => generation,
    isInUse: (asked) => asked === generation && held !== undefined,
    discard: (refused) => {
      if (refused === generation) held = undefined;
    },
  };
};
