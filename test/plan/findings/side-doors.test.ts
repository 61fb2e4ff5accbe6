// The other ways to a bound service: what counts as one, and what does not.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/statement.ts';
import type { SideDoor } from '../../../src/domain/service-findings.ts';
import { documentOf, foreignRole, madeRole, oldRole, roleArn, servicesPlanOf } from '../services/scene.ts';

const admin = roleArn('admin');

const doorsFor = (statement: JsonObject, of = admin): readonly SideDoor[] =>
  servicesPlanOf({
    observed: { allows: [{ roleArn: of, policyName: 'inline', statement }] },
  }).sideDoors;

const allow = (
  action: string | readonly string[],
  resource: string | readonly string[] = '*',
): JsonObject => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

const ecs = (rest: string): string => `arn:aws:ecs:eu-west-1:111122223333:${rest}`;

const open: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  ['everything', allow('*'), ['assumeRole', 'executeCommand', 'passRole', 'startSession']],
  ['a shell in any task', allow('ecs:ExecuteCommand'), ['executeCommand']],
  ['in another case', allow('ECS:executecommand'), ['executeCommand']],
  ['by a pattern', allow('ecs:Exec*'), ['executeCommand']],
  ['among other actions', allow(['s3:GetObject', 'ecs:ExecuteCommand']), ['executeCommand']],
  ['in the tasks of the cluster', allow('ecs:ExecuteCommand', ecs('task/payments/*')), ['executeCommand']],
  ['in tasks by a pattern', allow('ecs:ExecuteCommand', 'arn:aws:ecs:*:*:task/pay*/*'), ['executeCommand']],
  [
    'in tasks of whoever asks',
    allow('ecs:ExecuteCommand', 'arn:aws:ecs:eu-west-1:111122223333:task/${aws:PrincipalTag/cluster}/*'),
    ['executeCommand'],
  ],
  ['a session beside ECS', allow('ssm:StartSession', ecs('task/*')), ['startSession']],
  ['the task role itself', allow('sts:AssumeRole', madeRole), ['assumeRole']],
  ['the task role by its path', allow('sts:AssumeRole', roleArn('rolewarden/*')), ['assumeRole']],
  ['giving the task role away', allow('iam:PassRole', madeRole), ['passRole']],
  [
    'what NotAction leaves',
    { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
    ['assumeRole', 'executeCommand', 'startSession'],
  ],
  [
    'what NotResource leaves',
    { Effect: 'Allow', Action: 'ecs:ExecuteCommand', NotResource: ecs('task/web/*') },
    ['executeCommand'],
  ],
  [
    'with a condition, which is not weighed',
    { ...allow('ecs:ExecuteCommand'), Condition: { StringEquals: { 'ecs:container-name': 'x' } } },
    ['executeCommand'],
  ],
];

const shut: readonly (readonly [string, JsonObject])[] = [
  ['a Deny', { ...allow('*'), Effect: 'Deny' }],
  ['another action', allow(['ecs:Describe*', 'ssm:GetParameter'])],
  ['tasks of another cluster', allow('ecs:ExecuteCommand', ecs('task/web/*'))],
  ['tasks of another region', allow('ecs:ExecuteCommand', 'arn:aws:ecs:us-east-1:111122223333:task/*')],
  ['tasks of another account', allow('ecs:ExecuteCommand', 'arn:aws:ecs:eu-west-1:999900001111:task/*')],
  ['sessions on instances', allow('ssm:StartSession', 'arn:aws:ec2:*:*:instance/*')],
  ['another role', allow(['sts:AssumeRole', 'iam:PassRole'], oldRole)],
  ['what NotAction leaves out', { Effect: 'Allow', NotAction: ['*'], Resource: '*' }],
  ['what NotResource leaves out', { Effect: 'Allow', Action: 'ecs:ExecuteCommand', NotResource: ecs('*') }],
];

describe('a side door', () => {
  it.each(open)('is %s', (_name, statement, kinds) => {
    expect(doorsFor(statement).map(({ kind }) => kind)).toEqual(kinds);
  });

  it.each(shut)('is not %s', (_name, statement) => {
    expect(doorsFor(statement)).toEqual([]);
  });

  it('says who, where and what', () => {
    expect(doorsFor({ Sid: 'Debug', ...allow('ecs:ExecuteCommand') })).toEqual([
      {
        place: { region: 'eu-west-1', cluster: 'payments', service: 'api' },
        kind: 'executeCommand',
        roleArn: admin,
        statement: 'inline policy inline, statement Debug',
        message: `${admin} may ecs:ExecuteCommand, and so open a shell in its containers (inline policy inline, statement Debug)`,
      },
    ]);
    expect(doorsFor(allow('ecs:ExecuteCommand'))[0]?.statement).toBe(
      'inline policy inline, a statement without Sid',
    );
  });

  it('is not a role that we look after', () => {
    expect(doorsFor(allow('*'), madeRole)).toEqual([]);
  });

  it('is none where no service is bound', () => {
    const allows = [{ roleArn: admin, policyName: 'inline', statement: allow('*') }];
    expect(servicesPlanOf({ bindings: [], observed: { allows } }).sideDoors).toEqual([]);
  });
});

describe('the task role’s own trust policy', () => {
  const trusting = (...statements: readonly object[]) =>
    servicesPlanOf({
      binding: { taskRole: { kind: 'existing', arn: oldRole } },
      roles: () => [],
      observed: {
        askedRoles: new Map([[oldRole, foreignRole({ trustDocument: documentOf(...statements) })]]),
      },
    }).sideDoors;
  const tasks = {
    Effect: 'Allow',
    Principal: { Service: 'ecs-tasks.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };

  it('is one where it trusts more than ECS tasks', () => {
    const other = { ...tasks, Sid: 'Debug', Principal: { AWS: 'arn:aws:iam::111122223333:root' } };
    expect(trusting(tasks, other)).toMatchObject([
      {
        kind: 'assumeRole',
        roleArn: oldRole,
        statement: 'trust policy, statement Debug',
        message: `the task role ${oldRole} trusts {"AWS":"arn:aws:iam::111122223333:root"} besides ECS tasks (trust policy, statement Debug)`,
      },
    ]);
  });

  it('is none where it trusts nobody else', () => {
    expect(trusting(tasks)).toEqual([]);
    expect(trusting(tasks, { ...tasks, Effect: 'Deny', Principal: '*' })).toEqual([]);
  });
});
