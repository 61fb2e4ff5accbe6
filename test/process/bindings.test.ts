// Task role bindings with the real process and the sandbox's ECS: what a platform team would see.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoCluster, demoSharedTaskRole } from '../../src/sandbox/demo-world.ts';
import type { Fault } from '../../src/sandbox/world.ts';
import type { ServiceStatus } from '../../src/report/status-document.ts';
import { type Controller, type Rig, accounts, endAll, groups, startRig, users } from './harness.ts';

const service = 'payments-api';
const { region, cluster } = demoCluster;
const place = { accountId: accounts.dev, region };
const own = `arn:aws:iam::${accounts.dev}:role/rolewarden/payments-api-task`;
const shared = `arn:aws:iam::${accounts.dev}:role/${demoSharedTaskRole}`;

let rig: Rig;

const runningIn = (accountId: string = accounts.dev) => {
  const found = rig.sandbox.aws.ecs.services({ accountId, region }).find(({ name }) => name === service);
  if (found === undefined) throw new Error('the service is gone');
  return found;
};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const definitions = (accountId: string = accounts.dev) =>
  rig.sandbox.aws.ecs
    .taskDefinitions({ accountId, region })
    .filter(({ family }) => family === service)
    .map(({ taskRoleArn, taskDefinitionArn, ...rest }) => ({
      taskRoleArn: textOf(taskRoleArn),
      arn: textOf(taskDefinitionArn),
      rest,
    }));
/** The role that the service is to run with. */
const roleOf = (accountId: string = accounts.dev): string => {
  const [primary] = runningIn(accountId).deployments;
  return definitions(accountId).find(({ arn }) => arn === primary?.taskDefinitionArn)?.taskRoleArn ?? '';
};
const statusOf = async (controller: Controller, account = 'dev'): Promise<ServiceStatus | undefined> =>
  (await controller.status()).services.find((one) => one.account === account && one.service === service);
const reasonIn = async (controller: Controller, account = 'dev'): Promise<string | undefined> =>
  (await statusOf(controller, account))?.binding?.reason;
const ecsWrites = (accountId: string = accounts.dev) =>
  rig
    .awsWrites()
    .filter((request) => request.service === 'ecs' && request.accountId === accountId)
    .map(({ operation }) => operation);

/** Tasks come up at once, so that no test waits for them. */
const start = async (): Promise<Rig> => {
  rig = await startRig({ bindings: true });
  rig.sandbox.aws.ecs.setTaskStartMs(200);
  return rig;
};

describe('a binding in force', () => {
  let controller: Controller;
  beforeAll(async () => {
    await start();
    controller = await rig.startCalm();
  });
  afterAll(endAll);

  it('has deployed a copy that differs in nothing but the role', () => {
    const [before, after, ...more] = definitions();
    expect(more).toEqual([]);
    expect(roleOf()).toBe(own);
    const { revision: _old, registeredAt: _then, ...was } = before?.rest ?? {};
    const { revision: _new, registeredAt: _now, ...is } = after?.rest ?? {};
    expect({ ...is, registeredBy: '' }).toEqual({ ...was, registeredBy: '' });
  });

  it('is ready, in status and metrics, and shells would open', async () => {
    expect(await statusOf(controller)).toMatchObject({
      binding: { name: 'payments-api', state: 'ready', taskRoleArn: own, wantedTaskRoleArn: own },
      exec: { condition: { status: 'True', reason: 'Ready' } },
    });
    const ready = (name: string, labels: object) =>
      controller.metric(name, { account: 'dev', reason: 'Ready', ...labels });
    expect(await ready('rolewarden_binding_ready', { binding: 'payments-api' })).toBe(1);
    expect(await ready('rolewarden_exec_ready', { service })).toBe(1);
  });

  it('that says notify is drift, and changes nothing that runs', async () => {
    expect(roleOf(accounts.prod)).toBe(`arn:aws:iam::${accounts.prod}:role/${demoSharedTaskRole}`);
    expect(await reasonIn(controller, 'prod')).toBe('notifyOnly');
    expect(ecsWrites(accounts.prod)).toEqual([]);
    expect(
      await controller.metric('rolewarden_drift', {
        account: 'prod',
        class: 'wrongTaskRole',
        kind: 'Service',
      }),
    ).toBe(1);
  });

  it('is in the journal, from decision to call', async () => {
    const change = await controller.journalLine(
      (line) => line['event'] === 'change' && line['kind'] === 'bindTaskRole',
    );
    expect(change).toMatchObject({
      service: `${region}/${cluster}/${service}`,
      binding: 'payments-api',
      before: { taskRoleArn: shared },
      after: { taskRoleArn: own },
      result: 'done',
    });
    const copied = controller.journal().find((line) => line['op'] === 'copyRevision');
    expect(copied).toMatchObject({ binding: 'payments-api', result: 'done' });
  });

  it('costs a handful of reads a sweep, none of them per task or revision', async () => {
    await controller.sweeps(1);
    rig.sandbox.aws.requests.clear();
    const servicesSweeps = () =>
      controller.metric('rolewarden_sweeps_total', { account: 'dev', scope: 'services' });
    const before = (await servicesSweeps()) ?? 0;
    await controller.until(
      'services are swept again',
      async () => ((await servicesSweeps()) ?? 0) >= before + 3,
    );
    const asked = rig.sandbox.aws.requests
      .list()
      .filter((request) => request.service === 'ecs' && request.accountId === accounts.dev)
      .map(({ operation }) => operation);
    expect(new Set(asked)).toEqual(
      new Set(['DescribeClusters', 'DescribeServices', 'ListTasks', 'DescribeTasks']),
    );
    const sweeps = ((await servicesSweeps()) ?? 0) - before;
    // 1 service, 1 cluster, 1 region: ceil(1/10) + (ceil(1/100) + 2·ceil(2/100)) + 1, and a sweep may be under way.
    expect(asked.length).toBeLessThanOrEqual((sweeps + 1) * 5);
  });

  it('shows a side door, by role and statement', async () => {
    rig.sandbox.aws.seedRole(accounts.dev, {
      name: 'break-glass',
      trustDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
      inlinePolicies: {
        all: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Sid: 'Shells', Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' }],
        }),
      },
    });
    const doors = () =>
      controller.metric('rolewarden_side_doors', { account: 'dev', door: 'executeCommand' });
    // The other one is the spoke role's own, which may do everything in this world.
    await controller.until('the side door shows', async () => (await doors()) === 2);
    const { stdout } = await rig.run(['get', '--wide', '--url', controller.apiUrl]);
    expect(stdout).toContain(
      `dev/payments-api: arn:aws:iam::${accounts.dev}:role/break-glass may ecs:ExecuteCommand`,
    );
    expect(stdout).toContain('(inline policy all, statement Shells)');
  });

  it('says why shells would not open, once they would not', async () => {
    const { ecs } = rig.sandbox.aws;
    ecs.updateService(place, cluster, service, { propagateTags: 'NONE', tags: {}, forceNewDeployment: true });
    await controller.until('nothing but the tags is missing, or all is put right', async () => {
      const status = await statusOf(controller);
      return status?.exec?.condition.reason === 'tagMissing' || runningIn().propagateTags === 'SERVICE';
    });
    await controller.until(
      'the binding has put it right',
      async () => (await reasonIn(controller)) === 'Ready',
    );
    expect(runningIn()).toMatchObject({ propagateTags: 'SERVICE', tags: { 'rolewarden:service': service } });
  });
});

describe('a binding that is carried out', () => {
  afterEach(endAll);

  const untilMoment = async (operation: string): Promise<Controller> => {
    await start();
    const moment = new Promise<void>((resolve) => {
      rig.sandbox.aws.onMutation((mutation) => {
        if (mutation.service === 'ecs' && mutation.operation === operation) resolve();
      });
    });
    const controller = await rig.start();
    await moment;
    return controller;
  };

  it.each(['RegisterTaskDefinition', 'TagResource', 'UpdateService'])(
    'arrives although the process is killed right after %s',
    async (operation) => {
      const controller = await untilMoment(operation);
      controller.kill('SIGKILL');
      await controller.ended;
      const next = await rig.startCalm();
      await next.until('the binding has arrived', () => roleOf() === own);
      expect(definitions().length).toBeLessThanOrEqual(operation === 'RegisterTaskDefinition' ? 3 : 2);
    },
  );

  it('is rolled back by ECS: that is an answer, and is not repeated', async () => {
    await start();
    const { ecs } = rig.sandbox.aws;
    rig.sandbox.aws.onMutation(({ operation }) => {
      if (operation !== 'RegisterTaskDefinition') return;
      for (const { taskRoleArn, arn } of definitions()) if (taskRoleArn === own) ecs.failDeploymentsOf(arn);
    });
    const controller = await rig.start();
    await controller.until('ECS has answered', async () => (await reasonIn(controller)) === 'rolledBack');
    await controller.sweeps(3);
    await controller.until('the deployment back has ended', () => runningIn().deployments.length === 1);
    expect(roleOf()).toBe(shared);
    expect(definitions()).toHaveLength(2);
    const text = await rig.run(['get', service, '--url', controller.apiUrl]);
    expect(text.stdout).toMatch(/rolledBack.*payments-api in dev/);
    expect(text.stdout).toMatch(/look at its stopped tasks and correct the role's permissions/);
  });

  it('is contested by a pipeline: shown, and not fought', async () => {
    await start();
    const controller = await rig.startCalm();
    rig.sandbox.aws.requests.clear();
    rig.sandbox.aws.ecs.updateService(place, cluster, service, {
      revision: (newest) => ({ ...newest, taskRoleArn: shared }),
    });
    await controller.until('that is contested', async () => (await reasonIn(controller)) === 'contested');
    await controller.sweeps(2);
    expect(ecsWrites()).toEqual([]);
    expect(await controller.metric('rolewarden_drift', { class: 'foreignRevision', account: 'dev' })).toBe(1);
  });

  it('needs iam:PassRole: without it, the statement that is missing is named', async () => {
    await start();
    rig.sandbox.aws.addFault({
      service: 'ecs',
      operation: 'RegisterTaskDefinition',
      accountId: accounts.dev,
      effect: {
        kind: 'error',
        status: 400,
        code: 'AccessDeniedException',
        message: `User: arn:aws:sts::${accounts.dev}:assumed-role/rolewarden-spoke/rolewarden is not authorized to perform: iam:PassRole on resource: ${own} because no identity-based policy allows the iam:PassRole action`,
      },
    });
    const controller = await rig.start();
    await controller.until(
      'the write has failed',
      async () => (await reasonIn(controller)) === 'WriteFailed',
    );
    const status = await statusOf(controller);
    expect(status?.binding?.message).toMatch(
      /iam:PassRole on role .*payments-api-task is denied.*iam:PassedToService is ecs-tasks.amazonaws.com/,
    );
    expect(status?.binding?.conditions.map(({ type }) => type)).toContain('Stalled');
    expect(roleOf()).toBe(shared);
    expect(definitions()).toHaveLength(1);
  });

  it('stops where the service is deleted, and says so', async () => {
    const controller = await untilMoment('RegisterTaskDefinition');
    rig.sandbox.aws.ecs.deleteService(place, cluster, service);
    await controller.until(
      'the service is missed',
      async () => (await reasonIn(controller)) === 'serviceMissing',
    );
    expect((await statusOf(controller))?.binding?.message).toMatch(
      /there is no service payments-api in the ECS cluster payments in eu-west-1 of account dev/,
    );
    expect((await statusOf(controller))?.exec?.condition.reason).toBe('serviceMissing');
  });

  it('is made by run --once, as often as it takes', async () => {
    await start();
    const once = () => rig.run(['run', '--once', '--config', rig.config]);
    expect((await once()).code).toBe(0);
    expect(roleOf()).toBe(shared);
    expect((await once()).code).toBe(0);
    expect(roleOf()).toBe(own);
  });
});

describe('while ECS cannot be read', () => {
  let controller: Controller;
  beforeAll(async () => {
    await start();
    controller = await rig.startCalm();
  });
  afterAll(endAll);

  const cases: readonly (readonly [string, Pick<Fault, 'operation' | 'effect'>])[] = [
    [
      'services are throttled',
      { operation: 'DescribeServices', effect: { kind: 'error', status: 400, code: 'ThrottlingException' } },
    ],
    [
      'services are denied',
      {
        operation: 'DescribeServices',
        effect: { kind: 'error', status: 400, code: 'AccessDeniedException' },
      },
    ],
    ['clusters never come', { operation: 'DescribeClusters', effect: { kind: 'hang' } }],
    ['tasks come in half a body', { operation: 'DescribeTasks', effect: { kind: 'truncateBody' } }],
    ['the list of tasks breaks off', { operation: 'ListTasks', effect: { kind: 'dropConnection' } }],
  ];
  it.each(cases)(
    '(%s) nothing is written there, permissions stay, and leavers leave',
    async (_name, fault) => {
      const { aws, entra } = rig.sandbox;
      const permissions = () =>
        aws.roles(accounts.dev).find(({ name }) => name === 'payments-debug')?.inlinePolicies[
          'rolewarden-access'
        ];
      const before = permissions();
      aws.requests.clear();
      aws.addFault({ service: 'ecs', accountId: accounts.dev, ...fault });
      await controller.until(
        'it is told',
        async () => (await controller.metric('rolewarden_unreadable', { source: 'ecs:dev' })) === 1,
      );
      expect(await reasonIn(controller)).toBe('Unknown');
      entra.removeMember(groups.paymentsOnCall, users.onCall3);
      await controller.until('the leaver is out', async () => !(await rig.isAdmitted(users.onCall3)));
      expect(ecsWrites()).toEqual([]);
      expect(permissions()).toBe(before);
      expect(roleOf()).toBe(own);
      aws.clearFaults();
      entra.addMember(groups.paymentsOnCall, users.onCall3);
      await controller.until('all is well again', async () => (await reasonIn(controller)) === 'Ready');
      await controller.until('she is back', () => rig.isAdmitted(users.onCall3));
    },
  );
});
