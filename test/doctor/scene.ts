// A world in which doctor finds everything, and cases that spoil one thing of it.

import type { Check, CheckState } from '../../src/domain/check.ts';
import { AppError, type ErrorKind } from '../../src/domain/errors.ts';
import type { AccountExamination, AppToken, EnterpriseApplication } from '../../src/domain/examination.ts';
import { present, type Reading, unreadable } from '../../src/domain/reading.ts';
import type { ObservedAccount } from '../../src/domain/role.ts';
import { uuid } from '../builders.ts';

export const nowMs = Date.UTC(2026, 10, 23);
export const dayMs = 86_400_000;

/** What the operator reads of a check. */
export interface Said {
  readonly what: string;
  readonly state: CheckState;
  readonly found: string;
  /** Absent: nothing is advised. */
  readonly advice?: string;
}

export const said = ({ what, state, found, advice }: Check): Said => ({
  what,
  state,
  found,
  ...(advice === undefined ? {} : { advice }),
});

/** All that is not ok. */
export const problemsIn = (checks: readonly Check[]): readonly Said[] =>
  checks.filter(({ state }) => state !== 'ok').map(said);

export const failing = (kind: ErrorKind, message: string, code?: string): Reading<never> =>
  unreadable(new AppError(kind, message, code === undefined ? {} : { code }));

const documentOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
export const everything = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' });
export const closedBoundary = documentOf(
  { Effect: 'Allow', Action: 'ecs:*', Resource: '*' },
  { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' },
);
export const statements = documentOf;

export const accountId = '111122223333';
export const spokeArn = `arn:aws:iam::${accountId}:role/rolewarden-spoke`;
export const boundaryArn = `arn:aws:iam::${accountId}:policy/rolewarden-boundary`;
export const samlArn = `arn:aws:iam::${accountId}:saml-provider/EntraID`;

export const observedAccount = (change: Partial<ObservedAccount> = {}): ObservedAccount => ({
  readAtMs: nowMs,
  roles: [],
  halfSeenRoleNames: [],
  otherRoles: new Map(),
  askedRoles: new Map(),
  allows: [],
  trustQuotaChars: 2_048,
  samlProviderArns: new Set([samlArn]),
  oidcProviderArns: new Set(),
  ...change,
});

const readActions = [
  'iam:GetAccountAuthorizationDetails',
  'iam:GetAccountSummary',
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  'iam:GetRole',
  'iam:GetRolePolicy',
  'iam:GetSAMLProvider',
  'iam:ListOpenIDConnectProviders',
  'iam:ListRoles',
  'iam:ListSAMLProviders',
  'ssm:DescribeSessions',
];

export const ownPolicies = (...policies: readonly string[]): AccountExamination['own'] =>
  present({ roleArn: spokeArn, policies, boundary: undefined, unread: [] });

/** Of the account of `builders.ts`, into which people go by SAML. */
export const goodExamination = (change: Partial<AccountExamination> = {}): AccountExamination => ({
  identity: present({
    arn: `arn:aws:sts::${accountId}:assumed-role/rolewarden-spoke/rolewarden`,
    accountId,
  }),
  observed: present(observedAccount()),
  trials: readActions.map((action) => ({ action, region: undefined, outcome: 'allowed', because: '' })),
  regions: new Map([['eu-west-1', present(true)]]),
  own: ownPolicies(everything),
  boundaries: new Map([[boundaryArn, present(closedBoundary)]]),
  samlProviders: new Map([
    [
      samlArn,
      present({
        issuer: `https://sts.windows.net/${uuid('f', 1)}/`,
        validUntilMs: nowMs + 36_500 * dayMs,
        certificateEndsMs: [nowMs + 900 * dayMs],
      }),
    ],
  ]),
  oidcProviders: new Map(),
  creation: { action: 'iam:CreateRole', region: undefined, outcome: 'allowed', because: '', isMade: false },
  clockSkewMs: 0,
  ...change,
});

/** The trial of one action, refused. */
export const refused = (action: string, because: string, outcome: 'denied' | 'unknown' = 'denied') =>
  goodExamination().trials.map((one) => (one.action === action ? { ...one, outcome, because } : one));

export const goodToken = (...roles: readonly string[]): Reading<AppToken> =>
  present({
    tenantId: uuid('f', 1),
    clientId: uuid('d', 1),
    roles: roles.length > 0 ? roles : ['GroupMember.Read.All', 'User.Read.All'],
  });

export const goodApplication = (change: Partial<EnterpriseApplication> = {}): EnterpriseApplication => ({
  id: uuid('e', 2),
  appId: uuid('e', 1),
  displayName: 'AWS Single-Account Access',
  accountEnabled: true,
  signOnMode: 'saml',
  isAssignmentRequired: true,
  replyUrls: ['https://signin.aws.amazon.com/saml'],
  appRoles: [],
  assignments: present([]),
  ...change,
});
