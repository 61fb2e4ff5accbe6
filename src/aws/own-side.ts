// Who we are in AWS before any account is entered.

import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { CallerIdentity } from '../domain/examination.ts';
import type { Reading } from '../domain/reading.ts';
import { skewMeter } from './clock-skew.ts';
import { stsClient } from './clients.ts';
import { callerIdentity } from './examine-account.ts';
import { iamRegion } from './partition.ts';
import { sharedSockets } from './sockets.ts';
import { realSleep } from './sleep.ts';
import type { WebIdentityTokensOptions } from './web-identity-token.ts';

/** Throws only when `signal` aborts. */
export const readOwnIdentity = async (
  { clock, requestTimeoutMs, region, endpoint, onRequest, ownCredentials }: WebIdentityTokensOptions,
  signal: AbortSignal,
): Promise<Reading<CallerIdentity>> => {
  const closing = new AbortController();
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
    sockets: sharedSockets(),
  };
  const sts = stsClient(settings, region ?? iamRegion('aws'), ownCredentials ?? fromNodeProviderChain());
  try {
    return await callerIdentity(sts, 'our own credentials', signal);
  } finally {
    closing.abort();
    sts.destroy();
  }
};
