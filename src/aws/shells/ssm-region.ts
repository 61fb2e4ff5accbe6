// The Session Manager in one region of an account: its client, how its requests are made, and how fast. Its limits are
// unpublished, so we ask little at a time, and slow down when it throttles.

import type { SSMClient } from '@aws-sdk/client-ssm';
import { type AccountCalls, accountCalls } from '../account-calls.ts';
import { configOf, watched, whenThrottled } from '../clients.ts';
import type { EcsRegionOptions } from '../ecs-region.ts';
import { lentClient } from '../lent-client.ts';
import { type Pace, paceOf } from '../pace.ts';
import { writeBudget } from '../write-budget.ts';

/** Loaded when somebody first asks about shells: it is large, and most sweeps never do. */
const loadSdk = () => import('./ssm-sdk.ts');

export type SsmSdk = Awaited<ReturnType<typeof loadSdk>>;

export interface SsmRegion {
  readonly region: string;
  readonly sdk: SsmSdk;
  readonly calls: AccountCalls<SSMClient>;
  readonly pace: Pace<'DescribeSessions' | 'TerminateSession'>;
}

export const openSsmRegion = async (region: string, options: EcsRegionOptions): Promise<SsmRegion> => {
  const { settings, credentials, checkAccount, onBadCredentials } = options;
  const { clock, sleep } = settings;
  const sdk = await loadSdk();
  const pace = paceOf({
    DescribeSessions: writeBudget({ burst: 10, ratePerSecond: 5, clock, sleep }),
    TerminateSession: writeBudget({ burst: 10, ratePerSecond: 5, clock, sleep }),
  });
  const paced = whenThrottled(settings, ({ operation }) => pace.throttled(operation));
  const client = lentClient(() =>
    watched(new sdk.SSMClient(configOf(paced, region, credentials)), 'ssm', paced),
  );
  const calls = accountCalls({
    client,
    checkAccount,
    onBadCredentials,
    absentCodes: ['DoesNotExistException'],
  });
  return { region, sdk, calls, pace };
};
