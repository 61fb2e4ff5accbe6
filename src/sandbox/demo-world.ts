// The world that the demo, the README and the example manifests talk about: one small company, two AWS accounts.

import { randomBytes } from 'node:crypto';
import { ecsServiceTag } from '../domain/ecs-grants.ts';
import type { SandboxAccount, SandboxService, SandboxSignIn, SandboxUser, SandboxWorld } from './world.ts';

const tenantId = '0f0e0d0c-1111-4222-8333-444455556666';

/** Fixed ids, so that manifests and documentation can name them. */
export const demoIds = {
  tenantId,
  /** Client id of the controller's app registration. */
  controllerClientId: '5c0ffee0-0000-4000-8000-00000000c0de',
  groups: {
    paymentsOnCall: 'a1000000-0000-4000-8000-000000000001',
    platformEngineers: 'a1000000-0000-4000-8000-000000000002',
    auditors: 'a1000000-0000-4000-8000-000000000003',
    paymentsIncident: 'a1000000-0000-4000-8000-000000000004',
    support: 'a1000000-0000-4000-8000-000000000005',
  },
  users: {
    onCall1: 'b1000000-0000-4000-8000-000000000001',
    onCall2: 'b1000000-0000-4000-8000-000000000002',
    onCall3: 'b1000000-0000-4000-8000-000000000003',
    platform1: 'b1000000-0000-4000-8000-000000000004',
    platform2: 'b1000000-0000-4000-8000-000000000005',
    auditor1: 'b1000000-0000-4000-8000-000000000006',
    guestAuditor: 'b1000000-0000-4000-8000-000000000007',
  },
  deployPipeline: {
    id: 'c1000000-0000-4000-8000-000000000001',
    appId: 'c2000000-0000-4000-8000-000000000001',
  },
  /** By which people sign in to AWS. */
  enterpriseApplication: {
    id: 'c1000000-0000-4000-8000-000000000002',
    appId: '17cad0e7-cd2b-4e51-a75d-ba810f3e4045',
  },
  accounts: { hub: '999988887777', dev: '111122223333', prod: '444455556666' },
} as const;

/** Where the services of payments run, in dev and in prod. */
export const demoCluster = { region: 'eu-west-1', cluster: 'payments' } as const;

/** One role for all services of payments, as it was before anybody bound them. */
export const demoSharedTaskRole = 'payments-shared-tasks';

const service = (name: string, containers: readonly string[]): SandboxService => ({
  ...demoCluster,
  name,
  containers,
  taskRole: demoSharedTaskRole,
  tags: { [ecsServiceTag]: name },
});

const services: readonly SandboxService[] = [
  service('payments-api', ['api', 'envoy']),
  service('payments-ledger', ['api']),
];

export const demoSamlProvider = 'EntraID';
export const demoSpokeRole = 'rolewarden-spoke';
export const demoBoundary = 'rolewarden-boundary';

const person = (id: string, name: string, displayName: string): SandboxUser => ({
  id,
  userPrincipalName: `${name}@contoso.com`,
  displayName,
  mail: `${name}@contoso.com`,
  accountEnabled: true,
  userType: 'Member',
});

const { groups, users } = demoIds;

/** The support team: support-1@contoso.com to support-8@contoso.com. */
export const demoSupport = Array.from(
  { length: 8 },
  (_, index) => `b1000000-0000-4000-8000-0000000001${String(index + 1).padStart(2, '0')}`,
);

const people: readonly SandboxUser[] = [
  person(users.onCall1, 'oncall-1', 'On-call One'),
  person(users.onCall2, 'oncall-2', 'On-call Two'),
  person(users.onCall3, 'oncall-3', 'On-call Three'),
  person(users.platform1, 'platform-1', 'Platform One'),
  person(users.platform2, 'platform-2', 'Platform Two'),
  person(users.auditor1, 'auditor-1', 'Auditor One'),
  {
    ...person(users.guestAuditor, 'auditor_fabrikam.com#EXT#', 'Guest Auditor'),
    userPrincipalName: 'auditor_fabrikam.com#EXT#@contoso.onmicrosoft.com',
    mail: 'auditor@fabrikam.com',
    userType: 'Guest',
  },
  ...demoSupport.map((id, index) => person(id, `support-${index + 1}`, `Support ${index + 1}`)),
];

/** The most that any role made by the controller may do: look around, and open shells; never touch identities. */
const boundaryDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'WhatAccessMayBeMadeOf',
      Effect: 'Allow',
      Action: [
        'ecs:*',
        'ecr:Describe*',
        'logs:*',
        'cloudwatch:Get*',
        'cloudwatch:List*',
        's3:Get*',
        's3:List*',
        'ssmmessages:*',
        'signin:*',
        'sts:GetCallerIdentity',
      ],
      Resource: '*',
    },
    {
      Sid: 'NeverIdentities',
      Effect: 'Deny',
      Action: ['iam:*', 'organizations:*', 'account:*', 'sts:AssumeRole'],
      Resource: '*',
    },
  ],
});

/** Credentials are made at start: nothing that opens anything is written down. */
const freshCredentials = () => ({
  accessKeyId: `AKIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64url'),
});

/** As wide as the sandbox is for trying things out; manifests/deploy has what it takes, and no more. */
const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

const workloadAccount = (accountId: string, externalId: string): SandboxAccount => ({
  accountId,
  ...freshCredentials(),
  samlProviders: [demoSamlProvider],
  oidcProviders: [`login.microsoftonline.com/${tenantId}/v2.0`],
  // IAM compares the client id of whoever asked for a v2 token with these, and not the audience.
  oidcClientIds: ['api://rolewarden-deploy', demoIds.deployPipeline.appId],
  managedPolicies: { [demoBoundary]: boundaryDocument },
  spokeRoles: [
    {
      name: demoSpokeRole,
      trustedAccountId: demoIds.accounts.hub,
      externalId,
      policies: { everything },
    },
  ],
  services,
});

type AppRole = SandboxSignIn['appRoles'][number];

/** The role of one policy in one account. */
const appRole = (n: number, accountId: string, role: string, assignedTo: string): AppRole => ({
  id: `c3000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  value: `arn:aws:iam::${accountId}:role/rolewarden/${role},arn:aws:iam::${accountId}:saml-provider/${demoSamlProvider}`,
  assignedTo: [assignedTo],
});

const { dev, prod } = demoIds.accounts;

/** As the README says that it is set up for the policies of the examples. */
const signIn: SandboxSignIn = {
  mode: 'saml',
  isAssignmentRequired: true,
  replyUrls: ['https://signin.aws.amazon.com/saml'],
  appRoles: [
    appRole(1, dev, 'payments-debug', groups.paymentsOnCall),
    appRole(2, prod, 'payments-debug', groups.paymentsOnCall),
    appRole(3, prod, 'payments-incident', groups.paymentsIncident),
    appRole(4, dev, 'platform-dev', groups.platformEngineers),
    appRole(5, prod, 'audit-prod', groups.auditors),
    appRole(6, dev, 'support-logs', groups.support),
  ],
};

/** What these policies need, and no more. */
const graphPermissions: readonly string[] = [
  'Application.Read.All',
  'GroupMember.Read.All',
  'PrivilegedAssignmentSchedule.Read.AzureADGroup',
  'User.Read.All',
];

/** A fresh demo world: the same people, groups and accounts each time, new secrets each time. The hub comes first: its credentials are the controller's. */
export const demoWorld = (): SandboxWorld => ({
  tenantId,
  applications: [
    {
      clientId: demoIds.controllerClientId,
      clientSecret: randomBytes(24).toString('base64url'),
      permissions: graphPermissions,
    },
  ],
  users: people,
  groups: [
    {
      id: groups.paymentsOnCall,
      displayName: 'Payments On-call',
      members: [users.onCall1, users.onCall2, users.onCall3],
    },
    {
      id: groups.platformEngineers,
      displayName: 'Platform Engineers',
      members: [users.platform1, users.platform2, demoIds.deployPipeline.id],
    },
    { id: groups.auditors, displayName: 'Auditors', members: [users.auditor1, users.guestAuditor] },
    // Whoever else is in it has activated her membership.
    { id: groups.paymentsIncident, displayName: 'Payments Incident', members: [users.onCall1], pim: true },
    { id: groups.support, displayName: 'Support', members: demoSupport },
  ],
  servicePrincipals: [
    { ...demoIds.deployPipeline, displayName: 'Deploy Pipeline', accountEnabled: true },
    {
      ...demoIds.enterpriseApplication,
      displayName: 'AWS Single-Account Access',
      accountEnabled: true,
      signIn,
    },
  ],
  accounts: [
    {
      accountId: demoIds.accounts.hub,
      ...freshCredentials(),
      samlProviders: [],
      oidcProviders: [],
      managedPolicies: {},
      spokeRoles: [],
    },
    workloadAccount(demoIds.accounts.dev, 'rolewarden-dev'),
    workloadAccount(demoIds.accounts.prod, 'rolewarden-prod'),
  ],
});
