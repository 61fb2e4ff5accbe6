// A token by which STS vouches for our own role to somebody outside of AWS: outbound identity federation. [entra.md §9]

import { GetWebIdentityTokenCommand } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { AppError } from '../domain/errors.ts';
import { classifyError } from './classify-error.ts';
import { skewMeter } from './clock-skew.ts';
import { stsClient } from './clients.ts';
import type { OpenAccountsOptions } from './open-accounts.ts';
import { sharedSockets } from './sockets.ts';
import { realSleep } from './sleep.ts';

export interface WebIdentityTokensOptions
  extends Pick<OpenAccountsOptions, 'clock' | 'endpoint' | 'onRequest' | 'ownCredentials'> {
  readonly requestTimeoutMs: number;
  /** Whose STS is asked: the global one does not have it. */
  readonly region: string | undefined;
}

/** Entra takes no other algorithm, and the token is used at once. The role's policy allows just these. */
const wanted = { SigningAlgorithm: 'RS256', DurationSeconds: 300 } as const;

const action = 'sts:GetWebIdentityToken';

/** The `sub` of the token is the ARN of our role. Throws `AppError`. */
export const webIdentityToken = async (
  options: WebIdentityTokensOptions,
  audience: string,
): Promise<string> => {
  const { region, clock, requestTimeoutMs } = options;
  if (region === undefined || region === '')
    throw new AppError(
      'invalid',
      `AWS_REGION is not set: set it to the region whose STS is asked for a token`,
      {
        resource: 'AWS_REGION',
      },
    );
  const closing = new AbortController();
  const settings = {
    requestTimeoutMs,
    clock,
    sleep: realSleep,
    random: Math.random,
    closing: closing.signal,
    endpoint: options.endpoint,
    onAttempt: options.onRequest ?? (() => undefined),
    skew: skewMeter(clock),
    permit: () => undefined,
    sockets: sharedSockets(),
  };
  // One is asked for about once an hour: no client is kept for that.
  const client = stsClient(settings, region, options.ownCredentials ?? fromNodeProviderChain());
  try {
    const answer = await client.send(new GetWebIdentityTokenCommand({ Audience: [audience], ...wanted }));
    if (answer.WebIdentityToken) return answer.WebIdentityToken;
  } catch (error) {
    throw classifyError(error, { action, resource: `a token for ${audience}` });
  } finally {
    closing.abort();
    client.destroy();
  }
  throw new AppError('transient', 'STS answered without a token: it is asked again', { code: 'noToken' });
};
