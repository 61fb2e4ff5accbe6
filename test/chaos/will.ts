// The policies as people want them at a moment, and their files.

import type { Mode } from '../../src/domain/policy.ts';
import { type AccountName, type Action, type GroupName, frameYaml, groupIds } from './scene.ts';

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
}

/** All that stands in Git at one moment. */
export interface Will {
  readonly policies: Readonly<Record<PolicyName, PolicyWill>>;
  /** Annotations by which people say that large removals are meant. */
  readonly acknowledged: readonly string[];
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
    },
  },
  acknowledged: [],
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
};

const policyYaml = (policy: PolicyWill): string => `apiVersion: rolewarden/v1alpha1
kind: AccessPolicy
metadata: { name: ${policy.name} }
spec:
  accounts: { names: [${policy.accounts.join(', ')}] }
  federation: entra
  subjects:
    groups:
${policy.groups.map(({ name, nested }) => `      - { id: ${groupIds[name]}, nested: ${nested} }`).join('\n')}
  role: { name: ${roleNameOf(policy.name)} }
  access:
    statements:
      - { Effect: Allow, Action: "${policy.action}", Resource: "*" }
  mode: ${policy.mode}
  suspend: ${policy.suspend}
  prune: ${policy.prune}
${policy.file === 'broken' ? '  expires: soon\n' : ''}`;

/** File names to texts. */
export const filesOf = (will: Will): Readonly<Record<string, string>> => ({
  'frame.yaml': frameYaml(will.acknowledged),
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
