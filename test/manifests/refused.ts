// What the spoke role must never be able to do, as requests.

import {
  boundaryArn,
  executionRoleArn,
  instance,
  readerArn,
  region,
  sharedRoleArn,
  spokeArn,
  spokeId,
} from './deployed.ts';
import type { Case } from './requests.ts';

const role = (pathAndName: string, accountId = spokeId): string =>
  `arn:aws:iam::${accountId}:role/${pathAndName}`;
const ecs = (rest: string, accountId = spokeId): string => `arn:aws:ecs:${region}:${accountId}:${rest}`;
const otherAccount = '444455556666';
const administrator = 'arn:aws:iam::aws:policy/AdministratorAccess';

const ours = { 'rolewarden:instance': instance };
const theirs = { 'rolewarden:instance': 'contoso-test' };
const bounded = { 'iam:PermissionsBoundary': boundaryArn };
const unbounded = { 'iam:PermissionsBoundary': administrator };
const own = role('rolewarden/payments-debug');
const foreign = role('payments-debug');

const making: readonly Case[] = [
  { name: 'without a boundary', newTags: ours, resource: own },
  { name: 'with another boundary', newTags: ours, keys: unbounded, resource: own },
  { name: 'on another path', newTags: ours, keys: bounded, resource: foreign },
  { name: 'in another account', newTags: ours, keys: bounded, resource: role('rolewarden/x', otherAccount) },
  { name: 'without our mark', keys: bounded, resource: own },
  { name: 'with the mark of another instance', newTags: theirs, keys: bounded, resource: own },
].map((one) => ({ ...one, action: 'iam:CreateRole', name: `making a role ${one.name}` }));

const tagging: readonly Case[] = [
  { name: 'another role than ours', newTags: ours, resource: foreign },
  { name: 'without our mark', newTags: { 'rolewarden:prune': 'true' }, resource: own },
  { name: 'with the mark of another instance', newTags: theirs, resource: own },
  { name: 'with tags of others', newTags: { ...ours, Owner: 'payments' }, resource: own },
  { name: 'as shared by its owner', newTags: { ...ours, 'rolewarden:adopt': instance }, resource: own },
  { name: 'that is of another instance', newTags: ours, tags: theirs, resource: own },
].map((one) => ({ ...one, action: 'iam:TagRole', name: `tagging a role ${one.name}` }));

const bounding: readonly Case[] = [
  { name: 'that gives more', tags: ours, keys: unbounded, resource: own },
  { name: 'of a role of another instance', tags: theirs, keys: bounded, resource: own },
  { name: 'of a role of nobody', keys: bounded, resource: own },
  { name: 'on another path', tags: ours, keys: bounded, resource: foreign },
].map((one) => ({
  ...one,
  action: 'iam:PutRolePermissionsBoundary',
  name: `setting a boundary ${one.name}`,
}));

const changing: readonly Case[] = [
  'iam:DeleteRole',
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:PutRolePolicy',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole',
].flatMap((action) =>
  [
    { name: 'on another path', tags: ours, keys: bounded, resource: foreign },
    { name: 'in another account', tags: ours, keys: bounded, resource: role('rolewarden/x', otherAccount) },
    { name: 'of another instance', tags: theirs, keys: bounded, resource: own },
    { name: 'without a mark', keys: bounded, resource: own },
    { name: 'without a boundary', tags: ours, resource: own },
    { name: 'under another boundary', tags: ours, keys: unbounded, resource: own },
  ].map((one) => ({ ...one, action, name: `${action} of a role ${one.name}` })),
);

const sharing: readonly Case[] = [
  'iam:DeleteRolePolicy',
  'iam:PutRolePolicy',
  'iam:UpdateAssumeRolePolicy',
].flatMap((action) =>
  [
    { name: 'that its owner does not share', resource: sharedRoleArn },
    {
      name: 'that is shared with another instance',
      tags: { 'rolewarden:adopt': 'contoso-test' },
      resource: sharedRoleArn,
    },
    {
      name: 'that is shared, and not listed',
      tags: { 'rolewarden:adopt': instance },
      resource: role('payments-other'),
    },
  ].map((one) => ({ ...one, action, name: `${action} of a role ${one.name}` })),
);

const task = { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' };
const passing: readonly Case[] = [
  { name: 'to another service', keys: { 'iam:PassedToService': 'lambda.amazonaws.com' }, resource: own },
  { name: 'to nobody in particular', resource: executionRoleArn },
  { name: 'that is not listed', keys: task, resource: role('administrator') },
].map((one) => ({ ...one, action: 'iam:PassRole', name: `passing a role ${one.name}` }));

const copy = { 'rolewarden:binding': 'payments-api', 'rolewarden:cloned-from': 'api:1' };
const running: readonly Case[] = [
  {
    name: 'registering a revision of its own',
    action: 'ecs:RegisterTaskDefinition',
    resource: ecs('task-definition/api:*'),
  },
  {
    name: 'registering a copy in another account',
    action: 'ecs:RegisterTaskDefinition',
    newTags: copy,
    resource: ecs('task-definition/api:*', otherAccount),
  },
  {
    name: 'tagging a revision that exists',
    action: 'ecs:TagResource',
    newTags: copy,
    resource: ecs('task-definition/api:1'),
  },
  {
    name: 'tagging a cluster as it is made',
    action: 'ecs:TagResource',
    newTags: copy,
    keys: { 'ecs:CreateAction': 'RegisterTaskDefinition' },
    resource: ecs('cluster/payments'),
  },
  {
    name: 'tagging a task, so that a shell opens',
    action: 'ecs:TagResource',
    newTags: { 'rolewarden:service': 'api' },
    resource: ecs('task/payments/1'),
  },
  {
    name: 'tagging a service with tags of others',
    action: 'ecs:TagResource',
    newTags: { 'rolewarden:service': 'api', Owner: 'payments' },
    resource: ecs('service/payments/api'),
  },
  {
    name: 'tagging a service with nothing, which is not understood',
    action: 'ecs:TagResource',
    resource: ecs('service/payments/api'),
  },
  {
    name: 'deploying in another account',
    action: 'ecs:UpdateService',
    resource: ecs('service/payments/api', otherAccount),
  },
  {
    name: 'stopping a task in another account',
    action: 'ecs:StopTask',
    resource: ecs('task/payments/1', otherAccount),
  },
  {
    name: 'ending a session in another account',
    action: 'ssm:TerminateSession',
    resource: `arn:aws:ssm:${region}:${otherAccount}:session/x`,
  },
];

const elsewhere: readonly Case[] = [
  'iam:AddUserToGroup',
  'iam:CreateAccessKey',
  'iam:CreatePolicy',
  'iam:CreateSAMLProvider',
  'iam:CreateUser',
  'iam:UpdateSAMLProvider',
  'ecs:DeleteService',
  'ecs:DeregisterTaskDefinition',
  'ecs:ExecuteCommand',
  'ecs:RunTask',
  's3:GetObject',
  'secretsmanager:GetSecretValue',
  'ssm:SendCommand',
  'ssm:StartSession',
].map((action) => ({ name: action, action, resource: '*' }));

/** By the documents of the spoke role. */
export const refused: readonly Case[] = [
  ...making,
  ...tagging,
  ...bounding,
  ...changing,
  ...sharing,
  ...passing,
  ...running,
  ...elsewhere,
];

const adopt = { 'rolewarden:adopt': instance };

/** Also if somebody attached AdministratorAccess to it. */
export const refusedToAdministrators: readonly Case[] = [
  ...[spokeArn, readerArn].flatMap((resource) =>
    ['iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'iam:TagRole', 'iam:DeleteRole', 'iam:PassRole'].map(
      (action) => ({ name: `${action} of itself (${resource})`, action, resource, tags: adopt }),
    ),
  ),
  {
    name: 'attaching a policy',
    action: 'iam:AttachRolePolicy',
    resource: own,
    tags: ours,
    keys: { ...bounded, 'iam:PolicyARN': administrator },
  },
  {
    name: 'taking a boundary away',
    action: 'iam:DeleteRolePermissionsBoundary',
    resource: own,
    tags: ours,
    keys: bounded,
  },
  { name: 'changing the boundary itself', action: 'iam:CreatePolicyVersion', resource: boundaryArn },
  { name: 'putting an old boundary back', action: 'iam:SetDefaultPolicyVersion', resource: boundaryArn },
  ...['iam:TagRole', 'iam:UntagRole'].flatMap((action) => [
    {
      name: `${action} of a role of another instance`,
      action,
      resource: own,
      tags: theirs,
      keys: { 'aws:TagKeys': ['Owner'] },
    },
    {
      name: `${action} for its owner`,
      action,
      resource: foreign,
      keys: { 'aws:TagKeys': ['rolewarden:adopt'] },
    },
  ]),
  { name: 'going on to another role', action: 'sts:AssumeRole', resource: role('administrator') },
  { name: 'becoming root', action: 'sts:AssumeRoot', resource: `arn:aws:iam::${otherAccount}:root` },
];
