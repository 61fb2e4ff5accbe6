// The statement that closes a role for an identity provider: known as ours by its Sid and by its meaning.

import { asList, canonicalStatement, isJsonObject, type Json, type JsonObject } from './statement.ts';

export const closedSid = 'RolewardenClosed';
const ownClosedSid = new RegExp(`^${closedSid}\\d*$`);

const actionFor = (provider: string): string =>
  provider.includes(':oidc-provider/') ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRoleWithSAML';

/** One Deny for all callers of this provider. */
export const closedStatement = (provider: string): JsonObject => ({
  Sid: closedSid,
  Effect: 'Deny',
  Principal: { Federated: provider },
  Action: actionFor(provider),
});

/** Ours by Sid *and* by meaning: a Deny that merely looks like ours stays someone else's, and stays. */
export const closedProvider = (statement: JsonObject): string | undefined => {
  const { Sid: sid, Principal: principal } = statement;
  const [provider] = federatedIds(principal) ?? [];
  if (typeof provider !== 'string' || typeof sid !== 'string' || !ownClosedSid.test(sid)) return undefined;
  return canonicalStatement(statement) === canonicalStatement(closedStatement(provider))
    ? provider
    : undefined;
};

/** The federated principals of a statement, if it has a list of principals at all. */
export const federatedIds = (principal: Json | undefined): readonly Json[] | undefined =>
  isJsonObject(principal) ? asList(principal['Federated']) : undefined;
