// Sessions of people in roles of the hub account, entered as they would be, and what they then try.

import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandOutput,
} from '@aws-sdk/client-sts';
import type { AssertionInput, SeedRole } from '../../../src/sandbox/aws/aws-cloud.ts';
import {
  type Rig,
  admits,
  audience,
  hubId,
  issuer,
  permissions,
  samlProviderArn,
  trustOf,
} from './cloud-fixture.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export const keysOf = ({ Credentials }: Pick<AssumeRoleWithSAMLCommandOutput, 'Credentials'>): Keys => ({
  accessKeyId: Credentials?.AccessKeyId ?? '',
  secretAccessKey: Credentials?.SecretAccessKey ?? '',
  sessionToken: Credentials?.SessionToken ?? '',
});

export const roleArn = (name: string): string => `arn:aws:iam::${hubId}:role/${name}`;

export const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' };

/** Admits these people, and their source identities; they may do everything unless more is said. */
export const seedDoor = (
  rig: Rig,
  name: string,
  nameIds: readonly string[],
  more: Partial<SeedRole> = {},
): void =>
  rig.cloud.seedRole(hubId, {
    name,
    trustDocument: trustOf(admits(...nameIds), {
      Effect: 'Allow',
      Principal: { Federated: samlProviderArn },
      Action: 'sts:SetSourceIdentity',
    }),
    inlinePolicies: { access: permissions(allowAll) },
    ...more,
  });

/** As `nameId`, whose session is named after her. */
export const enter = async (
  rig: Rig,
  name: string,
  nameId: string,
  more: Partial<AssertionInput> = {},
): Promise<Keys> => {
  const assertion = rig.cloud.issueAssertion({
    issuer,
    nameId,
    roleSessionName: nameId,
    roleArn: roleArn(name),
    providerArn: samlProviderArn,
    recipient: audience,
    ...more,
  });
  const command = new AssumeRoleWithSAMLCommand({
    RoleArn: roleArn(name),
    PrincipalArn: samlProviderArn,
    SAMLAssertion: assertion,
  });
  return keysOf(await rig.sts.send(command));
};

export const chain = async (
  rig: Rig,
  from: Keys,
  name: string,
  more: Partial<AssumeRoleCommandInput> = {},
): Promise<Keys> =>
  keysOf(
    await rig
      .stsAs(from)
      .send(new AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: 'chained', ...more })),
  );

/** A call that any resource would do for. */
export const listClusters = async (rig: Rig, credentials: Keys): Promise<void> => {
  const client = new ECSClient({ endpoint: rig.cloud.url, region: 'eu-west-1', maxAttempts: 1, credentials });
  try {
    await client.send(new ListClustersCommand({}));
  } finally {
    client.destroy();
  }
};
