// Which statements of a role's inline policies allow one of the actions that somebody asks about. Rather one too many
// than one too few: what is shown is only shown, and what is missed is a way in that nobody sees.

import { matchesPattern } from '../domain/condition-evaluator.ts';
import {
  asList,
  isJsonObject,
  type Json,
  type JsonObject,
  lowerCase,
  parseDocument,
} from '../domain/statement.ts';

const matches = (pattern: Json, action: string): boolean =>
  typeof pattern === 'string' && matchesPattern(lowerCase(pattern), lowerCase(action));

/** Whether a statement may allow the action, as far as its Action or NotAction says; resources and conditions aside. */
const mayAllow = (statement: JsonObject, action: string): boolean => {
  const excluded = statement['NotAction'];
  if (excluded !== undefined) return !asList(excluded).some((pattern) => matches(pattern, action));
  return asList(statement['Action']).some((pattern) => matches(pattern, action));
};

/** Of a document that is odd in its frame too: IAM has stored it, so its statements count for IAM. */
const statementsOf = (document: string): readonly JsonObject[] => {
  const parsed = parseDocument(document);
  if (parsed.ok) return parsed.statements;
  try {
    const odd: unknown = JSON.parse(document);
    return isJsonObject(odd) ? asList(odd['Statement']).filter(isJsonObject) : [];
  } catch {
    // IAM stores no document that is not JSON; one whose encoding broke on the way says nothing.
    return [];
  }
};

/** The Allow statements of a policy document that may allow one of the actions (`iam:PassRole`), in its order. */
export const allowsOf = (document: string, actions: readonly string[]): readonly JsonObject[] =>
  statementsOf(document).filter(
    (statement) => statement['Effect'] === 'Allow' && actions.some((action) => mayAllow(statement, action)),
  );
