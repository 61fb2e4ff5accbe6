// The small world of the schedules: eight people, three groups (one inside another) and one whose members are those with an
// activation, three policies, two accounts.

import { acknowledgementAnnotation } from '../../src/domain/acknowledgement.ts';
import type { SandboxWorld } from '../../src/sandbox/world.ts';
import { samlFingerprint } from '../../src/domain/verification.ts';
import { samlAudience, samlFederation, tenantId, uuid } from '../builders.ts';

export const accountNames = ['dev', 'prod'] as const;
export type AccountName = (typeof accountNames)[number];
export const accountIds: Readonly<Record<AccountName, string>> = {
  dev: '111122223333',
  prod: '444455556666',
};
export const accountNameOf = (accountId: string): AccountName =>
  accountId === accountIds.dev ? 'dev' : 'prod';

export const everybody = [1, 2, 3, 4, 5, 6, 7, 8] as const;
export type PersonNumber = (typeof everybody)[number];
export const personId = (n: number): string => uuid('a', n);
export const personName = (id: string): string => {
  const n = everybody.find((one) => personId(one) === id);
  return n === undefined ? id : `person ${n}`;
};

/** Whose members stay until they leave. */
export const plainGroupNames = ['oncall', 'developers', 'platform'] as const;
export type PlainGroupName = (typeof plainGroupNames)[number];
/** `duty` is under Privileged Identity Management: whoever is in it is in it until a time. */
export const groupNames = [...plainGroupNames, 'duty'] as const;
export type GroupName = (typeof groupNames)[number];
export const groupIds: Readonly<Record<GroupName, string>> = {
  oncall: uuid('b', 1),
  developers: uuid('b', 2),
  platform: uuid('b', 3),
  duty: uuid('b', 4),
};
export const groupNameOf = (id: string): string => groupNames.find((name) => groupIds[name] === id) ?? id;

export const actions = ['s3:GetObject', 'ecs:DescribeTasks', 'logs:GetLogEvents'] as const;
export type Action = (typeof actions)[number];
/** Of no policy: only an edit by hand gives it. */
export const foreignAction = 'iam:PassRole';

export const instance = 'chaos';
export const audience = samlAudience;
const saml = samlFederation();
export const providerArn = (accountId: string): string => `arn:aws:iam::${accountId}:saml-provider/EntraID`;
export const boundaryArn = (accountId: string): string =>
  `arn:aws:iam::${accountId}:policy/rolewarden-boundary`;

/** The controller's own credentials are of `dev`; `prod` is reached through its spoke role. */
export const ownKey = { accessKeyId: 'AKIA111122223333AAAA', secretAccessKey: 'secret-of-dev' } as const;
const externalId = 'contoso-prod';
const clientId = uuid('d', 1);
export const application = { client_id: clientId, client_secret: 'secret-of-the-application' } as const;

const boundary = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

export const userOf = (n: PersonNumber) => ({
  id: personId(n),
  userPrincipalName: `person-${n}@contoso.com`,
  displayName: `Person ${n}`,
  mail: null,
  accountEnabled: true,
  userType: 'Member' as const,
});

const account = (name: AccountName) => ({
  accountId: accountIds[name],
  accessKeyId: name === 'dev' ? ownKey.accessKeyId : 'AKIA444455556666AAAA',
  secretAccessKey: name === 'dev' ? ownKey.secretAccessKey : 'secret-of-prod',
  samlProviders: ['EntraID'],
  oidcProviders: [],
  managedPolicies: { 'rolewarden-boundary': boundary },
  spokeRoles:
    name === 'dev' ? [] : [{ name: 'rolewarden-spoke', trustedAccountId: accountIds.dev, externalId }],
});

export const world: SandboxWorld = {
  tenantId,
  applications: [{ clientId, clientSecret: application.client_secret }],
  users: everybody.map(userOf),
  groups: [
    { id: groupIds.oncall, displayName: 'On-call', members: [1, 2, 3].map(personId) },
    {
      id: groupIds.developers,
      displayName: 'Developers',
      members: [personId(4), personId(5), groupIds.platform],
    },
    { id: groupIds.platform, displayName: 'Platform', members: [6, 7].map(personId) },
    { id: groupIds.duty, displayName: 'Duty', members: [], pim: true },
  ],
  servicePrincipals: [],
  accounts: accountNames.map(account),
};

const accountYaml = (name: AccountName, annotations: readonly string[]): string => `---
apiVersion: rolewarden/v1alpha1
kind: Account
metadata:
  name: ${name}
  annotations: ${JSON.stringify(annotations.length === 0 ? {} : { [acknowledgementAnnotation]: annotations.join('\n') })}
spec:
  accountId: "${accountIds[name]}"
  regions: [eu-west-1]${
    name === 'dev'
      ? ''
      : `
  spokeRole: { arn: "arn:aws:iam::${accountIds[name]}:role/rolewarden-spoke", externalId: ${externalId} }`
  }
  permissionsBoundary: ${boundaryArn(accountIds[name])}
`;

/** The accounts and the federation; `acknowledged`: removals that somebody has acknowledged. */
export const frameYaml = (
  acknowledged: readonly string[],
  isVerified: boolean,
): string => `${accountYaml('dev', acknowledged)}${accountYaml('prod', [])}---
apiVersion: rolewarden/v1alpha1
kind: Federation
metadata: { name: entra }
spec:
  tenantId: ${tenantId}
  saml:
    providerName: ${saml.providerName}
    applicationId: ${saml.applicationId}
    nameId: ${saml.nameId}
    audiences: ${JSON.stringify(saml.audiences)}
    verified: ${isVerified ? samlFingerprint(tenantId, saml) : 'false'}
`;
