// What IAM accepts as a role's trust policy, and how long it may be.

import { type Json, type JsonObject, asList, isJsonObject } from '../../../domain/statement.ts';
import type { Account } from '../account-state.ts';
import { limitExceeded, malformedDocument } from '../service-error.ts';
import {
  checkConditions,
  checkEffect,
  checkFields,
  checkedActions,
  checkedStatements,
  countedLength,
} from './document-grammar.ts';

const fields = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition']);
const wellKnownIssuers = new Set([
  'accounts.google.com',
  'cognito-identity.amazonaws.com',
  'graph.facebook.com',
  'www.amazon.com',
]);

/** Looks into the other accounts of the sandbox: does this role or user exist? undefined: not ours to know. */
export type IdentityExists = (arn: string) => boolean | undefined;

const invalidPrincipal = (type: string, id: Json): Error =>
  malformedDocument(`Invalid principal in policy: "${type.toUpperCase()}":${JSON.stringify(id)}`);

const isFederatedPrincipal = (account: Account, id: string): boolean =>
  wellKnownIssuers.has(id) || account.samlProviders.has(id) || account.oidcProviders.has(id);

const isAwsPrincipal = (id: string, exists: IdentityExists): boolean =>
  id === '*' ||
  /^\d{12}$/.test(id) ||
  /^arn:aws:iam::\d{12}:root$/.test(id) ||
  /^arn:aws:sts::\d{12}:(assumed-role|federated-user)\/.+$/.test(id) ||
  (/^arn:aws:iam::\d{12}:(role|user)\/.+$/.test(id) && exists(id) !== false);

const isPrincipal = (account: Account, type: string, id: string, exists: IdentityExists): boolean => {
  switch (type) {
    case 'Federated':
      return isFederatedPrincipal(account, id);
    case 'AWS':
      return isAwsPrincipal(id, exists);
    case 'Service':
      return /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(id);
    case 'CanonicalUser':
      return /^[0-9a-f]{64}$/.test(id);
    default:
      return false;
  }
};

const checkPrincipals = (account: Account, statement: JsonObject, exists: IdentityExists): void => {
  const principal = statement['Principal'] ?? statement['NotPrincipal'];
  if (principal === undefined) throw malformedDocument('Missing required field Principal');
  if (typeof principal === 'string') {
    throw malformedDocument(`AssumeRolepolicy contained an invalid principal: "STAR":"${principal}".`);
  }
  if (!isJsonObject(principal) || Object.keys(principal).length === 0) {
    throw malformedDocument('AssumeRolepolicy contained an invalid principal: "EMPTY".');
  }
  for (const [type, value] of Object.entries(principal)) {
    const ids = asList(value);
    if (ids.length === 0) throw invalidPrincipal(type, '');
    for (const id of ids) {
      if (typeof id !== 'string' || !isPrincipal(account, type, id, exists)) throw invalidPrincipal(type, id);
    }
  }
};

/** Throws what IAM answers unless it would store this as the trust policy of a role of this account. */
export const checkTrust = (account: Account, document: string, exists: IdentityExists): void => {
  for (const statement of checkedStatements(document, ['2012-10-17', '2008-10-17'])) {
    const prohibited = ['Resource', 'NotResource'].find((field) => field in statement);
    if (prohibited !== undefined) throw malformedDocument(`Has prohibited field ${prohibited}`);
    checkFields(statement, fields);
    checkEffect(statement);
    checkPrincipals(account, statement, exists);
    if (!checkedActions(statement).every((action) => /^sts:/i.test(action))) {
      throw malformedDocument('AssumeRole policy may only specify STS AssumeRole actions.');
    }
    checkConditions(statement);
  }
  if (countedLength(document) > account.trustQuotaChars) {
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${account.trustQuotaChars}`);
  }
};
