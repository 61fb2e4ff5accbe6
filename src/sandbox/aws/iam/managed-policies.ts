// Managed policies: made, read, listed, given new versions and deleted.

import { type Account, iamArn } from '../account-state.ts';
import { flag, optionalText, requiredText, textList } from '../query-protocol.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity } from '../service-error.ts';
import { element, listElement, textElement, timeText } from '../xml.ts';
import {
  type IamAction,
  type IamActions,
  type IamCall,
  arnRule,
  documentRule,
  pathOf,
  pathRule,
  policyNameRule,
} from './call.ts';
import { countedLength } from './document-grammar.ts';
import { encodeDocument } from './document-rendering.ts';
import { type ManagedPolicy, buildPolicy, isAwsManaged } from './managed-policy.ts';
import { pageOfList } from './paging.ts';
import { checkPermissions } from './permissions-grammar.ts';
import { mergeTags, removeTags, tagMembers, tagsElement, tagsOf } from './tags.ts';

export const managedPolicyQuotaChars = 6_144;
export const policyVersionsQuota = 5;

/** How often each policy is used, for all policies at once: counting them one by one would be quadratic. */
export interface PolicyUse {
  attached(arn: string): number;
  bounding(arn: string): number;
}

export const countPolicyUse = (account: Account): PolicyUse => {
  const attached = new Map<string, number>();
  const bounding = new Map<string, number>();
  const count = (counts: Map<string, number>, arn: string): unknown =>
    counts.set(arn, (counts.get(arn) ?? 0) + 1);
  for (const role of account.roles.all()) {
    for (const arn of role.attachedPolicyArns) count(attached, arn);
    if (role.permissionsBoundary !== undefined) count(bounding, role.permissionsBoundary);
  }
  return { attached: (arn) => attached.get(arn) ?? 0, bounding: (arn) => bounding.get(arn) ?? 0 };
};

/** The fields that all showings of a policy share, without tags and description. */
export const policyHeadXml = (policy: ManagedPolicy, use: PolicyUse): string =>
  textElement('PolicyName', policy.name) +
  textElement('PolicyId', policy.policyId) +
  textElement('Arn', policy.arn) +
  textElement('Path', policy.path) +
  textElement('DefaultVersionId', policy.defaultVersionId) +
  textElement('AttachmentCount', use.attached(policy.arn)) +
  textElement('PermissionsBoundaryUsageCount', use.bounding(policy.arn)) +
  textElement('IsAttachable', true) +
  textElement('CreateDate', timeText(policy.createdAtMs)) +
  textElement('UpdateDate', timeText(policy.updatedAtMs));

export const descriptionXml = (policy: ManagedPolicy): string =>
  textElement('Description', policy.description === '' ? undefined : policy.description);

/** Versions as `ListPolicyVersions` shows them, or with their documents. */
export const versionMembers = (policy: ManagedPolicy, withDocuments: boolean): readonly string[] =>
  policy.versions.map(
    (version) =>
      textElement('Document', withDocuments ? encodeDocument(version.document) : undefined) +
      textElement('VersionId', version.versionId) +
      textElement('IsDefaultVersion', version.versionId === policy.defaultVersionId) +
      textElement('CreateDate', timeText(version.createdAtMs)),
  );

const fullPolicyXml = (call: IamCall, policy: ManagedPolicy): string =>
  element(
    'Policy',
    policyHeadXml(policy, countPolicyUse(call.account)),
    descriptionXml(policy),
    tagsElement(policy.tags),
  );

const requiredPolicy = (call: IamCall): ManagedPolicy => {
  const arn = requiredText(call.params, 'PolicyArn', arnRule);
  const policy = call.account.managedPolicies.get(arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
};

const policyToChange = (call: IamCall): ManagedPolicy => {
  const policy = requiredPolicy(call);
  if (isAwsManaged(policy.arn)) throw noSuchEntity(`Policy ${policy.arn} was not found.`);
  return policy;
};

const put = (call: IamCall, policy: ManagedPolicy): void => {
  call.account.managedPolicies.set(policy.arn, policy);
  call.changed();
};

const requiredDocument = (call: IamCall): string => {
  const document = requiredText(call.params, 'PolicyDocument', documentRule);
  checkPermissions(document);
  if (countedLength(document) > managedPolicyQuotaChars) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${managedPolicyQuotaChars}`);
  }
  return document;
};

const createPolicy: IamAction = (call) => {
  const name = requiredText(call.params, 'PolicyName', policyNameRule);
  const path = pathOf(call);
  const tags = Object.fromEntries(tagsOf(call.params));
  const document = requiredDocument(call);
  const isTaken = [...call.account.managedPolicies.values()].some(
    (policy) => !isAwsManaged(policy.arn) && policy.name.toLowerCase() === name.toLowerCase(),
  );
  if (isTaken)
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  const policy = buildPolicy({
    name,
    path,
    arn: iamArn(call.account.accountId, `policy${path}${name}`),
    policyId: call.account.newId('ANPA'),
    description: optionalText(call.params, 'Description', { min: 0, max: 1_000 }) ?? '',
    document,
    nowMs: call.nowMs,
    tags,
  });
  put(call, policy);
  return fullPolicyXml(call, policy);
};

const deletePolicy: IamAction = (call) => {
  const policy = policyToChange(call);
  const use = countPolicyUse(call.account);
  if (use.attached(policy.arn) + use.bounding(policy.arn) > 0) {
    throw deleteConflict('Cannot delete a policy attached to entities.');
  }
  if (policy.versions.length > 1) {
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  }
  call.account.managedPolicies.delete(policy.arn);
  call.changed();
  return undefined;
};

const createPolicyVersion: IamAction = (call) => {
  const policy = policyToChange(call);
  const document = requiredDocument(call);
  if (policy.versions.length >= policyVersionsQuota) {
    throw limitExceeded(
      `A managed policy can have up to ${policyVersionsQuota} versions. Before you create a new version, you must delete an existing version.`,
    );
  }
  const number = policy.lastVersionNumber + 1;
  const version = { versionId: `v${number}`, document, createdAtMs: call.nowMs };
  const next = {
    ...policy,
    versions: [version, ...policy.versions],
    lastVersionNumber: number,
    defaultVersionId: flag(call.params, 'SetAsDefault') ? version.versionId : policy.defaultVersionId,
    updatedAtMs: call.nowMs,
  };
  put(call, next);
  return element('PolicyVersion', versionMembers(next, false)[0] ?? '');
};

const requiredVersionId = (call: IamCall, policy: ManagedPolicy): string => {
  const versionId = requiredText(call.params, 'VersionId', { pattern: /^v[1-9][0-9]*$/ });
  if (!policy.versions.some((version) => version.versionId === versionId)) {
    throw noSuchEntity(`Policy ${policy.arn} version ${versionId} does not exist or is not attachable.`);
  }
  return versionId;
};

const deletePolicyVersion: IamAction = (call) => {
  const policy = policyToChange(call);
  const versionId = requiredVersionId(call, policy);
  if (versionId === policy.defaultVersionId) {
    throw deleteConflict('Cannot delete the default version of a policy.');
  }
  const versions = policy.versions.filter((version) => version.versionId !== versionId);
  put(call, { ...policy, versions });
  return undefined;
};

const setDefaultPolicyVersion: IamAction = (call) => {
  const policy = policyToChange(call);
  put(call, { ...policy, defaultVersionId: requiredVersionId(call, policy), updatedAtMs: call.nowMs });
  return undefined;
};

const getPolicyVersion: IamAction = (call) => {
  const policy = requiredPolicy(call);
  const versionId = requiredVersionId(call, policy);
  const index = policy.versions.findIndex((version) => version.versionId === versionId);
  return element('PolicyVersion', versionMembers(policy, true)[index] ?? '');
};

const listPolicyVersions: IamAction = (call) =>
  listElement('Versions', versionMembers(requiredPolicy(call), false)) + element('IsTruncated', 'false');

const scopes: Readonly<Record<string, (arn: string) => boolean>> = {
  All: () => true,
  AWS: isAwsManaged,
  Local: (arn) => !isAwsManaged(arn),
};

const listPolicies: IamAction = (call) => {
  const scope = optionalText(call.params, 'Scope', { pattern: /^(All|AWS|Local)$/ }) ?? 'All';
  const prefix = optionalText(call.params, 'PathPrefix', pathRule) ?? '/';
  const onlyAttached = flag(call.params, 'OnlyAttached');
  const use = countPolicyUse(call.account);
  const wanted = [...call.account.managedPolicies.values()].filter(
    (policy) =>
      scopes[scope]?.(policy.arn) === true &&
      policy.path.startsWith(prefix) &&
      (!onlyAttached || use.attached(policy.arn) > 0),
  );
  const page = pageOfList(wanted, call.params, (policy) => policy.arn);
  const members = page.items.map((policy) => policyHeadXml(policy, use));
  return listElement('Policies', members) + page.tail;
};

const listPolicyTags: IamAction = (call) => {
  const page = pageOfList(Object.entries(requiredPolicy(call).tags), call.params, ([key]) => key);
  return listElement('Tags', tagMembers(Object.fromEntries(page.items))) + page.tail;
};

const tagPolicy: IamAction = (call) => {
  const added = tagsOf(call.params);
  const policy = policyToChange(call);
  put(call, { ...policy, tags: mergeTags(policy.tags, added) });
  return undefined;
};

const untagPolicy: IamAction = (call) => {
  const policy = policyToChange(call);
  put(call, { ...policy, tags: removeTags(policy.tags, textList(call.params, 'TagKeys')) });
  return undefined;
};

export const managedPolicyActions: IamActions = {
  CreatePolicy: createPolicy,
  GetPolicy: (call) => fullPolicyXml(call, requiredPolicy(call)),
  DeletePolicy: deletePolicy,
  ListPolicies: listPolicies,
  CreatePolicyVersion: createPolicyVersion,
  DeletePolicyVersion: deletePolicyVersion,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  GetPolicyVersion: getPolicyVersion,
  ListPolicyVersions: listPolicyVersions,
  ListPolicyTags: listPolicyTags,
  TagPolicy: tagPolicy,
  UntagPolicy: untagPolicy,
};
