// The writing half of the contract of `EcsPort`.

import { describe, expect, it } from 'vitest';
import { type ServicePlace, tasksOf } from '../../src/domain/ecs.ts';
import type { EcsPort } from '../../src/domain/ports.ts';
import { attemptTag, clonedFromTag } from '../../src/domain/service-marks.ts';
import { type ContractWorld, payments, refusal, region, signal, valueOf } from './ecs-contract-world.ts';

export const describeEcsWrites = (world: ContractWorld): void => {
  const { arn, role, seedRevision, seedService, seedPayments } = world;
  const { observe, clusterIn, observeService, observeTasks, settle } = world;

  describe('copying a revision', () => {
    const copy = (more: object = {}) =>
      world.ecs.copyRevision(
        {
          region,
          from: arn('task-definition/payments-api:1'),
          taskRoleArn: role('new-role'),
          tags: { [clonedFromTag]: 'payments-api:1' },
          ...more,
        },
        signal,
      );

    it('changes the role and nothing else', async () => {
      seedRevision({
        executionRole: 'execution',
        networkMode: 'awsvpc',
        containers: [{ name: 'app', image: 'api:1', environment: ['AWS_REGION'], logGroup: '/api' }],
        tags: { team: 'payments', [clonedFromTag]: 'payments-api:0' },
      });
      seedRevision({ taskRole: 'half-finished' });
      world.harness.seedCluster(payments.cluster);
      seedService();
      const made = await copy();
      const before = valueOf((await observe()).definitions.get(arn('task-definition/payments-api:1')));
      expect(made).toEqual({
        ...before,
        arn: arn('task-definition/payments-api:3'),
        revision: 3,
        taskRoleArn: role('new-role'),
        tags: { team: 'payments', [clonedFromTag]: 'payments-api:1' },
        registeredBy: expect.stringContaining(`:${world.accountId}:`),
      });
    });

    it('gives a role to what had none', async () => {
      world.harness.seedDefinition({ family: 'payments-api', containers: [{ name: 'app', image: 'api:1' }] });
      expect(await copy()).toMatchObject({ taskRoleArn: role('new-role'), revision: 2 });
    });

    it('works from a revision that is INACTIVE, too', async () => {
      world.harness.deregister(seedRevision());
      expect(await copy()).toMatchObject({ revision: 2 });
    });

    it('makes another one when it is done again', async () => {
      seedRevision();
      expect([(await copy()).revision, (await copy()).revision]).toEqual([2, 3]);
    });

    it('is a conflict when the revision is gone', async () => {
      await expect(copy()).rejects.toEqual(refusal('conflict', 'NoSuchRevision'));
    });

    it.each([
      ['a family', () => arn('task-definition/payments-api')],
      ['a bare name', () => 'payments-api:1'],
      ['another region', () => arn('task-definition/payments-api:1').replace(region, 'us-east-1')],
      [
        'another account',
        () => arn('task-definition/payments-api:1').replace(world.accountId, '999900001111'),
      ],
    ])('takes nothing but the ARN of a revision here: not %s', async (_what, from) => {
      seedRevision();
      await expect(copy({ from: from() })).rejects.toEqual(refusal('invalid', 'InvalidRevision'));
    });
  });

  describe('updating a service', () => {
    const deploy = async (): Promise<string> => {
      const next = await world.ecs.copyRevision(
        {
          region,
          from: arn('task-definition/payments-api:1'),
          taskRoleArn: role('new-role'),
          tags: {},
        },
        signal,
      );
      await world.ecs.updateService(payments, { taskDefinitionArn: next.arn }, signal);
      return next.arn;
    };

    it('deploys a revision, and shows the deployment to its end', async () => {
      seedPayments({ desiredCount: 2 });
      const next = await deploy();
      const old = arn('task-definition/payments-api:1');
      const observed = await observe();
      const service = valueOf(clusterIn(observed).services.get(payments.service));
      expect(service).toMatchObject({
        taskDefinitionArn: next,
        runningCount: 2,
        deployments: [
          { taskDefinitionArn: next, rollout: 'IN_PROGRESS', runningCount: 0, pendingCount: 2 },
          { taskDefinitionArn: old, runningCount: 2 },
        ],
      });
      expect([...observed.definitions.keys()].toSorted()).toEqual([old, next]);
      const running = tasksOf(clusterIn(observed), payments.service).map((task) => String(task.isRunning));
      expect(running.toSorted()).toEqual(['false', 'false', 'true', 'true']);
      settle();
      expect(await observeService()).toMatchObject({
        runningCount: 2,
        deployments: [{ taskDefinitionArn: next, rollout: 'COMPLETED', runningCount: 2 }],
        failedAtMs: [],
      });
      expect((await observeTasks()).map((task) => task.taskDefinitionArn)).toEqual([next, next]);
    });

    it('to what it runs already starts nothing', async () => {
      seedPayments();
      await world.ecs.updateService(
        payments,
        { taskDefinitionArn: arn('task-definition/payments-api:1') },
        signal,
      );
      expect((await observeService()).deployments).toMatchObject([{ rollout: 'COMPLETED' }]);
    });

    it('enables exec and tags for tasks that start from now on, and replaces them only when forced', async () => {
      seedPayments({ tags: { team: 'payments' } });
      await world.ecs.updateService(
        payments,
        { enableExecuteCommand: true, propagateTags: 'SERVICE' },
        signal,
      );
      settle();
      expect(await observeService()).toMatchObject({
        enableExecuteCommand: true,
        propagateTags: 'SERVICE',
      });
      expect(await observeTasks()).toMatchObject([{ enableExecuteCommand: false, agents: {}, tags: {} }]);
      await world.ecs.updateService(payments, { forceNewDeployment: true }, signal);
      settle();
      expect(await observeTasks()).toMatchObject([
        { enableExecuteCommand: true, agents: { app: 'RUNNING' }, tags: { team: 'payments' } },
      ]);
    });

    it('that fails is rolled back, and shows when', async () => {
      seedPayments({ rollsBack: true });
      const startedAtMs = (await observe()).readAtMs;
      world.harness.failDeploymentsOf(arn('task-definition/payments-api:2'));
      await deploy();
      world.harness.advance(world.harness.taskStartMs * 20);
      const observed = await observe();
      const service = valueOf(clusterIn(observed).services.get(payments.service));
      expect(service).toMatchObject({
        taskDefinitionArn: arn('task-definition/payments-api:1'),
        runningCount: 1,
        deployments: [{ taskDefinitionArn: arn('task-definition/payments-api:1'), rollout: 'COMPLETED' }],
      });
      expect(service.failedAtMs.length).toBeGreaterThan(0);
      for (const atMs of service.failedAtMs) {
        expect(atMs).toBeGreaterThan(startedAtMs);
        expect(atMs).toBeLessThanOrEqual(observed.readAtMs);
      }
    });

    it('that fails without a circuit breaker goes on trying, and what ran goes on running', async () => {
      seedPayments();
      world.harness.failDeploymentsOf(arn('task-definition/payments-api:2'));
      const next = await deploy();
      world.harness.advance(world.harness.taskStartMs * 20);
      const service = await observeService();
      expect(service.deployments).toMatchObject([
        { taskDefinitionArn: next, rollout: 'IN_PROGRESS', runningCount: 0 },
        { taskDefinitionArn: arn('task-definition/payments-api:1'), runningCount: 1 },
      ]);
      expect(service.deployments[0]?.failedTasks).toBeGreaterThan(0);
      expect(service.failedAtMs).toEqual([]);
    });

    it('is overtaken by a pipeline', async () => {
      seedPayments();
      await deploy();
      const theirs = world.harness.pipelineDeploys(payments.cluster, payments.service, 'their-role');
      settle();
      const observed = await observe();
      expect(valueOf(clusterIn(observed).services.get(payments.service)).taskDefinitionArn).toBe(theirs);
      expect(valueOf(observed.definitions.get(theirs)).taskRoleArn).toBe(role('their-role'));
    });

    const force = (place: ServicePlace) =>
      world.ecs.updateService(place, { forceNewDeployment: true }, signal);

    it('is a conflict when it, or its cluster, is gone', async () => {
      seedPayments();
      await expect(force({ ...payments, service: 'none' })).rejects.toEqual(
        refusal('conflict', 'ServiceNotFoundException'),
      );
      await expect(force({ ...payments, cluster: 'none' })).rejects.toEqual(
        refusal('conflict', 'ClusterNotFoundException'),
      );
    });

    it('is a conflict while it drains, and after that', async () => {
      seedPayments();
      world.harness.drainService(payments.cluster, payments.service);
      await expect(force(payments)).rejects.toEqual(refusal('conflict', 'ServiceNotActiveException'));
      settle();
      await expect(force(payments)).rejects.toEqual(refusal('conflict', 'ServiceNotActiveException'));
    });

    it('to a revision that is INACTIVE is a conflict', async () => {
      seedPayments();
      const next = seedRevision();
      world.harness.deregister(next);
      await expect(world.ecs.updateService(payments, { taskDefinitionArn: next }, signal)).rejects.toEqual(
        refusal('conflict', 'ClientException'),
      );
    });

    it('takes nothing but the ARN of a revision', async () => {
      seedPayments();
      for (const taskDefinitionArn of ['payments-api', arn('task-definition/payments-api')])
        await expect(world.ecs.updateService(payments, { taskDefinitionArn }, signal)).rejects.toEqual(
          refusal('invalid', 'InvalidRevision'),
        );
    });

    it('with exec takes a task role', async () => {
      world.harness.seedCluster(payments.cluster);
      world.harness.seedDefinition({ family: 'payments-api', containers: [{ name: 'app', image: 'api:1' }] });
      seedService();
      await expect(world.ecs.updateService(payments, { enableExecuteCommand: true }, signal)).rejects.toEqual(
        refusal('invalid', 'InvalidParameterException'),
      );
    });

    it('that CODE_DEPLOY deploys is refused, but for its tag options', async () => {
      seedPayments({ controller: 'CODE_DEPLOY' });
      await expect(force(payments)).rejects.toEqual(refusal('invalid', 'InvalidParameterException'));
      await world.ecs.updateService(payments, { propagateTags: 'SERVICE' }, signal);
      expect((await observeService()).propagateTags).toBe('SERVICE');
    });
  });

  describe('tagging a service', () => {
    const serviceArn = (): string => arn('service/payments/payments-api');

    it('adds to its tags, and replaces those of the same key', async () => {
      seedPayments({ tags: { team: 'payments', [attemptTag]: 'old' } });
      await world.ecs.tagService(
        payments,
        serviceArn(),
        { [attemptTag]: 'new', 'rolewarden:service': 'x' },
        signal,
      );
      expect((await observeService()).tags).toEqual({
        team: 'payments',
        [attemptTag]: 'new',
        'rolewarden:service': 'x',
      });
    });

    it('of the short form is not possible', async () => {
      seedPayments({ shortArns: true });
      const { arn: short } = await observeService();
      await expect(world.ecs.tagService(payments, short, { a: 'b' }, signal)).rejects.toEqual(
        refusal('invalid', 'ShortArn'),
      );
    });

    it('never tags anything else', async () => {
      seedPayments();
      for (const other of [arn('service/payments/other'), arn('task/payments/1'), arn('cluster/payments')])
        await expect(world.ecs.tagService(payments, other, { a: 'b' }, signal)).rejects.toEqual(
          refusal('invalid', 'ForeignArn'),
        );
    });

    it('that is not there is refused', async () => {
      world.harness.seedCluster(payments.cluster);
      await expect(world.ecs.tagService(payments, serviceArn(), { a: 'b' }, signal)).rejects.toEqual(
        refusal('invalid', 'InvalidParameterException'),
      );
    });
  });

  const eachWrite = (port: EcsPort, abort: AbortSignal): readonly (() => Promise<unknown>)[] => [
    () => port.updateService(payments, { forceNewDeployment: true }, abort),
    () => port.tagService(payments, arn('service/payments/payments-api'), { a: 'b' }, abort),
    () =>
      port.copyRevision(
        { region, from: arn('task-definition/payments-api:1'), taskRoleArn: role('x'), tags: {} },
        abort,
      ),
  ];

  it('writes nothing in an account that does not allow it', async () => {
    seedPayments();
    const before = await observe();
    for (const write of eachWrite(world.harness.readOnlyPort, signal))
      await expect(write()).rejects.toEqual(refusal('denied', 'EcsWritesNotAllowed'));
    const after = await observe();
    expect({ ...after, readAtMs: 0 }).toEqual({ ...before, readAtMs: 0 });
  });

  it('does nothing once the signal has aborted, and says why', async () => {
    seedPayments();
    const stopped = AbortSignal.abort(new Error('stopped'));
    for (const write of eachWrite(world.ecs, stopped)) await expect(write()).rejects.toThrow('stopped');
    await expect(world.ecs.observe([payments], stopped)).rejects.toThrow('stopped');
    await expect(world.ecs.observe([], stopped)).rejects.toThrow('stopped');
    await expect(world.ecs.readService(payments, stopped)).rejects.toThrow('stopped');
    expect((await observeService()).tags).toEqual({});
  });
};
