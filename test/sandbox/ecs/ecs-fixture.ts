// A sandbox with clusters, and official ECS clients for its administrator and for people with permissions of their own.

import { ECSClient } from '@aws-sdk/client-ecs';
import { AssumeRoleCommand, AssumeRoleWithSAMLCommand } from '@aws-sdk/client-sts';
import type { EcsPlace, SeedService } from '../../../src/sandbox/aws/aws-cloud.ts';
import {
  type Rig,
  admits,
  audience,
  hubId,
  hubKey,
  issuer,
  permissions,
  samlProviderArn,
  spokeId,
  startRig,
  trustOf,
} from '../aws/cloud-fixture.ts';

export const regionName = 'eu-west-1';
export const place: EcsPlace = { accountId: hubId, region: regionName };
export const arnOf = (resource: string): string => `arn:aws:ecs:${regionName}:${hubId}:${resource}`;
export const roleArn = (name: string): string => `arn:aws:iam::${hubId}:role/${name}`;

/** Long enough that nothing happens by itself, in ms. */
export const startMs = 10_000;

export const webDefinition = {
  family: 'web',
  taskRoleArn: roleArn('web-task'),
  executionRoleArn: roleArn('ecs-execution'),
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  containerDefinitions: [{ name: 'app', image: 'web:1' }],
};

export interface RoleSeed {
  readonly inlinePolicies?: Readonly<Record<string, string>>;
  readonly attachedPolicyArns?: readonly string[];
  readonly permissionsBoundary?: string;
}

export interface EcsRig extends Rig {
  readonly ecs: ECSClient;
  /** The administrator's client for another region. */
  ecsIn(region: string): ECSClient;
  /** Lets time pass. */
  pass(ms: number): void;
  /** A client for a person in a role with these statements, or with these things on the role. */
  person(allowed: readonly object[] | RoleSeed): Promise<ECSClient>;
  /** A client for a session of the spoke role of the other account. */
  spoke(): Promise<ECSClient>;
  service(seed?: Partial<SeedService>): string;
}

const isSeed = (allowed: readonly object[] | RoleSeed): allowed is RoleSeed => !Array.isArray(allowed);

interface Keys {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
}

const credentialsOf = (keys: Keys | undefined) => ({
  accessKeyId: keys?.AccessKeyId ?? '',
  secretAccessKey: keys?.SecretAccessKey ?? '',
  sessionToken: keys?.SessionToken ?? '',
});

const enter = async (rig: Rig, allowed: readonly object[] | RoleSeed, name: string) => {
  const seed = isSeed(allowed) ? allowed : { inlinePolicies: { access: permissions(...allowed) } };
  rig.cloud.seedRole(hubId, { name, trustDocument: trustOf(admits('anna')), ...seed });
  const assertion = rig.cloud.issueAssertion({
    issuer,
    nameId: 'anna',
    roleSessionName: 'anna',
    roleArn: roleArn(name),
    providerArn: samlProviderArn,
    recipient: audience,
  });
  const session = await rig.sts.send(
    new AssumeRoleWithSAMLCommand({
      RoleArn: roleArn(name),
      PrincipalArn: samlProviderArn,
      SAMLAssertion: assertion,
    }),
  );
  return credentialsOf(session.Credentials);
};

const enterSpoke = async (rig: Rig) => {
  const session = await rig.sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${spokeId}:role/spoke`,
      RoleSessionName: 'controller',
      ExternalId: 'hub-to-spoke',
    }),
  );
  return credentialsOf(session.Credentials);
};

/** Cluster `prod`, and the first revision of `web`. */
export const startEcsRig = async (): Promise<EcsRig> => {
  const rig = await startRig();
  const clients: ECSClient[] = [];
  let people = 0;
  const client = (credentials: typeof hubKey, region = regionName): ECSClient => {
    const made = new ECSClient({ endpoint: rig.cloud.url, region, maxAttempts: 1, credentials });
    clients.push(made);
    return made;
  };
  rig.cloud.ecs.setTaskStartMs(startMs);
  rig.cloud.ecs.seedCluster(place, { name: 'prod', tags: { stage: 'prod' } });
  rig.cloud.ecs.seedTaskDefinition(place, webDefinition, { team: 'web' });
  return {
    ...rig,
    ecs: client(hubKey),
    ecsIn: (region) => client(hubKey, region),
    pass: (ms) => void (rig.clock.nowMs += ms),
    person: async (allowed) => client(await enter(rig, allowed, `person-${(people += 1)}`)),
    spoke: async () => client(await enterSpoke(rig)),
    service: (seed = {}) =>
      rig.cloud.ecs.seedService(place, { name: 'web', cluster: 'prod', taskDefinition: 'web', ...seed }),
    async stop() {
      for (const one of clients) one.destroy();
      await rig.stop();
    },
  };
};
