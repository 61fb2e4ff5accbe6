// The documents of one deployment: a hub and a spoke account, as the modules would make them with these settings.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { manifests, renderTemplate, type Variables } from './templates.ts';

export const partition = 'aws';
export const instance = 'contoso-main';
export const hubId = '999988887777';
export const spokeId = '111122223333';
export const region = 'eu-west-1';

const roleArn = (accountId: string, name: string): string =>
  `arn:${partition}:iam::${accountId}:role/${name}`;

export const controllerArn = roleArn(hubId, 'rolewarden-controller');
export const planArn = roleArn(hubId, 'rolewarden-plan');
export const spokeArn = roleArn(spokeId, 'rolewarden-spoke');
export const readerArn = roleArn(spokeId, 'rolewarden-plan-reader');
export const boundaryArn = `arn:${partition}:iam::${spokeId}:policy/rolewarden-boundary`;
export const sharedRoleArn = roleArn(spokeId, 'payments-legacy');
export const executionRoleArn = roleArn(spokeId, 'ecs-execution');
export const administrators = [
  `arn:${partition}:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Administrators_*`,
];
export const owners = [`arn:${partition}:iam::*:role/legacy-owners`];
export const leaseTableArn = `arn:${partition}:dynamodb:${region}:${hubId}:table/rolewarden-leases`;
export const logGroupArn = `arn:${partition}:logs:${region}:${hubId}:log-group:/rolewarden/controller`;
export const gitSecretArn = `arn:${partition}:secretsmanager:${region}:${hubId}:secret:rolewarden/git-AbCdEf`;
/** Of tokens that GitHub gives to the workflow on the default branch, and to no other. */
export const planSubject =
  'repository_id:123456789:job_workflow_ref:contoso/access-policies/.github/workflows/rolewarden-plan.yaml@refs/heads/main';

const here = { partition, account_id: spokeId };

/** By the name of the template. */
export const settings: Readonly<Record<string, Variables>> = {
  'controller-task.json.tftpl': { spoke_role_arns: [spokeArn], lease_table_arn: leaseTableArn },
  'controller-execution.json.tftpl': {
    repository_arn: `arn:${partition}:ecr:${region}:${hubId}:repository/rolewarden`,
    log_group_arn: logGroupArn,
  },
  'controller-secrets.json.tftpl': { secret_arns: [gitSecretArn] },
  'ecs-tasks-trust.json.tftpl': { partition, region, account_id: hubId },
  'organization.json.tftpl': {
    partition,
    saml_provider: 'EntraID',
    controllers_and_administrators: [`arn:${partition}:iam::*:role/rolewarden-spoke`, ...administrators],
    administrators,
    owners,
  },
  'plan.json.tftpl': { reader_role_arns: [readerArn] },
  'plan-trust.json.tftpl': {
    provider_arn: `arn:${partition}:iam::${hubId}:oidc-provider/token.actions.githubusercontent.com`,
    subject: planSubject,
  },
  'spoke-read.json.tftpl': {},
  'spoke-write.json.tftpl': { ...here, instance, boundary_arns: [boundaryArn] },
  'spoke-ecs-writes.json.tftpl': {
    ...here,
    passable_role_arns: [roleArn(spokeId, 'rolewarden/*'), executionRoleArn],
  },
  'spoke-shared-roles.json.tftpl': { instance, shared_role_arns: [sharedRoleArn] },
  'spoke-never.json.tftpl': { instance, own_role_arns: [spokeArn, readerArn] },
  'spoke-trust.json.tftpl': { trusted_role_arn: controllerArn, external_id: 'contoso-dev' },
};

const rendered = (name: string, change: Variables = {}): string =>
  renderTemplate(`${name}.json.tftpl`, { ...settings[`${name}.json.tftpl`], ...change });

export const boundaryDocument = readFileSync(resolve(manifests, 'aws/permissions-boundary.json'), 'utf8');

/** `sharedRoleArns`: for cases in which somebody names what should not be named. */
export const spokePolicies = (
  sharedRoleArns: readonly string[] = [sharedRoleArn],
): Readonly<Record<string, string>> => ({
  read: rendered('spoke-read'),
  write: rendered('spoke-write'),
  'ecs-writes': rendered('spoke-ecs-writes'),
  'shared-roles': rendered('spoke-shared-roles', { shared_role_arns: sharedRoleArns }),
  never: rendered('spoke-never'),
});

/** What the role may do that plans are made with. */
export const readerPolicies: Readonly<Record<string, string>> = { read: rendered('spoke-read') };

/** What the controller itself may do, before it enters a spoke. */
export const controllerPolicy = rendered('controller-task');

/** What ECS may do to start it. */
export const executionPolicies: Readonly<Record<string, string>> = {
  execution: rendered('controller-execution'),
  secrets: rendered('controller-secrets'),
};

export const planPolicy = rendered('plan');
export const organizationPolicy = rendered('organization');

export const trustDocuments: Readonly<Record<string, string>> = {
  spoke: rendered('spoke-trust'),
  tasks: rendered('ecs-tasks-trust'),
  plan: rendered('plan-trust'),
};
