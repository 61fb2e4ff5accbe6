// The real adapter against the sandbox's IAM, STS and ECS, with a clock that both share.

import type { RequestSeen } from '../../src/aws/clients.ts';
import { openAccounts } from '../../src/aws/open-accounts.ts';
import type { Account, AwsSettings } from '../../src/domain/policy.ts';
import type { EcsPort, IamPort, OpenAccount } from '../../src/domain/ports.ts';
import { type AwsCloud, startAwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';
import type { SandboxAccount } from '../../src/sandbox/world.ts';
import { testAccount } from './accounts.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

const hubId = '111122223333';
const spokeId = '444455556666';

const boundaryDocument =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}';

const sandboxAccount = (accountId: string, change: Partial<SandboxAccount>): SandboxAccount => ({
  accountId,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret-of-${accountId}`,
  samlProviders: ['EntraID'],
  oidcProviders: ['sts.windows.net/tenant/'],
  managedPolicies: { 'rolewarden-boundary': boundaryDocument, 'task-boundary': boundaryDocument },
  spokeRoles: [],
  ...change,
});

/** The controller's own credentials are of `hub`; `spoke` is reached by its role. */
export const hub = testAccount({ accountId: hubId });
export const spoke = testAccount({
  accountId: spokeId,
  meta: { ...hub.meta, name: 'spoke' },
  spokeRole: { arn: `arn:aws:iam::${spokeId}:role/rolewarden-spoke`, externalId: 'contoso-1' },
});

export interface SandboxHarness {
  readonly cloud: AwsCloud;
  readonly clock: ManualClock;
  readonly port: IamPort;
  readonly ecs: EcsPort;
  /** Opens an account of the same cloud. */
  readonly open: OpenAccount;
  readonly seen: RequestSeen[];
  stop(): Promise<void>;
}

export const startSandbox = async (
  account: Account,
  settings: Partial<AwsSettings> = {},
): Promise<SandboxHarness> => {
  const clock = manualClock(Date.now());
  const cloud = await startAwsCloud({
    clock: () => clock.now(),
    accounts: [
      sandboxAccount(hubId, {}),
      sandboxAccount(spokeId, {
        trustQuotaChars: 4_096,
        spokeRoles: [{ name: 'rolewarden-spoke', trustedAccountId: hubId, externalId: 'contoso-1' }],
      }),
    ],
  });
  const seen: RequestSeen[] = [];
  const open = openAccounts({
    settings: { requestTimeoutMs: 20_000, writesPerSecond: 1_000, writeBurst: 1_000, ...settings },
    clock,
    sleep: clock.sleep,
    random: () => 0.5,
    endpoint: cloud.url,
    ownCredentials: async () => ({ accessKeyId: `AKIA${hubId}`, secretAccessKey: `secret-of-${hubId}` }),
    onRequest: (request) => seen.push(request),
  });
  const { iam, ecs } = open(account);
  return {
    cloud,
    clock,
    port: iam,
    ecs,
    open,
    seen,
    stop: async () => {
      open.close();
      await cloud.stop();
    },
  };
};

export const sandboxTrust = (accountId: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: { Federated: `arn:aws:iam::${accountId}:saml-provider/EntraID` },
        Action: 'sts:AssumeRoleWithSAML',
      },
    ],
  });

export { boundaryDocument };
