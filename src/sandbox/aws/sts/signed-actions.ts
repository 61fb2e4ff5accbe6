// The STS actions that need credentials: who am I, and entering a role of another account.

import type { Caller } from '../credentials.ts';
import { optionalText } from '../query-protocol.ts';
import type { SandboxRole } from '../role-store.ts';
import { ServiceError, accessDenied, validationError } from '../service-error.ts';
import { tagsOf } from '../iam/tags.ts';
import { textElement } from '../xml.ts';
import {
  type Context,
  type StsAction,
  type StsCall,
  findRole,
  lastingKeys,
  merged,
  optionalSourceIdentity,
  requiredRoleArn,
  requiredSessionName,
  sessionSeconds,
  sessionXml,
  tagContext,
} from './call.ts';
import { chainingRefusal } from './chaining.ts';
import { type Entrance, refusedAction } from './trust.ts';

const chainedLimitSeconds = 3_600;

const signedCaller = (call: StsCall): Caller => {
  if (call.caller !== undefined) return call.caller;
  throw new ServiceError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
};

export const getCallerIdentity: StsAction = (call) => {
  const caller = signedCaller(call);
  return (
    textElement('UserId', caller.userId) +
    textElement('Account', caller.accountId) +
    textElement('Arn', caller.arn)
  );
};

const entranceOf = (call: StsCall, caller: Caller, sessionName: string): Entrance => {
  const externalId = optionalText(call.params, 'ExternalId', {
    pattern: /^[\w+=,.@:/-]*$/,
    min: 2,
    max: 1_224,
  });
  const sourceIdentity = optionalSourceIdentity(call);
  const tags = tagContext(Object.fromEntries(tagsOf(call.params)));
  const optional = (key: string, value: string | undefined): Context =>
    value === undefined ? new Map() : new Map([[key, [value]]]);
  // A session stands for its role: that is the principal which trust policies name.
  const principalArn = caller.roleArn ?? caller.arn;
  const source = optional('sts:sourceidentity', sourceIdentity);
  const common: Context = new Map([
    ['aws:principalarn', [principalArn]],
    ['aws:principalaccount', [caller.accountId]],
    ['aws:userid', [caller.userId]],
    ['aws:securetransport', ['true']],
    ['sts:rolesessionname', [sessionName]],
    // The subject of her sign-in, too, and her source identity. [aws.md §1.3]
    ...(caller.sessionKeys ?? []),
  ]);
  const context = merged(common, optional('sts:externalid', externalId), source, tags);
  const actions = [
    'sts:AssumeRole',
    ...(tags.size > 0 ? ['sts:TagSession'] : []),
    ...(source.size > 0 ? ['sts:SetSourceIdentity'] : []),
  ];
  return {
    principal: { type: 'AWS', id: principalArn },
    atMs: call.nowMs,
    actions: actions.map((action) => ({ action, context })),
  };
};

/** A source identity, once set, stays through all chained sessions. */
const sourceIdentityOf = (call: StsCall, caller: Caller): string | undefined =>
  caller.sessionKeys?.get('aws:sourceidentity')?.[0] ?? optionalSourceIdentity(call);

/** The role, if the caller's own permissions and the role's trust policy let her in. */
const enteredRole = (call: StsCall, caller: Caller, roleArn: string, entrance: Entrance): SandboxRole => {
  const role = findRole(call, roleArn);
  const own = role === undefined ? undefined : chainingRefusal(call, caller, role, entrance);
  if (own !== undefined) throw accessDenied(own);
  const refused = role === undefined ? 'sts:AssumeRole' : refusedAction(role, entrance);
  if (role !== undefined && refused === undefined) return role;
  throw accessDenied(`User: ${caller.arn} is not authorized to perform: ${refused} on resource: ${roleArn}`);
};

export const assumeRole: StsAction = (call) => {
  const caller = signedCaller(call);
  const roleArn = requiredRoleArn(call);
  const name = requiredSessionName(call);
  const role = enteredRole(call, caller, roleArn, entranceOf(call, caller, name));
  const seconds = sessionSeconds(call, role);
  if (caller.roleArn !== undefined && seconds > chainedLimitSeconds) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  const expiresAtMs = call.nowMs + seconds * 1_000;
  const sourceIdentity = sourceIdentityOf(call, caller);
  // Of the sign-in before, only the source identity goes along: denies on the subject do not reach the new session.
  const keys = lastingKeys(Object.fromEntries(tagsOf(call.params)), sourceIdentity);
  return sessionXml(call, { role, name, expiresAtMs, keys }) + textElement('SourceIdentity', sourceIdentity);
};
