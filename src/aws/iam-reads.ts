// Reads of single roles and policies. The sweep does without them; they confirm one thing right before or after a write.

import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  type Role,
} from '@aws-sdk/client-iam';
import type { IamPort } from '../domain/ports.ts';
import { present, unreadable } from '../domain/reading.ts';
import type { RoleHead } from '../domain/role.ts';
import type { AccountCalls } from './account-calls.ts';
import { dateMs, decodeDocument, tagsFrom } from './documents.ts';
import { brokenAnswer } from './pages.ts';
import { refusalOf } from './refusal.ts';
import { checkPolicyName, checkRoleName } from './write-rules.ts';

type Reads = Pick<IamPort, 'readRole' | 'readInlinePolicy' | 'readManagedPolicy'>;

const roleHead = (role: Role | undefined): RoleHead => {
  if (!role?.RoleName || !role.Path || !role.Arn || !role.RoleId || role.MaxSessionDuration === undefined) {
    throw brokenAnswer('iam:GetRole', 'a role without name, path, ARN, id or session length');
  }
  return {
    name: role.RoleName,
    path: role.Path,
    arn: role.Arn,
    roleId: role.RoleId,
    createdAtMs: dateMs(role.CreateDate),
    lastUsedAtMs: dateMs(role.RoleLastUsed?.LastUsedDate),
    trustDocument: decodeDocument(role.AssumeRolePolicyDocument),
    tags: tagsFrom(role.Tags),
    permissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
    settings: { description: role.Description ?? '', maxSessionSeconds: role.MaxSessionDuration },
  };
};

const documentOf = (document: string | undefined, what: string): string => {
  if (document === undefined) throw brokenAnswer(what, 'no document');
  return decodeDocument(document);
};

/** A version never changes, but a policy deleted and made again has new versions under the old numbers: hence the id. */
interface CachedVersion {
  readonly policyId: string;
  readonly versionId: string;
  readonly document: string;
}

const managedPolicyReader = (calls: AccountCalls<IAMClient>): IamPort['readManagedPolicy'] => {
  const cache = new Map<string, CachedVersion>();
  return async (arn, signal) => {
    const resource = `managed policy ${arn}`;
    const head = await calls.read({ action: 'iam:GetPolicy', resource }, signal, async (client, options) => {
      const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }), options);
      if (!Policy?.PolicyId || !Policy.DefaultVersionId)
        throw brokenAnswer('iam:GetPolicy', 'no id or version');
      return { policyId: Policy.PolicyId, versionId: Policy.DefaultVersionId };
    });
    if (head.state !== 'present') return head;
    const { policyId, versionId } = head.value;
    const known = cache.get(arn);
    if (known?.policyId === policyId && known.versionId === versionId) return present(known.document);

    const version = await calls.read(
      { action: 'iam:GetPolicyVersion', resource },
      signal,
      async (client, options) => {
        const command = new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: versionId });
        return documentOf(
          (await client.send(command, options)).PolicyVersion?.Document,
          'iam:GetPolicyVersion',
        );
      },
    );
    if (version.state === 'present') cache.set(arn, { policyId, versionId, document: version.value });
    return version;
  };
};

export const iamReads = (calls: AccountCalls<IAMClient>): Reads => ({
  readRole: async (name, signal) => {
    const refusal = refusalOf(() => checkRoleName(name));
    if (refusal !== undefined) return unreadable(refusal);
    return calls.read({ action: 'iam:GetRole', resource: `role ${name}` }, signal, async (client, options) =>
      roleHead((await client.send(new GetRoleCommand({ RoleName: name }), options)).Role),
    );
  },
  readInlinePolicy: async (name, policyName, signal) => {
    const refusal = refusalOf(() => {
      checkRoleName(name);
      checkPolicyName(policyName);
    });
    if (refusal !== undefined) return unreadable(refusal);
    const context = { action: 'iam:GetRolePolicy', resource: `inline policy ${policyName} of role ${name}` };
    return calls.read(context, signal, async (client, options) => {
      const command = new GetRolePolicyCommand({ RoleName: name, PolicyName: policyName });
      return documentOf((await client.send(command, options)).PolicyDocument, 'iam:GetRolePolicy');
    });
  },
  readManagedPolicy: managedPolicyReader(calls),
});
