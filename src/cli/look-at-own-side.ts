// Doctor's look at our own side of AWS: who we are, what STS says to Entra of us, and the lease table.

import { readOwnIdentity } from '../aws/own-side.ts';
import { webIdentityToken } from '../aws/web-identity-token.ts';
import { ownSideChecks } from '../doctor/check-own-side.ts';
import type { Check } from '../domain/check.ts';
import type { TableExamination } from '../domain/examination.ts';
import { present, type Reading } from '../domain/reading.ts';
import { exchangeAudience } from '../entra/credential.ts';
import { openDynamoLeases } from '../lease/dynamo-leases.ts';
import { leaseTimes } from '../lease/times.ts';
import { attempted, type Surroundings } from './surroundings.ts';
import { ownStsOptions } from './wiring.ts';

const lookAtTable = async ({ config, signal }: Surroundings): Promise<TableExamination | undefined> => {
  if (config.replicas === undefined) return undefined;
  const { table, region, durationMs } = config.replicas.lease;
  const { requestTimeoutMs } = leaseTimes(durationMs);
  const leases = await openDynamoLeases({
    instance: config.instance,
    table,
    region,
    requestTimeoutMs,
    onRequest: () => undefined,
  });
  try {
    return await leases.examine(signal);
  } finally {
    leases.close();
  }
};

export const lookAtOwnSide = async (around: Surroundings): Promise<readonly Check[]> => {
  const { config, terminal, signal } = around;
  const options = ownStsOptions(config, terminal);
  const vouch = async (): Promise<Reading<true>> => {
    await webIdentityToken(options, exchangeAudience[config.entra.cloud]);
    return present(true);
  };
  const [identity, vouching, table] = await Promise.all([
    attempted('asking STS who we are', signal, () => readOwnIdentity(options, signal)),
    config.entra.credential === 'awsRole'
      ? attempted('asking STS for a token', signal, vouch)
      : Promise.resolve(undefined),
    lookAtTable(around),
  ]);
  return ownSideChecks(config, { identity, vouching, table });
};
