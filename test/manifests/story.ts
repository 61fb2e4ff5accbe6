// What a controller does over a few days, so that every call that it can make is made once: roles made, changed, repaired and
// deleted; people who come and go, with their shells; a role that its owner shares; a service that gets another task role.

import { accessPolicyName } from '../../src/domain/role.ts';
import type { AccessPolicy, PolicySet, TaskRoleBinding } from '../../src/domain/policy.ts';
import {
  accessPolicy,
  federation,
  meta,
  oidcFederation,
  person,
  policySet,
  servicePrincipalSubject,
  taskRoleBinding,
  uuid,
} from '../builders.ts';
import { boundaryArn, executionRoleArn, sharedRoleArn, spokeId } from './deployed.ts';
import { oncall, place, type Stage } from './stage.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;

const debug = (change: Parameters<typeof accessPolicy>[0] = {}): AccessPolicy =>
  accessPolicy({
    ecs: [
      {
        region: place.region,
        cluster: 'payments',
        services: ['api'],
        containers: ['api'],
        allow: ['inspect', 'exec'],
      },
    ],
    afterRevoke: 'stopTask',
    ...change,
  });

const other = (change: Parameters<typeof accessPolicy>[0] = {}): AccessPolicy =>
  accessPolicy({
    meta: meta('payments-audit'),
    ...change,
    role: { name: 'payments-audit', ...change?.role },
  });

const shared: AccessPolicy = accessPolicy({
  meta: meta('payments-legacy'),
  statements: [],
  role: { name: 'payments-legacy', ownership: 'statements' },
});

const binding: TaskRoleBinding = taskRoleBinding({
  rollout: 'deploy',
  taskRole: {
    kind: 'made',
    name: 'payments-api-task',
    statements: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
    boundary: boundaryArn,
  },
});

const digest = `contoso/api@sha256:${'0'.repeat(64)}`;
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const documentOf = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const tasksMayEnter = documentOf({
  Effect: 'Allow',
  Principal: { Service: 'ecs-tasks.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

/** What was there before anybody installed a controller. */
const seed = ({ cloud }: Stage): void => {
  const role = (name: string, more: object) =>
    cloud.seedRole(spokeId, { name, trustDocument: tasksMayEnter, ...more });
  role('old-task', { attachedPolicyArns: [readOnly] });
  role('ecs-execution', {});
  role('payments-legacy', { tags: { 'rolewarden:adopt': 'contoso-main', Owner: 'payments' } });
  cloud.ecs.setTaskStartMs(10_000);
  cloud.ecs.seedCluster(place, { name: 'payments' });
  const taskDefinition = cloud.ecs.seedTaskDefinition(place, {
    family: 'api',
    taskRoleArn: `arn:aws:iam::${spokeId}:role/old-task`,
    executionRoleArn,
    containerDefinitions: [{ name: 'api', image: digest }],
  });
  cloud.ecs.seedService(place, { name: 'api', cluster: 'payments', taskDefinition });
};

const openShell = ({ cloud }: Stage, roleName: string, n: number): void => {
  const task = cloud.ecs.tasks(place).find(({ lastStatus }) => lastStatus === 'RUNNING');
  cloud.shells.open(place, {
    ownerArn: `arn:aws:sts::${spokeId}:assumed-role/${roleName}/${person(n).userPrincipalName}`,
    on: task?.arn ?? '',
  });
};

/** By hand, as somebody with the console would. */
const spoil = ({ cloud }: Stage, roleName: string): void =>
  cloud.editRole(spokeId, roleName, (role) => {
    role.permissionsBoundary = undefined;
    role.description = 'mine now';
    role.attachedPolicyArns.push(readOnly);
    role.inlinePolicies['more'] = documentOf({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
    role.inlinePolicies[accessPolicyName] = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' });
  });

/** Policies that take every action there is; workloads among their subjects, whom the story itself has none of. */
export const everyPolicy: PolicySet = policySet({
  federations: [federation({ oidc: oidcFederation() })],
  policies: [
    debug({ servicePrincipals: [servicePrincipalSubject(uuid('c', 1))] }),
    other({ prune: true }),
    shared,
  ],
  bindings: [binding],
});

/** Needs people 1 to 4 in the group. */
export const playStory = async (stage: Stage): Promise<void> => {
  const { clock, directory } = stage;
  seed(stage);
  stage.setPolicies([debug(), other(), shared], [binding]);
  // Statements of others in a shared role are watched for ten minutes before ours join them.
  await stage.sweeps(15);

  spoil(stage, 'payments-debug');
  stage.setPolicies([debug(), other({ prune: true }), shared], [binding]);
  await stage.sweeps(2);

  openShell(stage, 'payments-debug', 4);
  directory.removeMember(oncall, person(4).id);
  await stage.sweeps(8);

  // More than one removal an hour would look like a mistake to the breaker.
  clock.advance(2 * hourMs);
  stage.setPolicies([debug(), shared], [binding]);
  await stage.sweeps(15);
  clock.advance(2 * hourMs);
  stage.setPolicies([debug()], [binding]);
  await stage.sweeps(15);
  clock.advance(2 * dayMs);
  await stage.sweeps(2);
};

/** What must have become of it all, in words. */
export const endingOf = ({ cloud }: Stage): unknown => ({
  roles: cloud
    .roles(spokeId)
    .flatMap(({ name, inlinePolicies, permissionsBoundary, path }) =>
      path === '/rolewarden/' ? [[name, permissionsBoundary, Object.keys(inlinePolicies).sort()]] : [],
    ),
  shared: Object.keys(cloud.roles(spokeId).find(({ arn }) => arn === sharedRoleArn)?.inlinePolicies ?? {}),
  shells: cloud.shells.list(place).length,
  services: cloud.ecs
    .services(place)
    .map(({ name, deployments, tags }) => [name, deployments[0]?.taskDefinitionArn, tags]),
});
