import { describeIamContract, type IamHarness } from './iam-contract.ts';
import { useRole } from './use-role.ts';
import type { Account } from '../../src/domain/policy.ts';
import { boundaryDocument, hub, sandboxTrust, spoke, startSandbox } from './sandbox-harness.ts';

const harnessFor = async (account: Account, trustQuotaChars: number): Promise<IamHarness> => {
  const sandbox = await startSandbox(account);
  const { cloud, clock, port } = sandbox;
  const { accountId } = account;
  return {
    account,
    port,
    managedPolicy: { arn: account.permissionsBoundary, document: boundaryDocument },
    samlProviderArn: `arn:aws:iam::${accountId}:saml-provider/EntraID`,
    oidcProviderArn: `arn:aws:iam::${accountId}:oidc-provider/sts.windows.net/tenant/`,
    trustQuotaChars,
    seedRole: (role) => cloud.seedRole(accountId, { trustDocument: sandboxTrust(accountId), ...role }),
    useRole: (name) => useRole(cloud, accountId, name),
    setStaleMs: (ms) => cloud.setStaleReads(ms),
    advance: (ms) => clock.advance(ms),
    stop: () => sandbox.stop(),
  };
};

describeIamContract('the adapter with its own credentials', () => harnessFor(hub, 2_048));
describeIamContract('the adapter through a spoke role', () => harnessFor(spoke, 4_096));
