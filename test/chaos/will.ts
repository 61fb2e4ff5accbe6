// The policies as people want them at a moment, and their files.

import type { Mode } from '../../src/domain/policy.ts';
import { isoSeconds } from '../../src/domain/moment.ts';
import {
  type AccountName,
  type Action,
  type GroupName,
  type PersonNumber,
  frameYaml,
  groupIds,
  personId,
} from './scene.ts';

export const policyNames = ['payments', 'platform', 'audit'] as const;
export type PolicyName = (typeof policyNames)[number];
export const roleNameOf = (policy: PolicyName): string => `${policy}-role`;
export const policyOfRole = (roleName: string): PolicyName | undefined =>
  policyNames.find((name) => roleNameOf(name) === roleName);

export interface GroupWill {
  readonly name: GroupName;
  readonly nested: boolean;
}

export interface PolicyWill {
  readonly name: PolicyName;
  /** `removed`: the file is not there. `broken`: it is invalid. */
  readonly file: 'good' | 'broken' | 'removed';
  readonly accounts: readonly AccountName[];
  readonly groups: readonly GroupWill[];
  readonly action: Action;
  readonly mode: Mode;
  readonly suspend: boolean;
  readonly prune: boolean;
  /** When all access by it ends, milliseconds since the epoch; undefined: not by itself. */
  readonly expiresAtMs: number | undefined;
}

export interface LockoutWill {
  readonly person: PersonNumber;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
}

/** All that stands in Git at one moment. */
export interface Will {
  readonly policies: Readonly<Record<PolicyName, PolicyWill>>;
  /** Annotations by which people say that large removals are meant. */
  readonly acknowledged: readonly string[];
  readonly lockouts: readonly LockoutWill[];
  /** Whether somebody has looked at what Entra sends. */
  readonly isVerified: boolean;
}

export const firstWill: Will = {
  policies: {
    payments: {
      name: 'payments',
      file: 'good',
      accounts: ['dev', 'prod'],
      groups: [{ name: 'oncall', nested: false }],
      action: 's3:GetObject',
      mode: 'enforce',
      suspend: false,
      prune: false,
      expiresAtMs: undefined,
    },
    platform: {
      name: 'platform',
      file: 'good',
      accounts: ['dev'],
      groups: [{ name: 'developers', nested: true }],
      action: 'ecs:DescribeTasks',
      mode: 'enforce',
      suspend: false,
      prune: true,
      expiresAtMs: undefined,
    },
    audit: {
      name: 'audit',
      file: 'good',
      accounts: ['prod'],
      groups: [
        { name: 'platform', nested: false },
        { name: 'oncall', nested: false },
      ],
      action: 'logs:GetLogEvents',
      mode: 'enforce',
      suspend: false,
      prune: false,
      expiresAtMs: undefined,
    },
  },
  acknowledged: [],
  lockouts: [],
  isVerified: true,
};

const removed = (policy: PolicyWill): PolicyWill => ({ ...policy, file: 'removed' });

/** Before anybody has written a policy. */
export const noPolicies: Will = {
  policies: {
    payments: removed(firstWill.policies.payments),
    platform: removed(firstWill.policies.platform),
    audit: removed(firstWill.policies.audit),
  },
  acknowledged: [],
  lockouts: [],
  isVerified: true,
};

const policyYaml = (policy: PolicyWill): string => `apiVersion: rolewarden/v1alpha1
kind: AccessPolicy
metadata: { name: ${policy.name} }
spec:
  accounts: { names: [${policy.accounts.join(', ')}] }
  federation: entra
  subjects:
    groups:
${policy.groups.map(({ name, nested }) => `      - { id: ${groupIds[name]}, nested: ${nested}, pim: ${name === 'duty'} }`).join('\n')}
  role: { name: ${roleNameOf(policy.name)} }
  access:
    statements:
      - { Effect: Allow, Action: "${policy.action}", Resource: "*" }
  mode: ${policy.mode}
  suspend: ${policy.suspend}
  prune: ${policy.prune}
${policy.expiresAtMs === undefined ? '' : `  expiresAt: "${isoSeconds(policy.expiresAtMs)}"\n`}${policy.file === 'broken' ? '  expires: soon\n' : ''}`;

const lockoutYaml = ({ person, untilMs }: LockoutWill): string => `---
apiVersion: rolewarden/v1alpha1
kind: Lockout
metadata: { name: lockout-${person} }
spec:
  person: ${personId(person)}
  until: "${isoSeconds(untilMs)}"
  reason: Laptop stolen
`;

/** File names to texts. */
export const filesOf = (will: Will): Readonly<Record<string, string>> => ({
  'frame.yaml': frameYaml(will.acknowledged, will.isVerified),
  ...(will.lockouts.length === 0 ? {} : { 'lockouts.yaml': will.lockouts.map(lockoutYaml).join('') }),
  ...Object.fromEntries(
    Object.values(will.policies)
      .filter(({ file }) => file !== 'removed')
      .map((policy) => [`${policy.name}.yaml`, policyYaml(policy)]),
  ),
});

/** While any file is invalid, nothing counts as removed. */
export const isComplete = (will: Will): boolean =>
  Object.values(will.policies).every(({ file }) => file !== 'broken');

/** The policy behind a role, where the controller can know of it. */
export const policyFor = (will: Will, account: AccountName, roleName: string): PolicyWill | undefined => {
  const name = policyOfRole(roleName);
  const policy = name === undefined ? undefined : will.policies[name];
  return policy?.file === 'good' && policy.accounts.includes(account) ? policy : undefined;
};

/** Whether a Lockout names her at that time, milliseconds since the epoch. */
export const isLockedOut = ({ lockouts }: Will, id: string, atMs: number): boolean =>
  lockouts.some(({ person, untilMs }) => personId(person) === id && untilMs > atMs);

/** Whether the policy's own end has come by then. */
export const hasEnded = ({ expiresAtMs }: PolicyWill, atMs: number): boolean =>
  expiresAtMs !== undefined && expiresAtMs <= atMs;
