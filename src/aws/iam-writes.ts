// Writes to roles. Every one replaces a whole value and may be repeated, since an answer can get lost after IAM did the
// work, and since IAM has no compare-and-set. [reference aws.md §3.3]

import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import type { Account } from '../domain/policy.ts';
import type { IamPort, NewRole } from '../domain/ports.ts';
import { rolePath } from '../domain/role.ts';
import type { AccountCalls, Answer, Send } from './account-calls.ts';
import { tagsFrom, toTags } from './documents.ts';
import { sdkFacts } from './sdk-error.ts';
import { checkBoundary, checkPolicyName, checkRoleName } from './write-rules.ts';

type IamSend = Send<IAMClient, Answer>;
type Writes = Omit<IamPort, 'observe' | 'readRole' | 'readInlinePolicy' | 'readManagedPolicy'>;

/** What is gone already need not be removed. */
const orGone =
  (send: IamSend): IamSend =>
  async (client, options) => {
    try {
      return await send(client, options);
    } catch (error) {
      if (sdkFacts(error).code !== 'NoSuchEntity') throw error;
      return { $metadata: { requestId: 'NoSuchEntity' } };
    }
  };

/** True if the role there carries the marks that we wanted to create it with. */
const isTheOne = async (
  client: IAMClient,
  role: NewRole,
  options: { abortSignal: AbortSignal },
): Promise<boolean> => {
  const { Role: found } = await client.send(new GetRoleCommand({ RoleName: role.name }), options);
  const tags = tagsFrom(found?.Tags);
  const wanted = Object.entries(role.tags);
  return (
    found?.Path === rolePath &&
    found.PermissionsBoundary?.PermissionsBoundaryArn === role.permissionsBoundary &&
    wanted.length === Object.keys(tags).length &&
    wanted.every(([key, value]) => tags[key] === value)
  );
};

/**
 * `EntityAlreadyExists` to a repeated attempt usually means that the first one succeeded and its answer was lost. The role
 * there then has our marks, and counts as created. To a first attempt it is someone else's role.
 */
const createOnce =
  (role: NewRole): IamSend =>
  async (client, options) => {
    const command = new CreateRoleCommand({
      Path: rolePath,
      RoleName: role.name,
      AssumeRolePolicyDocument: role.trustDocument,
      Description: role.settings.description,
      MaxSessionDuration: role.settings.maxSessionSeconds,
      PermissionsBoundary: role.permissionsBoundary,
      Tags: toTags(role.tags),
    });
    try {
      return await client.send(command, options);
    } catch (error) {
      const { code, attempts } = sdkFacts(error);
      if (code !== 'EntityAlreadyExists' || attempts < 2) throw error;
      if (!(await isTheOne(client, role, options))) throw error;
      return { $metadata: { requestId: 'EntityAlreadyExists' } };
    }
  };

export const iamWrites = (calls: AccountCalls<IAMClient>, account: Account): Writes => {
  /** Every write goes through here: the name is checked before anything is sent. */
  const write = async (
    action: string,
    roleName: string,
    signal: AbortSignal,
    send: IamSend,
    part = '',
  ): Promise<void> => {
    checkRoleName(roleName);
    await calls.write({ action: `iam:${action}`, resource: `${part}role ${roleName}` }, signal, send);
  };
  const inline = (policyName: string): string => `inline policy ${policyName} of `;

  return {
    createRole: async (role, signal) => {
      checkBoundary(account, role.name, role.permissionsBoundary);
      await write('CreateRole', role.name, signal, createOnce(role));
    },
    updateTrust: (RoleName, PolicyDocument, signal) =>
      write('UpdateAssumeRolePolicy', RoleName, signal, (client, options) =>
        client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }), options),
      ),
    putInlinePolicy: async (RoleName, PolicyName, PolicyDocument, signal) => {
      checkPolicyName(PolicyName);
      const send: IamSend = (client, options) =>
        client.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }), options);
      await write('PutRolePolicy', RoleName, signal, send, inline(PolicyName));
    },
    deleteInlinePolicy: async (RoleName, PolicyName, signal) => {
      checkPolicyName(PolicyName);
      const send = orGone((client, options) =>
        client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }), options),
      );
      await write('DeleteRolePolicy', RoleName, signal, send, inline(PolicyName));
    },
    detachPolicy: (RoleName, PolicyArn, signal) =>
      write(
        'DetachRolePolicy',
        RoleName,
        signal,
        orGone((client, options) =>
          client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }), options),
        ),
        `managed policy ${PolicyArn} of `,
      ),
    // Always both: the documentation says that an omitted duration goes back to one hour. [reference aws.md §3.3]
    updateSettings: (RoleName, { description, maxSessionSeconds }, signal) =>
      write('UpdateRole', RoleName, signal, (client, options) =>
        client.send(
          new UpdateRoleCommand({
            RoleName,
            Description: description,
            MaxSessionDuration: maxSessionSeconds,
          }),
          options,
        ),
      ),
    tagRole: (RoleName, tags, signal) =>
      write('TagRole', RoleName, signal, (client, options) =>
        client.send(new TagRoleCommand({ RoleName, Tags: toTags(tags) }), options),
      ),
    putBoundary: async (RoleName, PermissionsBoundary, signal) => {
      checkBoundary(account, RoleName, PermissionsBoundary);
      await write('PutRolePermissionsBoundary', RoleName, signal, (client, options) =>
        client.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }), options),
      );
    },
    deleteRole: (RoleName, signal) =>
      write(
        'DeleteRole',
        RoleName,
        signal,
        orGone((client, options) => client.send(new DeleteRoleCommand({ RoleName }), options)),
      ),
  };
};
