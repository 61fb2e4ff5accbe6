// Somebody who is in a role of the sandbox, and does something there.

import { ECSClient, ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCloud } from '../../src/sandbox/aws/aws-cloud.ts';

const audience = 'https://signin.aws.amazon.com/saml';

export interface SessionKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Enters although nobody may: the role's trust policy is another one meanwhile. */
export const enterRole = async (
  cloud: AwsCloud,
  accountId: string,
  name: string,
  person = 'anna',
): Promise<SessionKeys> => {
  const role = cloud.roles(accountId).find((one) => one.name === name);
  if (role === undefined) throw new Error(`there is no role ${name}`);
  const providerArn = `arn:aws:iam::${accountId}:saml-provider/EntraID`;
  const setTrust = (trustDocument: string): void =>
    cloud.editRole(accountId, name, (draft) => void (draft.trustDocument = trustDocument));
  const Statement = [
    { Effect: 'Allow', Principal: { Federated: providerArn }, Action: 'sts:AssumeRoleWithSAML' },
  ];
  setTrust(JSON.stringify({ Version: '2012-10-17', Statement }));
  const client = new STSClient({
    endpoint: cloud.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const assertion = {
    issuer: 'https://sts.windows.net/tenant/',
    nameId: person,
    roleSessionName: person,
    roleArn: role.arn,
    providerArn,
    recipient: audience,
  };
  try {
    const { Credentials: keys } = await client.send(
      new AssumeRoleWithSAMLCommand({
        RoleArn: role.arn,
        PrincipalArn: providerArn,
        SAMLAssertion: cloud.issueAssertion(assertion),
      }),
    );
    return {
      accessKeyId: keys?.AccessKeyId ?? '',
      secretAccessKey: keys?.SecretAccessKey ?? '',
      sessionToken: keys?.SessionToken ?? '',
    };
  } finally {
    client.destroy();
    setTrust(role.trustDocument);
  }
};

export const useRole = async (cloud: AwsCloud, accountId: string, name: string): Promise<void> => {
  const credentials = await enterRole(cloud, accountId, name);
  const client = new STSClient({ endpoint: cloud.url, region: 'eu-west-1', credentials });
  try {
    await client.send(new GetCallerIdentityCommand({}));
  } finally {
    client.destroy();
  }
};

/** Opens a shell in a task; answers the id of its session. */
export const execAs = async (
  cloud: AwsCloud,
  region: string,
  credentials: SessionKeys,
  { cluster, task }: { readonly cluster: string; readonly task: string },
): Promise<string> => {
  const client = new ECSClient({ endpoint: cloud.url, region, credentials });
  try {
    const { session } = await client.send(
      new ExecuteCommandCommand({ cluster, task, command: '/bin/sh', interactive: true }),
    );
    return session?.sessionId ?? '';
  } finally {
    client.destroy();
  }
};
