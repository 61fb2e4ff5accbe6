// One region of an account: its client, how its requests are made, and how fast.

import type { ECSClient } from '@aws-sdk/client-ecs';
import { type AccountCalls, accountCalls } from './account-calls.ts';
import { type ClientSettings, type Credentials, ecsClient, whenThrottled } from './clients.ts';
import { type EcsPace, ecsPace } from './ecs-pace.ts';
import { lentClient } from './lent-client.ts';
import { type TaskDefinitions, taskDefinitions } from './task-definitions.ts';

export interface EcsRegion {
  readonly region: string;
  readonly calls: AccountCalls<ECSClient>;
  readonly pace: EcsPace;
  /** Those that were read here. */
  readonly definitions: TaskDefinitions;
}

export interface EcsRegionOptions {
  readonly settings: ClientSettings;
  readonly credentials: Credentials;
  readonly checkAccount: (signal: AbortSignal) => Promise<void>;
  readonly onBadCredentials: () => void;
}

export const openEcsRegion = (region: string, options: EcsRegionOptions): EcsRegion => {
  const { settings, credentials, checkAccount, onBadCredentials } = options;
  const pace = ecsPace(settings.clock, settings.sleep);
  const paced = whenThrottled(settings, ({ operation }) => pace.throttled(operation));
  const client = lentClient(() => ecsClient(paced, region, credentials));
  // ECS says what is missing in its answers, not by a code.
  const calls = accountCalls({ client, checkAccount, onBadCredentials, absentCodes: [] });
  const definitions = taskDefinitions(calls, pace);
  return { region, calls, pace, definitions };
};
