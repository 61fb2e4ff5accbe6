// Every action that the role of an account takes: where its permission stands, for which work it is needed, and as what it
// is asked for. One table; tests hold it to the calls that the adapters make and to manifests/deploy/policies.

import { tagKeys } from '../domain/role.ts';
import { ecsServiceTag } from '../domain/ecs-grants.ts';
import { attemptTag, clonedFromTag } from '../domain/service-marks.ts';
import { scalarOrList } from '../domain/statement.ts';
import {
  type Asking,
  asking,
  askingOwnRole,
  type Keys,
  onOwnRoles,
  ownRoles,
  requestTags,
  resourceTags,
} from './asking.ts';
import type { AccountNeeds } from './needs.ts';

/** Files of manifests/deploy/policies, without `.json.tftpl`. */
export type PolicyDocument = 'spoke-read' | 'spoke-write' | 'spoke-ecs-writes' | 'spoke-shared-roles';

export interface NeededAction {
  readonly action: string;
  readonly document: PolicyDocument;
  readonly sid: string;
  /** Whether the work that is to be done here takes it. */
  readonly isNeeded: (needs: AccountNeeds) => boolean;
  /** Tried by a call that changes nothing; all others are told from the documents of the role. */
  readonly isTried: boolean;
  /** Without it doctor sees less, and the controller does all the same. */
  readonly isForDoctor?: true;
  /** Of the statement that allows it. */
  readonly resource: (needs: AccountNeeds) => string | readonly string[];
  readonly condition?: (needs: AccountNeeds) => object;
  /** As what it will be asked for; tried ones are not. */
  readonly asks: (needs: AccountNeeds) => readonly Asking[];
}

const always = (): boolean => true;
const everywhere = (): string => '*';
const nothing = (): readonly Asking[] => [];

const reading = (
  document: PolicyDocument,
  sid: string,
  isNeeded: NeededAction['isNeeded'],
  actions: readonly string[],
  more: Partial<NeededAction> = {},
): readonly NeededAction[] =>
  actions.map((action) => ({
    action,
    document,
    sid,
    isNeeded,
    isTried: true,
    resource: everywhere,
    asks: nothing,
    ...more,
  }));

const writes = ({ writes: some }: AccountNeeds): boolean => some;
const looksAtServices = ({ services }: AccountNeeds): boolean => services.length > 0;
const makesRoles = (needs: AccountNeeds): boolean => needs.roleNames.length + needs.taskRoles.length > 0;
const shares = ({ sharedRoleNames }: AccountNeeds): boolean => sharedRoleNames.length > 0;
const deploys = ({ deployed }: AccountNeeds): boolean => deployed.length > 0;

const ourRoles = ({ account: { partition, accountId } }: AccountNeeds): string =>
  `arn:${partition}:iam::${accountId}:role/rolewarden/*`;
const boundariesOf = ({ account }: AccountNeeds): readonly string[] => [
  ...new Set([account.permissionsBoundary, ...account.taskRoleBoundaries]),
];

const ownRoleCondition = (needs: AccountNeeds): object => ({
  StringEquals: { [`aws:ResourceTag/${tagKeys.instance}`]: needs.instance },
  ArnEquals: { 'iam:PermissionsBoundary': boundariesOf(needs) },
});

const changingOwnRoles = (action: string): NeededAction => ({
  action,
  document: 'spoke-write',
  sid: 'ChangeOwnRoles',
  isNeeded: makesRoles,
  isTried: false,
  resource: ourRoles,
  condition: ownRoleCondition,
  asks: onOwnRoles(action),
});

/** A role of somebody else's, whose path is not known before it is seen. */
const sharedRoleArns = ({ account: { partition, accountId }, sharedRoleNames }: AccountNeeds) =>
  sharedRoleNames.map((name) => `arn:${partition}:iam::${accountId}:role/${name}`);

const changingSharedRoles = (action: string): NeededAction => ({
  action,
  document: 'spoke-shared-roles',
  sid: 'RolesThatTheirOwnersShare',
  isNeeded: shares,
  isTried: false,
  resource: sharedRoleArns,
  condition: ({ instance }) => ({ StringEquals: { [`aws:ResourceTag/${tagKeys.adopt}`]: instance } }),
  asks: (needs) =>
    sharedRoleArns(needs).map((arn) =>
      asking(action, arn, { [`aws:resourcetag/${tagKeys.adopt}`]: needs.instance }),
    ),
});

const writing = (
  document: PolicyDocument,
  sid: string,
  action: string,
  more: Pick<NeededAction, 'isNeeded' | 'resource' | 'asks'> & Partial<NeededAction>,
): NeededAction => ({ action, document, sid, isTried: false, ...more });

const inEcs =
  (kind: string) =>
  ({ account: { partition, accountId } }: AccountNeeds): string =>
    `arn:${partition}:ecs:*:${accountId}:${kind}/*`;

/** Something in the place of a deployed service. */
const ofDeployed =
  (
    action: string,
    nameOf: (one: AccountNeeds['deployed'][number]) => string,
    keys: (needs: AccountNeeds) => Keys,
  ) =>
  (needs: AccountNeeds): readonly Asking[] =>
    needs.deployed.map((one) => {
      const { partition, accountId } = needs.account;
      const arn = `arn:${partition}:ecs:${one.place.region}:${accountId}:${nameOf(one)}`;
      return asking(action, arn, keys(needs));
    });

const serviceName = ({ place }: AccountNeeds['deployed'][number]): string =>
  `service/${place.cluster}/${place.service}`;
/** The family is that of what runs, which is not known before it is seen. */
const revisionName = (): string => 'task-definition/rolewarden-doctor:*';
const revisionTags = (needs: AccountNeeds): Keys =>
  requestTags({ [tagKeys.binding]: needs.instance, [clonedFromTag]: needs.instance });
const serviceTags = [tagKeys.instance, ecsServiceTag, attemptTag];

const unconditional = (): Keys => ({});

export const neededActions: readonly NeededAction[] = [
  ...reading('spoke-read', 'ReadIdentities', always, [
    'iam:GetAccountAuthorizationDetails',
    'iam:GetAccountSummary',
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:ListOpenIDConnectProviders',
    'iam:ListRoles',
    'iam:ListSAMLProviders',
  ]),
  ...reading(
    'spoke-read',
    'ReadIdentities',
    ({ workloadsBy }) => workloadsBy.some(({ oidc }) => oidc !== undefined),
    ['iam:GetOpenIDConnectProvider'],
    {
      isForDoctor: true,
    },
  ),
  ...reading(
    'spoke-read',
    'ReadIdentities',
    ({ peopleBy }) => peopleBy.some(({ saml }) => saml !== undefined),
    ['iam:GetSAMLProvider'],
    {
      isForDoctor: true,
    },
  ),
  ...reading('spoke-read', 'ReadServices', looksAtServices, [
    'ecs:DescribeClusters',
    'ecs:DescribeServices',
    'ecs:DescribeTaskDefinition',
    'ecs:DescribeTasks',
    'ecs:ListTasks',
  ]),
  ...reading('spoke-write', 'LookBeforeWriting', writes, ['iam:GetRole', 'iam:GetRolePolicy']),
  ...reading('spoke-write', 'FindShells', writes, ['ssm:DescribeSessions']),
  writing('spoke-write', 'MakeRoles', 'iam:CreateRole', {
    isNeeded: makesRoles,
    resource: ourRoles,
    condition: (needs) => ({
      StringEquals: { [`aws:RequestTag/${tagKeys.instance}`]: needs.instance },
      ArnEquals: { 'iam:PermissionsBoundary': boundariesOf(needs) },
    }),
    asks: (needs) =>
      ownRoles(needs).map(({ arn, tags, boundary }) =>
        askingOwnRole('iam:CreateRole', arn, { ...requestTags(tags), 'iam:permissionsboundary': boundary }),
      ),
  }),
  writing('spoke-write', 'TagRoles', 'iam:TagRole', {
    isNeeded: makesRoles,
    resource: ourRoles,
    condition: ({ instance }) => ({
      StringEquals: { [`aws:RequestTag/${tagKeys.instance}`]: instance },
      'ForAllValues:StringEquals': {
        'aws:TagKeys': [tagKeys.instance, tagKeys.policy, tagKeys.binding, tagKeys.prune],
      },
    }),
    // Once as it is made, and once when its tags are put right.
    asks: (needs) =>
      ownRoles(needs).flatMap(({ arn, tags }) => [
        askingOwnRole('iam:TagRole', arn, requestTags(tags)),
        askingOwnRole('iam:TagRole', arn, { ...requestTags(tags), ...resourceTags(tags) }),
      ]),
  }),
  writing('spoke-write', 'PutTheBoundaryBack', 'iam:PutRolePermissionsBoundary', {
    isNeeded: makesRoles,
    resource: ourRoles,
    condition: ownRoleCondition,
    asks: onOwnRoles('iam:PutRolePermissionsBoundary'),
  }),
  ...[
    'iam:DeleteRole',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:PutRolePolicy',
    'iam:UpdateAssumeRolePolicy',
    'iam:UpdateRole',
  ].map(changingOwnRoles),
  writing('spoke-write', 'EndShells', 'ssm:TerminateSession', {
    isNeeded: writes,
    resource: ({ account: { partition, accountId } }) => `arn:${partition}:ssm:*:${accountId}:session/*`,
    asks: ({ account: { partition, accountId, regions } }) =>
      regions.map((region) =>
        asking(
          'ssm:TerminateSession',
          `arn:${partition}:ssm:${region}:${accountId}:session/rolewarden-doctor`,
          {},
        ),
      ),
  }),
  ...['iam:DeleteRolePolicy', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy'].map(changingSharedRoles),
  writing('spoke-ecs-writes', 'CopyRevisions', 'ecs:RegisterTaskDefinition', {
    isNeeded: deploys,
    resource: inEcs('task-definition'),
    condition: () => ({ Null: { [`aws:RequestTag/${tagKeys.binding}`]: 'false' } }),
    asks: ofDeployed('ecs:RegisterTaskDefinition', revisionName, revisionTags),
  }),
  writing('spoke-ecs-writes', 'TagTheCopies', 'ecs:TagResource', {
    isNeeded: deploys,
    resource: inEcs('task-definition'),
    condition: () => ({ StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } }),
    asks: ofDeployed('ecs:TagResource', revisionName, (needs) => ({
      ...revisionTags(needs),
      'ecs:createaction': 'RegisterTaskDefinition',
    })),
  }),
  writing('spoke-ecs-writes', 'TagServices', 'ecs:TagResource', {
    isNeeded: deploys,
    resource: inEcs('service'),
    condition: () => ({
      Null: { 'aws:TagKeys': 'false' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': serviceTags },
    }),
    asks: ofDeployed('ecs:TagResource', serviceName, ({ instance }) =>
      requestTags(Object.fromEntries(serviceTags.map((key) => [key, instance]))),
    ),
  }),
  writing('spoke-ecs-writes', 'DeployCopies', 'ecs:UpdateService', {
    isNeeded: deploys,
    resource: inEcs('service'),
    asks: ofDeployed('ecs:UpdateService', serviceName, unconditional),
  }),
  writing('spoke-ecs-writes', 'HandRolesToTasks', 'iam:PassRole', {
    isNeeded: deploys,
    resource: ({ deployed }) => [...new Set(deployed.map(({ taskRoleArn }) => taskRoleArn))],
    condition: () => ({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
    asks: ({ deployed }) =>
      deployed.map(({ taskRoleArn }) =>
        asking('iam:PassRole', taskRoleArn, { 'iam:passedtoservice': 'ecs-tasks.amazonaws.com' }),
      ),
  }),
  writing('spoke-ecs-writes', 'StopTasksOfLeavers', 'ecs:StopTask', {
    isNeeded: ({ stopsTasks }) => stopsTasks,
    resource: inEcs('task'),
    asks: ({ account: { partition, accountId, regions } }) =>
      regions.map((region) =>
        asking(
          'ecs:StopTask',
          `arn:${partition}:ecs:${region}:${accountId}:task/rolewarden-doctor/${'0'.repeat(32)}`,
          {},
        ),
      ),
  }),
];

/** The statement to add, ready to paste; of actions whose permissions stand in one statement. */
export const statementFor = (
  needed: readonly [NeededAction, ...NeededAction[]],
  needs: AccountNeeds,
): string => {
  const [first] = needed;
  return JSON.stringify({
    Sid: first.sid,
    Effect: 'Allow',
    Action: scalarOrList(needed.map(({ action }) => action)),
    Resource: first.resource(needs),
    ...(first.condition === undefined ? {} : { Condition: first.condition(needs) }),
  });
};

/** How they are granted. */
export const adviceFor = (needed: readonly [NeededAction, ...NeededAction[]], needs: AccountNeeds): string =>
  `give the role manifests/deploy/policies/${needed[0].document}.json.tftpl (${needed[0].sid}), or add to its policies ${statementFor(needed, needs)}`;
