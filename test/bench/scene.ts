// What is measured: one account with N roles that are all as their policies want them, and N Entra groups behind them.

import { resolveDesired } from '../../src/desired/resolve-desired.ts';
import type { DesiredRole } from '../../src/desired/desired-role.ts';
import type { DirectorySnapshot, Person } from '../../src/domain/directory.ts';
import { nothingInEcs } from '../../src/domain/ecs.ts';
import { mergeForeignDenies } from '../../src/domain/permissions.ts';
import type { Account, ControllerConfig, Mode, PolicySet } from '../../src/domain/policy.ts';
import { present } from '../../src/domain/reading.ts';
import { accessPolicyName, rolePath } from '../../src/domain/role.ts';
import { renderTrustGrants } from '../../src/domain/render-trust-grants.ts';
import type { SeedRole } from '../../src/sandbox/aws/aws-cloud.ts';
import { largeWorld, largeWorldIds } from '../../src/sandbox/large-world.ts';
import type { SandboxUser, SandboxWorld } from '../../src/sandbox/world.ts';
import * as build from '../builders.ts';

export interface Size {
  readonly roles: number;
  readonly membersPerGroup: number;
  /** Policies only observe, and none of their roles is there: as on the first day, when everything differs. */
  readonly isFirstDay?: boolean;
}

export interface Scene {
  readonly world: SandboxWorld;
  readonly account: Account;
  readonly policies: PolicySet;
}

const accountId = largeWorldIds.account(0);

export const roleName = (number: number): string => `bench-${String(number).padStart(5, '0')}`;

const policyNumber = (number: number, mode: Mode) =>
  build.accessPolicy({
    meta: build.meta(roleName(number)),
    mode,
    groups: [build.groupSubject(largeWorldIds.group(number), { displayName: `Group ${number}` })],
    role: { name: roleName(number), description: `Benchmark role ${number}` },
    statements: [
      { Effect: 'Allow', Action: ['ecs:DescribeTasks', 'ecs:ListTasks'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['logs:FilterLogEvents', 'logs:GetLogEvents'],
        Resource: `arn:aws:logs:*:*:log-group:/service-${number}/*`,
      },
    ],
  });

/** A company of 2,000: as in life, the same people are in many groups. */
const people = 2_000;

/** Scattered over the company; no group has anyone twice. */
const memberNumber = (group: number, member: number): number => (group * 7 + member * 101) % people;

/** Somebody who is in no group at first. */
export const newcomer = largeWorldIds.user(people);

/** With at least 200 groups of 20, each of the first 1,000 people of the company is in some of them. */
export const leaver = (number: number): string => largeWorldIds.user(number);

const worldOf = ({ roles, membersPerGroup }: Size): SandboxWorld => {
  const frame = largeWorld({ groups: 1, membersPerGroup: people + 1 });
  return {
    ...frame,
    groups: Array.from({ length: roles }, (_, group) => ({
      id: largeWorldIds.group(group),
      displayName: `Group ${group}`,
      members: Array.from({ length: membersPerGroup }, (_, member) =>
        largeWorldIds.user(memberNumber(group, member)),
      ),
    })),
    // These roles and no others, so that N is N.
    accounts: frame.accounts.map((one) => ({ ...one, spokeRoles: [] })),
  };
};

export const sceneOf = (size: Size): Scene => {
  const account = build.account({ accountId });
  return {
    world: worldOf(size),
    account,
    policies: build.policySet({
      accounts: [account],
      policies: Array.from({ length: size.roles }, (_, number) =>
        policyNumber(number, size.isFirstDay === true ? 'observe' : 'enforce'),
      ),
    }),
  };
};

/** What IAM takes, and what the controller is set to, which are its defaults. */
export const writeLimit = { perSecond: 5, burst: 10 };

export interface Settings {
  readonly pollIntervalMs?: number;
  /** How many people may be gone from Entra at once. */
  readonly provenLeavers?: number;
}

/** The settings of a process that finds the sandbox through its environment. */
export const configFor = (
  env: NodeJS.ProcessEnv,
  { pollIntervalMs, provenLeavers }: Settings = {},
): ControllerConfig => {
  const base = build.controllerConfig();
  const origin = env['AZURE_AUTHORITY_HOST'] ?? '';
  return {
    ...base,
    // Far away: what is measured is asked for.
    sweepSchedule: '0 0 1 1 *',
    aws: { ...base.aws, writesPerSecond: writeLimit.perSecond, writeBurst: writeLimit.burst },
    safety: {
      ...base.safety,
      ...(provenLeavers === undefined ? {} : { provenLeavers: { minimum: provenLeavers, percent: 10 } }),
    },
    entra: {
      ...base.entra,
      tenantId: largeWorldIds.tenantId,
      cloud: 'custom',
      authorityHost: origin,
      graphEndpoint: origin,
      ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
    },
  };
};

const personOf = (user: SandboxUser): Person => ({
  id: user.id,
  userPrincipalName: user.userPrincipalName,
  mail: user.mail,
  accountEnabled: user.accountEnabled,
  userType: user.userType,
});

export const snapshotOf = (world: SandboxWorld): DirectorySnapshot => {
  const people = new Map(world.users.map((user) => [user.id, personOf(user)]));
  return {
    version: 1,
    readAtMs: 0,
    groups: new Map(
      world.groups.map(({ id, displayName, members }) => [
        id,
        present({
          id,
          displayName,
          people: members.flatMap((member) => people.get(member) ?? []),
          others: [],
        }),
      ]),
    ),
    servicePrincipals: new Map(),
    assignments: new Map(),
    emptyPolls: new Map(),
    lastRead: new Map(),
    unreadServicePrincipals: new Map(),
  };
};

export const seedOf = (role: DesiredRole): SeedRole => ({
  name: role.roleName,
  path: rolePath,
  trustDocument: renderTrustGrants({ grants: role.grants, foreignDenies: [] }, role.providers),
  tags: role.tags,
  permissionsBoundary: role.boundary,
  inlinePolicies: { [accessPolicyName]: mergeForeignDenies(role.statements, undefined) },
  ...role.settings,
});

/** The roles as the controller itself would have left them. */
export const rolesInSync = ({ world, account, policies }: Scene): readonly SeedRole[] =>
  resolveDesired(
    policies,
    account,
    build.controllerConfig(),
    snapshotOf(world),
    nothingInEcs,
    Date.now(),
  ).roles.map(seedOf);
