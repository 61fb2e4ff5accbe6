// Roles: made, read, listed, changed and deleted.

import { buildRole, defaultMaxSessionSeconds } from '../account-state.ts';
import { optionalInteger, optionalText, requiredText } from '../query-protocol.ts';
import { roleKey, type SandboxRole } from '../role-store.ts';
import {
  alreadyExists,
  deleteConflict,
  limitExceeded,
  noSuchEntity,
  unmodifiable,
} from '../service-error.ts';
import { element, listElement } from '../xml.ts';
import {
  type IamAction,
  type IamActions,
  type IamCall,
  arnRule,
  descriptionRule,
  documentRule,
  pathOf,
  putRole,
  requiredRoleName,
  roleToChange,
  seenRole,
} from './call.ts';
import { cutPage, pageRequest } from './paging.ts';
import { createdRoleXml, fullRoleXml, instanceProfileMembers, listedRoleXml } from './role-xml.ts';
import { tagsOf } from './tags.ts';
import { checkTrust } from './trust-grammar.ts';

export const rolesQuota = 10_000;
const sessionRange = { min: 3_600, max: 43_200 };

/** A boundary must be a managed policy that exists. */
export const checkBoundary = (call: IamCall, arn: string): string => {
  if (!call.account.managedPolicies.has(arn)) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  }
  return arn;
};

const checkNewName = (call: IamCall, name: string, path: string): void => {
  if (path.startsWith('/aws-service-role/') || name.startsWith('AWSReservedSSO_')) {
    throw unmodifiable(`Cannot create the protected role '${name}' - this role is only modifiable by AWS`);
  }
  if (call.account.roles.current(name) !== undefined) {
    throw alreadyExists(`Role with name ${name} already exists.`);
  }
  if (call.account.roles.size >= rolesQuota) {
    throw limitExceeded(`Cannot exceed quota for RolesPerAccount: ${rolesQuota}`);
  }
};

const createRole: IamAction = (call) => {
  const name = requiredRoleName(call);
  const path = pathOf(call);
  const trustDocument = requiredText(call.params, 'AssumeRolePolicyDocument', documentRule);
  const boundary = optionalText(call.params, 'PermissionsBoundary', arnRule);
  const description = optionalText(call.params, 'Description', descriptionRule);
  const maxSessionSeconds = optionalInteger(call.params, 'MaxSessionDuration', sessionRange);
  const tags = Object.fromEntries(tagsOf(call.params));
  checkNewName(call, name, path);
  checkTrust(call.account, trustDocument, call.identityExists);
  const role = buildRole(call.account, {
    name,
    path,
    trustDocument,
    createdAtMs: call.nowMs,
    tags,
    permissionsBoundary: boundary === undefined ? undefined : checkBoundary(call, boundary),
    description,
    maxSessionSeconds: maxSessionSeconds ?? defaultMaxSessionSeconds,
  });
  putRole(call, role);
  return createdRoleXml(role, call.account.nextLook());
};

const getRole: IamAction = (call) => fullRoleXml(call.account, seenRole(call), call.account.nextLook());

function* withPrefix(roles: Iterable<SandboxRole>, prefix: string): Generator<SandboxRole> {
  for (const role of roles) if (role.path.startsWith(prefix)) yield role;
}

const listRoles: IamAction = (call) => {
  const prefix =
    optionalText(call.params, 'PathPrefix', { pattern: /^\/[\u0021-\u007F]*$/, max: 512 }) ?? '/';
  const request = pageRequest(call.params, call.account.mostOnPage);
  const roles = withPrefix(call.account.roles.seenAfter(request.after), prefix);
  const page = cutPage(roles, request, (role) => roleKey(role.name));
  const look = call.account.nextLook();
  const members = page.items.map((role, index) => listedRoleXml(role, look + index));
  return listElement('Roles', members) + page.tail;
};

const updateAssumeRolePolicy: IamAction = (call) => {
  const trustDocument = requiredText(call.params, 'PolicyDocument', documentRule);
  const role = roleToChange(call);
  checkTrust(call.account, trustDocument, call.identityExists);
  putRole(call, { ...role, trustDocument });
  return undefined;
};

/** Keeps what the request leaves out, although the documentation promises a default of one hour. [aws.md §3.3] */
const updateRole: IamAction = (call) => {
  const description = optionalText(call.params, 'Description', descriptionRule);
  const maxSessionSeconds = optionalInteger(call.params, 'MaxSessionDuration', sessionRange);
  const role = roleToChange(call);
  putRole(call, {
    ...role,
    description: description ?? role.description,
    maxSessionSeconds: maxSessionSeconds ?? role.maxSessionSeconds,
  });
  return '';
};

const updateRoleDescription: IamAction = (call) => {
  const description = requiredText(call.params, 'Description', descriptionRule);
  const role = { ...roleToChange(call), description };
  putRole(call, role);
  return createdRoleXml(role, call.account.nextLook());
};

const deleteRole: IamAction = (call) => {
  const role = roleToChange(call);
  if (role.instanceProfileNames.length > 0) {
    throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
  }
  if (role.attachedPolicyArns.length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.');
  }
  if (Object.keys(role.inlinePolicies).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.');
  }
  call.account.roles.remove(role.name);
  call.changed(role.name);
  return undefined;
};

const listInstanceProfilesForRole: IamAction = (call) =>
  listElement('InstanceProfiles', instanceProfileMembers(call.account, seenRole(call))) +
  element('IsTruncated', 'false');

export const roleActions: IamActions = {
  CreateRole: createRole,
  GetRole: getRole,
  ListRoles: listRoles,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
  DeleteRole: deleteRole,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
};
