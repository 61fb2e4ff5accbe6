// One account: each check in each of its states, and the very sentence that the operator reads.

import { describe, expect, it } from 'vitest';
import { accountChecks } from '../../src/doctor/check-account.ts';
import { type AccountNeeds, accountNeeds } from '../../src/doctor/needs.ts';
import type { AccountExamination } from '../../src/domain/examination.ts';
import type { Account, PolicySet } from '../../src/domain/policy.ts';
import { absent, present } from '../../src/domain/reading.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  federation,
  group,
  groupIds,
  oidcFederation,
  oidcIssuer,
  people,
  policySet,
  servicePrincipalSubject,
  uuid,
} from '../builders.ts';
import {
  type Said,
  accountId,
  boundaryArn,
  dayMs,
  everything,
  failing,
  goodExamination,
  nowMs,
  observedAccount,
  ownPolicies,
  problemsIn,
  refused,
  said,
  samlArn,
  spokeArn,
  statements,
} from './scene.ts';

const spoke = account({ spokeRole: { arn: spokeArn, externalId: 'contoso-dev' } });

interface World {
  readonly seen?: Partial<AccountExamination>;
  readonly account?: Partial<Account>;
  readonly policies?: Partial<PolicySet>;
  readonly people?: number;
}

const needsOf = ({ account: change = {}, policies = {} }: World): AccountNeeds =>
  accountNeeds({
    config: controllerConfig(),
    policies: policySet({ policies: [accessPolicy()], ...policies }),
    account: { ...spoke, ...change },
    services: [],
    nowMs,
  });

const look = (world: World) => {
  const numbers = Array.from({ length: world.people ?? 3 }, (_, index) => index + 1);
  const groups = new Map([[groupIds.oncall, present(group(groupIds.oncall, people(...numbers)))]]);
  const servicePrincipals = new Map([
    [
      uuid('c', 1),
      present({ id: uuid('c', 1), appId: uuid('c', 2), displayName: 'Pipeline', accountEnabled: true }),
    ],
  ]);
  return accountChecks(needsOf(world), goodExamination(world.seen), { groups, servicePrincipals }, nowMs);
};

const metadataCommand = `curl -sSf 'https://login.microsoftonline.com/${uuid('f', 1)}/federationmetadata/2007-06/federationmetadata.xml?appid=${uuid('e', 1)}' > entra-metadata.xml`;
const renewal = `${metadataCommand} && aws iam update-saml-provider --saml-provider-arn ${samlArn} --saml-metadata-document file://entra-metadata.xml`;

const saml = (endsInDays: readonly number[], change: object = {}): Partial<AccountExamination> => ({
  samlProviders: new Map([
    [
      samlArn,
      present({
        issuer: `https://sts.windows.net/${uuid('f', 1)}/`,
        validUntilMs: nowMs + 36_500 * dayMs,
        certificateEndsMs: endsInDays.map((days) => nowMs + days * dayMs),
        ...change,
      }),
    ],
  ]),
});

const oidcArn = `arn:aws:iam::${accountId}:oidc-provider/${oidcIssuer}`;
const withWorkload = (tokenVersion: 1 | 2, principal = uuid('c', 1)): Pick<World, 'policies'> => ({
  policies: {
    federations: [federation({ oidc: oidcFederation({ tokenVersion }) })],
    policies: [accessPolicy({ servicePrincipals: [servicePrincipalSubject(principal)] })],
  },
});
const taking = (...audiences: readonly string[]): Partial<AccountExamination> => ({
  oidcProviders: new Map([[oidcArn, present({ audiences })]]),
  trials: [
    ...goodExamination().trials,
    { action: 'iam:GetOpenIDConnectProvider', region: undefined, outcome: 'allowed', because: '' },
  ],
});

const cases: readonly (World & { readonly name: string; readonly problems: readonly Said[] })[] = [
  { name: 'everything is there', problems: [] },
  {
    name: 'the spoke role refuses us',
    seen: {
      identity: failing(
        'denied',
        `cannot assume ${spokeArn}: check the role's trust policy and external id`,
        'AccessDenied',
      ),
    },
    problems: [
      {
        what: 'entry',
        state: 'missing',
        found: `cannot assume ${spokeArn}`,
        advice:
          "check the role's trust policy and external id; its trust policy has to ask for sts:ExternalId contoso-dev, as its Account says (manifests/deploy/policies/spoke-trust.json.tftpl and controller-task.json.tftpl)",
      },
    ],
  },
  {
    name: 'STS does not answer',
    seen: {
      identity: failing('transient', 'no usable answer from AWS to sts:AssumeRole: check the network'),
    },
    problems: [
      {
        what: 'entry',
        state: 'unknown',
        found: 'no usable answer from AWS to sts:AssumeRole',
        advice: 'check the network',
      },
    ],
  },
  {
    name: 'the partition is another one',
    account: { partition: 'aws-us-gov' },
    seen: { samlProviders: new Map(), boundaries: new Map() },
    problems: [
      {
        what: 'entry',
        state: 'missing',
        found: `we are arn:aws:sts::${accountId}:assumed-role/rolewarden-spoke/rolewarden, and the account says partition aws-us-gov`,
        advice: 'correct spec.partition of the Account',
      },
      {
        what: 'SAML provider EntraID',
        state: 'missing',
        found: `arn:aws-us-gov:iam::${accountId}:saml-provider/EntraID is not there, so nobody can sign in`,
        advice: `${metadataCommand} && aws iam create-saml-provider --name EntraID --saml-metadata-document file://entra-metadata.xml`,
      },
    ],
  },
  {
    name: 'a region is off',
    seen: {
      regions: new Map([
        [
          'eu-west-1',
          failing('denied', 'sts is not possible in this region: activate STS there', 'RegionDisabled'),
        ],
      ]),
    },
    problems: [
      {
        what: 'region eu-west-1',
        state: 'missing',
        found: 'sts is not possible in this region',
        advice: 'activate STS there',
      },
    ],
  },
  {
    name: 'a region is not enabled',
    seen: {
      regions: new Map([
        [
          'eu-west-1',
          failing('denied', 'AWS does not accept our credentials: renew them', 'InvalidClientTokenId'),
        ],
      ]),
    },
    problems: [
      {
        what: 'region eu-west-1',
        state: 'missing',
        found: 'the account has not enabled it',
        advice:
          'aws account enable-region --region-name eu-west-1, or take it out of spec.regions of the Account',
      },
    ],
  },
  {
    name: 'the clock is off',
    seen: { clockSkewMs: 90_000 },
    problems: [
      {
        what: 'clock',
        state: 'missing',
        found:
          'that of AWS is 90 s ahead of ours: over 60, no access is ended, and no denies are taken away, because a time has come',
        advice: 'set the clock of this machine by NTP',
      },
    ],
  },
  {
    name: 'the clock is not told',
    seen: { clockSkewMs: undefined },
    problems: [{ what: 'clock', state: 'unknown', found: 'AWS answered without the time' }],
  },
  {
    name: 'a read is refused',
    seen: { trials: refused('iam:ListRoles', 'iam:ListRoles on the account is denied: grant it') },
    problems: [
      {
        what: 'iam:ListRoles',
        state: 'missing',
        found: 'AWS refuses the role iam:ListRoles',
        advice:
          'give the role manifests/deploy/policies/spoke-read.json.tftpl (ReadIdentities), or add to its policies {"Sid":"ReadIdentities","Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}',
      },
    ],
  },
  {
    name: 'the organization refuses a read',
    seen: {
      trials: refused(
        'iam:ListRoles',
        'iam:ListRoles on the account is denied by the AWS organization (an explicit deny in a service control policy): ask its administrators to exempt the role that rolewarden uses',
      ),
    },
    problems: [
      {
        what: 'iam:ListRoles',
        state: 'missing',
        found:
          'iam:ListRoles on the account is denied by the AWS organization (an explicit deny in a service control policy)',
        advice: 'ask its administrators to exempt the role that rolewarden uses',
      },
    ],
  },
  {
    name: 'a read fails',
    seen: { trials: refused('iam:ListRoles', 'AWS throttles iam:ListRoles: try again', 'unknown') },
    problems: [
      { what: 'iam:ListRoles', state: 'unknown', found: 'AWS throttles iam:ListRoles', advice: 'try again' },
    ],
  },
  {
    name: 'what only doctor reads is refused',
    seen: {
      trials: refused('iam:GetSAMLProvider', 'iam:GetSAMLProvider on it is denied: grant it'),
      samlProviders: new Map([[samlArn, failing('denied', 'no', 'AccessDenied')]]),
    },
    problems: [
      {
        what: 'iam:GetSAMLProvider',
        state: 'unknown',
        found: 'iam:GetSAMLProvider on it is denied; the controller works without it',
        advice:
          'give the role manifests/deploy/policies/spoke-read.json.tftpl (ReadIdentities), or add to its policies {"Sid":"ReadIdentities","Effect":"Allow","Action":"iam:GetSAMLProvider","Resource":"*"}',
      },
      {
        what: 'SAML provider EntraID',
        state: 'unknown',
        found: 'it is there; how long it lasts could not be read',
        advice: 'see iam:GetSAMLProvider above',
      },
    ],
  },
  {
    name: 'nothing allows the writes of one statement',
    seen: {
      own: ownPolicies(
        statements({ Effect: 'Allow', NotAction: ['iam:PutRolePolicy', 'iam:UpdateRole'], Resource: '*' }),
      ),
    },
    problems: [
      {
        what: 'iam:PutRolePolicy and 1 more',
        state: 'missing',
        found: `no statement allows iam:PutRolePolicy, iam:UpdateRole on arn:aws:iam::${accountId}:role/rolewarden/payments-debug`,
        advice: `give the role manifests/deploy/policies/spoke-write.json.tftpl (ChangeOwnRoles), or add to its policies {"Sid":"ChangeOwnRoles","Effect":"Allow","Action":["iam:PutRolePolicy","iam:UpdateRole"],"Resource":"arn:aws:iam::${accountId}:role/rolewarden/*","Condition":{"StringEquals":{"aws:ResourceTag/rolewarden:instance":"test"},"ArnEquals":{"iam:PermissionsBoundary":["${boundaryArn}"]}}}`,
      },
    ],
  },
  {
    name: 'a statement denies a write',
    seen: {
      own: ownPolicies(
        everything,
        statements({ Sid: 'Brake', Effect: 'Deny', Action: 'iam:DeleteRole', Resource: '*' }),
      ),
    },
    problems: [
      {
        what: 'iam:DeleteRole',
        state: 'missing',
        found: `Brake denies iam:DeleteRole on arn:aws:iam::${accountId}:role/rolewarden/payments-debug explicitly`,
        advice: `take that deny off the role ${spokeArn}, or off its boundary`,
      },
    ],
  },
  {
    name: 'the boundary of the role does not allow a write',
    seen: {
      own: present({
        roleArn: spokeArn,
        policies: [everything],
        boundary: statements({ Effect: 'Allow', Action: 'iam:*', Resource: '*' }),
        unread: [],
      }),
    },
    problems: [
      {
        what: 'ssm:TerminateSession',
        state: 'missing',
        found: `the boundary of the role does not allow ssm:TerminateSession on arn:aws:ssm:eu-west-1:${accountId}:session/rolewarden-doctor`,
        advice: `give the role manifests/deploy/policies/spoke-write.json.tftpl (EndShells), or add to its policies {"Sid":"EndShells","Effect":"Allow","Action":"ssm:TerminateSession","Resource":"arn:aws:ssm:*:${accountId}:session/*"}`,
      },
    ],
  },
  {
    name: 'whether a write is allowed hangs on where it comes from',
    seen: {
      own: ownPolicies(
        statements(
          { Effect: 'Allow', NotAction: 'ssm:TerminateSession', Resource: '*' },
          {
            Effect: 'Allow',
            Action: 'ssm:TerminateSession',
            Resource: '*',
            Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
          },
        ),
      ),
    },
    problems: [
      {
        what: 'ssm:TerminateSession',
        state: 'unknown',
        found: `whether ssm:TerminateSession on arn:aws:ssm:eu-west-1:${accountId}:session/rolewarden-doctor is allowed hangs on a statement that is not understood`,
        advice: 'look by hand at the conditions in the policies of the role',
      },
    ],
  },
  {
    name: 'the role does not show',
    seen: { own: absent },
    problems: [
      {
        what: 'writes',
        state: 'unknown',
        found: 'what the role may change cannot be told: IAM shows no role by which the account is entered',
        advice: 'compare its policies with manifests/deploy/policies by hand',
      },
    ],
  },
  {
    name: 'the write that is tried is refused, though the documents allow it',
    seen: {
      creation: {
        action: 'iam:CreateRole',
        region: undefined,
        outcome: 'denied',
        because:
          'iam:CreateRole on role rolewarden-doctor is denied by the AWS organization (an explicit deny in a service control policy): ask its administrators to exempt the role that rolewarden uses',
        isMade: false,
      },
    },
    problems: [
      {
        what: 'a write, tried',
        state: 'warning',
        found:
          'iam:CreateRole on role rolewarden-doctor is denied by the AWS organization (an explicit deny in a service control policy)',
        advice: 'ask its administrators to exempt the role that rolewarden uses',
      },
    ],
  },
  {
    name: 'the write that is tried fails',
    seen: {
      creation: {
        action: 'iam:CreateRole',
        region: undefined,
        outcome: 'unknown',
        because: 'AWS throttles iam:CreateRole: try again',
        isMade: false,
      },
    },
    problems: [
      {
        what: 'a write, tried',
        state: 'unknown',
        found: 'AWS throttles iam:CreateRole',
        advice: 'try again',
      },
    ],
  },
  {
    name: 'IAM takes the write that is tried',
    seen: {
      creation: {
        action: 'iam:CreateRole',
        region: undefined,
        outcome: 'allowed',
        because: '',
        isMade: true,
      },
    },
    problems: [
      {
        what: 'a write, tried',
        state: 'warning',
        found:
          'IAM made the role rolewarden-doctor out of a trust policy that is none, so that nobody can enter it',
        advice: 'aws iam delete-role --role-name rolewarden-doctor',
      },
    ],
  },
  {
    name: 'the boundary is not there',
    seen: { boundaries: new Map([[boundaryArn, absent]]) },
    problems: [
      {
        what: 'boundary rolewarden-boundary',
        state: 'missing',
        found: `${boundaryArn} is not there, and no role is made without it`,
        advice:
          'aws iam create-policy --policy-name rolewarden-boundary --policy-document file://manifests/aws/permissions-boundary.json',
      },
    ],
  },
  {
    name: 'the boundary lets sessions go on',
    seen: { boundaries: new Map([[boundaryArn, present(everything)]]) },
    problems: [
      {
        what: 'boundary rolewarden-boundary',
        state: 'warning',
        found: 'it lets a session assume another role, in which nobody can be denied any more',
        advice:
          'add to it {"Sid":"NeverAnotherRole","Effect":"Deny","Action":"sts:AssumeRole","Resource":"*"}, or take manifests/aws/permissions-boundary.json',
      },
    ],
  },
  {
    name: 'the boundary is no policy of the account',
    seen: { boundaries: new Map([['arn:aws:iam::aws:policy/PowerUserAccess', present(everything)]]) },
    problems: [
      {
        what: 'boundary PowerUserAccess',
        state: 'warning',
        found:
          'arn:aws:iam::aws:policy/PowerUserAccess is no managed policy of this account, so that others say what it holds',
        advice: 'name a managed policy of the account in its Account',
      },
    ],
  },
  {
    name: 'the boundary cannot be read',
    seen: { boundaries: new Map([[boundaryArn, failing('denied', 'no')]]) },
    problems: [
      {
        what: 'boundary rolewarden-boundary',
        state: 'unknown',
        found: 'its document could not be read',
        advice: 'see iam:GetPolicy and iam:GetPolicyVersion above',
      },
    ],
  },
  {
    name: 'a certificate ends soon',
    seen: saml([10, 59]),
    problems: [
      {
        what: 'SAML provider EntraID',
        state: 'warning',
        found: 'its last signing certificate ends on 2027-01-21, in 59 days; nobody can sign in then',
        advice: `make a new certificate in Entra → Enterprise applications → Single sign-on, then ${renewal}`,
      },
    ],
  },
  {
    name: 'the last certificate ended',
    seen: saml([-10, -1]),
    problems: [
      {
        what: 'SAML provider EntraID',
        state: 'missing',
        found: 'its last signing certificate ended on 2026-11-22, so nobody can sign in',
        advice: renewal,
      },
    ],
  },
  { name: 'one certificate ended, and the next one lasts', seen: saml([-10, 900]), problems: [] },
  {
    name: 'the provider itself ends soon',
    seen: saml([900], { validUntilMs: nowMs + 30 * dayMs }),
    problems: [
      {
        what: 'SAML provider EntraID',
        state: 'warning',
        found: 'the provider ends on 2026-12-23, in 30 days; nobody can sign in then',
        advice: `make a new certificate in Entra → Enterprise applications → Single sign-on, then ${renewal}`,
      },
    ],
  },
  {
    name: 'no certificate can be read',
    seen: saml([]),
    problems: [
      {
        what: 'SAML provider EntraID',
        state: 'warning',
        found: 'its metadata has no signing certificate that can be read',
        advice: renewal,
      },
    ],
  },
  {
    name: 'the metadata is of another tenant',
    seen: saml([900], { issuer: 'https://sts.windows.net/fabrikam/' }),
    problems: [
      {
        what: 'SAML provider EntraID',
        state: 'missing',
        found: `its metadata is of https://sts.windows.net/fabrikam/, and the Federation entra is of tenant ${uuid('f', 1)}`,
        advice: renewal,
      },
    ],
  },
  {
    name: 'workloads, and no OIDC provider',
    ...withWorkload(1),
    seen: { ...taking(), oidcProviders: new Map([[oidcArn, absent]]) },
    problems: [
      {
        what: 'OIDC provider of entra',
        state: 'missing',
        found: `${oidcArn} is not there, so no workload can enter`,
        advice: `aws iam create-open-id-connect-provider --url https://${oidcIssuer} --client-id-list api://rolewarden`,
      },
    ],
  },
  {
    name: 'an OIDC provider that does not take the audience of v1 tokens',
    ...withWorkload(1),
    seen: taking('api://other'),
    problems: [
      {
        what: 'OIDC provider of entra',
        state: 'missing',
        found: 'it does not take the audience api://rolewarden, so IAM refuses the tokens',
        advice: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${oidcArn} --client-id api://rolewarden`,
      },
    ],
  },
  {
    name: 'an OIDC provider that does not take the client id of v2 tokens',
    ...withWorkload(2),
    seen: taking('api://rolewarden'),
    problems: [
      {
        what: 'OIDC provider of entra',
        state: 'missing',
        found: `it does not take the client id ${uuid('c', 2)}, so IAM refuses the tokens`,
        advice: `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${oidcArn} --client-id ${uuid('c', 2)}`,
      },
    ],
  },
  {
    name: 'v2 tokens of a workload that Entra did not show',
    ...withWorkload(2, uuid('c', 9)),
    seen: taking('api://rolewarden'),
    problems: [
      {
        what: 'OIDC provider of entra',
        state: 'unknown',
        found: `the client id of ${uuid('c', 9)} could not be read in Entra`,
        advice: 'see Entra above',
      },
    ],
  },
  { name: 'an OIDC provider that takes them', ...withWorkload(2), seen: taking(uuid('c', 2)), problems: [] },
  {
    name: 'more people than fit, and a quota that can be raised',
    people: 40,
    problems: [
      {
        what: 'room in payments-debug',
        state: 'warning',
        found:
          'the 40 people of payments-debug need about 2210 characters, and a trust policy has 2048 here: some will be held (trustFull)',
        advice:
          'raise it to 8192: aws service-quotas request-service-quota-increase --service-code iam --quota-code L-C07B4B0D --desired-value 8192 --region us-east-1',
      },
    ],
  },
  {
    name: 'more people than ever fit',
    people: 200,
    seen: { observed: present(observedAccount({ trustQuotaChars: 8_192 })) },
    problems: [
      {
        what: 'room in payments-debug',
        state: 'warning',
        found:
          'the 200 people of payments-debug need about 8450 characters, and a trust policy has 8192 here: some will be held (trustFull)',
        advice: 'split the policy over two roles, or set role.admission: appRole',
      },
    ],
  },
];

describe('an account', () => {
  it.each(cases)('$name', ({ problems, ...world }) => {
    expect(problemsIn(look(world))).toEqual(problems);
  });

  it('in which everything is there says what was looked at', () => {
    expect(look({}).map(said)).toEqual([
      {
        what: 'entry',
        state: 'ok',
        found: `as arn:aws:sts::${accountId}:assumed-role/rolewarden-spoke/rolewarden`,
      },
      { what: 'regions', state: 'ok', found: 'eu-west-1 answers' },
      { what: 'clock', state: 'ok', found: 'the same as that of AWS' },
      { what: 'reads', state: 'ok', found: 'all 11 actions that look at something go through' },
      {
        what: 'writes',
        state: 'ok',
        found: `all 10 actions that change something are allowed by the policies of ${spokeArn}`,
      },
      {
        what: 'a write, tried',
        state: 'ok',
        found: 'IAM refused iam:CreateRole for its trust policy, and not for want of a permission',
      },
      {
        what: 'boundary rolewarden-boundary',
        state: 'ok',
        found: 'it is there, and keeps sts:AssumeRole out',
      },
      { what: 'SAML provider EntraID', state: 'ok', found: 'it is there, and lasts until 2029-05-11' },
    ]);
  });

  it.each([
    ['observe', 0],
    ['narrow-only', 10],
    ['enforce', 10],
  ] as const)('with mode: %s needs to write as much as that', (mode, actions) => {
    const checks = look({
      policies: { policies: [accessPolicy({ mode })] },
      seen: { own: ownPolicies(), creation: undefined },
    });
    const lacking = problemsIn(checks).reduce((sum, { found }) => sum + found.split(',').length, 0);
    expect(lacking).toBe(actions);
  });

  it('writes for a Lockout whatever modes say', () => {
    const lockout = {
      meta: accessPolicy().meta,
      person: uuid('a', 1),
      userPrincipalName: undefined,
      untilMs: nowMs + dayMs,
      reason: 'Laptop stolen',
    };
    const policies = { policies: [accessPolicy({ mode: 'observe' })], lockouts: [lockout] };
    expect(needsOf({ policies }).writes).toBe(true);
    expect(needsOf({ policies: { ...policies, lockouts: [{ ...lockout, untilMs: nowMs }] } }).writes).toBe(
      false,
    );
  });
});
