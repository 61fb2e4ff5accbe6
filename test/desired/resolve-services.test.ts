// Bindings and grants as the task roles, services and shells of one account.

import { describe, expect, it } from 'vitest';
import {
  bindingsOf,
  observedPermissions,
  resolveServices,
  servicesToObserve,
} from '../../src/desired/resolve-services.ts';
import { serviceKey } from '../../src/domain/ecs.ts';
import type { AccessPolicy, Account, PolicySet } from '../../src/domain/policy.ts';
import { AppError } from '../../src/domain/errors.ts';
import { unreadable } from '../../src/domain/reading.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  meta,
  policySet,
  servicePlace,
  taskRoleBinding,
} from '../builders.ts';
import { container, definition, ecsOf } from '../plan/services/scene.ts';

const config = controllerConfig();
const resolve = (policies: Partial<PolicySet>, own: Account = account()) =>
  resolveServices(policySet({ policies: [], ...policies }), own, config);
const only = (binding: Parameters<typeof taskRoleBinding>[0] = {}, own: Partial<Account> = {}) => {
  const desired = resolve({ bindings: [taskRoleBinding(binding)] }, account(own));
  const [service] = desired.services;
  if (service === undefined) throw new Error('no service');
  return { service, roles: desired.roles };
};

describe('a task role that is made', () => {
  it('is one for the tasks of that account and region, and for nothing else', () => {
    const [role] = only().roles;
    expect(role).toMatchObject({
      roleName: 'payments-api-task',
      owner: { kind: 'TaskRoleBinding', name: 'payments-api' },
      providers: ['ecs-tasks.amazonaws.com'],
      boundary: 'arn:aws:iam::111122223333:policy/rolewarden-boundary',
      tags: { 'rolewarden:instance': 'test', 'rolewarden:binding': 'payments-api' },
      settings: { description: 'Task role of the ECS service api', maxSessionSeconds: 3_600 },
    });
    expect([...(role?.grants.values() ?? [])]).toEqual([
      {
        kind: 'ecsTasks',
        provider: 'ecs-tasks.amazonaws.com',
        accountId: '111122223333',
        sourceArn: 'arn:aws:ecs:eu-west-1:111122223333:*',
      },
    ]);
  });

  it('has its permissions, and with exec those that shells need', () => {
    const sidsOf = (exec: boolean) => only({ exec }).roles[0]?.statements.map(({ Sid: sid }) => sid);
    expect(sidsOf(false)).toEqual(['Rolewarden1']);
    expect(sidsOf(true)).toEqual(['Rolewarden1', 'Rolewarden2Exec']);
    expect(only({ exec: true }).roles[0]?.statements.at(-1)).toMatchObject({
      Effect: 'Allow',
      Resource: '*',
      Action: [
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
    });
  });

  it('is named by the service, under our path', () => {
    const { service } = only();
    expect(service.taskRoleArn).toBe('arn:aws:iam::111122223333:role/rolewarden/payments-api-task');
    expect(service.madeRole).toBe('payments-api-task');
  });

  it('follows the partition of its account', () => {
    const { service, roles } = only({}, { partition: 'aws-cn' });
    expect(service.taskRoleArn).toMatch(/^arn:aws-cn:iam::/);
    expect([...(roles[0]?.grants.values() ?? [])]).toMatchObject([
      { sourceArn: 'arn:aws-cn:ecs:eu-west-1:111122223333:*' },
    ]);
  });
});

describe('a task role that exists', () => {
  it('is bound, and not made', () => {
    const arn = 'arn:aws:iam::111122223333:role/payments-api';
    const { service, roles } = only({ taskRole: { kind: 'existing', arn } });
    expect(roles).toEqual([]);
    expect(service).toMatchObject({ taskRoleArn: arn, madeRole: undefined });
  });
});

describe('a binding', () => {
  it('has the weakest mode of binding, account and config', () => {
    expect(only({ mode: 'enforce' }).service.mode).toBe('enforce');
    expect(only({ mode: 'enforce' }, { maxMode: 'narrow-only' }).service.mode).toBe('narrow-only');
    expect(only({ mode: 'observe' }, { maxMode: 'narrow-only' }).service.mode).toBe('observe');
  });

  it('hands its will on to role and service', () => {
    const { service, roles } = only({
      suspend: true,
      rollout: 'deploy',
      allowMutableTags: true,
      exec: false,
    });
    expect(service).toMatchObject({
      isSuspended: true,
      rollout: 'deploy',
      allowMutableTags: true,
      exec: false,
    });
    expect(roles[0]).toMatchObject({ isSuspended: true, rollout: 'deploy' });
  });

  it('belongs to one account', () => {
    const bindings = [taskRoleBinding(), taskRoleBinding({ account: 'prod', meta: meta('elsewhere') })];
    expect(resolve({ bindings }).services.map(({ owner }) => owner.name)).toEqual(['payments-api']);
    expect([...bindingsOf(policySet({ bindings }), account())]).toEqual(['payments-api']);
  });

  it('is sorted by place, whatever order the files have', () => {
    const at = (service: string, region = 'eu-west-1') =>
      taskRoleBinding({
        meta: meta(service),
        place: { ...servicePlace, region, service },
        taskRole: { kind: 'existing', arn: 'arn:aws:iam::111122223333:role/a' },
      });
    const bindings = [at('b'), at('a'), at('z', 'eu-central-1')];
    const keys = (list: typeof bindings) =>
      resolve({ bindings: list }).services.map(({ place }) => serviceKey(place));
    expect(keys(bindings)).toEqual([
      'eu-central-1/payments/z',
      'eu-west-1/payments/a',
      'eu-west-1/payments/b',
    ]);
    expect(keys(bindings.toReversed())).toEqual(keys(bindings));
  });
});

const granting = (name: string, overrides: Partial<AccessPolicy['ecs'][number]>, accounts = ['dev']) =>
  accessPolicy({
    meta: meta(name),
    accounts,
    ecs: [{ ...servicePlace, services: ['api'], containers: ['api'], allow: ['exec'], ...overrides }],
  });

describe('shells', () => {
  it('are those that policies of the account open, each service once', () => {
    const policies = [
      granting('b', { services: ['worker', 'api'], containers: ['sidecar'] }),
      granting('a', { containers: ['api'] }),
      granting('inspect', { services: ['ledger'], allow: ['inspect', 'logs', 'restart'] }),
      granting('elsewhere', { services: ['far'] }, ['prod']),
    ];
    expect(resolve({ policies }).exec).toEqual([
      { place: servicePlace, containers: ['api', 'sidecar'], policies: ['a', 'b'] },
      { place: { ...servicePlace, service: 'worker' }, containers: ['sidecar'], policies: ['b'] },
    ]);
  });
});

describe('the services to observe', () => {
  it('are those of bindings, logs and exec, each once, sorted', () => {
    const policies = [
      granting('logs', { services: ['worker'], allow: ['logs'] }),
      granting('exec', { services: ['api'] }),
      granting('inspect', { services: ['ledger'], allow: ['inspect', 'restart'] }),
      granting('elsewhere', { services: ['far'] }, ['prod']),
    ];
    const bindings = [
      taskRoleBinding(),
      taskRoleBinding({ account: 'prod', place: { ...servicePlace, service: 'other' } }),
    ];
    const keys = servicesToObserve(policySet({ policies, bindings }), account()).map(serviceKey);
    expect(keys).toEqual(['eu-west-1/payments/api', 'eu-west-1/payments/worker']);
    expect(servicesToObserve(policySet({ policies: [], bindings: [] }), account())).toEqual([]);
  });
});

describe('what permissions make of an observation', () => {
  const policies = policySet({ policies: [granting('logs', { allow: ['logs'] })] });
  const logging = (name: string) =>
    ecsOf({
      definitions: [definition(7, { containers: [container({ logGroup: { region: 'eu-west-1', name } })] })],
    });
  const seen = (ecs: ReturnType<typeof ecsOf>) => observedPermissions(policies, account(), ecs);

  it('is the same text while nothing changes that they hang on', () => {
    expect(seen(logging('/a'))).toBe(seen({ ...logging('/a'), readAtMs: 7 }));
    expect(seen(logging('/a'))).not.toBe(seen(logging('/b')));
  });

  it('is another text when it cannot be read', () => {
    const down = ecsOf({ service: unreadable(new AppError('transient', 'down')) });
    expect(seen(down)).not.toBe(seen(logging('/a')));
  });
});
