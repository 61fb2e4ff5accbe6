// The statement that closes a role for a provider: known as ours by its Sid and by its meaning.

import { asList, canonicalStatement, isJsonObject, type Json, type JsonObject } from './statement.ts';
import { ecsTasksService } from './trust-grants.ts';

export const closedSid = 'RolewardenClosed';
const ownClosedSid = new RegExp(`^${closedSid}\\d*$`);

const actionFor = (provider: string): string => {
  if (provider === ecsTasksService) return 'sts:AssumeRole';
  return provider.includes(':oidc-provider/') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRoleWithSAML';
};

/** A provider as a `Principal`. */
export const principalOf = (provider: string): JsonObject =>
  provider === ecsTasksService ? { Service: provider } : { Federated: provider };

/** One Deny for all callers of this provider. */
export const closedStatement = (provider: string): JsonObject => ({
  Sid: closedSid,
  Effect: 'Deny',
  Principal: principalOf(provider),
  Action: actionFor(provider),
});

/** Ours by Sid *and* by meaning: a Deny that merely looks like ours stays someone else's, and stays. */
export const closedProvider = (statement: JsonObject): string | undefined => {
  const { Sid: sid, Principal: principal } = statement;
  const [provider] = providersIn(principal) ?? [];
  if (typeof provider !== 'string' || typeof sid !== 'string' || !ownClosedSid.test(sid)) return undefined;
  return canonicalStatement(statement) === canonicalStatement(closedStatement(provider))
    ? provider
    : undefined;
};

/** The identity providers and services that a statement speaks of, if it has a list of principals at all. */
export const providersIn = (principal: Json | undefined): readonly Json[] | undefined =>
  isJsonObject(principal) ? [...asList(principal['Federated']), ...asList(principal['Service'])] : undefined;
