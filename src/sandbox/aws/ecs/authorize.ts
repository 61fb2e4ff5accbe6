// May the caller do this? People and workloads are held against the permissions of the role they entered; the
// account's administrators and the spoke roles may do everything. An unknown verdict is a refusal.

import { mayAct } from '../../../domain/access-evaluator.ts';
import type { Account } from '../account-state.ts';
import type { Caller } from '../credentials.ts';
import type { SandboxRole } from '../role-store.ts';
import { ecsAccessDenied } from './ecs-errors.ts';
import type { Tags } from './ecs-store.ts';

export interface Question {
  /** `ecs:ExecuteCommand`. */
  readonly action: string;
  readonly resource: string;
  /** Of the resource, as far as it exists. */
  readonly tags?: Tags | undefined;
  /** Keys in lower case. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

const documentOf = (account: Account, arn: string): readonly string[] => {
  const policy = account.managedPolicies.get(arn);
  const version = policy?.versions.find((one) => one.versionId === policy.defaultVersionId);
  return version === undefined ? [] : [version.document];
};

const tagKeys = (prefix: string, tags: Tags): readonly (readonly [string, readonly string[]])[] =>
  Object.entries(tags).map(([key, value]) => [`${prefix}/${key.toLowerCase()}`, [value]]);

const contextOf = (caller: Caller, role: SandboxRole, region: string, question: Question) =>
  new Map<string, readonly string[]>([
    ['aws:principalarn', [role.arn]],
    ['aws:principalaccount', [caller.accountId]],
    ['aws:principaltype', ['AssumedRole']],
    ['aws:userid', [caller.userId]],
    ['aws:requestedregion', [region]],
    ['aws:securetransport', ['true']],
    ...tagKeys('aws:principaltag', role.tags),
    // Tags of the session go before those of its role.
    ...(caller.sessionKeys ?? []),
    ...tagKeys('aws:resourcetag', question.tags ?? {}),
    ...tagKeys('ecs:resourcetag', question.tags ?? {}),
    ...Object.entries(question.context ?? {}),
  ]);

/** A boundary that does not exist allows nothing. */
const boundaryOf = (account: Account, role: SandboxRole): string | undefined =>
  role.permissionsBoundary === undefined
    ? undefined
    : (documentOf(account, role.permissionsBoundary)[0] ?? '{"Version":"2012-10-17","Statement":[]}');

export interface Judge {
  readonly account: Account;
  readonly caller: Caller;
  readonly region: string;
  readonly nowMs: number;
}

const isAllowed = (judge: Judge, question: Question): boolean => {
  const { account, caller } = judge;
  if (caller.roleArn === undefined || account.spokeRoleArns.has(caller.roleArn)) return true;
  const role = account.roles.seen(caller.roleArn.split('/').at(-1) ?? '');
  if (role === undefined) return false;
  const policies = [
    ...Object.values(role.inlinePolicies),
    ...role.attachedPolicyArns.flatMap((arn) => documentOf(account, arn)),
  ];
  const verdict = mayAct(
    { policies, boundary: boundaryOf(account, role) },
    {
      action: question.action,
      resource: question.resource,
      context: contextOf(caller, role, judge.region, question),
      atMs: judge.nowMs,
    },
  );
  return verdict.decision === 'allowed';
};

/** Throws AccessDeniedException for everything that is not surely allowed. */
export const authorize = (judge: Judge, question: Question): void => {
  if (isAllowed(judge, question)) return;
  const { action, resource } = question;
  throw ecsAccessDenied(
    `User: ${judge.caller.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
};
