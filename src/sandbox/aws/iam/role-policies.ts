// What hangs on a role: inline policies, attached managed policies, its boundary and its tags.

import { optionalText, requiredText, textList } from '../query-protocol.ts';
import type { SandboxRole } from '../role-store.ts';
import { limitExceeded, noSuchEntity } from '../service-error.ts';
import { listElement, textElement } from '../xml.ts';
import {
  type IamAction,
  type IamActions,
  type IamCall,
  arnRule,
  documentRule,
  pathRule,
  policyNameRule,
  putRole,
  roleToChange,
  seenRole,
} from './call.ts';
import { countedLength } from './document-grammar.ts';
import { encodedInlinePolicies } from './document-rendering.ts';
import { pageOfList } from './paging.ts';
import { checkPermissions } from './permissions-grammar.ts';
import { attachedXml } from './role-xml.ts';
import { checkBoundary } from './roles.ts';
import { mergeTags, removeTags, tagMembers, tagsOf } from './tags.ts';

export const inlineQuotaChars = 10_240;
export const attachedQuota = 10;

const requiredPolicyName = (call: IamCall): string => requiredText(call.params, 'PolicyName', policyNameRule);

/** Names of inline policies are the same in any case; the spelling of the first write stays. [aws.md §3.3] */
const storedName = (role: SandboxRole, name: string): string | undefined =>
  Object.keys(role.inlinePolicies).find((stored) => stored.toLowerCase() === name.toLowerCase());

const policyMissing = (name: string): Error =>
  noSuchEntity(`The role policy with name ${name} cannot be found.`);

const putRolePolicy: IamAction = (call) => {
  const name = requiredPolicyName(call);
  const document = requiredText(call.params, 'PolicyDocument', documentRule);
  const role = roleToChange(call);
  checkPermissions(document);
  const inlinePolicies = { ...role.inlinePolicies, [storedName(role, name) ?? name]: document };
  const length = Object.values(inlinePolicies).reduce((sum, text) => sum + countedLength(text), 0);
  if (length > inlineQuotaChars) {
    throw limitExceeded(`Maximum policy size of ${inlineQuotaChars} bytes exceeded for role ${role.name}`);
  }
  putRole(call, { ...role, inlinePolicies });
  return undefined;
};

const getRolePolicy: IamAction = (call) => {
  const asked = requiredPolicyName(call);
  const role = seenRole(call);
  const document = encodedInlinePolicies(role).get(storedName(role, asked) ?? '');
  if (document === undefined) throw policyMissing(asked);
  return (
    textElement('RoleName', role.name) +
    textElement('PolicyName', asked) +
    textElement('PolicyDocument', document)
  );
};

const listRolePolicies: IamAction = (call) => {
  const page = pageOfList(Object.keys(seenRole(call).inlinePolicies), call.params, (name) => name);
  return listElement('PolicyNames', page.items) + page.tail;
};

const deleteRolePolicy: IamAction = (call) => {
  const asked = requiredPolicyName(call);
  const role = roleToChange(call);
  const stored = storedName(role, asked);
  if (stored === undefined) throw policyMissing(asked);
  const kept = Object.entries(role.inlinePolicies).filter(([name]) => name !== stored);
  putRole(call, { ...role, inlinePolicies: Object.fromEntries(kept) });
  return undefined;
};

const attachRolePolicy: IamAction = (call) => {
  const arn = requiredText(call.params, 'PolicyArn', arnRule);
  const role = roleToChange(call);
  if (!call.account.managedPolicies.has(arn)) {
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  }
  if (role.attachedPolicyArns.includes(arn)) return undefined;
  if (role.attachedPolicyArns.length >= attachedQuota) {
    throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${attachedQuota}`);
  }
  putRole(call, { ...role, attachedPolicyArns: [...role.attachedPolicyArns, arn] });
  return undefined;
};

const detachRolePolicy: IamAction = (call) => {
  const arn = requiredText(call.params, 'PolicyArn', arnRule);
  const role = roleToChange(call);
  if (!role.attachedPolicyArns.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
  putRole(call, { ...role, attachedPolicyArns: role.attachedPolicyArns.filter((other) => other !== arn) });
  return undefined;
};

const listAttachedRolePolicies: IamAction = (call) => {
  const prefix = optionalText(call.params, 'PathPrefix', pathRule) ?? '/';
  const arns = seenRole(call).attachedPolicyArns.filter((arn) => arn.includes(`:policy${prefix}`));
  const page = pageOfList(arns, call.params, (arn) => arn);
  const members = page.items.map((arn) => attachedXml(call.account, arn));
  return listElement('AttachedPolicies', members) + page.tail;
};

const putRolePermissionsBoundary: IamAction = (call) => {
  const arn = requiredText(call.params, 'PermissionsBoundary', arnRule);
  const role = roleToChange(call);
  putRole(call, { ...role, permissionsBoundary: checkBoundary(call, arn) });
  return undefined;
};

const deleteRolePermissionsBoundary: IamAction = (call) => {
  const role = roleToChange(call);
  if (role.permissionsBoundary === undefined) {
    throw noSuchEntity(`Role ${role.name} does not have a permissions boundary.`);
  }
  putRole(call, { ...role, permissionsBoundary: undefined });
  return undefined;
};

const tagRole: IamAction = (call) => {
  const added = tagsOf(call.params);
  const role = roleToChange(call);
  putRole(call, { ...role, tags: mergeTags(role.tags, added) });
  return undefined;
};

const untagRole: IamAction = (call) => {
  const keys = textList(call.params, 'TagKeys');
  const role = roleToChange(call);
  putRole(call, { ...role, tags: removeTags(role.tags, keys) });
  return undefined;
};

const listRoleTags: IamAction = (call) => {
  const page = pageOfList(Object.entries(seenRole(call).tags), call.params, ([key]) => key);
  return listElement('Tags', tagMembers(Object.fromEntries(page.items))) + page.tail;
};

export const rolePolicyActions: IamActions = {
  PutRolePolicy: putRolePolicy,
  GetRolePolicy: getRolePolicy,
  ListRolePolicies: listRolePolicies,
  DeleteRolePolicy: deleteRolePolicy,
  AttachRolePolicy: attachRolePolicy,
  DetachRolePolicy: detachRolePolicy,
  ListAttachedRolePolicies: listAttachedRolePolicies,
  PutRolePermissionsBoundary: putRolePermissionsBoundary,
  DeleteRolePermissionsBoundary: deleteRolePermissionsBoundary,
  TagRole: tagRole,
  UntagRole: untagRole,
  ListRoleTags: listRoleTags,
};
