// The ECS services that a world begins with.

import type { EcsHands } from './aws/aws-cloud.ts';
import type { SandboxService, SandboxWorld } from './world.ts';

const seedService = (ecs: EcsHands, accountId: string, service: SandboxService): void => {
  const { region, cluster, name, containers, tags } = service;
  const place = { accountId, region };
  const taskDefinition = ecs.seedTaskDefinition(place, {
    family: name,
    taskRoleArn: `arn:aws:iam::${accountId}:role/${name}-task`,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: containers.map((container) => ({
      name: container,
      image: `${accountId}.dkr.ecr.${region}.amazonaws.com/${name}-${container}:1.0.0`,
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
  ecs.seedService(place, {
    name,
    cluster,
    taskDefinition,
    enableExecuteCommand: true,
    propagateTags: 'SERVICE',
    tags,
  });
};

export const seedServices = (ecs: EcsHands, world: SandboxWorld): void => {
  for (const { accountId, services = [] } of world.accounts) {
    const clusters = new Map(
      services.map(({ region, cluster }) => [`${region} ${cluster}`, { region, cluster }]),
    );
    for (const { region, cluster } of clusters.values())
      ecs.seedCluster({ accountId, region }, { name: cluster });
    for (const service of services) seedService(ecs, accountId, service);
  }
};
