// STS with our own credentials, before any account is entered. It is asked about once an hour, so no client is kept for that.

import type { STSClient } from '@aws-sdk/client-sts';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { skewMeter } from './clock-skew.ts';
import { stsClient } from './clients.ts';
import type { OpenAccountsOptions } from './open-accounts.ts';
import { realSleep } from './sleep.ts';
import { sharedSockets } from './sockets.ts';

export interface OwnStsOptions
  extends Pick<OpenAccountsOptions, 'clock' | 'endpoint' | 'onRequest' | 'ownCredentials'> {
  readonly requestTimeoutMs: number;
}

/** The client and its connections end with the work. */
export const withOwnSts = async <T>(
  { clock, requestTimeoutMs, endpoint, onRequest, ownCredentials }: OwnStsOptions,
  region: string,
  work: (client: STSClient) => Promise<T>,
): Promise<T> => {
  const closing = new AbortController();
  const sockets = sharedSockets();
  const settings = {
    requestTimeoutMs,
    clock,
    sleep: realSleep,
    random: Math.random,
    closing: closing.signal,
    endpoint,
    onAttempt: onRequest ?? (() => undefined),
    skew: skewMeter(clock),
    permit: () => undefined,
    sockets,
  };
  const client = stsClient(settings, region, ownCredentials ?? fromNodeProviderChain());
  try {
    return await work(client);
  } finally {
    closing.abort();
    sockets.close();
  }
};
