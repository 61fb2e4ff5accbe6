// Exec grants, asked of the sandbox's ECS: a shell opens exactly where a grant gives it, whatever the tags say elsewhere.

import { ExecuteCommandCommand, type ECSClient } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessStatements } from '../../../src/domain/access.ts';
import { ecsServiceTag } from '../../../src/domain/ecs-grants.ts';
import { ownStatements } from '../../../src/domain/permissions.ts';
import type { EcsGrant } from '../../../src/domain/policy.ts';
import { hubId, refusalOf } from '../aws/cloud-fixture.ts';
import { type EcsRig, place, regionName, startEcsRig, webDefinition } from './ecs-fixture.ts';

const clusters = ['shop', 'shop-2'];
const containers = ['app', 'proxy'];
/** Values of the service tag; the last service has none. */
const tags = ['api', 'API', 'web', undefined];

let rig: EcsRig;
/** By cluster and tag. */
const tasks = new Map<string, string>();
beforeAll(async () => {
  rig = await startEcsRig();
  const { ecs } = rig.cloud;
  const taskDefinition = ecs.seedTaskDefinition(place, {
    ...webDefinition,
    family: 'pair',
    containerDefinitions: containers.map((name) => ({ name, image: `${name}:1` })),
  });
  for (const cluster of clusters) {
    ecs.seedCluster(place, { name: cluster });
    for (const [index, tag] of tags.entries()) {
      ecs.seedService(place, {
        name: `service-${index}`,
        cluster,
        taskDefinition,
        enableExecuteCommand: true,
        propagateTags: 'SERVICE',
        tags: tag === undefined ? {} : { [ecsServiceTag]: tag },
      });
      const task = ecs
        .tasks(place)
        .find(({ arn, group }) => arn.includes(`/${cluster}/`) && group === `service:service-${index}`);
      tasks.set(`${cluster} ${tag}`, task?.arn ?? '');
    }
  }
});
afterAll(() => rig.stop());

const names = <T>(from: readonly T[]) =>
  fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength: 2 });
const grant: fc.Arbitrary<EcsGrant> = fc.record({
  region: fc.constantFrom(regionName, 'eu-central-1'),
  cluster: fc.constantFrom(...clusters),
  services: names(['api', 'API', 'web', 'other']),
  containers: names(containers),
  allow: names(['inspect', 'exec', 'restart'] as const),
});

const tryShell = async (client: ECSClient, cluster: string, tag: string | undefined, container: string) => {
  const task = tasks.get(`${cluster} ${tag}`);
  const shell = { cluster, task, container, interactive: true, command: 'sh' };
  const answer = await refusalOf(client.send(new ExecuteCommandCommand(shell)));
  return answer.replace(/:.*/, '');
};

it('a shell opens exactly where a grant gives it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(grant, { maxLength: 3 }), async (ecs) => {
      const access = { ecs, cli: false, statements: [] };
      const client = await rig.person([
        ...ownStatements(accessStatements(access, { partition: 'aws', accountId: hubId })),
      ]);
      for (const cluster of clusters) {
        for (const tag of tags) {
          for (const container of containers) {
            const isGiven = ecs.some(
              (one) =>
                one.allow.includes('exec') &&
                one.region === regionName &&
                one.cluster === cluster &&
                one.containers.includes(container) &&
                tag !== undefined &&
                one.services.includes(tag),
            );
            const answer = await tryShell(client, cluster, tag, container);
            expect([cluster, tag, container, answer]).toEqual([
              cluster,
              tag,
              container,
              isGiven ? 'accepted' : '400 AccessDeniedException',
            ]);
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});
