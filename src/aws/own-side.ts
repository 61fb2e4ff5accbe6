// Who we are in AWS before any account is entered.

import type { CallerIdentity } from '../domain/examination.ts';
import type { Reading } from '../domain/reading.ts';
import { callerIdentity } from './examine-account.ts';
import { withOwnSts } from './own-sts.ts';
import { iamRegion } from './partition.ts';
import type { WebIdentityTokensOptions } from './web-identity-token.ts';

/** Throws only when `signal` aborts. */
export const readOwnIdentity = (
  options: WebIdentityTokensOptions,
  signal: AbortSignal,
): Promise<Reading<CallerIdentity>> =>
  withOwnSts(options, options.region ?? iamRegion('aws'), (sts) =>
    callerIdentity(sts, 'our own credentials', signal),
  );
