// Roles as the different actions show them; none of them shows everything. [IAM API: Role, RoleDetail]

import type { Account } from '../account-state.ts';
import type { SandboxRole } from '../role-store.ts';
import { element, escapeXml, listElement, textElement, timeText } from '../xml.ts';
import { encodedInlinePolicies, encodedTrust } from './document-rendering.ts';
import { tagsElement } from './tags.ts';

/** Encoded documents need no XML escaping: RFC 3986 leaves no character that XML minds. */
const headXml = (role: SandboxRole, look: number): string =>
  `<Path>${escapeXml(role.path)}</Path><RoleName>${role.name}</RoleName><RoleId>${role.roleId}</RoleId>` +
  `<Arn>${escapeXml(role.arn)}</Arn><CreateDate>${timeText(role.createdAtMs)}</CreateDate>` +
  `<AssumeRolePolicyDocument>${encodedTrust(role, look)}</AssumeRolePolicyDocument>`;

const settingsXml = (role: SandboxRole): string =>
  textElement('Description', role.description === '' ? undefined : role.description) +
  textElement('MaxSessionDuration', role.maxSessionSeconds);

const boundaryXml = (role: SandboxRole): string =>
  role.permissionsBoundary === undefined
    ? ''
    : element(
        'PermissionsBoundary',
        textElement('PermissionsBoundaryType', 'Policy'),
        textElement('PermissionsBoundaryArn', role.permissionsBoundary),
      );

const tagsXml = (role: SandboxRole): string =>
  Object.keys(role.tags).length === 0 ? '' : tagsElement(role.tags);

/** An empty element for a role that nobody has used, as far as IAM tells. */
const lastUsedXml = (account: Account, role: SandboxRole): string => {
  const use = account.roleUses.told(role.roleId);
  if (use === undefined) return '<RoleLastUsed/>';
  const date = textElement('LastUsedDate', timeText(use.atMs));
  return element('RoleLastUsed', date, textElement('Region', use.region));
};

/** `ListRoles`: no tags, no boundary, no last use. */
export const listedRoleXml = (role: SandboxRole, look: number): string =>
  headXml(role, look) + settingsXml(role);

/** `CreateRole` and `UpdateRoleDescription`. */
export const createdRoleXml = (role: SandboxRole, look: number): string =>
  element('Role', listedRoleXml(role, look), boundaryXml(role), tagsXml(role));

/** `GetRole`. */
export const fullRoleXml = (account: Account, role: SandboxRole, look: number): string =>
  element('Role', listedRoleXml(role, look), boundaryXml(role), tagsXml(role), lastUsedXml(account, role));

export const attachedXml = (account: Account, arn: string): string =>
  textElement('PolicyName', account.managedPolicies.get(arn)?.name ?? arn.split('/').at(-1)) +
  textElement('PolicyArn', arn);

/** `GetAccountAuthorizationDetails`: neither Description nor MaxSessionDuration. */
export const detailedRoleXml = (account: Account, role: SandboxRole, look: number): string => {
  const inline = [...encodedInlinePolicies(role)].map(
    ([name, document]) =>
      `<PolicyName>${escapeXml(name)}</PolicyName><PolicyDocument>${document}</PolicyDocument>`,
  );
  const attached = role.attachedPolicyArns.map((arn) => attachedXml(account, arn));
  return (
    headXml(role, look) +
    listElement('InstanceProfileList', instanceProfileMembers(account, role)) +
    listElement('RolePolicyList', inline) +
    listElement('AttachedManagedPolicies', attached) +
    boundaryXml(role) +
    tagsElement(role.tags) +
    lastUsedXml(account, role)
  );
};

export const instanceProfileMembers = (account: Account, role: SandboxRole): readonly string[] =>
  role.instanceProfileNames.map(
    (name) =>
      textElement('Path', '/') +
      textElement('InstanceProfileName', name) +
      textElement('InstanceProfileId', `AIPA${role.roleId.slice(4)}`) +
      textElement('Arn', `arn:aws:iam::${account.accountId}:instance-profile/${name}`) +
      textElement('CreateDate', timeText(role.createdAtMs)) +
      listElement('Roles', []),
  );
