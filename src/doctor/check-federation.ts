// The enterprise application of a Federation: how people come to carry the role to AWS.

import type { Check } from '../domain/check.ts';
import type { AppRole, AppToken, EnterpriseApplication } from '../domain/examination.ts';
import {
  type AccessPolicy,
  type Account,
  type Federation,
  type PolicySet,
  groupsOf,
} from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import { roleArn } from '../domain/role.ts';
import { doubtOf, type FederationPart } from '../domain/verification.ts';
import { type Checks, checksOf } from './check.ts';
import { seesApplications } from './check-graph-permissions.ts';
import { samlProviderArn } from './needs.ts';

/** One app role that has to be there, and the groups it has to be assigned to. */
interface WantedRole {
  readonly policy: AccessPolicy;
  readonly account: Account;
  /** ARNs of role and provider. */
  readonly role: string;
  readonly provider: string;
}

/** AWS takes the two in either order. */
const isValueOf = ({ value }: AppRole, { role, provider }: WantedRole): boolean =>
  value === `${role},${provider}` || value === `${provider},${role}`;

/** The path of a role that somebody shares is not known here, so nothing is said of it. */
const wantedRoles = (federation: Federation, { policies, accounts }: PolicySet): readonly WantedRole[] =>
  policies
    .filter(
      (policy) =>
        policy.federation === federation.meta.name &&
        policy.role.ownership === 'role' &&
        groupsOf(policy).length > 0,
    )
    .flatMap((policy) =>
      accounts.flatMap((account) => {
        const provider = samlProviderArn(account, federation);
        return provider === undefined || !policy.accounts.includes(account.meta.name)
          ? []
          : [{ policy, account, role: roleArn(account, policy.role.name), provider }];
      }),
    );

const inPortal = 'Entra → Enterprise applications → the application';

const settingChecks = (
  checks: Checks,
  application: EnterpriseApplication,
  federation: Federation,
): readonly Check[] => {
  const { accountEnabled, signOnMode, isAssignmentRequired, replyUrls } = application;
  const wanted = federation.saml?.audiences ?? [];
  const lacking = wanted.filter((url) => replyUrls?.includes(url) === false);
  const unseen = (what: string, where: string): Check =>
    checks.unknown(what, 'Graph does not show it', `look at ${inPortal} → ${where}`);
  const signOn = (): Check => {
    if (signOnMode === null) return unseen('single sign-on', 'Single sign-on');
    return signOnMode === 'saml'
      ? checks.ok('single sign-on', 'by SAML')
      : checks.missing('single sign-on', `is by ${signOnMode}`, `${inPortal} → Single sign-on → SAML`);
  };
  const assignment = (): Check => {
    if (isAssignmentRequired === null) return unseen('assignment required', 'Properties');
    return isAssignmentRequired
      ? checks.ok('assignment required', 'yes')
      : checks.warning(
          'assignment required',
          'no: everybody in the tenant gets a sign-in to AWS, though into no role',
          `${inPortal} → Properties → Assignment required → Yes`,
        );
  };
  const urls = (): Check => {
    if (replyUrls === null) return unseen('reply URLs', 'Single sign-on → Basic SAML configuration');
    return lacking.length === 0
      ? checks.ok('reply URLs', wanted.join(', '))
      : checks.missing(
          'reply URLs',
          `${lacking.join(', ')} is not among them, so that the trust policies refuse who signs in there`,
          `${inPortal} → Single sign-on → Basic SAML configuration → Reply URL`,
        );
  };
  return [
    ...(accountEnabled === false
      ? [
          checks.missing(
            'sign-in',
            'the application is disabled for users',
            `${inPortal} → Properties → Enabled for users to sign-in`,
          ),
        ]
      : []),
    signOn(),
    assignment(),
    urls(),
  ];
};

const roleProblem = (
  checks: Checks,
  wanted: WantedRole,
  application: EnterpriseApplication,
): readonly Check[] => {
  const { policy, account, role, provider } = wanted;
  const what = `app role of ${policy.meta.name} in ${account.meta.name}`;
  const value = `${role},${provider}`;
  const found = (application.appRoles ?? []).find((one) => isValueOf(one, wanted));
  if (found === undefined || !found.isEnabled)
    return [
      checks.missing(
        what,
        found === undefined ? 'no app role has its value' : 'it is disabled',
        `Entra → App registrations → the application → App roles: value ${value}`,
      ),
    ];
  if (application.assignments.state !== 'present')
    return [
      checks.unknown(
        what,
        'to whom it is assigned could not be read',
        `look at ${inPortal} → Users and groups`,
      ),
    ];
  const assigned = new Set(
    application.assignments.value
      .filter(({ appRoleId }) => appRoleId === found.id)
      .map(({ principalId }) => principalId),
  );
  const lacking = groupsOf(policy).filter(({ id }) => !assigned.has(id));
  return lacking.map(({ id, displayName }) =>
    checks.missing(
      what,
      `it is not assigned to the group ${displayName ?? id}, whose people get no Role claim by it`,
      `${inPortal} → Users and groups → Add: ${displayName ?? id} (${id}) with the role ${value}`,
    ),
  );
};

const roleChecks = (
  checks: Checks,
  wanted: readonly WantedRole[],
  application: EnterpriseApplication,
): readonly Check[] => {
  if (wanted.length === 0) return [];
  if (application.appRoles === null)
    return [
      checks.unknown(
        'app roles',
        'Graph does not show them',
        'compare App roles in Entra with rolewarden get --wide',
      ),
    ];
  const problems = wanted.flatMap((one) => roleProblem(checks, one, application));
  return problems.length > 0
    ? problems
    : [checks.ok('app roles', `all ${wanted.length} are there, and assigned to the groups`)];
};

const byHand =
  'look by hand: Entra → Enterprise applications → the application: Single sign-on is SAML with the reply URLs of the Federation, Properties → Assignment required is yes, Users and groups has each group with its role (rolewarden get --wide prints the values)';

/** Until somebody has looked, enforce is held. */
const verifiedChecks = (
  checks: Checks,
  federation: Federation,
  { policies }: PolicySet,
): readonly Check[] => {
  const own = policies.filter((policy) => policy.federation === federation.meta.name);
  const uses: readonly FederationPart[] = [
    ...(own.some((policy) => groupsOf(policy).length > 0) ? (['saml'] as const) : []),
    ...(own.some(({ servicePrincipals }) => servicePrincipals.length > 0) ? (['oidc'] as const) : []),
  ];
  if (uses.length === 0) return [];
  const doubt = doubtOf(federation, uses);
  return [
    doubt === undefined
      ? checks.ok('verified', 'what Entra sends was held against it')
      : checks.missing('verified', `${doubt.because}: enforce is held (federationUnverified)`, doubt.advice),
  ];
};

const applicationChecks = (
  checks: Checks,
  federation: Federation,
  policies: PolicySet,
  token: Reading<AppToken>,
  reading: Reading<EnterpriseApplication> | undefined,
): readonly Check[] => {
  const { saml } = federation;
  if (saml === undefined) return [];
  const what = 'enterprise application';
  if (token.state === 'unreadable')
    return [checks.unknown(what, 'Entra gave no token to look at it with', byHand)];
  if (token.state === 'present' && !seesApplications(token.value))
    return [
      checks.unknown(
        what,
        'it cannot be looked at without Application.Read.All, which the controller itself may do without',
        `${byHand}; or grant Application.Read.All`,
      ),
    ];
  switch (reading?.state) {
    case undefined:
      return [checks.unknown(what, 'it was not read', byHand)];
    case 'unreadable':
      return [checks.unknown(what, reading.problem.message, byHand)];
    case 'absent':
      return [
        checks.missing(
          what,
          `the tenant has none with the client id ${saml.applicationId}; ${federation.meta.source.file}:${federation.meta.source.line} names it`,
          'give in spec.saml.applicationId the Application ID that Entra → Enterprise applications → Properties shows',
        ),
      ];
    case 'present':
      return [
        checks.ok(what, `${reading.value.displayName ?? 'it is there'} (${saml.applicationId})`),
        ...settingChecks(checks, reading.value, federation),
        ...roleChecks(checks, wantedRoles(federation, policies), reading.value),
      ];
  }
};

export const federationChecks = (
  federation: Federation,
  policies: PolicySet,
  token: Reading<AppToken>,
  reading: Reading<EnterpriseApplication> | undefined,
): readonly Check[] => {
  const checks = checksOf(`Federation ${federation.meta.name}`);
  return [
    ...verifiedChecks(checks, federation, policies),
    ...applicationChecks(checks, federation, policies, token, reading),
  ];
};
