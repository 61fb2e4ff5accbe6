// May the caller do this? Whoever is in a role is held against the permissions of it; the account's administrators may do
// everything, and so may spoke roles that were given no policies. An unknown verdict is a refusal.

import { type AccessRequest, type IdentityPolicies, mayAct } from '../../domain/access-evaluator.ts';
import type { Account } from './account-state.ts';
import type { Caller } from './credentials.ts';
import type { SandboxRole } from './role-store.ts';
import { accessDeniedException } from './service-error.ts';

export interface Question {
  /** `ecs:ExecuteCommand`. */
  readonly action: string;
  readonly resource: string;
  /** Of the resource, as far as it exists. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Keys in lower case. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
  /** The resource's own policy allows it to this very role, which counts like a statement of one of its policies. */
  readonly isGivenByResource?: boolean;
}

/** A permission that a request asked for. */
export interface Asked {
  readonly callerArn: string;
  readonly accountId: string;
  /** All that identity policies are weighed by. */
  readonly request: AccessRequest;
  readonly isRefused: boolean;
}

export interface Judge {
  readonly account: Account;
  readonly caller: Caller;
  readonly region: string;
  readonly nowMs: number;
  readonly asked: (asked: Asked) => void;
}

const documentOf = (account: Account, arn: string): readonly string[] => {
  const policy = account.managedPolicies.get(arn);
  const version = policy?.versions.find((one) => one.versionId === policy.defaultVersionId);
  return version === undefined ? [] : [version.document];
};

const tagKeys = (
  prefix: string,
  tags: Readonly<Record<string, string>> = {},
): readonly (readonly [string, readonly string[]])[] =>
  Object.entries(tags).map(([key, value]) => [`${prefix}/${key.toLowerCase()}`, [value]]);

const contextOf = (caller: Caller, role: SandboxRole | undefined, region: string, question: Question) =>
  new Map<string, readonly string[]>([
    ['aws:principalarn', [role?.arn ?? caller.roleArn ?? caller.arn]],
    ['aws:principalaccount', [caller.accountId]],
    ['aws:principaltype', [caller.roleArn === undefined ? 'User' : 'AssumedRole']],
    ['aws:userid', [caller.userId]],
    ['aws:requestedregion', [region]],
    ['aws:securetransport', ['true']],
    ...tagKeys('aws:principaltag', role?.tags),
    // Tags of the session go before those of its role.
    ...(caller.sessionKeys ?? []),
    ...tagKeys('aws:resourcetag', question.tags),
    ...tagKeys(`${question.action.split(':')[0]}:resourcetag`, question.tags),
    ...Object.entries(question.context ?? {}),
  ]);

const documentWith = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const everything = documentWith({ Effect: 'Allow', Action: '*', Resource: '*' });

/** A boundary that does not exist allows nothing. */
const boundaryOf = (account: Account, role: SandboxRole): string | undefined =>
  role.permissionsBoundary === undefined
    ? undefined
    : (documentOf(account, role.permissionsBoundary)[0] ?? documentWith());

const policiesOf = (account: Account, role: SandboxRole, question: Question): IdentityPolicies => {
  const { action: Action, resource: Resource } = question;
  return {
    policies: [
      ...Object.values(role.inlinePolicies),
      ...role.attachedPolicyArns.flatMap((arn) => documentOf(account, arn)),
      ...(question.isGivenByResource === true ? [documentWith({ Effect: 'Allow', Action, Resource })] : []),
    ],
    boundary: boundaryOf(account, role),
  };
};

/** With everything allowed besides, what is denied is denied explicitly. */
const denies = (policies: readonly string[], request: AccessRequest): boolean =>
  mayAct({ policies: [...policies, everything], boundary: undefined }, request).decision === 'denied';

/** Which kind of policy decided, in AWS's words. */
const reasonFor = ({ policies, boundary }: IdentityPolicies, request: AccessRequest): string => {
  if (denies(policies, request)) return 'with an explicit deny in an identity-based policy';
  if (boundary !== undefined && denies([boundary], request))
    return 'with an explicit deny in a permissions boundary';
  const isAllowed = mayAct({ policies, boundary: undefined }, request).decision === 'allowed';
  return `because no ${isAllowed ? 'permissions boundary' : 'identity-based policy'} allows the ${request.action} action`;
};

/** Whether the sandbox weighs the caller's permissions. */
const isWeighed = (account: Account, { roleArn }: Caller): boolean =>
  roleArn !== undefined && !account.unweighedRoleArns.has(roleArn);

const whyNot = (
  { account, caller }: Judge,
  role: SandboxRole | undefined,
  question: Question,
  request: AccessRequest,
): string | undefined => {
  if (!isWeighed(account, caller)) return undefined;
  if (role === undefined) return `because no identity-based policy allows the ${question.action} action`;
  const policies = policiesOf(account, role, question);
  return mayAct(policies, request).decision === 'allowed' ? undefined : reasonFor(policies, request);
};

/** The sentence of AWS for everything that is not surely allowed; undefined: it is. */
export const refusalTo = (judge: Judge, question: Question): string | undefined => {
  const { account, caller } = judge;
  const { action, resource } = question;
  const role = account.roles.seen(caller.roleArn?.split('/').at(-1) ?? '');
  const context = contextOf(caller, role, judge.region, question);
  const request: AccessRequest = { action, resource, context, atMs: judge.nowMs };
  const reason = whyNot(judge, role, question, request);
  const { arn: callerArn, accountId } = caller;
  judge.asked({ callerArn, accountId, request, isRefused: reason !== undefined });
  return reason === undefined
    ? undefined
    : `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
};

/** For the services that speak JSON. Throws AccessDeniedException for everything that is not surely allowed. */
export const authorize = (judge: Judge, question: Question): void => {
  const refusal = refusalTo(judge, question);
  if (refusal !== undefined) throw accessDeniedException(refusal);
};
