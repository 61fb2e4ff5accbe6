// The documents of one deployment: a hub and a spoke account, as the modules would make them with these settings.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { manifests, renderTemplate } from './templates.ts';

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

export const boundaryDocument = readFileSync(resolve(manifests, 'aws/permissions-boundary.json'), 'utf8');

const here = { partition, account_id: spokeId };

/** `sharedRoleArns`: for cases in which somebody names what should not be named. */
export const spokePolicies = (
  sharedRoleArns: readonly string[] = [sharedRoleArn],
): Readonly<Record<string, string>> => ({
  read: renderTemplate('spoke-read.json.tftpl', {}),
  write: renderTemplate('spoke-write.json.tftpl', { ...here, instance, boundary_arns: [boundaryArn] }),
  'ecs-writes': renderTemplate('spoke-ecs-writes.json.tftpl', {
    ...here,
    passable_role_arns: [roleArn(spokeId, 'rolewarden/*'), executionRoleArn],
  }),
  'shared-roles': renderTemplate('spoke-shared-roles.json.tftpl', {
    instance,
    shared_role_arns: sharedRoleArns,
  }),
  never: renderTemplate('spoke-never.json.tftpl', { instance, own_role_arns: [spokeArn, readerArn] }),
});

/** What the role may do that plans are made with. */
export const readerPolicies: Readonly<Record<string, string>> = {
  read: renderTemplate('spoke-read.json.tftpl', {}),
};

export const organizationPolicy = renderTemplate('organization.json.tftpl', {
  partition,
  saml_provider: 'EntraID',
  controllers_and_administrators: [`arn:${partition}:iam::*:role/rolewarden-spoke`, ...administrators],
  administrators,
  owners,
});

export const leaseTableArn = `arn:${partition}:dynamodb:${region}:${hubId}:table/rolewarden-leases`;
export const logGroupArn = `arn:${partition}:logs:${region}:${hubId}:log-group:/rolewarden/controller`;
export const gitSecretArn = `arn:${partition}:secretsmanager:${region}:${hubId}:secret:rolewarden/git-AbCdEf`;

/** What the controller itself may do, before it enters a spoke. */
export const controllerPolicy = renderTemplate('controller-task.json.tftpl', {
  spoke_role_arns: [spokeArn],
  lease_table_arn: leaseTableArn,
});

/** What ECS may do to start it. */
export const executionPolicies: Readonly<Record<string, string>> = {
  execution: renderTemplate('controller-execution.json.tftpl', {
    repository_arn: `arn:${partition}:ecr:${region}:${hubId}:repository/rolewarden`,
    log_group_arn: logGroupArn,
  }),
  secrets: renderTemplate('controller-secrets.json.tftpl', { secret_arns: [gitSecretArn] }),
};

export const planPolicy = renderTemplate('plan.json.tftpl', { reader_role_arns: [readerArn] });

/** Of tokens that GitHub gives to the workflow on the default branch, and to no other. */
export const planSubject =
  'repository_id:123456789:job_workflow_ref:contoso/access-policies/.github/workflows/rolewarden-plan.yaml@refs/heads/main';

export const trustDocuments: Readonly<Record<string, string>> = {
  spoke: renderTemplate('spoke-trust.json.tftpl', {
    trusted_role_arn: controllerArn,
    external_id: 'contoso-dev',
  }),
  tasks: renderTemplate('ecs-tasks-trust.json.tftpl', { partition, region, account_id: hubId }),
  plan: renderTemplate('plan-trust.json.tftpl', {
    provider_arn: `arn:${partition}:iam::${hubId}:oidc-provider/token.actions.githubusercontent.com`,
    subject: planSubject,
  }),
};
