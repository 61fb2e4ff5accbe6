// What holds a change of a service, with the sentence that says why and what to do.

import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/domain/errors.ts';
import type { HoldReason } from '../../../src/domain/plan.ts';
import { absent, present, unreadable } from '../../../src/domain/reading.ts';
import { ecsServiceTag } from '../../../src/domain/ecs-grants.ts';
import type { TaskRoleBinding } from '../../../src/domain/policy.ts';
import { taskRoleBinding } from '../../builders.ts';
import { roleInSync } from '../scenario.ts';
import {
  type EcsParts,
  type ServiceParts,
  ago,
  boundOtherwise,
  container,
  definition,
  deployment,
  documentOf,
  drift,
  foreignRole,
  madeRole,
  nowMs,
  oldRole,
  revisionArn,
  roleArn,
  service,
  servicePlanOf,
  servicesPlanOf,
  task,
  writesOf,
} from './scene.ts';

const down = unreadable(new AppError('transient', 'ECS answered 503'));
const serving = (overrides: Parameters<typeof service>[0]): EcsParts => ({
  ...boundOtherwise,
  service: present(service(overrides)),
});
const existing = (arn: string): Partial<TaskRoleBinding> => ({ taskRole: { kind: 'existing', arn } });
const trusting = (principal: object, condition?: object) => ({
  observed: {
    askedRoles: new Map([
      [
        oldRole,
        foreignRole({
          trustDocument: documentOf({
            Effect: 'Allow',
            Principal: principal,
            Action: 'sts:AssumeRole',
            ...(condition === undefined ? {} : { Condition: condition }),
          }),
        }),
      ],
    ]),
    otherRoles: new Map([['old-task', oldRole]]),
  },
});

interface Case {
  readonly name: string;
  readonly parts: ServiceParts;
  readonly reason: HoldReason;
  readonly sentence: RegExp;
  readonly untilMs?: number;
}

const second = 1_000;
const cases: readonly Case[] = [
  {
    name: 'there is no such cluster',
    parts: { ecs: { cluster: absent } },
    reason: 'serviceMissing',
    sentence:
      /^there is no ECS cluster payments in eu-west-1 of account dev; correct the binding payments-api, or remove it$/,
  },
  {
    name: 'there is no such service',
    parts: { ecs: { service: absent } },
    reason: 'serviceMissing',
    sentence: /^there is no service api in the ECS cluster payments in eu-west-1 of account dev; correct/,
  },
  {
    name: 'the service was deleted a while ago',
    parts: { ecs: serving({ status: 'INACTIVE' }) },
    reason: 'serviceMissing',
    sentence: /^there is no service api/,
  },
  {
    name: 'the service is being deleted',
    parts: { ecs: serving({ status: 'DRAINING' }) },
    reason: 'serviceDraining',
    sentence: /is being deleted \(DRAINING\); remove the binding payments-api, or create the service again/,
  },
  {
    name: 'suspended',
    parts: { ecs: boundOtherwise, binding: { suspend: true } },
    reason: 'suspended',
    sentence: /the binding payments-api says suspend: true; take that out/,
  },
  {
    name: 'CodeDeploy deploys it',
    parts: { ecs: serving({ controller: 'CODE_DEPLOY' }) },
    reason: 'unsupported',
    sentence:
      /deployment controller CODE_DEPLOY.*deploy it with CodeDeploy \(an AppSpec that names the revision\)/,
  },
  {
    name: 'something else deploys it',
    parts: {
      ecs: {
        service: present(service({ controller: 'EXTERNAL', taskDefinitionArn: undefined, deployments: [] })),
        tasks: [task(1, { taskDefinitionArn: revisionArn(6) })],
        definitions: [definition(6, { taskRoleArn: oldRole })],
      },
    },
    reason: 'unsupported',
    sentence: /deployment controller EXTERNAL.*create a task set with it/,
  },
  {
    name: 'another instance looks after it',
    parts: { ecs: serving({ tags: { [ecsServiceTag]: 'api', 'rolewarden:instance': 'other' } }) },
    reason: 'serviceTaken',
    sentence: /carries the tag rolewarden:instance = other: another controller looks after it; remove/,
  },
  {
    name: 'the mode is observe',
    parts: { ecs: boundOtherwise, binding: { mode: 'observe' } },
    reason: 'observeOnly',
    sentence: /the mode is observe/,
  },
  {
    name: 'the mode is narrow-only',
    parts: { ecs: boundOtherwise, binding: { mode: 'narrow-only' } },
    reason: 'narrowOnly',
    sentence: /the mode is narrow-only/,
  },
  {
    name: 'the rollout is notify',
    parts: { ecs: boundOtherwise, binding: { rollout: 'notify' } },
    reason: 'notifyOnly',
    sentence:
      /set rollout: deploy in the binding payments-api, or name the role .*payments-api-task in the pipeline/,
  },
  {
    name: 'the account lets no service be changed',
    parts: { ecs: boundOtherwise, account: { ecsWrites: false } },
    reason: 'ecsWritesOff',
    sentence: /the Account dev lets no ECS service be changed; set ecsWrites: true there/,
  },
  {
    name: 'the service has the short ARN',
    parts: { ecs: serving({ arn: 'arn:aws:ecs:eu-west-1:111122223333:service/api' }) },
    reason: 'shortArn',
    sentence: /short ARN of before 2018.*serviceLongArnFormat.*create the service again/,
  },
  {
    name: 'the role that is named does not exist',
    parts: { ecs: {}, binding: existing(roleArn('gone')) },
    reason: 'roleMissing',
    sentence:
      /role\/gone does not exist in the account; create it, or correct taskRole.arn of the binding payments-api/,
  },
  {
    name: 'the role that is named trusts no ECS tasks',
    parts: { ecs: {}, binding: existing(oldRole), ...trusting({ Service: 'ec2.amazonaws.com' }) },
    reason: 'roleMissing',
    sentence: /trust policy of .*old-task does not let ECS tasks of this account and region have the role/,
  },
  {
    name: 'the role that is named trusts the tasks of another account',
    parts: {
      ecs: {},
      binding: existing(oldRole),
      ...trusting(
        { Service: 'ecs-tasks.amazonaws.com' },
        { StringEquals: { 'aws:SourceAccount': '999900001111' } },
      ),
    },
    reason: 'roleMissing',
    sentence: /does not let ECS tasks of this account/,
  },
  {
    name: 'the role is only being made',
    parts: { ecs: boundOtherwise, roles: () => [] },
    reason: 'roleSettling',
    sentence: /the task role payments-api-task is made, or changed, first; the service follows/,
  },
  {
    name: 'the role is half seen',
    parts: {
      ecs: boundOtherwise,
      roles: () => [],
      observed: { halfSeenRoleNames: ['payments-api-task'] },
    },
    reason: 'afterHeldChange',
    sentence: /the task role payments-api-task is not ready/,
  },
  {
    name: 'the role was made a moment ago',
    parts: {
      ecs: boundOtherwise,
      roles: (desired) => desired.map((role) => roleInSync(role, { createdAtMs: nowMs - 10 * second })),
    },
    reason: 'roleSettling',
    sentence: /was just made or changed, and AWS needs a while.*follows at 2026-01-01T12:00:50.000Z/,
    untilMs: nowMs + 50 * second,
  },
  {
    name: 'the wanted role is on its way',
    parts: {
      ecs: {
        service: present(service({ deployments: [deployment({ rollout: 'IN_PROGRESS', runningCount: 0 })] })),
        tasks: [task(1, { taskDefinitionArn: revisionArn(6) })],
        definitions: [definition(7), definition(6, { taskRoleArn: oldRole })],
      },
    },
    reason: 'deploying',
    sentence: /the wanted role is on its way: deployment ecs-svc\/1 of api:7: 0 of 1 tasks run/,
    untilMs: nowMs + 10 * second,
  },
  {
    name: 'somebody else is deploying',
    parts: { ecs: serving({ deployments: [deployment({ rollout: 'IN_PROGRESS', failedTasks: 2 })] }) },
    reason: 'deploymentInProgress',
    sentence: /somebody is just deploying the service, which is waited for: .*1 of 1 tasks run, 2 failed/,
    untilMs: nowMs + 10 * second,
  },
  {
    name: 'ECS does not say whether it is deploying, and the counts do',
    parts: { ecs: serving({ deployments: [deployment({ rollout: undefined, runningCount: 0 })] }) },
    reason: 'deploymentInProgress',
    sentence: /which is waited for/,
  },
  {
    name: 'our own update does not show yet',
    parts: {
      ecs: boundOtherwise,
      input: {
        recentUpdates: new Map([
          ['eu-west-1/payments/api', { taskDefinitionArn: revisionArn(8), atMs: nowMs - 20 * second }],
        ]),
      },
    },
    reason: 'deploying',
    sentence: /was just updated, and ECS does not show it yet/,
    untilMs: nowMs + 40 * second,
  },
  {
    name: 'an image is named by a tag',
    parts: {
      ecs: {
        definitions: [
          definition(7, {
            taskRoleArn: oldRole,
            containers: [container({ image: 'contoso/api:1.0.0' }), container({ name: 'log', image: 'log' })],
          }),
        ],
      },
    },
    reason: 'mutableTags',
    sentence:
      /could ship another image: contoso\/api:1.0.0, log; name images by digest, or, .* set allowMutableTags: true/,
  },
];

describe('what holds a binding', () => {
  it.each(cases)('$name', ({ parts, reason, sentence, untilMs }) => {
    const { held, apply, writes } = servicePlanOf(parts);
    const bind = held.find(({ change }) => change.detail.kind === 'bindTaskRole');
    expect(bind?.hold.reason).toBe(reason);
    expect(bind?.hold.message).toMatch(sentence);
    if (untilMs !== undefined) expect(bind?.hold.untilMs).toBe(untilMs);
    expect(apply).toEqual([]);
    expect(writes).toEqual([]);
  });

  it('is each of them the only thing in the way', () => {
    expect(writesOf(servicePlanOf({ ecs: boundOtherwise }))).toContain('updateService copy');
  });

  const gone: readonly (readonly [string, ServiceParts])[] = [
    ['mutable tags that are allowed', { binding: { allowMutableTags: true } }],
    [
      'a role that has settled',
      { roles: (all) => all.map((role) => roleInSync(role, { createdAtMs: ago(2) })) },
    ],
    [
      'an update that has shown',
      {
        input: {
          recentUpdates: new Map([
            ['eu-west-1/payments/api', { taskDefinitionArn: revisionArn(7), atMs: nowMs - second }],
          ]),
        },
      },
    ],
    [
      'an update that never showed',
      {
        input: {
          recentUpdates: new Map([
            ['eu-west-1/payments/api', { taskDefinitionArn: revisionArn(8), atMs: nowMs - 61 * second }],
          ]),
        },
      },
    ],
  ];
  it.each(gone)('lets go on: %s', (_name, parts) => {
    const image = { taskRoleArn: oldRole, containers: [container({ image: 'a:1' })] };
    const { allowMutableTags = false } = parts.binding ?? {};
    const ecs = allowMutableTags ? { definitions: [definition(7, image)] } : boundOtherwise;
    expect(writesOf(servicePlanOf({ ecs, ...parts }))).toContain('updateService copy');
  });

  it('binds a role that exists and trusts ECS tasks', () => {
    const planned = servicePlanOf({
      binding: existing(oldRole),
      ...trusting({ Service: 'ecs-tasks.amazonaws.com' }),
    });
    expect(writesOf(planned)).toContain('updateService copy');
  });

  it('waits for a held task role with that role’s own reason', () => {
    const plan = servicesPlanOf({
      ecs: boundOtherwise,
      roles: (desired) =>
        desired.map((role) =>
          roleInSync(role, { attachedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
        ),
      binding: { mode: 'narrow-only' },
    });
    expect(plan.roles[0]?.held.length).toBeGreaterThan(0);
    expect(plan.services[0]?.apply).toEqual([]);
  });
});

describe('what could not be read', () => {
  const unread: readonly (readonly [string, EcsParts, RegExp])[] = [
    [
      'the cluster',
      { cluster: down },
      /the ECS cluster payments in eu-west-1 could not be read: ECS answered 503/,
    ],
    ['the service', { service: down }, /the ECS service api could not be read: ECS answered 503/],
    [
      'the revision that runs',
      { definitions: [], unreadableDefinitions: new Map([[revisionArn(7), down]]) },
      /task definition .*api:7 could not be read/,
    ],
    [
      'a revision that ECS says is not there',
      { definitions: [] },
      /task definition .*api:7 could not be read/,
    ],
    [
      'the revision of one task',
      { ...boundOtherwise, tasks: [task(1), task(2, { taskDefinitionArn: revisionArn(6) })] },
      /one of its running tasks could not be read/,
    ],
  ];
  it.each(unread)('makes the service unknown, and nothing is done: %s', (_name, ecs, sentence) => {
    const planned = servicePlanOf({ ecs });
    expect(planned).toMatchObject({ state: 'unknown', apply: [], held: [], writes: [] });
    expect(planned.unknownBecause).toMatch(sentence);
  });
});

describe('what goes on while the binding waits', () => {
  it('ECS Exec is enabled though a deployment is under way elsewhere, never while the rollout says no', () => {
    const off = { enableExecuteCommand: false, tags: {} };
    const writesWith = (binding: ServiceParts['binding']) =>
      writesOf(servicePlanOf({ ecs: serving(off), binding: { ...binding } }));
    expect(writesWith({ rollout: 'notify' })).toEqual([]);
    expect(writesWith({ mode: 'observe' })).toEqual([]);
  });

  it('tags and Exec may go first while images keep the deployment back', () => {
    const planned = servicePlanOf({
      ecs: {
        service: present(service({ enableExecuteCommand: false, tags: {} })),
        tasks: [task(1, { enableExecuteCommand: false, tags: {} })],
        definitions: [definition(7, { taskRoleArn: oldRole, containers: [container({ image: 'a:1' })] })],
      },
    });
    expect(writesOf(planned)).toEqual(['tagService', 'updateService enableExecuteCommand']);
    expect(planned.deploys).toBe(false);
    expect(planned.held.map(({ change, hold }) => `${change.detail.kind} ${hold.reason}`)).toEqual([
      'replaceTasks mutableTags',
      'bindTaskRole mutableTags',
    ]);
  });

  it('ECS Exec waits for a task role where there is none', () => {
    const planned = servicePlanOf({
      ecs: {
        service: present(service({ enableExecuteCommand: false })),
        definitions: [
          definition(7, { taskRoleArn: undefined, containers: [container({ image: 'contoso/api:1' })] }),
        ],
      },
    });
    expect(planned.apply).toEqual([]);
    expect(planned.held.map(({ change, hold }) => `${change.detail.kind} ${hold.reason}`)).toContain(
      'enableExec afterHeldChange',
    );
  });

  it('somebody’s task is never stopped here', () => {
    const planned = servicePlanOf({
      ecs: { tasks: [task(1), task(2, { group: 'family:api', taskRoleOverride: oldRole })] },
    });
    expect(drift(planned)).toEqual(['stopTasks taskOverride']);
    expect(planned.held[0]?.hold).toMatchObject({ reason: 'byHand' });
    expect(planned.held[0]?.hold.message).toMatch(
      /aws ecs stop-task --region eu-west-1 --cluster payments --task arn:aws:ecs:.*2$/,
    );
  });
});

describe('two accounts of one story', () => {
  it('a binding never touches another service', () => {
    const bindings = [
      taskRoleBinding({ rollout: 'deploy' }),
      taskRoleBinding({
        rollout: 'deploy',
        meta: { ...taskRoleBinding().meta, name: 'far' },
        place: { region: 'eu-west-1', cluster: 'other', service: 'far' },
        taskRole: { kind: 'existing', arn: madeRole },
      }),
    ];
    const { services } = servicesPlanOf({ bindings, ecs: boundOtherwise });
    expect(services.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'eu-west-1/other/far unknown',
      'eu-west-1/payments/api apply',
    ]);
  });
});
