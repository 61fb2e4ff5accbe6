// What the application may do in Microsoft Graph, by its token, beside what these policies need: too little, and too much.

import type { Check } from '../domain/check.ts';
import type { AppToken } from '../domain/examination.ts';
import type { ControllerConfig } from '../domain/policy.ts';
import type { Reading } from '../domain/reading.ts';
import type { Checks } from './check.ts';
import type { EntraNeeds } from './needs.ts';

export interface GraphPermission {
  readonly name: string;
  /** What it is for, of these policies. */
  readonly why: string;
  /** Wider ones that hold it. */
  readonly heldBy: readonly string[];
}

const wide = ['Directory.Read.All', 'Directory.ReadWrite.All'];

/** All that these policies need, and no more. */
export const permissionsFor = ({ groups, servicePrincipals }: EntraNeeds): readonly GraphPermission[] => {
  const pim = groups.filter((one) => one.pim).length;
  return [
    {
      name: 'GroupMember.Read.All',
      why: 'who is in which group',
      heldBy: ['GroupMember.ReadWrite.All', 'Group.Read.All', 'Group.ReadWrite.All', ...wide],
    },
    {
      name: 'User.Read.All',
      why: 'whose account is enabled, and who was deleted',
      heldBy: ['User.ReadWrite.All', ...wide],
    },
    ...(servicePrincipals.length > 0
      ? [
          {
            name: 'Application.Read.All',
            why: 'the service principals that policies name',
            heldBy: ['Application.ReadWrite.All', ...wide],
          },
        ]
      : []),
    ...(pim > 0
      ? [
          {
            name: 'PrivilegedAssignmentSchedule.Read.AzureADGroup',
            why: 'activations of groups with pim: true',
            heldBy: ['PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup'],
          },
        ]
      : []),
  ];
};

/** Good for something, though no policy needs it: doctor looks at the enterprise application by the first. */
const welcome: ReadonlySet<string> = new Set(['Application.Read.All', 'Member.Read.Hidden']);

const isDangerous = (name: string): boolean =>
  /\.ReadWrite\b|^Directory\.|^RoleManagement\.|\.FullControl\b|\.Manage\b/.test(name);

const granting = (name: string, wanted: readonly GraphPermission[], { entra }: ControllerConfig): string => {
  const portal = `Entra → App registrations → the application → API permissions → Add → Microsoft Graph → Application permissions → ${name}, then Grant admin consent`;
  if (entra.credential !== 'awsRole') return portal;
  const all = wanted.map((one) => one.name).join(' ');
  return `manifests/deploy/entra/application.sh rolewarden ISSUER ROLE_ARN ${all}; or ${portal}`;
};

const wantedCheck = (
  checks: Checks,
  one: GraphPermission,
  wanted: readonly GraphPermission[],
  roles: ReadonlySet<string>,
  config: ControllerConfig,
): Check => {
  if (roles.has(one.name)) return checks.ok(one.name, one.why);
  const wider = one.heldBy.find((name) => roles.has(name));
  return wider === undefined
    ? checks.missing(
        one.name,
        `the application does not have it; it is for ${one.why}`,
        granting(one.name, wanted, config),
      )
    : checks.ok(one.name, `by ${wider}, which gives more`);
};

const excessCheck = (checks: Checks, name: string): Check =>
  checks.warning(
    name,
    isDangerous(name)
      ? 'the application may change or read far more in Entra than it needs, and so may whoever gets hold of it'
      : 'the application has it, and nothing here needs it',
    `Entra → App registrations → the application → API permissions → ${name} → Remove, then Revoke admin consent`,
  );

export const graphPermissionChecks = (
  checks: Checks,
  needs: EntraNeeds,
  token: Reading<AppToken>,
  config: ControllerConfig,
): readonly Check[] => {
  if (token.state === 'unreadable') return [checks.failed('token', token.problem)];
  if (token.state === 'absent')
    return [
      checks.unknown(
        'Graph permissions',
        'the token does not say what it is good for',
        'look at Entra → App registrations → the application → API permissions',
      ),
    ];
  const wanted = permissionsFor(needs);
  const roles = new Set(token.value.roles);
  const known = new Set(wanted.map(({ name }) => name));
  return [
    checks.ok(
      'token',
      `Entra gave one to the application ${token.value.clientId ?? 'that AZURE_CLIENT_ID names'}`,
    ),
    ...wanted.map((one) => wantedCheck(checks, one, wanted, roles, config)),
    ...[...roles]
      .filter((name) => !known.has(name) && !welcome.has(name))
      .map((name) => excessCheck(checks, name)),
  ];
};

/** Whether the enterprise applications may be looked at. */
export const seesApplications = ({ roles }: AppToken): boolean =>
  ['Application.Read.All', 'Application.ReadWrite.All', ...wide].some((name) => roles.includes(name));
