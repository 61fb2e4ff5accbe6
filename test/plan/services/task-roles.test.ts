// Task roles that are made for bindings: decided like all roles, and never changed under running tasks unless the binding
// lets it.

import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/domain/errors.ts';
import type { PlannedRole } from '../../../src/domain/plan.ts';
import { unreadable } from '../../../src/domain/reading.ts';
import { type ObservedRole, accessPolicyName } from '../../../src/domain/role.ts';
import type { PlanInput } from '../../../src/plan/plan-input.ts';
import { applied, held, onlyRole, planOf, roleInSync, writeOps } from '../scenario.ts';
import {
  type EcsParts,
  type ServiceParts,
  boundOtherwise,
  definition,
  madeRole,
  oldRole,
  roleArn,
  servicesPlanOf,
  task,
} from './scene.ts';

const roleOf = (parts: ServiceParts): PlannedRole => {
  const [role, ...others] = servicesPlanOf(parts).roles;
  if (role === undefined || others.length > 0) throw new Error('expected one role');
  return role;
};

const inSync: NonNullable<ServiceParts['roles']> = (desired) => desired.map((role) => roleInSync(role));
const edited =
  (change: Partial<ObservedRole>): NonNullable<ServiceParts['roles']> =>
  (desired) =>
    desired.map((role) => roleInSync(role, change));
const none = (): readonly ObservedRole[] => [];

const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const otherPermissions = edited({
  inlinePolicies: [{ name: accessPolicyName, document: JSON.stringify(allowAll) }],
});
/** A role that we made and have not opened yet. */
const closed = edited({
  trustDocument: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }),
});

describe('a task role', () => {
  it('that is as it should be needs nothing', () => {
    expect(roleOf({}).state).toBe('inSync');
  });

  it('that is missing is made closed, and opened last', () => {
    const role = roleOf({ ecs: boundOtherwise, roles: none });
    expect(applied(role)).toEqual(['createRole widens', 'putPermissions widens', 'grant widens']);
    expect(writeOps(role)).toEqual(['createRole', 'putInlinePolicy', 'updateTrust']);
    const [create, , open] = role.writes;
    expect(create?.op === 'createRole' && JSON.parse(create.role.trustDocument)).toMatchObject({
      Statement: [{ Effect: 'Deny', Principal: { Service: 'ecs-tasks.amazonaws.com' } }],
    });
    expect(open?.op === 'updateTrust' && JSON.parse(open.after)).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'aws:SourceAccount': '111122223333' },
            ArnLike: { 'aws:SourceArn': 'arn:aws:ecs:eu-west-1:111122223333:*' },
          },
        },
      ],
    });
  });

  it('needs no identity provider', () => {
    const observed = { samlProviderArns: new Set<string>(), oidcProviderArns: new Set<string>() };
    expect(roleOf({ ecs: boundOtherwise, roles: none, observed }).held).toEqual([]);
  });

  it('whose trust policy lets somebody else in is closed to him', () => {
    const [own] = inSync([...servicesDesired()]);
    const trust = JSON.parse(own?.trustDocument ?? '') as { Statement: object[] };
    const evil = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::999900001111:root' },
      Action: 'sts:AssumeRole',
    };
    const trustDocument = JSON.stringify({ ...trust, Statement: [...trust.Statement, evil] });
    const role = roleOf({ roles: edited({ trustDocument }) });
    expect(applied(role)).toEqual(['revoke narrows']);
    expect(role.apply[0]?.driftClass).toBe('foreignStatement');
  });

  it('that lost the source conditions gets them back', () => {
    const trustDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    });
    const role = roleOf({ roles: edited({ trustDocument }) });
    expect([...applied(role)].sort()).toEqual(['grant none', 'revoke narrows']);
    expect(JSON.stringify(role.writes.at(-1))).toContain('aws:SourceArn');
  });

  it.each([
    [
      'another inline policy',
      edited({ inlinePolicies: [{ name: 'more', document: JSON.stringify(allowAll) }] }),
    ],
    ['no boundary', edited({ permissionsBoundary: undefined })],
    ['other permissions', otherPermissions],
  ])('with %s is put right', (_name, roles) => {
    expect(roleOf({ roles }).state).toBe('apply');
  });

  it('has a name that is somebody else’s: nothing is done', () => {
    const other = { otherRoles: new Map([['payments-api-task', roleArn('payments-api-task')]]) };
    const role = roleOf({ ecs: boundOtherwise, roles: none, observed: other });
    expect(role.apply).toEqual([]);
    expect(held(role)).toContain('createRole roleNameTaken');
  });
});

const servicesDesired = () => {
  let seen: Parameters<NonNullable<ServiceParts['roles']>>[0] = [];
  servicesPlanOf({
    roles: (desired) => {
      seen = desired;
      return [];
    },
  });
  return seen;
};

describe('with rollout notify', () => {
  const notify = { binding: { rollout: 'notify' } } as const;
  const down = unreadable(new AppError('transient', 'ECS answered 503'));
  const running: readonly (readonly [string, EcsParts])[] = [
    ['the service runs with it', {}],
    [
      'only one old task runs with it',
      {
        tasks: [task(1, { taskDefinitionArn: definition(6).arn })],
        definitions: [definition(7, { taskRoleArn: oldRole }), definition(6)],
      },
    ],
    [
      'somebody’s own task runs with it',
      {
        ...boundOtherwise,
        tasks: [task(1), task(2, { group: 'family:api', taskRoleOverride: madeRole })],
      },
    ],
    ['what runs could not be read', { service: down }],
    ['nothing that is seen runs with it, and it is open', boundOtherwise],
  ];
  it.each(running)('a role is not changed while %s', (_name, ecs) => {
    const role = roleOf({ ...notify, ecs, roles: otherPermissions });
    expect(role.apply).toEqual([]);
    expect(held(role)).toEqual(['putPermissions notifyOnly']);
    expect(role.held[0]?.hold.message).toMatch(
      /set rollout: deploy in the binding payments-api to let it be changed/,
    );
  });

  it('not even to take something away, as that would reach what runs', () => {
    const roles = edited({ attachedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] });
    expect(held(roleOf({ ...notify, roles }))).toEqual(['detachPolicy notifyOnly']);
  });

  it('a role that nothing runs with is made ready', () => {
    expect(roleOf({ ...notify, ecs: boundOtherwise, roles: none }).state).toBe('apply');
    expect(roleOf({ ...notify, ecs: boundOtherwise, roles: closed }).state).toBe('apply');
  });

  it('a role is not even made while it is not known what runs', () => {
    expect(roleOf({ ...notify, ecs: { service: down }, roles: none }).apply).toEqual([]);
  });

  it('with deploy, all of this is done', () => {
    for (const [, ecs] of running) expect(roleOf({ ecs, roles: otherPermissions }).state).toBe('apply');
  });
});

describe('a task role whose binding is gone', () => {
  const orphan = (): readonly ObservedRole[] => servicesDesired().map((role) => roleInSync(role));
  const decided = (input: Partial<PlanInput> = {}) => planOf({ policies: [], roles: orphan, input });

  it('stays as it is, and is shown with what to do, by the loop that looks at all roles', () => {
    const role = onlyRole(decided());
    expect(role).toMatchObject({
      name: 'payments-api-task',
      owner: { kind: 'TaskRoleBinding', name: 'payments-api' },
      apply: [],
      writes: [],
    });
    expect(held(role)).toEqual(['deleteRole byHand']);
    expect(role.held[0]?.hold.message).toMatch(/delete it by hand, or bring its binding back/);
  });

  it('is not judged while a policy file is invalid', () => {
    expect(held(onlyRole(decided({ policiesComplete: false })))).toEqual(['deleteRole sourcesInvalid']);
  });

  it('is one loop’s or the other’s, never both’s', () => {
    expect(decided({ bindings: new Set(['payments-api']) }).roles).toEqual([]);
    expect(servicesPlanOf({ bindings: [], roles: orphan }).roles).toEqual([]);
  });
});
