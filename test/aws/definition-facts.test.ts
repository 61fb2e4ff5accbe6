// What is made of a revision, and of the keys and roles that ECS shows in more than one way.

import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { kmsArn } from '../../src/aws/cluster-facts.ts';
import { definitionFacts } from '../../src/aws/definition-facts.ts';

const revision = 'arn:aws-us-gov:ecs:us-gov-west-1:111122223333:task-definition/web:7';
const shown = (change: Partial<TaskDefinition> = {}): TaskDefinition => ({
  taskDefinitionArn: revision,
  family: 'web',
  revision: 7,
  registeredAt: new Date(5_000),
  registeredBy: 'arn:aws-us-gov:iam::111122223333:user/anna',
  containerDefinitions: [{ name: 'app', image: 'web:1' }],
  ...change,
});
const facts = (change: Partial<TaskDefinition> = {}) => definitionFacts('ecs:X', shown(change), []);

describe('a revision', () => {
  it('is as ECS shows it', () => {
    expect(facts()).toEqual({
      arn: revision,
      family: 'web',
      revision: 7,
      taskRoleArn: undefined,
      executionRoleArn: undefined,
      networkMode: undefined,
      pidMode: undefined,
      containers: [
        {
          name: 'app',
          image: 'web:1',
          readonlyRootFilesystem: false,
          awsVariables: [],
          logGroup: undefined,
        },
      ],
      tags: {},
      registeredBy: 'arn:aws-us-gov:iam::111122223333:user/anna',
    });
  });

  it.each([
    ['a name', 'web-task', 'arn:aws-us-gov:iam::111122223333:role/web-task'],
    ['a path and a name', 'team/web-task', 'arn:aws-us-gov:iam::111122223333:role/team/web-task'],
    ['an ARN', 'arn:aws-us-gov:iam::999900001111:role/x', 'arn:aws-us-gov:iam::999900001111:role/x'],
    ['nothing', '', undefined],
  ])('whose role is %s has an ARN', (_how, role, arn) => {
    expect(facts({ taskRoleArn: role, executionRoleArn: role })).toMatchObject({
      taskRoleArn: arn,
      executionRoleArn: arn,
    });
  });

  it('shows names of variables of AWS once, and no value of any', () => {
    const container = {
      name: 'app',
      image: 'web:1',
      environment: [
        { name: 'AWS_REGION', value: 'hunter2' },
        { name: 'MY_AWS_KEY', value: 'hunter2' },
        { value: 'hunter2' },
      ],
      secrets: [
        { name: 'AWS_REGION', valueFrom: 'hunter2' },
        { name: 'AWS_ACCESS_KEY_ID', valueFrom: 'hunter2' },
      ],
    };
    const seen = facts({ containerDefinitions: [container] });
    expect(seen.containers[0]?.awsVariables).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_REGION']);
    expect(JSON.stringify(seen)).not.toContain('hunter2');
  });

  it.each([
    ['awslogs', { 'awslogs-group': '/web' }, { region: 'us-gov-west-1', name: '/web' }],
    [
      'awslogs',
      { 'awslogs-group': '/web', 'awslogs-region': 'us-gov-east-1' },
      { region: 'us-gov-east-1', name: '/web' },
    ],
    ['awslogs', {}, undefined],
    ['awslogs', { 'awslogs-group': '' }, undefined],
    ['splunk', { 'awslogs-group': '/web' }, undefined],
  ] as const)('that logs by %s with %j has its log group', (logDriver, options, logGroup) => {
    const container = { name: 'app', image: 'web:1', logConfiguration: { logDriver, options } };
    expect(facts({ containerDefinitions: [container] }).containers).toMatchObject([{ logGroup }]);
  });

  it.each<[string, Partial<TaskDefinition>]>([
    ['ARN', { taskDefinitionArn: undefined }],
    ['an ARN that is one', { taskDefinitionArn: 'web:7' }],
    ['family', { family: undefined }],
    ['number', { revision: undefined }],
    ['containers', { containerDefinitions: undefined }],
    ['the name of a container', { containerDefinitions: [{ image: 'web:1' }] }],
    ['the image of a container', { containerDefinitions: [{ name: 'app' }] }],
  ])('without %s is a broken answer', (_what, change) => {
    expect(() => facts(change)).toThrow('the answer to ecs:X is broken');
  });

  it('that is not there is a broken answer', () => {
    expect(() => definitionFacts('ecs:X', undefined, [])).toThrow('no task definition');
  });
});

it.each([
  '',
  'my-key',
  'alias/',
  'alias/a b',
  '1234abcd',
  'arn:aws:kms:eu-west-1:111122223333:my-key',
  'arn:aws:kms:eu-west-1:111122223333:key/',
  'arn:aws:iam::111122223333:role/x',
])('%j is no KMS key', (key) => {
  const place = { partition: 'aws', region: 'eu-west-1', accountId: '111122223333' };
  expect(kmsArn(key, place)).toBeUndefined();
});
