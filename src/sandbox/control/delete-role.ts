// Deleting a role by hand: through the real API, as an administrator of the account, in the order that IAM insists on.

import type { SandboxRole } from '../aws/aws-cloud.ts';
import type { SandboxAccount } from '../world.ts';

/** Detaches and removes all that hangs on the role, then the role. These calls show among the served requests. */
export const deleteRole = async (
  endpoint: string,
  { accessKeyId, secretAccessKey }: SandboxAccount,
  role: SandboxRole,
): Promise<void> => {
  // Loaded late: it is large, and hardly any run of the sandbox deletes a role by hand.
  const iam = await import('./iam-sdk.ts');
  const credentials = { accessKeyId, secretAccessKey };
  const client = new iam.IAMClient({ endpoint, region: 'us-east-1', credentials });
  const RoleName = role.name;
  try {
    for (const PolicyArn of role.attachedPolicyArns)
      await client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
    for (const PolicyName of Object.keys(role.inlinePolicies))
      await client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await client.send(new iam.DeleteRoleCommand({ RoleName }));
  } finally {
    client.destroy();
  }
};
