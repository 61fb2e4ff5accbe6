// What an access token says that it is good for. It is a JWT whose signature is Graph's business; of the token itself nothing
// leaves this file.

import type { AppToken } from '../domain/examination.ts';
import { sortedUnique } from '../domain/statement.ts';
import { isJsonObject, parseJson, textOrNull } from './json.ts';

/** Names of application permissions; anything else is not one. */
const isPermission = (role: unknown): role is string =>
  typeof role === 'string' && /^[\w.-]{1,120}$/.test(role);

/** undefined: the token is opaque. An app-only token that has no `roles` may do nothing. [Learn: access token claims] */
export const claimsOf = (token: string): AppToken | undefined => {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  if (!isJsonObject(claims)) return undefined;
  const { roles } = claims;
  return {
    tenantId: textOrNull(claims['tid']) ?? undefined,
    // v1 tokens, which Graph's are, call the client `appid`.
    clientId: textOrNull(claims['appid']) ?? textOrNull(claims['azp']) ?? undefined,
    roles: sortedUnique(Array.isArray(roles) ? roles.filter(isPermission) : []),
  };
};
