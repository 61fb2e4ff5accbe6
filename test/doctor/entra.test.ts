// Entra and the enterprise application: each check in each of its states, and the very sentence that the operator reads.

import { describe, expect, it } from 'vitest';
import { entraChecks, type EntraReadings } from '../../src/doctor/check-entra.ts';
import { federationChecks } from '../../src/doctor/check-federation.ts';
import { entraNeeds } from '../../src/doctor/needs.ts';
import type { EnterpriseApplication } from '../../src/domain/examination.ts';
import type { AccessPolicy, ControllerConfig } from '../../src/domain/policy.ts';
import { absent, present, type Reading } from '../../src/domain/reading.ts';
import {
  accessPolicy,
  account,
  controllerConfig,
  federation,
  group,
  groupIds,
  groupSubject,
  people,
  person,
  policySet,
  samlFederation,
  servicePrincipalSubject,
  sourceRef,
  standing,
  uuid,
} from '../builders.ts';
import { type Said, failing, goodApplication, goodToken, problemsIn, said } from './scene.ts';

const { oncall } = groupIds;
const principalId = uuid('c', 1);

interface World {
  readonly policy?: Partial<AccessPolicy>;
  readonly config?: Partial<ControllerConfig>;
  readonly seen?: Partial<EntraReadings>;
}

const goodReadings = (change: Partial<EntraReadings> = {}): EntraReadings => ({
  token: goodToken(),
  groups: new Map([[oncall, present(group(oncall, people(1, 2)))]]),
  servicePrincipals: new Map(),
  assignments: new Map(),
  standing: present(standing('notFound')),
  skewMs: 0,
  ...change,
});

const policyOf = ({ policy = {} }: World): AccessPolicy =>
  accessPolicy({
    groups: [groupSubject(oncall, { displayName: 'On-call', source: sourceRef('policies/debug.yaml', 12) })],
    ...(policy as object),
  });

const look = (world: World) =>
  entraChecks(
    entraNeeds({ policies: [policyOf(world)] }),
    goodReadings(world.seen),
    controllerConfig(world.config),
  );

const portal = (name: string): string =>
  `Entra → App registrations → the application → API permissions → Add → Microsoft Graph → Application permissions → ${name}, then Grant admin consent`;
const removal = (name: string): string =>
  `Entra → App registrations → the application → API permissions → ${name} → Remove, then Revoke admin consent`;
const withWorkload = {
  servicePrincipals: [servicePrincipalSubject(principalId, { displayName: 'Pipeline' })],
};
const withPim = { groups: [groupSubject(oncall, { displayName: 'On-call', pim: true })] };
const pimPermission = 'PrivilegedAssignmentSchedule.Read.AzureADGroup';

const cases: readonly (World & { readonly name: string; readonly problems: readonly Said[] })[] = [
  { name: 'everything is there', problems: [] },
  {
    name: 'no token',
    seen: {
      token: failing(
        'denied',
        'entra gave no token (AADSTS7000215): the client secret is wrong; set AZURE_CLIENT_SECRET to the value of the secret',
      ),
    },
    problems: [
      {
        what: 'token',
        state: 'missing',
        found: 'entra gave no token (AADSTS7000215)',
        advice: 'the client secret is wrong; set AZURE_CLIENT_SECRET to the value of the secret',
      },
    ],
  },
  {
    name: 'no answer from the token endpoint',
    seen: { token: failing('transient', 'entra gave no token within 10000 ms') },
    problems: [{ what: 'token', state: 'unknown', found: 'entra gave no token within 10000 ms' }],
  },
  {
    name: 'a token that tells nothing',
    seen: { token: absent },
    problems: [
      {
        what: 'Graph permissions',
        state: 'unknown',
        found: 'the token does not say what it is good for',
        advice: 'look at Entra → App registrations → the application → API permissions',
      },
    ],
  },
  {
    name: 'GroupMember.Read.All is missing',
    seen: {
      token: goodToken('User.Read.All'),
      groups: new Map([
        [
          oncall,
          failing(
            'denied',
            'graph answered 403 for the group: grant the application GroupMember.Read.All (application permissions, with admin consent)',
          ),
        ],
      ]),
    },
    problems: [
      {
        what: 'GroupMember.Read.All',
        state: 'missing',
        found: 'the application does not have it; it is for who is in which group',
        advice: portal('GroupMember.Read.All'),
      },
      {
        what: 'group On-call',
        state: 'missing',
        found: 'graph answered 403 for the group',
        advice: 'grant the application GroupMember.Read.All (application permissions, with admin consent)',
      },
    ],
  },
  {
    name: 'a permission is missing where AWS vouches for us',
    config: { entra: { ...controllerConfig().entra, credential: 'awsRole' } },
    seen: { token: goodToken('GroupMember.Read.All') },
    problems: [
      {
        what: 'User.Read.All',
        state: 'missing',
        found: 'the application does not have it; it is for whose account is enabled, and who was deleted',
        advice: `manifests/deploy/entra/application.sh rolewarden ISSUER ROLE_ARN GroupMember.Read.All User.Read.All; or ${portal('User.Read.All')}`,
      },
    ],
  },
  {
    name: 'what Graph does not show of people',
    seen: {
      token: goodToken('GroupMember.Read.All'),
      groups: new Map([[oncall, present(group(oncall, [person(1, { accountEnabled: null }), person(2)]))]]),
      standing: failing(
        'denied',
        'graph answered 403 for user x: grant the application User.Read.All (application permissions, with admin consent)',
      ),
    },
    problems: [
      {
        what: 'User.Read.All',
        state: 'missing',
        found: 'the application does not have it; it is for whose account is enabled, and who was deleted',
        advice: portal('User.Read.All'),
      },
      {
        what: 'members',
        state: 'missing',
        found:
          'Graph does not show whether the accounts of 1 of 2 people are enabled, and who joins is held until it does (standingUnknown)',
        advice: 'grant the application User.Read.All, with admin consent',
      },
      {
        what: 'users, and deleted users',
        state: 'missing',
        found: 'graph answered 403 for user x',
        advice: 'grant the application User.Read.All (application permissions, with admin consent)',
      },
    ],
  },
  {
    name: 'a permission that nothing needs, and one that is dangerous',
    seen: {
      token: goodToken('GroupMember.Read.All', 'Mail.Read', 'User.Read.All', 'Directory.ReadWrite.All'),
    },
    problems: [
      {
        what: 'Mail.Read',
        state: 'warning',
        found: 'the application has it, and nothing here needs it',
        advice: removal('Mail.Read'),
      },
      {
        what: 'Directory.ReadWrite.All',
        state: 'warning',
        found:
          'the application may change or read far more in Entra than it needs, and so may whoever gets hold of it',
        advice: removal('Directory.ReadWrite.All'),
      },
    ],
  },
  {
    name: 'what doctor and hidden groups are good for is welcome',
    seen: {
      token: goodToken('Application.Read.All', 'GroupMember.Read.All', 'Member.Read.Hidden', 'User.Read.All'),
    },
    problems: [],
  },
  {
    name: 'a group that is not in the directory',
    seen: { groups: new Map([[oncall, absent]]) },
    problems: [
      {
        what: 'group On-call',
        state: 'missing',
        found: `the directory has no group ${oncall}; policies/debug.yaml:12 names it`,
        advice: 'correct the id, or restore it: Entra → Groups → Deleted groups',
      },
    ],
  },
  {
    name: 'a group that Graph fails to read',
    seen: { groups: new Map([[oncall, failing('transient', 'graph answered 503 for the group')]]) },
    problems: [{ what: 'group On-call', state: 'unknown', found: 'graph answered 503 for the group' }],
  },
  {
    name: 'many groups that Graph refuses to show',
    policy: {
      groups: Array.from({ length: 7 }, (_, n) =>
        groupSubject(uuid('b', n + 1), { displayName: `Team ${n + 1}` }),
      ),
    },
    seen: {
      groups: new Map(
        Array.from({ length: 7 }, (_, n) => [
          uuid('b', n + 1),
          failing('denied', `graph answered 403 for group ${n}: grant the application GroupMember.Read.All`),
        ]),
      ),
    },
    problems: [
      {
        what: '7 groups',
        state: 'missing',
        found: 'Graph refuses to show Team 1, Team 2, Team 3, Team 4, Team 5 and 2 more',
        advice: 'grant the application GroupMember.Read.All',
      },
    ],
  },
  {
    name: 'a group that reads as empty',
    seen: { groups: new Map([[oncall, present(group(oncall, []))]]) },
    problems: [
      {
        what: 'group On-call',
        state: 'warning',
        found: 'it was read as empty; policies/debug.yaml:12 names it',
        advice: 'add people; or, if it hides its membership, grant the application Member.Read.Hidden',
      },
    ],
  },
  {
    name: 'a workload, without the permission to see it',
    policy: withWorkload,
    seen: {
      servicePrincipals: new Map([
        [
          principalId,
          failing('denied', 'graph answered 403 for it: grant the application Application.Read.All'),
        ],
      ]),
    },
    problems: [
      {
        what: 'Application.Read.All',
        state: 'missing',
        found: 'the application does not have it; it is for the service principals that policies name',
        advice: portal('Application.Read.All'),
      },
      {
        what: 'service principal Pipeline',
        state: 'missing',
        found: 'graph answered 403 for it',
        advice: 'grant the application Application.Read.All',
      },
    ],
  },
  {
    name: 'a workload that is not in the directory',
    policy: withWorkload,
    seen: {
      token: goodToken('Application.Read.All', 'GroupMember.Read.All', 'User.Read.All'),
      servicePrincipals: new Map([[principalId, absent]]),
    },
    problems: [
      {
        what: 'service principal Pipeline',
        state: 'missing',
        found: `the directory has no service principal ${principalId}; policies.yaml:1 names it`,
        advice:
          'give the object id that Entra → Enterprise applications shows, not that of the app registration',
      },
    ],
  },
  {
    name: 'activations, without the permission or the licence',
    policy: withPim,
    seen: {
      assignments: new Map([
        [
          oncall,
          failing('denied', `graph answered 403 for the group: grant the application ${pimPermission}`),
        ],
      ]),
    },
    problems: [
      {
        what: pimPermission,
        state: 'missing',
        found: 'the application does not have it; it is for activations of groups with pim: true',
        advice: portal(pimPermission),
      },
      {
        what: 'activations of On-call',
        state: 'missing',
        found: 'graph answered 403 for the group',
        advice: `grant the application ${pimPermission}`,
      },
    ],
  },
  {
    name: 'a group under PIM that is empty just now',
    policy: withPim,
    seen: {
      token: goodToken('GroupMember.Read.All', 'User.Read.All', pimPermission),
      groups: new Map([[oncall, present(group(oncall, []))]]),
      assignments: new Map([[oncall, present([])]]),
    },
    problems: [],
  },
  {
    name: 'a clock that is behind',
    seen: { skewMs: -120_000 },
    problems: [
      {
        what: 'clock',
        state: 'missing',
        found:
          'that of Entra is 120 s behind ours: over 60, no access is ended, and no denies are taken away, because a time has come',
        advice: 'set the clock of this machine by NTP',
      },
    ],
  },
];

describe('Entra', () => {
  it.each(cases)('$name', ({ problems, ...world }) => {
    expect(problemsIn(look(world))).toEqual(problems);
  });

  it('counts a wider permission as the one that is needed', () => {
    const checks = look({ seen: { token: goodToken('Group.Read.All', 'User.Read.All') } });
    expect(checks.map(said)).toContainEqual({
      what: 'GroupMember.Read.All',
      state: 'ok',
      found: 'by Group.Read.All, which gives more',
    });
  });
});

const roleValue =
  'arn:aws:iam::111122223333:role/rolewarden/payments-debug,arn:aws:iam::111122223333:saml-provider/EntraID';
const roleId = uuid('9', 1);
const assigned = present([{ principalId: oncall, appRoleId: roleId }]);
const appRole = { id: roleId, value: roleValue, isEnabled: true };
const inPortal = 'Entra → Enterprise applications → the application';
const byHand =
  'look by hand: Entra → Enterprise applications → the application: Single sign-on is SAML with the reply URLs of the Federation, Properties → Assignment required is yes, Users and groups has each group with its role (rolewarden get --wide prints the values)';

interface FederationCase {
  readonly name: string;
  readonly roles?: readonly string[];
  readonly reading?: Reading<EnterpriseApplication>;
  readonly change?: Partial<EnterpriseApplication>;
  readonly problems: readonly Said[];
}

const federationCases: readonly FederationCase[] = [
  { name: 'everything is set', problems: [] },
  {
    name: 'the permission to look is missing',
    roles: ['GroupMember.Read.All', 'User.Read.All'],
    problems: [
      {
        what: 'enterprise application',
        state: 'unknown',
        found:
          'it cannot be looked at without Application.Read.All, which the controller itself may do without',
        advice: `${byHand}; or grant Application.Read.All`,
      },
    ],
  },
  {
    name: 'there is none',
    reading: absent,
    problems: [
      {
        what: 'enterprise application',
        state: 'missing',
        found: `the tenant has none with the client id ${uuid('e', 1)}; entra.yaml:1 names it`,
        advice:
          'give in spec.saml.applicationId the Application ID that Entra → Enterprise applications → Properties shows',
      },
    ],
  },
  {
    name: 'it could not be read',
    reading: failing('transient', 'graph answered 503 for it'),
    problems: [
      {
        what: 'enterprise application',
        state: 'unknown',
        found: 'graph answered 503 for it',
        advice: byHand,
      },
    ],
  },
  {
    name: 'it is set up in another way',
    change: {
      accountEnabled: false,
      signOnMode: 'oidc',
      isAssignmentRequired: false,
      replyUrls: ['https://other.example'],
    },
    problems: [
      {
        what: 'sign-in',
        state: 'missing',
        found: 'the application is disabled for users',
        advice: `${inPortal} → Properties → Enabled for users to sign-in`,
      },
      {
        what: 'single sign-on',
        state: 'missing',
        found: 'is by oidc',
        advice: `${inPortal} → Single sign-on → SAML`,
      },
      {
        what: 'assignment required',
        state: 'warning',
        found: 'no: everybody in the tenant gets a sign-in to AWS, though into no role',
        advice: `${inPortal} → Properties → Assignment required → Yes`,
      },
      {
        what: 'reply URLs',
        state: 'missing',
        found:
          'https://signin.aws.amazon.com/saml is not among them, so that the trust policies refuse who signs in there',
        advice: `${inPortal} → Single sign-on → Basic SAML configuration → Reply URL`,
      },
    ],
  },
  {
    name: 'Graph does not show how it is set up',
    change: {
      accountEnabled: null,
      signOnMode: null,
      isAssignmentRequired: null,
      replyUrls: null,
      appRoles: null,
    },
    problems: [
      {
        what: 'single sign-on',
        state: 'unknown',
        found: 'Graph does not show it',
        advice: `look at ${inPortal} → Single sign-on`,
      },
      {
        what: 'assignment required',
        state: 'unknown',
        found: 'Graph does not show it',
        advice: `look at ${inPortal} → Properties`,
      },
      {
        what: 'reply URLs',
        state: 'unknown',
        found: 'Graph does not show it',
        advice: `look at ${inPortal} → Single sign-on → Basic SAML configuration`,
      },
      {
        what: 'app roles',
        state: 'unknown',
        found: 'Graph does not show them',
        advice: 'compare App roles in Entra with rolewarden get --wide',
      },
    ],
  },
  {
    name: 'an app role is not there',
    change: { appRoles: [] },
    problems: [
      {
        what: 'app role of payments-debug in dev',
        state: 'missing',
        found: 'no app role has its value',
        advice: `Entra → App registrations → the application → App roles: value ${roleValue}`,
      },
    ],
  },
  {
    name: 'an app role is disabled',
    change: { appRoles: [{ ...appRole, isEnabled: false }] },
    problems: [
      {
        what: 'app role of payments-debug in dev',
        state: 'missing',
        found: 'it is disabled',
        advice: `Entra → App registrations → the application → App roles: value ${roleValue}`,
      },
    ],
  },
  {
    name: 'an app role with provider before role, as AWS takes it too',
    change: { appRoles: [{ ...appRole, value: roleValue.split(',').toReversed().join(',') }] },
    problems: [],
  },
  {
    name: 'an app role is assigned to another group',
    change: { assignments: present([{ principalId: groupIds.auditors, appRoleId: roleId }]) },
    problems: [
      {
        what: 'app role of payments-debug in dev',
        state: 'missing',
        found: 'it is not assigned to the group On-call, whose people get no Role claim by it',
        advice: `${inPortal} → Users and groups → Add: On-call (${oncall}) with the role ${roleValue}`,
      },
    ],
  },
  {
    name: 'whom app roles are assigned to could not be read',
    change: { assignments: failing('transient', 'graph answered 503 for it') },
    problems: [
      {
        what: 'app role of payments-debug in dev',
        state: 'unknown',
        found: 'to whom it is assigned could not be read',
        advice: `look at ${inPortal} → Users and groups`,
      },
    ],
  },
];

describe('the enterprise application', () => {
  const checksOfCase = ({ roles = ['Application.Read.All'], reading, change = {} }: FederationCase) => {
    const policies = policySet({ policies: [policyOf({})], accounts: [account()] });
    const application = goodApplication({ appRoles: [appRole], assignments: assigned, ...change });
    return federationChecks(federation(), policies, goodToken(...roles), reading ?? present(application));
  };

  it.each(federationCases)('$name', (one) => {
    expect(problemsIn(checksOfCase(one))).toEqual(one.problems);
  });

  it('that nobody verified holds enforce, for the part that policies use', () => {
    const unverified = federation({ saml: samlFederation({ verification: 'unverified' }) });
    const found = (policies: readonly AccessPolicy[]) =>
      problemsIn(
        federationChecks(
          unverified,
          policySet({ policies }),
          goodToken('Application.Read.All'),
          present(goodApplication()),
        ),
      ).filter(({ what }) => what === 'verified');
    expect(found([policyOf({})])).toEqual([
      {
        what: 'verified',
        state: 'missing',
        found:
          'nobody has verified saml of the Federation entra (entra.yaml:1), and a wrong NameID would lock everyone out: enforce is held (federationUnverified)',
        advice:
          'save the SAMLResponse of a sign-in to a file, run `rolewarden doctor --assertion FILE`, and commit the line that it prints',
      },
    ]);
    expect(found([policyOf({ policy: { groups: [], ...withWorkload } })])).toEqual([]);
  });

  it('is not looked at where Entra gives no token', () => {
    const policies = policySet({ policies: [policyOf({})] });
    const checks = federationChecks(federation(), policies, failing('denied', 'no token'), undefined);
    expect(problemsIn(checks)).toEqual([
      {
        what: 'enterprise application',
        state: 'unknown',
        found: 'Entra gave no token to look at it with',
        advice: byHand,
      },
    ]);
  });
});
