// Task roles and services through many sweeps: bound, rolled back, fought over, deleted, and crashed upon.

import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import type { EcsPort } from '../../src/domain/ports.ts';
import { attemptOf } from '../../src/domain/service-marks.ts';
import type { SweepReport } from '../../src/reconcile/sweep-report.ts';
import { controllerConfig, meta, servicePlace, taskRoleBinding } from '../builders.ts';
import {
  type ServicesHarness,
  container,
  ecsWritesOf,
  holdsIn,
  isCalm,
  madeRoleArn,
  oldRoleArn,
  seedService,
  startServicesHarness,
  tasksTrust,
} from './services-harness.ts';

const minute = 60_000;

const start = (options: Parameters<typeof startServicesHarness>[0] = {}): ServicesHarness => {
  const harness = startServicesHarness(options);
  seedService(harness.ecs);
  return harness;
};
const runningIn = ({ ecs }: ServicesHarness) => {
  const service = ecs.serviceAt(servicePlace);
  return ecs.definitions.get(service.taskDefinitionArn ?? '');
};
const failuresIn = ({ outcomes }: SweepReport): readonly string[] =>
  outcomes.filter(({ result }) => result === 'failed').map(({ message }) => message);
const copiesIn = ({ ecs }: ServicesHarness) =>
  [...ecs.definitions.values()].filter(({ tags }) => tags['rolewarden:binding'] !== undefined);

/** A service that has been bound and is calm. */
const startBound = async (options: Parameters<typeof startServicesHarness>[0] = {}) => {
  const harness = start(options);
  await harness.sweepUntil(isCalm);
  harness.ecs.calls.length = 0;
  harness.iam.calls.length = 0;
  return harness;
};

describe('binding a service', () => {
  it('makes the role, waits until it has settled, deploys a copy once, and is calm', async () => {
    const harness = start();
    const { ecs, iam } = harness;
    const first = await harness.sweep();
    expect(holdsIn(first)).toContain('bindTaskRole roleSettling');
    expect(iam.roles.get('payments-api-task')?.arn).toBe(madeRoleArn);
    expect(ecsWritesOf(harness)).toEqual(['tagService', 'updateService']);
    expect(runningIn(harness)?.taskRoleArn).toBe(oldRoleArn);

    const second = await harness.sweep();
    expect(holdsIn(second)).toContain('bindTaskRole roleSettling');
    ecs.calls.length = 0;
    await harness.sweepUntil(() => ecsWritesOf(harness).length > 0);
    expect(ecsWritesOf(harness)).toEqual(['copyRevision', 'tagService', 'updateService']);
    expect(harness.clock.now()).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 1) + minute);

    expect(holdsIn(await harness.sweep())).toContain('bindTaskRole deploying');
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)).toMatchObject({
      revision: 2,
      taskRoleArn: madeRoleArn,
      executionRoleArn: 'arn:aws:iam::111122223333:role/ecs-execution',
      containers: [container],
    });
    expect(ecs.serviceAt(servicePlace)).toMatchObject({
      enableExecuteCommand: true,
      propagateTags: 'SERVICE',
      tags: { 'rolewarden:service': 'api', 'rolewarden:instance': 'test' },
    });
    expect(copiesIn(harness)).toHaveLength(1);
  });

  it('asks for nothing but reads once it is calm', async () => {
    const harness = await startBound();
    for (let count = 0; count < 5; count += 1) {
      harness.clock.advance(5 * minute);
      expect(isCalm(await harness.sweep())).toBe(true);
    }
    expect(ecsWritesOf(harness)).toEqual([]);
    expect(harness.ecs.calls.map(({ operation }) => operation)).toEqual(Array(5).fill('observe'));
  });

  it('names the moment at which to look again, so that nobody waits for the next schedule', async () => {
    const harness = start();
    await harness.sweep();
    const { plan } = await harness.sweep();
    expect(plan.wakeAtMs).toBe(Date.UTC(2026, 0, 1) + minute);
  });

  it('survives a restart between any two sweeps', async () => {
    const harness = start();
    for (let count = 0; count < 30; count += 1) {
      harness.restart();
      await harness.sweep();
      harness.clock.advance(10_000);
    }
    expect(isCalm(await harness.sweep())).toBe(true);
    expect(copiesIn(harness)).toHaveLength(1);
  });

  const writes: readonly (keyof EcsPort)[] = ['copyRevision', 'tagService', 'updateService'];
  it.each(writes)('goes on where a process that died after %s stopped', async (operation) => {
    const harness = start();
    const crash = new AbortController();
    const stop = harness.ecs.onWrite((call) => {
      // Exec and the tags come first; what is meant is the deployment.
      const isDeployment = copiesIn(harness).length > 0;
      if (call.operation !== operation || !isDeployment) return;
      crash.abort(new Error('killed'));
      crash.signal.throwIfAborted();
    });
    for (let count = 0; count < 20 && !crash.signal.aborted; count += 1) {
      await harness.sweep(crash.signal).catch((error: unknown) => {
        if (!crash.signal.aborted) throw error;
      });
      harness.clock.advance(10_000);
    }
    expect(crash.signal.aborted).toBe(true);
    stop();
    harness.restart();
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)?.taskRoleArn).toBe(madeRoleArn);
    // One that was registered and never named is left behind, and nobody runs it.
    expect(copiesIn(harness)).toHaveLength(operation === 'copyRevision' ? 2 : 1);
  });

  it.each(writes)('goes on after the answer to %s was lost', async (operation) => {
    const harness = start();
    const lost = new AppError('transient', 'no answer', { code: 'Timeout' });
    await harness.sweepUntil((report) => holdsIn(report).includes('bindTaskRole roleSettling'));
    harness.ecs.failNext(operation, lost, { applied: true });
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)?.taskRoleArn).toBe(madeRoleArn);
    expect(copiesIn(harness).length).toBeLessThanOrEqual(operation === 'copyRevision' ? 2 : 1);
  });
});

describe('what ECS or somebody else answers', () => {
  /** The copy’s tasks die. */
  const startFailing = async () => {
    const harness = start();
    await harness.sweepUntil((report) => holdsIn(report).includes('bindTaskRole roleSettling'));
    harness.ecs.failDeploymentsOf('arn:aws:ecs:eu-west-1:111122223333:task-definition/api:2');
    return harness;
  };

  it('a rollback is taken for an answer: what ran goes on, and nothing is tried for half an hour', async () => {
    const harness = await startFailing();
    await harness.sweepUntil((report) => holdsIn(report).includes('bindTaskRole rolledBack'), 5_000);
    harness.clock.advance(minute);
    harness.ecs.calls.length = 0;
    const held = await harness.sweep();
    expect(holdsIn(held)).toEqual(['bindTaskRole rolledBack']);
    expect(runningIn(harness)?.taskRoleArn).toBe(oldRoleArn);
    for (let count = 0; count < 25; count += 1) {
      harness.clock.advance(minute);
      await harness.sweep();
    }
    expect(ecsWritesOf(harness)).toEqual([]);
    harness.clock.advance(10 * minute);
    await harness.sweep();
    expect(ecsWritesOf(harness)).toEqual(['copyRevision', 'tagService', 'updateService']);
    expect(attemptOf(harness.ecs.serviceAt(servicePlace).tags)?.number).toBe(2);
  });

  it('over two days of rollbacks there are a handful of deployments, with a restart in between each', async () => {
    const harness = start();
    harness.ecs.onWrite(({ operation }) => {
      if (operation !== 'copyRevision') return;
      for (const { arn } of copiesIn(harness)) harness.ecs.failDeploymentsOf(arn);
    });
    for (let count = 0; count < 2 * 24 * 12; count += 1) {
      harness.restart();
      await harness.sweep();
      harness.clock.advance(5 * minute);
    }
    // Tried at 0, then after ½, 1, 2, 4, 8 and 16 hours, and the next is a day later.
    expect(copiesIn(harness).length).toBeGreaterThanOrEqual(5);
    expect(copiesIn(harness).length).toBeLessThanOrEqual(8);
    expect(runningIn(harness)?.taskRoleArn).toBe(oldRoleArn);
  });

  it('once the cause is gone, the next attempt arrives, and the count begins anew', async () => {
    const harness = await startFailing();
    await harness.sweepUntil((report) => holdsIn(report).includes('bindTaskRole rolledBack'), 5_000);
    harness.clock.advance(31 * minute);
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)).toMatchObject({ revision: 3, taskRoleArn: madeRoleArn });
  });

  it('a pipeline that puts the old role back is contested, and shows as a foreign revision', async () => {
    const harness = await startBound();
    harness.clock.advance(60 * minute);
    harness.ecs.pipelineDeploys(servicePlace, { taskRoleArn: oldRoleArn, registeredBy: 'pipeline' });
    harness.clock.advance(minute);
    const report = await harness.sweep();
    expect(holdsIn(report)).toEqual(['bindTaskRole contested']);
    expect(report.plan.services[0]?.held[0]?.change.driftClass).toBe('foreignRevision');
    expect(ecsWritesOf(harness)).toEqual([]);
    harness.clock.advance(31 * minute);
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)?.taskRoleArn).toBe(madeRoleArn);
  });

  it('a pipeline that is quick is seen for what it is: our own deployment has shown before', async () => {
    const harness = await startBound();
    harness.ecs.pipelineDeploys(servicePlace, { taskRoleArn: oldRoleArn });
    harness.clock.advance(15_000);
    expect(holdsIn(await harness.sweep())).toEqual(['bindTaskRole contested']);
  });

  it('a pipeline that deploys every hour and never learns is not fought more than a few times a day', async () => {
    const harness = await startBound();
    for (let count = 0; count < 24 * 12; count += 1) {
      if (count % 12 === 0) harness.ecs.pipelineDeploys(servicePlace, { taskRoleArn: oldRoleArn, tags: {} });
      harness.clock.advance(5 * minute);
      await harness.sweep();
    }
    expect(ecsWritesOf(harness).filter((write) => write === 'updateService').length).toBeLessThanOrEqual(6);
  });

  it('a pipeline that ships another image with the wanted role is left alone', async () => {
    const harness = await startBound();
    const other = `contoso/api@sha256:${'1'.repeat(64)}`;
    harness.ecs.pipelineDeploys(servicePlace, { containers: [{ ...container, image: other }] });
    harness.clock.advance(minute);
    expect(isCalm(await harness.sweep())).toBe(true);
    expect(runningIn(harness)?.containers[0]?.image).toBe(other);
  });

  it('a copy carries what the pipeline deployed last', async () => {
    const harness = await startBound();
    const other = `contoso/api@sha256:${'1'.repeat(64)}`;
    harness.clock.advance(60 * minute);
    harness.ecs.pipelineDeploys(servicePlace, {
      taskRoleArn: oldRoleArn,
      tags: {},
      containers: [{ ...container, image: other }],
    });
    harness.clock.advance(32 * minute);
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)).toMatchObject({ taskRoleArn: madeRoleArn, containers: [{ image: other }] });
  });

  it('a deployment of somebody else is waited for', async () => {
    const harness = start();
    await harness.sweepUntil((report) => holdsIn(report).includes('bindTaskRole roleSettling'));
    harness.clock.advance(2 * minute);
    harness.ecs.calls.length = 0;
    const image = `contoso/api@sha256:${'2'.repeat(64)}`;
    harness.ecs.pipelineDeploys(servicePlace, { containers: [{ ...container, image }] });
    expect(holdsIn(await harness.sweep())).toContain('bindTaskRole deploymentInProgress');
    expect(ecsWritesOf(harness)).toEqual([]);
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)).toMatchObject({ taskRoleArn: madeRoleArn, containers: [{ image }] });
  });
});

describe('while a binding is carried out', () => {
  /** Just before the deployment, something happens after the write that is named. */
  const during = async (
    operation: 'readService' | 'copyRevision' | 'tagService',
    happen: (harness: ServicesHarness) => void,
  ): Promise<{ readonly harness: ServicesHarness; readonly report: SweepReport }> => {
    let afterObserving = (): void => undefined;
    const harness = start({
      through: (ecs) => ({
        ...ecs,
        observe: async (...given) => {
          const seen = await ecs.observe(...given);
          afterObserving();
          return seen;
        },
      }),
    });
    await harness.sweepUntil((report) => holdsIn(report).includes('bindTaskRole roleSettling'));
    harness.clock.advance(2 * minute);
    harness.ecs.calls.length = 0;
    if (operation === 'readService') {
      afterObserving = () => {
        afterObserving = () => undefined;
        happen(harness);
      };
      return { harness, report: await harness.sweep() };
    }
    const stop = harness.ecs.onWrite((call) => {
      if (call.operation !== operation) return;
      stop();
      happen(harness);
    });
    return { harness, report: await harness.sweep() };
  };

  const pipeline = ({ ecs }: ServicesHarness): void => {
    ecs.pipelineDeploys(servicePlace, { containers: [{ ...container, image: 'contoso/api:other' }] });
  };

  it.each(['readService', 'copyRevision', 'tagService'] as const)(
    'somebody deploys (seen before what comes after %s): nothing of hers is undone',
    async (operation) => {
      const { harness, report } = await during(operation, pipeline);
      expect(failuresIn(report)).toEqual([
        'somebody deployed the service eu-west-1/payments/api between plan and write; it is planned again',
      ]);
      expect(ecsWritesOf(harness)).not.toContain('updateService');
      expect(runningIn(harness)?.containers[0]?.image).toBe('contoso/api:other');
    },
  );

  it('the service is deleted: nothing more is written, and the next sweep says that it is gone', async () => {
    const { harness, report } = await during('copyRevision', ({ ecs }) => ecs.deleteService(servicePlace));
    expect(failuresIn(report)).toEqual([
      'the service eu-west-1/payments/api was deleted meanwhile; it is planned again',
    ]);
    expect(ecsWritesOf(harness)).toEqual(['copyRevision']);
    const next = await harness.sweep();
    expect(holdsIn(next)).toEqual(['bindTaskRole serviceMissing']);
    expect(next.plan.services[0]?.held[0]?.hold.message).toMatch(
      /there is no service api in the ECS cluster/,
    );
  });

  it('the cluster goes too', async () => {
    const { harness } = await during('tagService', ({ ecs }) => ecs.deleteCluster(servicePlace));
    expect(ecsWritesOf(harness)).toEqual(['copyRevision', 'tagService']);
    const next = await harness.sweep();
    expect(next.plan.services[0]?.held[0]?.hold.message).toMatch(
      /there is no ECS cluster payments in eu-west-1/,
    );
  });

  it('the service begins to drain', async () => {
    const { harness, report } = await during('tagService', ({ ecs }) => ecs.drainService(servicePlace));
    expect(failuresIn(report).join()).toMatch(/no longer ACTIVE|somebody deployed|being deleted/);
    expect(holdsIn(await harness.sweep())).toContain('bindTaskRole serviceDraining');
  });

  it('the revision that runs is deregistered: the copy is made of it all the same', async () => {
    const harness = start();
    harness.ecs.deregister('arn:aws:ecs:eu-west-1:111122223333:task-definition/api:1');
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)?.taskRoleArn).toBe(madeRoleArn);
  });

  it('the copy is deregistered before it could be deployed: another one is made', async () => {
    const { harness, report } = await during('tagService', ({ ecs }) => {
      ecs.deregister('arn:aws:ecs:eu-west-1:111122223333:task-definition/api:2');
    });
    expect(failuresIn(report).join()).toMatch(/INACTIVE/);
    await harness.sweepUntil((one) => isCalm(one), minute);
    expect(runningIn(harness)).toMatchObject({ revision: 3, taskRoleArn: madeRoleArn });
  });

  it('a revision is registered by somebody else: the full ARN keeps it out', async () => {
    const { harness } = await during('copyRevision', ({ ecs }) => {
      ecs.seedDefinition('eu-west-1', { family: 'api', containers: [{ ...container, image: 'evil' }] });
    });
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)?.containers[0]?.image).toBe(container.image);
  });

  it('a write is refused: the others are not tried, and it says so', async () => {
    const harness = start();
    await harness.sweepUntil((one) => holdsIn(one).includes('bindTaskRole roleSettling'));
    harness.clock.advance(2 * minute);
    harness.ecs.calls.length = 0;
    harness.ecs.failNext('copyRevision', new AppError('denied', 'grant iam:PassRole on the role'));
    const report = await harness.sweep();
    expect(report).toMatchObject({ result: 'incomplete', errorKind: 'denied' });
    expect(failuresIn(report)).toEqual(['grant iam:PassRole on the role']);
    expect(ecsWritesOf(harness)).toEqual(['copyRevision']);
  });
});

describe('what may not be', () => {
  const tag = { ...container, image: 'contoso/api:1' };
  const never: readonly (readonly [string, Parameters<typeof startServicesHarness>[0]])[] = [
    ['the rollout is notify', { bindings: [taskRoleBinding({ rollout: 'notify' })] }],
    ['the account has no ecsWrites', { account: { ecsWrites: false } }],
    ['the binding observes', { bindings: [taskRoleBinding({ rollout: 'deploy', mode: 'observe' })] }],
    ['the account observes', { account: { maxMode: 'observe' } }],
    ['the controller observes', { config: controllerConfig({ maxMode: 'observe' }) }],
    ['the binding is suspended', { bindings: [taskRoleBinding({ rollout: 'deploy', suspend: true })] }],
  ];
  it.each(never)(
    'is not done over a day in which everything else goes wrong too: %s',
    async (_name, options) => {
      const harness = start(options);
      const before = harness.ecs.serviceAt(servicePlace);
      for (let count = 0; count < 48; count += 1) {
        if (count % 5 === 0) harness.ecs.failNext('observe', new AppError('transient', 'down'));
        if (count % 7 === 0) harness.iam.failNext('observe', new AppError('transient', 'down'));
        if (count % 11 === 0) harness.restart();
        if (count === 20) harness.ecs.pipelineDeploys(servicePlace, { containers: [tag] });
        if (count === 30) harness.ecs.editService(servicePlace, { desiredCount: 0 });
        await harness.sweep();
        harness.clock.advance(30 * minute);
      }
      expect(ecsWritesOf(harness)).toEqual([]);
      expect(harness.ecs.serviceAt(servicePlace).tags).toEqual(before.tags);
      expect(copiesIn(harness)).toEqual([]);
    },
  );

  it('a mutable tag keeps the deployment back, and not the flag and the tags', async () => {
    const harness = start();
    harness.ecs.pipelineDeploys(servicePlace, { containers: [tag] });
    for (let count = 0; count < 30; count += 1) {
      await harness.sweep();
      harness.clock.advance(minute);
    }
    expect(copiesIn(harness)).toEqual([]);
    expect(runningIn(harness)?.taskRoleArn).toBe(oldRoleArn);
    expect(ecsWritesOf(harness)).toEqual(['tagService', 'updateService']);
    harness.setPolicies({ bindings: [taskRoleBinding({ rollout: 'deploy', allowMutableTags: true })] });
    await harness.sweepUntil(isCalm);
    expect(runningIn(harness)?.taskRoleArn).toBe(madeRoleArn);
  });
});

describe('very many bindings at once', () => {
  it('are carried out a part at a time, so that no sweep lasts, and every one arrives', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `service-${index}`);
    const places = names.map((service) => ({ ...servicePlace, service }));
    const harness = startServicesHarness({
      bindings: places.map((place) =>
        taskRoleBinding({
          meta: meta(place.service),
          place,
          rollout: 'deploy',
          exec: false,
          taskRole: { kind: 'existing', arn: 'arn:aws:iam::111122223333:role/new-task' },
        }),
      ),
      // ECS takes one registration a second.
      through: (ecs) => ({
        ...ecs,
        copyRevision: async (...given) => {
          harness.clock.advance(1_100);
          return ecs.copyRevision(...given);
        },
      }),
    });
    harness.iam.seedRole({ name: 'new-task', trustDocument: tasksTrust, path: '/' });
    for (const place of places) seedService(harness.ecs, place);
    const durations: number[] = [];
    await harness.sweepUntil((report) => {
      durations.push(report.durationMs);
      return isCalm(report);
    });
    expect(Math.max(...durations)).toBeLessThan(150_000);
    expect(durations.filter((ms) => ms > 100_000).length).toBeGreaterThan(1);
    expect(copiesIn(harness)).toHaveLength(300);
  });
});
