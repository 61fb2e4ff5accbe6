// The writes of a role, each by itself. If the role is no longer what the plan saw, whatever widens is dropped and planned
// again, and whatever narrows is worked out on what was just read and written at once.

import { AppError } from '../domain/errors.ts';
import { deniesOf, isOwnStatement, mergeForeignDenies, permissionsEffect } from '../domain/permissions.ts';
import type { Change } from '../domain/change.ts';
import { editDenies, fitDenies, readDenies, renderDenies } from '../domain/denies.ts';
import type { RoleWrite } from '../domain/write.ts';
import type { Clock, IamPort } from '../domain/ports.ts';
import {
  type ObservedRole,
  accessPolicyName,
  denyPolicyName,
  isAdopted,
  isOurs,
  reservedForDeniesChars,
  roleArn,
  rolePath,
} from '../domain/role.ts';
import { canonicalDocument, parseDocument, renderDocument } from '../domain/statement.ts';
import { othersPart } from '../domain/shared-role.ts';
import { readTrustGrants } from '../domain/read-trust-grants.ts';
import { renderTrustGrants } from '../domain/render-trust-grants.ts';
import { layOverRole } from '../plan/recent-writes.ts';
import { applyTrustChanges } from '../plan/trust-changes.ts';
import type { WrittenDocuments } from './sweep-report.ts';
import type { WriteMemory } from './write-memory.ts';

export interface ApplyContext {
  readonly iam: IamPort;
  readonly clock: Clock;
  readonly memory: WriteMemory;
  readonly instance: string;
  readonly accountId: string;
  readonly partition: string;
  /** Ends calls that are under way; the last resort. */
  readonly signal: AbortSignal;
  /** Once aborted, no further write begins; the one in flight is finished. */
  readonly stopping: AbortSignal;
}

/** What a write did: everything, a part (the rest was dropped), or nothing. */
export interface Done {
  readonly carriedOut: readonly Change[];
  readonly message: string;
  /** The documents, where they are not those of the plan. */
  readonly written?: WrittenDocuments;
}

const everything = (write: RoleWrite): Done => ({ carriedOut: write.changes, message: '' });
const nothing = (message: string): Done => ({ carriedOut: [], message });

/** The role as it is now; throws when it is gone, unreadable, or no longer ours. */
export const currentRole = async (
  roleName: string,
  { iam, memory, instance, signal }: ApplyContext,
): Promise<ObservedRole> => {
  const reading = await iam.readRole(roleName, signal);
  if (reading.state === 'unreadable') throw reading.problem;
  const seen =
    reading.state === 'absent' ? undefined : { ...reading.value, inlinePolicies: [], attachedPolicyArns: [] };
  const role = layOverRole(seen, memory.recentOf(roleName));
  if (role === undefined)
    throw new AppError('conflict', `role ${roleName} was deleted meanwhile; it is planned again`, {
      resource: roleName,
    });
  if (isOurs(role, instance) || isAdopted(role, instance)) return role;
  throw new AppError(
    'conflict',
    `role ${roleName} no longer carries the tag by which we may write to it, so it is not touched; restore the tag, or remove the policy`,
    {
      resource: roleName,
    },
  );
};

/** As `currentRole`, for what only a role of our own may be asked. */
const ownRole = async (roleName: string, context: ApplyContext): Promise<ObservedRole> => {
  const role = await currentRole(roleName, context);
  if (isOurs(role, context.instance)) return role;
  throw new AppError(
    'conflict',
    `role ${roleName} is somebody else's, so only its trust policy and its denies are written; it is planned again`,
    { resource: roleName },
  );
};

const othersChanged =
  'others changed their statements of the trust policy; ours are written once those have been the same for ten minutes, and whoever leaves is denied inside the role meanwhile';
const changedMeanwhile = 'the role changed between plan and write; it is planned again';
const isSameDocument = (a: string | undefined, b: string | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && canonicalDocument(a) === canonicalDocument(b));

type WriteOf<O extends RoleWrite['op']> = Extract<RoleWrite, { readonly op: O }>;

const putTrust = async (
  roleName: string,
  before: string,
  after: string,
  context: ApplyContext,
): Promise<void> => {
  await context.iam.updateTrust(roleName, after, context.signal);
  context.memory.remember({ field: 'trust', roleName, before, after }, context.clock.now());
};

/** Whoever was put out is out only once a read shows it; a read that lags shows what we wrote last all the same. */
const seeTrust = async (
  roleName: string,
  document: string,
  { iam, memory, clock, signal }: ApplyContext,
): Promise<void> => {
  const reading = await iam.readRole(roleName, signal);
  if (reading.state === 'unreadable') throw reading.problem;
  const shown = reading.state === 'present' ? reading.value.trustDocument : undefined;
  // A role that was made just now may not be shown yet.
  if (shown === undefined && layOverRole(undefined, memory.recentOf(roleName)) !== undefined) return;
  if (isSameDocument(shown, document)) {
    memory.noteShown(roleName, clock.now(), 'trust');
    return;
  }
  const own = memory.recentOf(roleName).flatMap((write) => (write.field === 'trust' ? [write.before] : []));
  if (shown !== undefined && own.some((before) => isSameDocument(shown, before))) return;
  throw new AppError(
    'conflict',
    `the trust policy of role ${roleName} was changed by somebody else right after our write; it is planned again`,
    { resource: roleName },
  );
};

const updateTrust = async (
  roleName: string,
  write: WriteOf<'updateTrust'>,
  isNarrowingOnly: boolean,
  context: ApplyContext,
): Promise<Done> => {
  const { trustDocument: now } = await currentRole(roleName, context);
  const { sharedBy } = write;
  if (sharedBy !== undefined && othersPart(now, sharedBy) !== othersPart(write.before, sharedBy))
    return nothing(othersChanged);
  if (isSameDocument(now, write.before) && !isNarrowingOnly) {
    await putTrust(roleName, now, write.after, context);
    await seeTrust(roleName, write.after, context);
    return everything(write);
  }
  const narrowing = write.changes.filter((change) => change.effect === 'narrows');
  const read = readTrustGrants(now, sharedBy);
  if (narrowing.length === 0 || !read.ok) return nothing(changedMeanwhile);
  const document = renderTrustGrants(applyTrustChanges(read.trust, narrowing), write.providers);
  if (!isSameDocument(document, now)) await putTrust(roleName, now, document, context);
  await seeTrust(roleName, document, context);
  return { carriedOut: narrowing, message: changedMeanwhile, written: { before: now, after: document } };
};

const currentInline = async (
  roleName: string,
  policyName: string,
  { iam, memory, signal }: ApplyContext,
): Promise<string | undefined> => {
  const reading = await iam.readInlinePolicy(roleName, policyName, signal);
  if (reading.state === 'unreadable') throw reading.problem;
  const seen = reading.state === 'absent' ? [] : [{ name: policyName, document: reading.value }];
  const frame: ObservedRole = {
    name: roleName,
    path: rolePath,
    arn: '',
    roleId: '',
    createdAtMs: undefined,
    lastUsedAtMs: undefined,
    trustDocument: '',
    tags: {},
    permissionsBoundary: undefined,
    inlinePolicies: seen,
    attachedPolicyArns: [],
    settings: undefined,
  };
  return layOverRole(frame, memory.recentOf(roleName))?.inlinePolicies.find(
    (policy) => policy.name === policyName,
  )?.document;
};

/** What our policy, or what is left of a foreign one, should be, given what is there now; undefined: leave it to the next plan. */
const recomputed = (write: WriteOf<'putInlinePolicy'>, now: string | undefined): string | undefined => {
  if (write.policyName !== accessPolicyName) {
    const denies = now === undefined ? [] : deniesOf(now);
    return denies === undefined || denies.length === 0 ? undefined : renderDocument(denies);
  }
  const parsed = parseDocument(write.after);
  const document = mergeForeignDenies(parsed.ok ? parsed.statements.filter(isOwnStatement) : [], now);
  return permissionsEffect(now, document) === 'narrows' ? document : undefined;
};

const putInlinePolicy = async (
  roleName: string,
  write: WriteOf<'putInlinePolicy'>,
  context: ApplyContext,
): Promise<Done> => {
  await ownRole(roleName, context);
  const now = await currentInline(roleName, write.policyName, context);
  const after = isSameDocument(now, write.before) ? write.after : recomputed(write, now);
  if (after === undefined) return nothing(changedMeanwhile);
  await context.iam.putInlinePolicy(roleName, write.policyName, after, context.signal);
  context.memory.remember(
    { field: 'inline', roleName, policyName: write.policyName, before: now, after },
    context.clock.now(),
  );
  return after === write.after
    ? everything(write)
    : { ...everything(write), written: { before: now, after } };
};

/** Nothing of the adapters': the policy holds what somebody else put there. */
const opaqueDenies = (roleName: string, reason: string): AppError =>
  new AppError(
    'invalid',
    `the inline policy ${denyPolicyName} of role ${roleName} cannot be read (${reason}); correct or remove it by hand`,
    { resource: roleName },
  );

/** Written on what stands there now: each step is about one person, and holds on any set of denies. */
const putDenies = async (
  roleName: string,
  write: WriteOf<'putDenies'>,
  context: ApplyContext,
): Promise<Done> => {
  const { iam, memory, clock, signal } = context;
  const { policyName, edits, withSourceIdentity } = write;
  const now = await currentInline(roleName, policyName, context);
  const work = (standing: string | undefined): string | undefined => {
    const read = readDenies(standing);
    if (!read.ok) throw opaqueDenies(roleName, read.reason);
    const denies = editDenies(read.denies, edits);
    return renderDenies(
      fitDenies(denies, withSourceIdentity, reservedForDeniesChars).denies,
      withSourceIdentity,
    );
  };
  const isAsPlanned = isSameDocument(now, write.before);
  const after = isAsPlanned ? write.after : work(now);
  if (!isSameDocument(now, after)) {
    if (after === undefined) await iam.deleteInlinePolicy(roleName, policyName, signal);
    else await iam.putInlinePolicy(roleName, policyName, after, signal);
    memory.remember({ field: 'inline', roleName, policyName, before: now, after }, clock.now());
  }
  if (write.effect !== 'widens') {
    const shown = await currentInline(roleName, policyName, context);
    if (!isSameDocument(shown, after))
      throw new AppError(
        'conflict',
        `the denies of role ${roleName} were changed by somebody else meanwhile; they are planned again`,
        { resource: roleName },
      );
  }
  return isAsPlanned ? everything(write) : { ...everything(write), written: { before: now, after } };
};

const deleteInlinePolicy = async (
  roleName: string,
  write: WriteOf<'deleteInlinePolicy'>,
  context: ApplyContext,
): Promise<Done> => {
  await ownRole(roleName, context);
  const now = await currentInline(roleName, write.policyName, context);
  // Somebody may just have put a Deny into it: then it is no longer this change.
  if (now !== undefined && (deniesOf(now)?.length ?? 1) > 0) return nothing(changedMeanwhile);
  await context.iam.deleteInlinePolicy(roleName, write.policyName, context.signal);
  context.memory.remember(
    { field: 'inline', roleName, policyName: write.policyName, before: write.before, after: undefined },
    context.clock.now(),
  );
  return everything(write);
};

const createRole = async (write: WriteOf<'createRole'>, context: ApplyContext): Promise<Done> => {
  const { role } = write;
  await context.iam.createRole(role, context.signal);
  const created: ObservedRole = {
    name: role.name,
    path: rolePath,
    arn: roleArn(context, role.name),
    roleId: '',
    createdAtMs: context.clock.now(),
    lastUsedAtMs: undefined,
    trustDocument: role.trustDocument,
    tags: role.tags,
    permissionsBoundary: role.permissionsBoundary,
    inlinePolicies: [],
    attachedPolicyArns: [],
    settings: role.settings,
  };
  context.memory.remember({ field: 'created', roleName: role.name, role: created }, context.clock.now());
  return everything(write);
};

const deleteRole = async (
  roleName: string,
  write: WriteOf<'deleteRole'>,
  context: ApplyContext,
): Promise<Done> => {
  const role = await ownRole(roleName, context);
  const read = readTrustGrants(role.trustDocument);
  if (!read.ok || read.trust.grants.size > 0 || read.trust.foreignDenies.length > 0)
    return nothing(changedMeanwhile);
  await context.iam.deleteInlinePolicy(roleName, accessPolicyName, context.signal);
  await context.iam.deleteInlinePolicy(roleName, denyPolicyName, context.signal);
  await context.iam.deleteRole(roleName, context.signal);
  context.memory.remember({ field: 'deleted', roleName }, context.clock.now());
  return everything(write);
};

const headWrite = async (
  roleName: string,
  write: WriteOf<'putBoundary' | 'updateSettings' | 'tagRole' | 'detachPolicy'>,
  context: ApplyContext,
): Promise<Done> => {
  const { iam, memory, clock, signal } = context;
  await ownRole(roleName, context);
  switch (write.op) {
    case 'putBoundary':
      await iam.putBoundary(roleName, write.after, signal);
      memory.remember({ field: 'boundary', roleName, before: write.before, after: write.after }, clock.now());
      break;
    case 'updateSettings':
      await iam.updateSettings(roleName, write.after, signal);
      memory.remember({ field: 'settings', roleName, before: write.before, after: write.after }, clock.now());
      break;
    case 'tagRole':
      await iam.tagRole(roleName, write.after, signal);
      memory.remember({ field: 'tags', roleName, before: write.before, after: write.after }, clock.now());
      break;
    case 'detachPolicy':
      await iam.detachPolicy(roleName, write.policyArn, signal);
      memory.remember({ field: 'detached', roleName, policyArn: write.policyArn }, clock.now());
      break;
  }
  return everything(write);
};

/**
 * Carries out one write. `isNarrowingOnly`: of a trust policy, only what takes access away.
 * @throws AppError when it did not go through, or may not have
 */
export const perform = (
  roleName: string,
  write: RoleWrite,
  isNarrowingOnly: boolean,
  context: ApplyContext,
): Promise<Done> => {
  switch (write.op) {
    case 'createRole':
      return createRole(write, context);
    case 'updateTrust':
      return updateTrust(roleName, write, isNarrowingOnly, context);
    case 'putInlinePolicy':
      return putInlinePolicy(roleName, write, context);
    case 'putDenies':
      return putDenies(roleName, write, context);
    case 'deleteInlinePolicy':
      return deleteInlinePolicy(roleName, write, context);
    case 'deleteRole':
      return deleteRole(roleName, write, context);
    case 'putBoundary':
    case 'updateSettings':
    case 'tagRole':
    case 'detachPolicy':
      return headWrite(roleName, write, context);
  }
};
