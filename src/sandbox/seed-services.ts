// The ECS services that a world begins with, and the roles that their tasks have.

import { createHash } from 'node:crypto';
import { execActions } from '../domain/task-role.ts';
import { ecsTasksService } from '../domain/trust-grants.ts';
import type { AwsCloud } from './aws/aws-cloud.ts';
import type { SandboxService, SandboxWorld } from './world.ts';

const documentOf = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

const seedTaskRole = (aws: AwsCloud, accountId: string, name: string): void => {
  aws.seedRole(accountId, {
    name,
    trustDocument: documentOf({ Principal: { Service: ecsTasksService }, Action: 'sts:AssumeRole' }),
    inlinePolicies: { tasks: documentOf({ Action: ['s3:*', 'sqs:*', ...execActions], Resource: '*' }) },
  });
};

/** The digest of an image that nobody has built: the same for the same name. */
const digestOf = (name: string): string => createHash('sha256').update(name).digest('hex');

const seedService = (aws: AwsCloud, accountId: string, service: SandboxService): void => {
  const { region, cluster, name, containers, taskRole, tags } = service;
  const place = { accountId, region };
  const repository = `${accountId}.dkr.ecr.${region}.amazonaws.com`;
  const taskDefinition = aws.ecs.seedTaskDefinition(place, {
    family: name,
    taskRoleArn: `arn:aws:iam::${accountId}:role/${taskRole}`,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: containers.map((container) => ({
      name: container,
      image: `${repository}/${name}-${container}@sha256:${digestOf(`${name}-${container}`)}`,
      essential: true,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': `/payments/${name}`,
          'awslogs-region': region,
          'awslogs-stream-prefix': container,
        },
      },
    })),
  });
  aws.ecs.seedService(place, {
    name,
    cluster,
    taskDefinition,
    enableExecuteCommand: true,
    propagateTags: 'SERVICE',
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    tags,
  });
};

export const seedServices = (aws: AwsCloud, world: SandboxWorld): void => {
  for (const { accountId, services = [] } of world.accounts) {
    const clusters = new Map(
      services.map(({ region, cluster }) => [`${region} ${cluster}`, { region, cluster }]),
    );
    for (const name of new Set(services.map(({ taskRole }) => taskRole))) seedTaskRole(aws, accountId, name);
    for (const { region, cluster } of clusters.values())
      aws.ecs.seedCluster({ accountId, region }, { name: cluster });
    for (const service of services) seedService(aws, accountId, service);
  }
};
