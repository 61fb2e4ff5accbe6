// Would the shells that policies give open? One case for each thing that keeps them shut, with what to do about it.

import { describe, expect, it } from 'vitest';
import { noConfirmations } from '../../../src/domain/directory.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { absent, present, type Reading, unreadable } from '../../../src/domain/reading.ts';
import type { ObservedRole } from '../../../src/domain/role.ts';
import type { ExecReadiness, ExecReason } from '../../../src/domain/service-findings.ts';
import { execActions } from '../../../src/domain/task-role.ts';
import { accessPolicy, servicePlace } from '../../builders.ts';
import {
  type EcsParts,
  container,
  definition,
  documentOf,
  ecsOf,
  foreignRole,
  oldRole,
  revisionArn,
  roleArn,
  service,
  servicesPlanOf,
  task,
} from '../services/scene.ts';

const down = unreadable(new AppError('transient', 'ECS answered 503'));
const exec = { Effect: 'Allow', Action: execActions, Resource: '*' };
const role = (overrides: Partial<ObservedRole> = {}, ...statements: readonly object[]): ObservedRole =>
  foreignRole(overrides, ...(statements.length === 0 ? [exec] : statements));

interface Parts extends EcsParts {
  readonly containers?: readonly string[];
  readonly taskRole?: ObservedRole;
  readonly managedPolicies?: Readonly<Record<string, Reading<string>>>;
}

const planFor = (parts: Parts) => {
  const { containers = ['api'], taskRole = role(), managedPolicies = {}, ...ecs } = parts;
  return servicesPlanOf({
    bindings: [],
    policies: [accessPolicy({ ecs: [{ ...servicePlace, services: ['api'], containers, allow: ['exec'] }] })],
    ecs: { definitions: [definition(7, { taskRoleArn: oldRole })], ...ecs },
    observed: { askedRoles: new Map([[taskRole.arn, taskRole]]) },
    input: {
      confirmations: { ...noConfirmations, managedPolicies: new Map(Object.entries(managedPolicies)) },
    },
  });
};
const readinessOf = (parts: Parts = {}): ExecReadiness => {
  const [first] = planFor(parts).execReadiness;
  if (first === undefined) throw new Error('no service to be ready');
  return first;
};

const withContainer = (overrides: Parameters<typeof container>[0]): EcsParts => ({
  definitions: [definition(7, { taskRoleArn: oldRole, containers: [container(overrides)] })],
});
const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888';
const managed = 'arn:aws:iam::111122223333:policy/base';
const boundary = 'arn:aws:iam::111122223333:policy/bound';

const cases: readonly (readonly [string, Parts, ExecReason, RegExp])[] = [
  [
    'the cluster is not there',
    { cluster: absent },
    'serviceMissing',
    /no ECS cluster payments.*correct the policy/,
  ],
  [
    'the service is not there',
    { service: absent },
    'serviceMissing',
    /no service api in the ECS cluster payments/,
  ],
  [
    'the service was deleted',
    { service: present(service({ status: 'INACTIVE' })) },
    'serviceMissing',
    /no service api/,
  ],
  ['the cluster cannot be read', { cluster: down }, 'unreadable', /could not be read: ECS answered 503/],
  ['the service cannot be read', { service: down }, 'unreadable', /could not be read: ECS answered 503/],
  [
    'its task definition cannot be read',
    { definitions: [] },
    'unreadable',
    /task definition.*could not be read/,
  ],
  ['nothing runs', { tasks: [] }, 'noTasks', /no task of the service runs; look at its events/],
  [
    'nothing is to run',
    { tasks: [], service: present(service({ desiredCount: 0 })) },
    'noTasks',
    /desired count of the service is 0/,
  ],
  [
    'its only task is just starting',
    { tasks: [task(1, { isRunning: false })] },
    'noTasks',
    /no task of the service runs/,
  ],
  [
    'ECS Exec is off',
    { service: present(service({ enableExecuteCommand: false })) },
    'execNotEnabled',
    /--enable-execute-command --force-new-deployment.*or let a TaskRoleBinding/,
  ],
  [
    'a task is older than that',
    { tasks: [task(1), task(2, { enableExecuteCommand: false })] },
    'execOnOldTasks',
    /1 of 2 running tasks started before ECS Exec was enabled; replace them/,
  ],
  [
    'the service has a short ARN',
    { service: present(service({ arn: 'arn:aws:ecs:eu-west-1:111122223333:service/api' })) },
    'shortArn',
    /short ARN of before 2018/,
  ],
  [
    'a task has a short ARN',
    { tasks: [task(1, { arn: 'arn:aws:ecs:eu-west-1:111122223333:task/0123' })] },
    'shortArn',
    /opt in to long ARNs/,
  ],
  [
    'tasks lack the tag, because the service does',
    { service: present(service({ tags: {} })), tasks: [task(1, { tags: {} })] },
    'tagMissing',
    /rolewarden:service = api, by which policies know them: the service does not carry it/,
  ],
  [
    'tasks lack the tag, because it is not handed on',
    { service: present(service({ propagateTags: 'NONE' })), tasks: [task(1, { tags: {} })] },
    'tagMissing',
    /propagateTags of the service is NONE, not SERVICE/,
  ],
  ['tasks lack the tag, being old', { tasks: [task(1, { tags: {} })] }, 'tagMissing', /replace them/],
  [
    'a task carries the tag of another service',
    { tasks: [task(1, { tags: { 'rolewarden:service': 'web' } })] },
    'tagMissing',
    /1 of 1 running tasks lack the tag/,
  ],
  [
    'there is no such container',
    { containers: ['api', 'sidecar'] },
    'containerMissing',
    /no container sidecar in the task definition, which has api; correct the policy/,
  ],
  [
    'one of two revisions that run lacks it',
    {
      tasks: [task(1), task(2, { taskDefinitionArn: revisionArn(8) })],
      definitions: [
        definition(7, { taskRoleArn: oldRole }),
        definition(8, { taskRoleArn: oldRole, containers: [container({ name: 'web' })] }),
      ],
    },
    'containerMissing',
    /no container api/,
  ],
  [
    'there is no task role',
    { definitions: [definition(7, { taskRoleArn: undefined })] },
    'noTaskRole',
    /no task role.*or bind one with a TaskRoleBinding/,
  ],
  [
    'the task role does not exist',
    { definitions: [definition(7, { taskRoleArn: roleArn('gone') })] },
    'noTaskRole',
    /role\/gone does not exist in the account; create it/,
  ],
  [
    'one task runs with a role that cannot',
    { tasks: [task(1), task(2, { taskRoleOverride: roleArn('gone') })] },
    'noTaskRole',
    /role\/gone does not exist/,
  ],
  [
    'the task role is not allowed it',
    { taskRole: role({}, { Effect: 'Allow', Action: 's3:*', Resource: '*' }) },
    'taskRoleDenied',
    /not allowed ssmmessages:CreateControlChannel, .* on "\*".*service control policies are not visible/,
  ],
  [
    'one action is missing',
    { taskRole: role({}, { ...exec, Action: execActions.slice(1) }) },
    'taskRoleDenied',
    /not allowed ssmmessages:CreateControlChannel on/,
  ],
  [
    'a Deny takes it',
    { taskRole: role({}, exec, { Effect: 'Deny', Action: 'ssmmessages:*', Resource: '*' }) },
    'taskRoleDenied',
    /not allowed/,
  ],
  [
    'the boundary does not allow it',
    {
      taskRole: role({ permissionsBoundary: boundary }),
      managedPolicies: {
        [boundary]: present(documentOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' })),
      },
    },
    'taskRoleDenied',
    /and to its boundary if it has one/,
  ],
  [
    'an attached policy denies it',
    {
      taskRole: role({ attachedPolicyArns: [managed] }),
      managedPolicies: { [managed]: present(documentOf({ Effect: 'Deny', Action: '*', Resource: '*' })) },
    },
    'taskRoleDenied',
    /not allowed/,
  ],
  [
    'an attached policy cannot be read',
    { taskRole: role({ attachedPolicyArns: [managed] }), managedPolicies: { [managed]: down } },
    'taskRoleUnknown',
    /policy\/base could not be read: ECS answered 503/,
  ],
  [
    'its boundary was not read',
    { taskRole: role({ permissionsBoundary: boundary }) },
    'taskRoleUnknown',
    /policy\/bound could not be read/,
  ],
  [
    'it hangs on a condition that nobody can know here',
    {
      taskRole: role({}, { ...exec, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }),
    },
    'taskRoleUnknown',
    /hangs on a condition or a form that is not understood here/,
  ],
  [
    'the key of the cluster may not be used',
    { exec: { kmsKeyArn: keyArn } },
    'keyDenied',
    /encrypts sessions with .*not allowed kms:Decrypt on it; add it/,
  ],
  [
    'the root file system is read-only',
    withContainer({ readonlyRootFilesystem: true }),
    'readOnlyRoot',
    /root file system of api is read-only.*set readonlyRootFilesystem: false/,
  ],
  [
    'credentials stand in the environment',
    withContainer({ awsVariables: ['AWS_ACCESS_KEY_ID', 'AWS_REGION'] }),
    'awsVariables',
    /^AWS_ACCESS_KEY_ID in the container's environment take the place of the task role/,
  ],
  [
    'the platform is too old',
    { tasks: [task(1, { platformVersion: '1.3.0' })] },
    'platformVersion',
    /platform 1.3.0, and ECS Exec needs 1.4.0; set platformVersion to LATEST/,
  ],
  [
    'its agent has stopped',
    { tasks: [task(1), task(2, { agents: { api: 'STOPPED' } })] },
    'agentNotRunning',
    /does not run in api; the reason stands in managedAgents of aws ecs describe-tasks/,
  ],
  [
    'its agent has not started',
    { tasks: [task(1, { agents: { api: 'PENDING' } })] },
    'agentNotRunning',
    /does not run in api/,
  ],
  ['ECS knows of no agent', { tasks: [task(1, { agents: {} })] }, 'agentNotRunning', /does not run in api/],
];

describe('a shell would not open', () => {
  it.each(cases)('when %s', (_name, parts, reason, sentence) => {
    const readiness = readinessOf(parts);
    expect(readiness.reason).toBe(reason);
    expect(readiness.messages[0]).toMatch(sentence);
  });
});

const readyCases: readonly (readonly [string, Parts])[] = [
  ['everything is as it should be', {}],
  [
    'the root file system of another container is read-only',
    {
      definitions: [
        definition(7, {
          taskRoleArn: oldRole,
          containers: [
            container(),
            container({ name: 'log', readonlyRootFilesystem: true, awsVariables: ['AWS_PROFILE'] }),
          ],
        }),
      ],
    },
  ],
  [
    'a region stands in the environment',
    withContainer({ awsVariables: ['AWS_REGION', 'AWS_DEFAULT_REGION'] }),
  ],
  ['one of two agents is still starting', { tasks: [task(1), task(2, { agents: { api: 'PENDING' } })] }],
  [
    'it runs on EC2, where there are no platform versions',
    {
      tasks: [task(1, { platformVersion: undefined, platformFamily: undefined })],
    },
  ],
  ['it runs on a later platform', { tasks: [task(1, { platformVersion: '1.10.0' })] }],
  [
    'it runs on Windows, whose platform counts anew',
    {
      tasks: [task(1, { platformVersion: '1.0.0', platformFamily: 'Windows-Server-2022-Core' })],
    },
  ],
  [
    'a task that is just starting lacks what it will get',
    {
      tasks: [task(1), task(2, { isRunning: false, agents: {}, enableExecuteCommand: false })],
    },
  ],
  [
    'the boundary allows it',
    {
      taskRole: role({ permissionsBoundary: boundary }),
      managedPolicies: {
        [boundary]: present(documentOf({ Effect: 'Allow', Action: 'ssmmessages:*', Resource: '*' })),
      },
    },
  ],
  [
    'an attached policy gives it',
    {
      taskRole: role({ attachedPolicyArns: [managed], inlinePolicies: [] }),
      managedPolicies: { [managed]: present(documentOf(exec)) },
    },
  ],
  [
    'the key may be used',
    {
      exec: { kmsKeyArn: keyArn },
      taskRole: role({}, exec, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn }),
    },
  ],
];

describe('a shell would open', () => {
  it.each(readyCases)('when %s', (_name, parts) => {
    expect(readinessOf(parts)).toMatchObject({ reason: 'Ready', messages: [], policies: ['payments-debug'] });
  });
});

describe('what keeps no shell from opening, and should be known', () => {
  const cautions: readonly (readonly [string, Parts, RegExp])[] = [
    [
      'sessions are not logged',
      { exec: { logging: 'NONE' } },
      /logs no session of ECS Exec \(logging NONE\)/,
    ],
    [
      'sessions are to be logged where the task role may not write',
      { exec: { logging: 'OVERRIDE', logGroup: '/exec', s3Bucket: 'sessions' } },
      /is not allowed logs:CreateLogStream, logs:DescribeLogGroups, logs:DescribeLogStreams, logs:PutLogEvents, s3:PutObject for that/,
    ],
    [
      'containers see each other’s processes',
      { definitions: [definition(7, { taskRoleArn: oldRole, pidMode: 'task' })] },
      /share a PID namespace \(pidMode task\), so that only one session/,
    ],
  ];
  it.each(cautions)('%s', (_name, parts, sentence) => {
    const { reason, warnings } = readinessOf(parts);
    expect(reason).toBe('Ready');
    expect(warnings.join('\n')).toMatch(sentence);
  });

  it('is nothing where sessions are logged as they should be', () => {
    const logs = { Effect: 'Allow', Action: ['logs:*', 's3:PutObject'], Resource: '*' };
    const settings = { logging: 'OVERRIDE', logGroup: '/exec', s3Bucket: 'sessions' } as const;
    expect(readinessOf({ exec: settings, taskRole: role({}, exec, logs) }).warnings).toEqual([]);
    expect(readinessOf({}).warnings).toEqual([]);
  });
});

describe('readiness', () => {
  it('says everything that is wrong, what comes first first', () => {
    const { reason, messages } = readinessOf({
      service: present(service({ enableExecuteCommand: false, tags: {} })),
      tasks: [task(1, { enableExecuteCommand: false, tags: {}, agents: {} })],
      definitions: [definition(7, { taskRoleArn: undefined })],
    });
    expect(reason).toBe('execNotEnabled');
    expect(messages).toHaveLength(3);
  });

  it('is asked once for a service, for everybody who has a shell in it', () => {
    const policies = ['a', 'b'].map((name) =>
      accessPolicy({
        meta: { ...accessPolicy().meta, name },
        ecs: [{ ...servicePlace, services: ['api'], containers: ['api'], allow: ['exec'] }],
      }),
    );
    const { execReadiness } = servicesPlanOf({ policies, bindings: [] });
    expect(execReadiness.map((one) => one.policies)).toEqual([['a', 'b']]);
  });

  it('of a role that is made here is what its binding says', () => {
    const policies = [
      accessPolicy({ ecs: [{ ...servicePlace, services: ['api'], containers: ['api'], allow: ['exec'] }] }),
    ];
    const allowing = present(documentOf({ Effect: 'Allow', Action: '*', Resource: '*' }));
    const reasonWith = (isExec: boolean) =>
      servicesPlanOf({
        policies,
        binding: { exec: isExec },
        ecs: ecsOf(),
        input: {
          confirmations: {
            ...noConfirmations,
            managedPolicies: new Map([['arn:aws:iam::111122223333:policy/rolewarden-boundary', allowing]]),
          },
        },
      }).execReadiness[0]?.reason;
    expect(reasonWith(true)).toBe('Ready');
    expect(reasonWith(false)).toBe('taskRoleDenied');
  });

  it('asks for the managed policies that it hangs on, and not for those that were read', () => {
    const taskRole = role({ attachedPolicyArns: [managed], permissionsBoundary: boundary });
    expect(planFor({ taskRole }).questions.managedPolicyArns).toEqual([managed, boundary].sort());
    const managedPolicies = { [managed]: present(documentOf(exec)) };
    expect(planFor({ taskRole, managedPolicies }).questions.managedPolicyArns).toEqual([boundary]);
  });

  it('is not asked of services in which nobody has a shell', () => {
    expect(servicesPlanOf().execReadiness).toEqual([]);
  });
});
