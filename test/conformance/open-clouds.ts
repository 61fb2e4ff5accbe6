// From settings to an account and a tenant that are known to be the ones that were named.

import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { entraCredential } from '../../src/entra/credential.ts';
import { type AwsSide, openAws } from './aws/aws-side.ts';
import { confirmAccount, confirmTenant, Refusal } from './confirm.ts';
import { type EntraSide, graphScope, openEntra } from './entra/entra-side.ts';
import { messageOf } from './message.ts';
import type { AccountSettings, Environment, TenantSettings } from './settings.ts';

export interface Waits {
  readonly signal: AbortSignal;
  readonly sleep: (ms: number) => Promise<void>;
}

/** @throws Refusal */
export const openAccount = async ({ id, region }: AccountSettings, { signal }: Waits): Promise<AwsSide> => {
  const options = { region, credentials: fromNodeProviderChain(), signal };
  const { sts } = openAws({ ...options, accountId: id, partition: 'aws' });
  return openAws({ ...options, ...(await confirmAccount(sts, id)) });
};

const credentialOf = (settings: TenantSettings, env: Environment) => {
  try {
    const { id: tenantId, credential, authority, graphEndpoint } = settings;
    const entra = { tenantId, credential, authorityHost: authority, graphEndpoint, cloud: 'custom' } as const;
    return entraCredential({ ...entra, pollIntervalMs: 60_000, requestTimeoutMs: 30_000 }, env);
  } catch (error) {
    throw new Refusal(messageOf(error));
  }
};

/** @throws Refusal */
export const openTenant = async (
  settings: TenantSettings,
  env: Environment,
  waits: Waits,
): Promise<EntraSide> => {
  const { id: tenantId, clientId, authority, graphEndpoint } = settings;
  const credential = credentialOf(settings, env);
  const entra = openEntra({ tenantId, clientId, credential, authority, graphEndpoint, ...waits });
  await confirmTenant(() => entra.ownToken(graphScope), tenantId);
  return entra;
};
