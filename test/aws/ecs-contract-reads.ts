// The reading half of the contract of `EcsPort`.

import { describe, expect, it } from 'vitest';
import { clusterKey } from '../../src/domain/ecs.ts';
import { attemptTag, renderAttempt } from '../../src/domain/service-marks.ts';
import { type ContractWorld, payments, region, signal, valueOf } from './ecs-contract-world.ts';

export const describeEcsReads = (world: ContractWorld): void => {
  const { arn, role, seedRevision, seedService, seedPayments } = world;
  const { observe, clusterIn, observeService, observeTasks, settle } = world;

  describe('observing', () => {
    it('nothing asks nothing', async () => {
      const observed = await world.ecs.observe([], signal);
      expect(observed).toMatchObject({ clusters: new Map(), definitions: new Map() });
      expect(observed.readAtMs).toBeGreaterThan(0);
    });

    it('shows a service, its cluster, its tasks and what they run', async () => {
      seedPayments({
        desiredCount: 2,
        enableExecuteCommand: true,
        propagateTags: 'SERVICE',
        tags: { team: 'payments' },
        rollsBack: true,
      });
      const observed = await observe();
      const definitionArn = arn('task-definition/payments-api:1');
      const cluster = clusterIn(observed);
      expect(cluster).toMatchObject({
        arn: arn('cluster/payments'),
        exec: { logging: 'DEFAULT', kmsKeyArn: undefined, logGroup: undefined, s3Bucket: undefined },
      });
      expect([...cluster.services]).toMatchObject([
        [
          'payments-api',
          {
            state: 'present',
            value: {
              place: payments,
              arn: arn('service/payments/payments-api'),
              status: 'ACTIVE',
              controller: 'ECS',
              taskDefinitionArn: definitionArn,
              desiredCount: 2,
              runningCount: 2,
              enableExecuteCommand: true,
              propagateTags: 'SERVICE',
              tags: { team: 'payments' },
              launchType: 'FARGATE',
              rollsBack: true,
              deployments: [
                {
                  taskDefinitionArn: definitionArn,
                  rollout: 'COMPLETED',
                  desiredCount: 2,
                  runningCount: 2,
                  pendingCount: 0,
                  failedTasks: 0,
                },
              ],
              failedAtMs: [],
            },
          },
        ],
      ]);
      const task = {
        taskDefinitionArn: definitionArn,
        group: 'service:payments-api',
        taskRoleOverride: undefined,
        isRunning: true,
        enableExecuteCommand: true,
        agents: { app: 'RUNNING' },
        tags: { team: 'payments' },
        platformVersion: '1.4.0',
        platformFamily: 'Linux',
      };
      expect(cluster.tasks).toMatchObject([task, task]);
      expect(cluster.tasks.map((one) => one.arn)).toEqual(cluster.tasks.map((one) => one.arn).toSorted());
      expect([...observed.definitions.keys()]).toEqual([definitionArn]);
    });

    it('shows of a definition what access depends on', async () => {
      world.harness.seedCluster(payments.cluster);
      seedRevision({
        taskRole: 'old-role',
        executionRole: role('team/execution'),
        networkMode: 'awsvpc',
        pidMode: 'task',
        containers: [
          {
            name: 'app',
            image: 'api@sha256:0123',
            readonlyRootFilesystem: true,
            environment: ['PATH', 'AWS_REGION'],
            secrets: ['AWS_SECRET_ACCESS_KEY', 'DB_PASSWORD'],
            logGroup: '/payments/api',
          },
          { name: 'proxy', image: 'envoy:1', logGroup: '/mesh', logRegion: 'eu-central-1' },
        ],
        tags: { team: 'payments' },
      });
      seedService();
      const observed = await observe();
      expect([...observed.definitions]).toMatchObject([
        [
          arn('task-definition/payments-api:1'),
          {
            state: 'present',
            value: {
              arn: arn('task-definition/payments-api:1'),
              family: 'payments-api',
              revision: 1,
              taskRoleArn: role('old-role'),
              executionRoleArn: role('team/execution'),
              networkMode: 'awsvpc',
              pidMode: 'task',
              containers: [
                {
                  name: 'app',
                  image: 'api@sha256:0123',
                  readonlyRootFilesystem: true,
                  awsVariables: ['AWS_REGION', 'AWS_SECRET_ACCESS_KEY'],
                  logGroup: { region, name: '/payments/api' },
                },
                {
                  name: 'proxy',
                  readonlyRootFilesystem: false,
                  awsVariables: [],
                  logGroup: { region: 'eu-central-1', name: '/mesh' },
                },
              ],
              tags: { team: 'payments' },
            },
          },
        ],
      ]);
    });

    it.each([
      ['a service', { ...payments, service: 'none' }],
      ['a cluster', { ...payments, cluster: 'none' }],
    ])('%s that is not there is absent, and stops no other', async (_what, missing) => {
      seedPayments();
      const observed = await observe(payments, missing);
      const cluster = observed.clusters.get(clusterKey(missing));
      const reading = cluster?.state === 'present' ? cluster.value.services.get(missing.service) : cluster;
      expect(reading).toEqual({ state: 'absent' });
      expect(clusterIn(observed).services.get(payments.service)?.state).toBe('present');
    });

    it('names with another case are other names', async () => {
      seedPayments();
      const other = { ...payments, service: 'Payments-API' };
      expect(clusterIn(await observe(other)).services.get(other.service)?.state).toBe('absent');
    });

    it('a region that is none of the account is not asked', async () => {
      const elsewhere = { ...payments, region: 'us-east-1' };
      expect((await observe(elsewhere)).clusters.get(clusterKey(elsewhere))).toMatchObject({
        state: 'unreadable',
        problem: { kind: 'invalid', code: 'ForeignRegion' },
      });
    });

    it('a service that was deleted drains, and is then INACTIVE', async () => {
      seedPayments();
      world.harness.drainService(payments.cluster, payments.service);
      expect(await observeService()).toMatchObject({ status: 'DRAINING', desiredCount: 0 });
      settle();
      expect(await observeService()).toMatchObject({
        status: 'INACTIVE',
        desiredCount: 0,
        runningCount: 0,
        deployments: [],
      });
      world.harness.deleteService(payments.cluster, payments.service);
      await expect(observeService()).rejects.toThrow('absent');
    });

    it('a cluster that was deleted is absent, with everything in it', async () => {
      seedPayments();
      world.harness.deleteCluster(payments.cluster);
      expect((await observe()).clusters.get(clusterKey(payments))).toEqual({ state: 'absent' });
    });

    it('keeps tasks of the services asked for, and others only with a role of their own', async () => {
      seedPayments();
      seedService({ service: 'other' });
      const definitionArn = arn('task-definition/payments-api:1');
      world.harness.seedTask({ cluster: payments.cluster, definitionArn });
      world.harness.seedTask({ cluster: payments.cluster, definitionArn, taskRole: 'borrowed' });
      const seen = clusterIn(await observe()).tasks.map(({ group, taskRoleOverride }) => ({
        group,
        taskRoleOverride,
      }));
      expect(seen).toHaveLength(2);
      expect(seen).toContainEqual({ group: 'service:payments-api', taskRoleOverride: undefined });
      expect(seen).toContainEqual({ group: 'family:payments-api', taskRoleOverride: role('borrowed') });
    });

    it.each(['CODE_DEPLOY', 'EXTERNAL'] as const)(
      'a service that %s deploys shows no deployments',
      async (controller) => {
        seedPayments({ controller });
        expect(await observeService()).toMatchObject({
          controller,
          deployments: [],
          taskDefinitionArn: controller === 'EXTERNAL' ? undefined : arn('task-definition/payments-api:1'),
        });
      },
    );

    it('tasks on instances have no platform', async () => {
      seedPayments({ launchType: 'EC2' });
      expect((await observeService()).launchType).toBe('EC2');
      expect(await observeTasks()).toMatchObject([{ platformVersion: undefined, platformFamily: undefined }]);
    });

    it('services and tasks from before 2018 have short ARNs', async () => {
      seedPayments({ shortArns: true });
      expect((await observeService()).arn).toBe(arn('service/payments-api'));
      const [task] = await observeTasks();
      expect(task?.arn).toMatch(/:task\/[^/]+$/);
    });

    const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab';
    it.each([
      ['the id of a key', keyId, `key/${keyId}`],
      ['the id of a key in many regions', `mrk-${'a'.repeat(32)}`, `key/mrk-${'a'.repeat(32)}`],
      ['an alias', 'alias/exec/prod', 'alias/exec/prod'],
    ])('a KMS key that is given by %s has an ARN', async (_how, kmsKey, resource) => {
      world.harness.seedCluster(payments.cluster, {
        kmsKey,
        logging: 'OVERRIDE',
        logGroup: '/exec',
        s3Bucket: 'exec-logs',
      });
      expect(clusterIn(await observe()).exec).toEqual({
        logging: 'OVERRIDE',
        kmsKeyArn: `arn:aws:kms:${region}:${world.accountId}:${resource}`,
        logGroup: '/exec',
        s3Bucket: 'exec-logs',
      });
    });

    it.each([
      ['of the key', `key/${keyId}`],
      ['of an alias', 'alias/exec'],
    ])('a KMS key that is given by the ARN %s keeps it', async (_of, resource) => {
      const kmsKey = `arn:aws:kms:eu-central-1:999900001111:${resource}`;
      world.harness.seedCluster(payments.cluster, { kmsKey });
      expect(clusterIn(await observe()).exec.kmsKeyArn).toBe(kmsKey);
    });
  });

  describe('the revision that an attempt names', () => {
    const attemptFor = (revision: string) => ({
      [attemptTag]: renderAttempt({ number: 1, atMs: Date.UTC(2026, 0, 1), revision }),
    });
    const definitionsWith = async (revision: string) => {
      seedPayments({ tags: attemptFor(revision) });
      seedRevision({ taskRole: 'new-role' });
      world.harness.seedDefinition({ family: 'other', containers: [{ name: 'app', image: 'x:1' }] });
      return (await observe()).definitions;
    };

    it('is observed beside the one that runs', async () => {
      const definitions = await definitionsWith('payments-api:2');
      expect(definitions.size).toBe(2);
      expect(valueOf(definitions.get(arn('task-definition/payments-api:2'))).taskRoleArn).toBe(
        role('new-role'),
      );
    });

    it('is absent if it is not there', async () => {
      const definitions = await definitionsWith('payments-api:9');
      expect(definitions.get(arn('task-definition/payments-api:9'))).toEqual({ state: 'absent' });
    });

    it('is none if it is of another family', async () => {
      expect((await definitionsWith('other:1')).size).toBe(1);
    });
  });

  describe('one service', () => {
    it('by itself is as it is observed', async () => {
      seedPayments({ tags: { team: 'payments' } });
      const [alone, observed] = [
        valueOf(await world.ecs.readService(payments, signal)),
        await observeService(),
      ];
      expect(alone).toEqual(observed);
    });

    it.each([
      ['that is not there', { service: 'none' }],
      ['whose cluster is not there', { cluster: 'none' }],
    ])('%s is absent', async (_which, other) => {
      seedPayments();
      expect(await world.ecs.readService({ ...payments, ...other }, signal)).toEqual({ state: 'absent' });
    });

    it.each([{ service: '' }, { cluster: '' }, { cluster: 'a/b' }, { service: 'a b' }])(
      'is not asked for by the name %j',
      async (other) => {
        expect(await world.ecs.readService({ ...payments, ...other }, signal)).toMatchObject({
          state: 'unreadable',
          problem: { kind: 'invalid', code: 'InvalidName' },
        });
      },
    );
  });
};
