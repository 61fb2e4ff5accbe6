// The account as a whole: everything in bulk, its quotas, its alias.

import { roleKey, type SandboxRole } from '../role-store.ts';
import { textList } from '../query-protocol.ts';
import { validationError } from '../service-error.ts';
import { element, listElement, textElement } from '../xml.ts';
import type { IamAction, IamActions, IamCall } from './call.ts';
import { type ManagedPolicy, isAwsManaged } from './managed-policy.ts';
import {
  countPolicyUse,
  descriptionXml,
  managedPolicyQuotaChars,
  policyHeadXml,
  policyVersionsQuota,
  versionMembers,
} from './managed-policies.ts';
import { cutPage, pageRequest } from './paging.ts';
import { attachedQuota, inlineQuotaChars } from './role-policies.ts';
import { detailedRoleXml } from './role-xml.ts';
import { rolesQuota } from './roles.ts';

const filters = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'];

type Detail =
  | { readonly kind: 'role'; readonly role: SandboxRole }
  | { readonly kind: 'policy'; readonly policy: ManagedPolicy };

/** Roles come before policies; the key keeps them apart in the marker. */
const detailKey = (detail: Detail): string =>
  detail.kind === 'role' ? `1/${roleKey(detail.role.name)}` : `2/${detail.policy.arn}`;

function* detailsAfter(call: IamCall, key: string, wants: (filter: string) => boolean): Generator<Detail> {
  if (wants('Role') && key < '2/') {
    for (const role of call.account.roles.seenAfter(key.slice(2))) yield { kind: 'role', role };
  }
  const policies = [...call.account.managedPolicies.values()]
    .filter((policy) => wants(isAwsManaged(policy.arn) ? 'AWSManagedPolicy' : 'LocalManagedPolicy'))
    .toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  for (const policy of policies) if (`2/${policy.arn}` > key) yield { kind: 'policy', policy };
}

const getAccountAuthorizationDetails: IamAction = (call) => {
  const asked = textList(call.params, 'Filter');
  const strange = asked.find((filter) => !filters.includes(filter));
  if (strange !== undefined) throw validationError(`Invalid filter: ${strange}`);
  const request = pageRequest(call.params, call.account.mostOnPage);
  const wants = (filter: string): boolean => asked.length === 0 || asked.includes(filter);
  const page = cutPage(detailsAfter(call, request.after, wants), request, detailKey);

  const look = call.account.nextLook();
  const roles: string[] = [];
  const policies: string[] = [];
  const use =
    wants('LocalManagedPolicy') || wants('AWSManagedPolicy') ? countPolicyUse(call.account) : undefined;
  for (const [index, detail] of page.items.entries()) {
    if (detail.kind === 'role') roles.push(detailedRoleXml(call.account, detail.role, look + index));
    else if (use !== undefined) {
      const versions = listElement('PolicyVersionList', versionMembers(detail.policy, true));
      policies.push(policyHeadXml(detail.policy, use) + descriptionXml(detail.policy) + versions);
    }
  }
  return (
    listElement('UserDetailList', []) +
    listElement('GroupDetailList', []) +
    listElement('RoleDetailList', roles) +
    listElement('Policies', policies) +
    page.tail
  );
};

const summary = (call: IamCall): Readonly<Record<string, number>> => {
  const customerPolicies = [...call.account.managedPolicies.keys()].filter((arn) => !isAwsManaged(arn));
  return {
    Roles: call.account.roles.size,
    RolesQuota: rolesQuota,
    AssumeRolePolicySizeQuota: call.account.trustQuotaChars,
    RolePolicySizeQuota: inlineQuotaChars,
    AttachedPoliciesPerRoleQuota: attachedQuota,
    Policies: customerPolicies.length,
    PoliciesQuota: 1_500,
    PolicySizeQuota: managedPolicyQuotaChars,
    VersionsPerPolicyQuota: policyVersionsQuota,
    Providers: call.account.samlProviders.size + call.account.oidcProviders.size,
    Users: 1,
    UsersQuota: 5_000,
    Groups: 0,
    GroupsQuota: 300,
    InstanceProfiles: 0,
    InstanceProfilesQuota: 1_000,
    MFADevices: 0,
    AccountMFAEnabled: 1,
    AccountAccessKeysPresent: 0,
    GlobalEndpointTokenVersion: 1,
  };
};

const getAccountSummary: IamAction = (call) => {
  const entries = Object.entries(summary(call)).map(
    ([key, value]) => `<entry>${textElement('key', key)}${textElement('value', value)}</entry>`,
  );
  return element('SummaryMap', ...entries);
};

const listAccountAliases: IamAction = () =>
  listElement('AccountAliases', []) + element('IsTruncated', 'false');

export const accountActions: IamActions = {
  GetAccountAuthorizationDetails: getAccountAuthorizationDetails,
  GetAccountSummary: getAccountSummary,
  ListAccountAliases: listAccountAliases,
};
